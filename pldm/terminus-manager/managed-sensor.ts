/** A sensor of a managed terminus: how it is read, and what is known of it. */

import { CompletionCodeError, type MctpError } from '../../stack/errors.js';
import type { CallOptions } from '../../stack/protocol/index.js';
import type { SensorSnapshot } from '../../stack/watch/index.js';
import { entityPath } from '../platform/entity-tree.js';
import type { NumericSensorView, PdrView, StateSensorView } from '../platform/pdr-view.js';
import { SENSOR_OPERATIONAL_STATE, sensorOperationalState } from '../platform/platform-enums.js';
import { SENSOR_CODES } from '../platform/sensor-commands.js';
import { readNumericSensor, readStateSensor } from '../platform/sensor-requester.js';
import type { Terminus } from '../terminus/terminus.js';
import { numericSeverity, operationalSeverity, stateSeverity } from './sensor-severity.js';

export interface SensorTiming {
  readonly leastMs: number;
  /** Of a sensor which does not say how often it has a new reading. */
  readonly otherwiseMs: number;
}

/** What a reading brought: the parts of the sensor, one for a numeric one. */
export type SensorHeard = (before: SensorSnapshot, now: SensorSnapshot) => void;

/** Parts of one sensor are read together. */
export class ManagedSensor {
  readonly key: string;
  readonly intervalMs: number;
  #parts: SensorSnapshot[];
  /** Bit n: part n fired, and is armed again with the next reading. */
  #rearm = 0;
  #canRearm = true;

  constructor(
    readonly view: NumericSensorView | StateSensorView,
    pdrs: PdrView,
    timing: SensorTiming,
    /** What was known of it before the PDRs were read again. */
    known: ReadonlyMap<string, SensorSnapshot>,
  ) {
    this.key = `${view.kind}${view.sensorId}`;
    const wanted = view.kind === 'numeric' && view.updateInterval > 0 ? 1000 * view.updateInterval : timing.otherwiseMs;
    this.intervalMs = Math.max(timing.leastMs, wanted);
    const entity = entityPath(pdrs.entities, view.entity) ?? '';
    this.#parts = partsOf(view, entity, this.intervalMs).map((part) => {
      const old = known.get(part.key);
      if (old === undefined || old.kind !== part.kind || old.unit !== part.unit) return part;
      const { value, state, operationalState, severity, readAt, error } = old;
      return { ...part, value, state, operationalState, severity, readAt, error };
    });
  }

  get parts(): readonly SensorSnapshot[] {
    return this.#parts;
  }

  /** @throws CompletionCodeError, MctpError: the parts say so, too */
  async read(terminus: Terminus, time: () => number, heard: SensorHeard, call: CallOptions): Promise<void> {
    try {
      await this.#readOnce(terminus, time, heard, call);
    } catch (error) {
      if (!this.#refusesRearm(error)) throw this.#failed(error as MctpError);
      // DSP0248 §18.1: it cannot be armed now. It is read all the same, and not asked for that again.
      this.#canRearm = false;
      this.#rearm = 0;
      await this.#readOnce(terminus, time, heard, call).catch((again: MctpError) => {
        throw this.#failed(again);
      });
    }
  }

  /** An event of the device says that the operational state of it is another one. */
  operationalEvent(state: number, at: number, heard: SensorHeard): void {
    const operationalState = sensorOperationalState.nameOf(state) ?? String(state);
    const enabled = state === SENSOR_OPERATIONAL_STATE.enabled;
    this.#parts.forEach((part, index) => {
      const severity = operationalSeverity(operationalState) ?? part.severity;
      const value = enabled ? part.value : null;
      this.#put(index, { ...part, operationalState, severity, value, readAt: at, error: null }, heard);
    });
  }

  async #readOnce(terminus: Terminus, time: () => number, heard: SensorHeard, call: CallOptions): Promise<void> {
    const { view } = this;
    const rearm = this.#rearm;
    if (view.kind === 'numeric') {
      const reading = await readNumericSensor(terminus, view, { ...call, rearm: rearm !== 0 });
      const { operationalState, presentState, eventState, value } = reading;
      this.#rearm = this.#canRearm && eventState !== presentState && presentState === 'normal' ? 1 : 0;
      const known = operationalState === 'enabled' && value !== undefined && Number.isFinite(value);
      this.#put(
        0,
        {
          ...this.#parts[0]!,
          value: known ? value! : null,
          state: presentState,
          operationalState,
          readAt: time(),
          error: null,
          severity: operationalSeverity(operationalState) ?? numericSeverity(presentState),
        },
        heard,
      );
      return;
    }
    const readings = await readStateSensor(terminus, view, { ...call, rearm });
    this.#rearm = 0;
    this.#parts.forEach((part, index) => {
      const reading = readings[index];
      if (reading === undefined) return;
      const { operationalState, presentState, presentStateName, eventState } = reading;
      if (this.#canRearm && eventState !== 0 && eventState !== presentState) this.#rearm |= 1 << index;
      const enabled = operationalState === 'enabled';
      const severity = operationalSeverity(operationalState) ?? stateSeverity(reading.stateSetId, presentState);
      const value = enabled ? presentState : null;
      const next = { ...part, value, state: presentStateName, operationalState, severity, readAt: time(), error: null };
      this.#put(index, next, heard);
    });
  }

  #put(index: number, next: SensorSnapshot, heard: SensorHeard): void {
    const before = this.#parts[index]!;
    this.#parts[index] = next;
    heard(before, next);
  }

  #refusesRearm(error: unknown): boolean {
    const code = error instanceof CompletionCodeError ? error.completionCode : undefined;
    return this.#rearm !== 0 && code === SENSOR_CODES.REARM_UNAVAILABLE_IN_PRESENT_STATE;
  }

  #failed(error: MctpError): MctpError {
    this.#parts = this.#parts.map((part) => ({ ...part, error: error.message }));
    return error;
  }
}

function partsOf(view: NumericSensorView | StateSensorView, entity: string, intervalMs: number): SensorSnapshot[] {
  const unread: Omit<SensorSnapshot, 'key' | 'kind' | 'name' | 'unit' | 'limits' | 'min' | 'max' | 'states'> = {
    entity,
    intervalMs,
    value: null,
    state: '',
    operationalState: 'unknown',
    severity: 'unknown',
    readAt: null,
    error: null,
  };
  if (view.kind === 'numeric') {
    const { scale, limits, minReadable, maxReadable } = view;
    return [
      {
        ...unread,
        key: String(view.sensorId),
        kind: 'numeric',
        name: view.name,
        unit: scale.unit,
        states: {},
        limits: limits as Readonly<Record<string, number>>,
        min: finite(minReadable),
        max: finite(maxReadable),
      },
    ];
  }
  const several = view.sensors.length > 1;
  return view.sensors.map((part, index) => ({
    ...unread,
    key: several ? `${view.sensorId}.${index}` : String(view.sensorId),
    kind: 'state',
    name: several ? `${view.name}: ${part.name}` : view.name,
    unit: '',
    limits: {},
    min: null,
    max: null,
    states: Object.fromEntries(part.possibleStates.slice(0, MOST_STATES).map(({ state, name }) => [state, name])),
  }));
}

/** A PDR may list 2040 states; what is named needs no more than a state set has. */
const MOST_STATES = 64;

function finite(value: number | undefined): number | null {
  return value !== undefined && Number.isFinite(value) ? value : null;
}

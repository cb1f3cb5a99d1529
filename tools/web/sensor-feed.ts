/** The sensors of all termini and drives, read while a page is open, as rows of the page. */

import { THRESHOLD_NAMES } from '../../pldm/platform/thresholds.js';
import type { SensorRow } from '../pldm/readings.js';
import { SensorBoard, type TerminusSensors } from '../top/sensor-board.js';
import type { TerminiSurroundings } from '../top/top-sensors.js';
import type { DeviceFeed } from './device-feed.js';
import type { WebSensor, WebSeverity } from './web-documents.js';
import type { WebModel } from './web-model.js';

const LONGEST = 200;

export class SensorFeed implements DeviceFeed {
  readonly hasHistory = false;
  readonly #board = new SensorBoard();
  readonly #stop = new AbortController();
  readonly #seen = new Map<string, TerminusSensors>();
  #work: Promise<void> | undefined;

  constructor(
    private readonly surroundings: TerminiSurroundings,
    private readonly model: WebModel,
    /** ms since 1970 */
    private readonly time: () => number,
  ) {}

  /** Somebody looks, or nobody does: only then termini are asked. */
  set wanted(wanted: boolean) {
    this.#board.shown = wanted;
    if (!wanted || this.#work !== undefined || this.#stop.signal.aborted) return;
    this.#work = import('../top/top-sensors.js').then(({ watchTermini }) =>
      watchTermini(this.surroundings, this.#board, this.#stop.signal, () => this.#changed()),
    );
  }

  /** What a device says it is; '' while that is not known. */
  thingOf(network: number, eid: number): string {
    const said = [...this.#seen.values()].filter((one) => one.network === network && one.eid === eid);
    return (
      (said.find(({ isDrive, thing }) => isDrive !== true && thing !== '') ?? said[0])?.thing.slice(0, LONGEST) ?? ''
    );
  }

  look(): void {}

  trace(): undefined {}

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#work;
  }

  #changed(): void {
    const { termini } = this.#board;
    const { model } = this;
    for (const terminus of termini) {
      if (this.#seen.get(terminus.key) === terminus) continue;
      const isReading = this.#seen.get(terminus.key)?.rows !== terminus.rows;
      this.#seen.set(terminus.key, terminus);
      this.#terminus(terminus, isReading);
    }
    const keys = new Set(termini.map(({ key }) => key));
    for (const [key, terminus] of this.#seen) {
      if (keys.has(key)) continue;
      this.#seen.delete(key);
      model.termini.delete(keyOf(terminus));
      this.#keepOnly(terminus, []);
    }
  }

  #terminus(terminus: TerminusSensors, isReading: boolean): void {
    const { network, eid, thing, isDrive = false, rows, reading, error } = terminus;
    const { termini, sensors, traces } = this.model;
    termini.put(keyOf(terminus), {
      network,
      eid,
      thing: thing.slice(0, LONGEST),
      isDrive,
      reading,
      sensors: rows.length,
      error: error?.slice(0, LONGEST) ?? null,
    });
    if (!isReading) return;
    const now = this.time();
    for (const row of rows) {
      const key = sensorKey(terminus, row);
      sensors.put(key, sensorRow(terminus, row, now));
      if (row.kind === 'numeric') traces.add(key, now, row.value ?? Number.NaN);
    }
    this.#keepOnly(terminus, rows);
  }

  /** Sensors which the terminus does not have any more are gone. */
  #keepOnly(terminus: TerminusSensors, rows: readonly SensorRow[]): void {
    const keys = new Set(rows.map((row) => sensorKey(terminus, row)));
    const prefix = `${keyOf(terminus)}:`;
    for (const key of this.model.sensors.keys()) {
      const isOfIt = key.startsWith(prefix) && (terminus.isDrive === true || !key.startsWith(`${prefix}nvme:`));
      if (!isOfIt || keys.has(key)) continue;
      this.model.sensors.delete(key);
      this.model.traces.delete(key);
    }
  }
}

function keyOf({ network, eid, isDrive }: TerminusSensors): string {
  return `${network}:${eid}${isDrive === true ? ':nvme' : ''}`;
}

function sensorKey(terminus: TerminusSensors, { kind, id }: SensorRow): string {
  return `${keyOf(terminus)}:${kind}:${id}`;
}

/** Of the operational state, or of the state by the thresholds. */
function severityOf(state: string, error: string | null): WebSeverity {
  if (error !== null) return 'unknown';
  if (state === 'normal' || state === 'enabled') return 'ok';
  if (/warning/i.test(state)) return 'warning';
  return /critical|fatal|failed/i.test(state) ? 'critical' : 'unknown';
}

function sensorRow({ network, eid }: TerminusSensors, row: SensorRow, at: number): WebSensor {
  const { kind, id, error } = row;
  const common = {
    network,
    eid,
    kind,
    id: String(id),
    at,
    name: row.name.slice(0, LONGEST),
    entity: row.entity.slice(0, LONGEST),
    error: error?.slice(0, LONGEST) ?? null,
  };
  if (row.kind === 'state') {
    const state = row.states.map(({ name, stateName }) =>
      row.states.length === 1 ? stateName : `${name}: ${stateName}`,
    );
    const worst = row.states.find(({ operationalState }) => operationalState !== 'enabled') ?? row.states[0];
    const severity = severityOf(worst?.operationalState ?? '', error);
    const nothing = { value: null, unit: '', limits: {}, min: null, max: null };
    return { ...common, ...nothing, state: state.join(', ').slice(0, LONGEST), severity };
  }
  const { value, unit, operationalState, presentState, limits, min, max } = row;
  const state = operationalState === 'enabled' ? presentState : operationalState;
  const given = THRESHOLD_NAMES.flatMap((name) => {
    const limit = limits[name];
    return limit === undefined || !Number.isFinite(limit) ? [] : [[name, limit] as const];
  });
  return {
    ...common,
    value,
    unit,
    state,
    min,
    max,
    limits: Object.fromEntries(given),
    severity: severityOf(state, error),
  };
}

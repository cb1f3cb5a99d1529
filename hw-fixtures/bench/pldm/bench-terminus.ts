/** From the description of a bench device's PLDM to a terminus that lives: values move with time and follow effecters. */

import type {
  NumericEffecterDescription,
  StateEffecterDescription,
  StateSensorDescription,
  TerminusDescription,
} from '../../../pldm/terminus/terminus-description.js';
import type { Clock } from '../../../stack/clock.js';
import { biosOf } from './bench-bios.js';
import { CalendarClock } from './calendar.js';
import type {
  BenchEffecter,
  BenchSensor,
  BenchStatePart,
  BenchStates,
  Course,
  PldmDescription,
} from './pldm-description.js';

/** What the effecters are set to, by their ids. */
interface Settings {
  readonly numeric: Map<number, number>;
  /** By id and part: "6.0". */
  readonly states: Map<string, number>;
}

export function terminusDescription(description: PldmDescription, clock: Clock): TerminusDescription {
  const start = clock.now();
  const seconds = (): number => (clock.now() - start) / 1000;
  const settings: Settings = {
    numeric: new Map(description.effecters.map(({ id, value }) => [id, value])),
    states: new Map(
      description.stateEffecters.flatMap(({ id, parts }) =>
        parts.map(({ state }, part) => [`${id}.${part}`, state] as const),
      ),
    ),
  };
  const { tid, entity, partSize, fru, fruTableMaximumSize, bios } = description;
  const others = [...description.sensors, ...description.stateSensors, ...description.effecters];
  const owned = [...others, ...description.stateEffecters, ...fru].flatMap((one) => one.entity ?? []);
  const parts = owned.filter((one, index) => owned.findIndex((other) => sameThing(one, other)) === index);
  const container = parts[0]?.containerId;
  return {
    tid,
    entities: [entity, ...parts],
    ...(container !== undefined && { associations: [{ containerId: container, container: entity, contained: parts }] }),
    numericSensors: description.sensors.map((sensor) => ({
      ...given(sensor),
      id: sensor.id,
      thresholds: sensor.thresholds,
      compact: sensor.compact,
      read: () => courseAt(sensor.course, seconds(), settings),
    })),
    stateSensors: description.stateSensors.map((sensor) => stateSensor(sensor, seconds, settings)),
    numericEffecters: description.effecters.map((effecter) => numericEffecter(effecter, settings)),
    stateEffecters: description.stateEffecters.map((effecter) => stateEffecter(effecter, settings)),
    pdrs: description.pdrs,
    ...(fru.length > 0 && {
      fru: fru.map(({ set, entity: of, fields }) => ({ recordSetIdentifier: set, fields, entity: of ?? entity })),
    }),
    ...((bios.length > 0 || description.clock) && {
      bios: biosOf(description, description.clock ? new CalendarClock(seconds) : undefined),
    }),
    ...(fruTableMaximumSize !== undefined && { fruTableMaximumSize }),
    ...(partSize !== undefined && { partSize }),
  };
}

type Thing = { readonly entityType: number; readonly entityInstanceNumber: number; readonly containerId: number };

function sameThing(a: Thing, b: Thing): boolean {
  return a.entityType === b.entityType && a.entityInstanceNumber === b.entityInstanceNumber;
}

const OPTIONAL = [
  'name',
  'entity',
  'unit',
  'oemUnit',
  'dataSize',
  'resolution',
  'unitModifier',
  'min',
  'max',
  'hysteresis',
  'updateInterval',
] as const;

/** Those that are there: a description takes no undefined ones. */
function given(
  values: Partial<BenchSensor>,
): Partial<{ [K in (typeof OPTIONAL)[number]]: NonNullable<BenchSensor[K]> }> {
  return Object.fromEntries(OPTIONAL.map((name) => [name, values[name]]).filter(([, value]) => value !== undefined));
}

/** A cosine seen from its middle: smooth, and the same in every run. */
function courseAt({ value, swing, period, follows }: Course, seconds: number, settings: Settings): number {
  const middle = follows === undefined ? value : (settings.numeric.get(follows) ?? value);
  return swing === 0 ? middle : middle + swing * Math.sin((2 * Math.PI * seconds) / period);
}

/** From one possible state to the next. */
function stateOf(part: BenchStatePart, seconds: number, settings: Settings): number {
  if (part.follows !== undefined) return settings.states.get(`${part.follows}.0`) ?? part.state;
  if (part.changes === 0) return part.state;
  const first = part.possible.indexOf(part.state);
  return part.possible[(first + Math.floor(seconds / part.changes)) % part.possible.length]!;
}

function partOf({ stateSetId, possible, name }: BenchStatePart) {
  return { stateSetId, possibleStates: possible, ...(name !== undefined && { name }) };
}

function stateSensor(sensor: BenchStates, seconds: () => number, settings: Settings): StateSensorDescription {
  const { id, name, entity, parts } = sensor;
  const sensors = parts.map((part) => ({ ...partOf(part), read: () => stateOf(part, seconds(), settings) }));
  return { id, ...(name !== undefined && { name }), ...(entity !== undefined && { entity }), sensors };
}

function numericEffecter(effecter: BenchEffecter, { numeric }: Settings): NumericEffecterDescription {
  const { id, name, entity, unit, dataSize, resolution, min, max, value } = effecter;
  return {
    id,
    min,
    max,
    ...(name !== undefined && { name }),
    ...(entity !== undefined && { entity }),
    ...(unit !== undefined && { unit }),
    ...(dataSize !== undefined && { dataSize }),
    ...(resolution !== undefined && { resolution }),
    read: () => numeric.get(id) ?? value,
    write: (wanted) => void numeric.set(id, wanted),
  };
}

function stateEffecter({ id, name, entity, parts }: BenchStates, { states }: Settings): StateEffecterDescription {
  const effecters = parts.map((part, index) => ({
    ...partOf(part),
    read: () => states.get(`${id}.${index}`) ?? part.state,
    write: (state: number) => void states.set(`${id}.${index}`, state),
  }));
  return { id, ...(name !== undefined && { name }), ...(entity !== undefined && { entity }), effecters };
}

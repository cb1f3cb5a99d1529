/** PDRs as what they describe: sensors and effecters with names, units, thresholds and entities; files, FRU sets. */

import { bitfieldNumbers } from '../base/shared-fields.js';
import { type Entity, type EntityNode, entityKey, entityText, entityTree } from './entity-tree.js';
import {
  type CompactNumericSensorPdr,
  type FileDescriptorPdr,
  isPdr,
  type KnownPdrType,
  type NumericEffecterPdr,
  type NumericSensorPdr,
  type Pdr,
  type PdrOf,
} from './pdr/pdr-codec.js';
import { PDR_TYPE } from './pdr/pdr-common.js';
import { AuxiliaryNames, OemNames, pickName } from './pdr-names.js';
import { RANGE_FIELD_FORMAT, SUPPORTED_THRESHOLDS } from './platform-enums.js';
import { decimalOf, rangeToUnits, type Scale, scaleOf, toUnits } from './scale.js';
import { stateSetName } from './state-sets.js';
import type { ThresholdName, Thresholds } from './thresholds.js';

export interface NumericSensorView {
  readonly kind: 'numeric';
  readonly sensorId: number;
  readonly name: string;
  readonly entity: Entity;
  readonly scale: Scale;
  /** What SetSensorThresholds can change. */
  readonly supportedThresholds: ReadonlySet<ThresholdName>;
  /** Limits that the PDR gives, in the unit. */
  readonly limits: Thresholds & { readonly nominal?: number; readonly normalMax?: number; readonly normalMin?: number };
  /** In the unit; undefined for compact PDRs. */
  readonly minReadable: number | undefined;
  readonly maxReadable: number | undefined;
  /** Seconds; 0 when the terminus does not say. */
  readonly updateInterval: number;
  readonly pdr: NumericSensorPdr | CompactNumericSensorPdr;
}

/** One part of a composite state sensor or effecter. */
export interface StatePart {
  readonly stateSetId: number;
  /** "Presence" */
  readonly stateSetName: string;
  readonly name: string;
  /** Listed anew each time it is read. */
  readonly possibleStates: readonly { readonly state: number; readonly name: string }[];
}

export interface StateSensorView {
  readonly kind: 'state';
  readonly sensorId: number;
  readonly name: string;
  readonly entity: Entity;
  readonly sensors: readonly StatePart[];
}

export interface NumericEffecterView {
  readonly kind: 'numeric';
  readonly effecterId: number;
  readonly name: string;
  readonly entity: Entity;
  readonly scale: Scale;
  /** In the unit. */
  readonly minSettable: number;
  readonly maxSettable: number;
  readonly pdr: NumericEffecterPdr;
}

export interface StateEffecterView {
  readonly kind: 'state';
  readonly effecterId: number;
  readonly name: string;
  readonly entity: Entity;
  readonly effecters: readonly StatePart[];
}

export interface PdrView {
  readonly numericSensors: readonly NumericSensorView[];
  readonly stateSensors: readonly StateSensorView[];
  readonly numericEffecters: readonly NumericEffecterView[];
  readonly stateEffecters: readonly StateEffecterView[];
  readonly entities: readonly EntityNode[];
  readonly files: readonly FileDescriptorPdr[];
  /** FRU record sets by the entity they describe. */
  readonly fruRecordSets: readonly { readonly fruRecordSetIdentifier: number; readonly entity: Entity }[];
  /** What is strange about all of it, in words. */
  readonly notes: readonly string[];
}

export function viewOf(pdrs: readonly Pdr[]): PdrView {
  const all = <T extends KnownPdrType>(type: T): PdrOf<T>[] =>
    pdrs.filter((pdr): pdr is PdrOf<T> & Pdr => isPdr(pdr, type));
  const sensorNames = new AuxiliaryNames(
    all(PDR_TYPE.sensorAuxiliaryNames).map((pdr) => ({
      ...ofSensor(pdr),
      names: pdr.sensors.map(({ names }) => pickName(names.map((n) => [n.nameLanguageTag, n.sensorName]))),
    })),
    [...all(PDR_TYPE.numericSensor), ...all(PDR_TYPE.compactNumericSensor), ...all(PDR_TYPE.stateSensor)].map(ofSensor),
  );
  const effecterNames = new AuxiliaryNames(
    all(PDR_TYPE.effecterAuxiliaryNames).map((pdr) => ({
      ...ofEffecter(pdr),
      names: pdr.effecters.map(({ names }) => pickName(names.map((n) => [n.nameLanguageTag, n.effecterName]))),
    })),
    [...all(PDR_TYPE.numericEffecter), ...all(PDR_TYPE.stateEffecter)].map(ofEffecter),
  );
  const entityNames = new Map<string, string>();
  for (const pdr of all(PDR_TYPE.entityAuxiliaryNames)) {
    const name = pickName(pdr.names.map((n) => [n.nameLanguageTag, n.entityAuxName]));
    if (name === undefined) continue;
    // A shared name holds for the following instances, each with its number.
    for (let n = 0; n <= pdr.sharedNameCount; n++) {
      const entityInstanceNumber = pdr.entityInstanceNumber + n;
      const text = pdr.sharedNameCount === 0 ? name : `${name}${entityInstanceNumber}`;
      entityNames.set(entityKey({ ...pdr, entityInstanceNumber }), text);
    }
  }
  const oem = new OemNames(all(PDR_TYPE.oemUnit), all(PDR_TYPE.oemStateSet));
  const nameOf = (entity: Entity) => entityNames.get(entityKey(entity));
  const thing = (entity: Entity) => nameOf(entity) ?? entityText(entity);

  const numericSensors = [...all(PDR_TYPE.numericSensor), ...all(PDR_TYPE.compactNumericSensor)].map((pdr) => {
    const own = 'sensorNameString' in pdr ? pdr.sensorNameString : sensorNames.of(ofSensor(pdr))[0];
    return numericSensorView(pdr, own || `${thing(pdr)} sensor ${pdr.sensorId}`, oem);
  });
  const stateSensors = all(PDR_TYPE.stateSensor).map((pdr): StateSensorView => {
    const names = sensorNames.of(ofSensor(pdr));
    return {
      kind: 'state',
      sensorId: pdr.sensorId,
      name: names[0] ?? `${thing(pdr)} sensor ${pdr.sensorId}`,
      entity: entityOf(pdr),
      sensors: pdr.sensors.map((part, index) => statePart(part, names[index], oem)),
    };
  });
  const numericEffecters = all(PDR_TYPE.numericEffecter).map((pdr): NumericEffecterView => {
    const scale = scaleOf(pdr, oem);
    return {
      kind: 'numeric',
      effecterId: pdr.effecterId,
      name: effecterNames.of(ofEffecter(pdr))[0] ?? `${thing(pdr)} effecter ${pdr.effecterId}`,
      entity: entityOf(pdr),
      scale,
      minSettable: toUnits(scale, pdr.minSettable),
      maxSettable: toUnits(scale, pdr.maxSettable),
      pdr,
    };
  });
  const stateEffecters = all(PDR_TYPE.stateEffecter).map((pdr): StateEffecterView => {
    const names = effecterNames.of(ofEffecter(pdr));
    return {
      kind: 'state',
      effecterId: pdr.effecterId,
      name: names[0] ?? `${thing(pdr)} effecter ${pdr.effecterId}`,
      entity: entityOf(pdr),
      effecters: pdr.effecters.map((part, index) => statePart(part, names[index], oem)),
    };
  });
  const fruRecordSets = all(PDR_TYPE.fruRecordSet).map((pdr) => ({
    fruRecordSetIdentifier: pdr.fruRecordSetIdentifier,
    entity: entityOf(pdr),
  }));
  const files = all(PDR_TYPE.fileDescriptor);
  const owners = [...numericSensors, ...stateSensors, ...numericEffecters, ...stateEffecters, ...fruRecordSets];
  const others = [...owners.map(({ entity }) => entity), ...files.map(entityOf)];
  const { roots: entities, notes } = entityTree(all(PDR_TYPE.entityAssociation), others, nameOf);
  return { numericSensors, stateSensors, numericEffecters, stateEffecters, entities, files, fruRecordSets, notes };
}

/** By what their names know sensors and effecters. */
function ofSensor({
  pldmTerminusHandle,
  sensorId,
}: {
  readonly pldmTerminusHandle: number;
  readonly sensorId: number;
}) {
  return { pldmTerminusHandle, id: sensorId };
}

function ofEffecter(pdr: { readonly pldmTerminusHandle: number; readonly effecterId: number }) {
  return { pldmTerminusHandle: pdr.pldmTerminusHandle, id: pdr.effecterId };
}

function numericSensorView(
  pdr: NumericSensorPdr | CompactNumericSensorPdr,
  name: string,
  oem: OemNames,
): NumericSensorView {
  const scale = scaleOf(pdr, oem);
  const common = { kind: 'numeric', sensorId: pdr.sensorId, name, entity: entityOf(pdr), scale, pdr } as const;
  const limits: Partial<Record<LimitName, number>> = {};
  const isReal = 'rangeFieldFormat' in pdr && pdr.rangeFieldFormat === RANGE_FIELD_FORMAT.real32;
  for (const [limit, field, bit] of 'sensorDataSize' in pdr ? LIMIT_FIELDS : COMPACT_LIMIT_FIELDS) {
    const number = (pdr as unknown as Readonly<Record<string, number>>)[field]!;
    const supported =
      bit === undefined
        ? (((pdr as NumericSensorPdr).supportedThresholds >> SUPPORTED_THRESHOLDS[limit as ThresholdName]) & 1) === 1
        : ((pdr.rangeFieldSupport >> bit) & 1) === 1;
    if (supported) limits[limit] = rangeToUnits(scale, isReal ? decimalOf(number) : number);
  }
  if (!('sensorDataSize' in pdr)) {
    const supportedThresholds = new Set(Object.keys(SUPPORTED_THRESHOLDS) as ThresholdName[]);
    return {
      ...common,
      limits,
      supportedThresholds,
      minReadable: undefined,
      maxReadable: undefined,
      updateInterval: 0,
    };
  }
  const supported = (Object.entries(SUPPORTED_THRESHOLDS) as [ThresholdName, number][])
    .filter(([, bit]) => ((pdr.supportedThresholds >> bit) & 1) === 1)
    .map(([threshold]) => threshold);
  return {
    ...common,
    limits,
    supportedThresholds: new Set(supported),
    minReadable: toUnits(scale, pdr.minReadable),
    maxReadable: toUnits(scale, pdr.maxReadable),
    updateInterval: Number.isFinite(pdr.updateInterval) ? Math.max(0, pdr.updateInterval) : 0,
  };
}

type LimitName = ThresholdName | 'nominal' | 'normalMax' | 'normalMin';

/** Limit, field, bit of rangeFieldSupport. Warning limits have none: supportedThresholds says. */
const LIMIT_FIELDS: readonly (readonly [LimitName, string, number | undefined])[] = [
  ['nominal', 'nominalValue', 0],
  ['normalMax', 'normalMax', 1],
  ['normalMin', 'normalMin', 2],
  ['upperWarning', 'warningHigh', undefined],
  ['lowerWarning', 'warningLow', undefined],
  ['upperCritical', 'criticalHigh', 3],
  ['lowerCritical', 'criticalLow', 4],
  ['upperFatal', 'fatalHigh', 5],
  ['lowerFatal', 'fatalLow', 6],
];
const COMPACT_LIMIT_FIELDS: typeof LIMIT_FIELDS = [
  ['upperWarning', 'warningHigh', 0],
  ['lowerWarning', 'warningLow', 1],
  ['upperCritical', 'criticalHigh', 2],
  ['lowerCritical', 'criticalLow', 3],
  ['upperFatal', 'fatalHigh', 4],
  ['lowerFatal', 'fatalLow', 5],
];

function statePart(
  part: { stateSetId: number; possibleStates: Uint8Array },
  name: string | undefined,
  oem: OemNames,
): StatePart {
  const { stateSetId } = part;
  const setName = stateSetName(stateSetId);
  return {
    stateSetId,
    stateSetName: setName,
    name: name ?? setName,
    // Made when asked for: 255 bytes of a PDR list up to 2040 states, and a repository may hold 30 000 such parts.
    get possibleStates() {
      return bitfieldNumbers(part.possibleStates).map((state) => ({ state, name: oem.stateName(stateSetId, state) }));
    },
  };
}

function entityOf({ entityType, entityInstanceNumber, containerId }: Entity): Entity {
  return { entityType, entityInstanceNumber, containerId };
}

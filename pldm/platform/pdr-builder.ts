/** The PDRs that a description stands for. */

import { MctpError } from '../../stack/errors.js';
import { bitfieldBytes } from '../base/shared-fields.js';
import type {
  NumericEffecterDescription,
  NumericSensorDescription,
  StatePartDescription,
  TerminusDescription,
} from '../terminus/terminus-description.js';
import type { Entity } from './entity-tree.js';
import { encodePdr, type KnownPdrType, type PdrInput } from './pdr/pdr-codec.js';
import { PDR_TYPE } from './pdr/pdr-common.js';
import { DATA_SIZE, RANGE_FIELD_FORMAT, SUPPORTED_THRESHOLDS } from './platform-enums.js';
import { clampRaw, decimalOf, differenceFromUnits, fromUnits, rangeFromUnits, type Scale } from './scale.js';
import { THRESHOLD_NAMES } from './thresholds.js';
import { unitNumber } from './units.js';

type Body<T extends KnownPdrType> = Omit<PdrInput<T>, 'recordHandle' | 'pdrType'>;
type Add = <T extends KnownPdrType>(pdrType: T, body: Body<T>) => void;

const SYSTEM_BOARD: Entity = { entityType: 64, entityInstanceNumber: 1, containerId: 0 };

/** Scale of a described sensor or effecter. @throws MctpError EINVAL for an unknown unit */
export function scaleOfDescription(description: NumericSensorDescription | NumericEffecterDescription): Scale {
  const { resolution = 1, offset = 0, unitModifier = 0 } = description;
  // As they come out of the real32 on the wire: both sides must compute with the same numbers.
  return { resolution: decimalOf(resolution), offset: decimalOf(offset), unitModifier, linear: true, unit: '' };
}

/** The number of the data size; default s16. */
export function dataSizeOf(description: NumericSensorDescription | NumericEffecterDescription): number {
  return DATA_SIZE[description.dataSize ?? 's16'];
}

/** Records in the order of their handles, 1 and up. @throws MctpError EINVAL naming what is wrong */
export function buildPdrs(description: TerminusDescription): Uint8Array[] {
  const records: Uint8Array[] = [];
  const handle = description.terminusHandle ?? 1;
  const home = description.entities?.[0] ?? SYSTEM_BOARD;
  const add: Add = (pdrType, body) => {
    records.push(encodePdr(pdrType, { recordHandle: records.length + 1, ...body } as never));
  };
  for (const { containerId, container, contained, logical = false } of description.associations ?? []) {
    add(PDR_TYPE.entityAssociation, {
      containerId,
      associationType: logical ? 1 : 0,
      containerEntity: entityOf(container),
      containedEntities: contained.map(entityOf),
    });
  }
  for (const { name, ...entity } of description.entities ?? []) {
    if (name === undefined) continue;
    const names = [{ nameLanguageTag: 'en', entityAuxName: name }];
    add(PDR_TYPE.entityAuxiliaryNames, { ...entityOf(entity), sharedNameCount: 0, names });
  }
  for (const sensor of description.numericSensors ?? []) addNumericSensor(add, sensor, handle, home);
  for (const { id, name, entity = home, sensors } of description.stateSensors ?? []) {
    const named = name !== undefined || sensors.some((part) => part.name !== undefined);
    add(PDR_TYPE.stateSensor, {
      pldmTerminusHandle: handle,
      sensorId: id,
      ...entityOf(entity),
      sensorInit: 'noInit',
      sensorAuxiliaryNamesPdr: named,
      sensors: sensors.map(possibleStates),
    });
    if (named) addSensorNames(add, handle, id, partNames(name, sensors));
  }
  for (const effecter of description.numericEffecters ?? []) addNumericEffecter(add, effecter, handle, home);
  for (const { id, name, entity = home, effecters } of description.stateEffecters ?? []) {
    const named = name !== undefined || effecters.some((part) => part.name !== undefined);
    add(PDR_TYPE.stateEffecter, {
      pldmTerminusHandle: handle,
      effecterId: id,
      ...entityOf(entity),
      effecterSemanticId: 0,
      effecterInit: 'noInit',
      effecterDescriptionPdr: named,
      effecters: effecters.map(possibleStates),
    });
    if (named) addEffecterNames(add, handle, id, partNames(name, effecters));
  }
  for (const { recordSetIdentifier, entity } of description.fru ?? []) {
    if (entity === undefined) continue;
    const fields = { pldmTerminusHandle: handle, fruRecordSetIdentifier: recordSetIdentifier };
    add(PDR_TYPE.fruRecordSet, { ...fields, ...entityOf(entity) });
  }
  for (const { pdrType, ...body } of description.pdrs ?? []) add(pdrType, body);
  return records;
}

function entityOf({ entityType, entityInstanceNumber, containerId }: Entity): Entity {
  return { entityType, entityInstanceNumber, containerId };
}

function possibleStates({ stateSetId, possibleStates: states }: StatePartDescription) {
  let highest = 0;
  for (const state of states) highest = Math.max(highest, state);
  const size = (highest >> 3) + 1;
  return { stateSetId, possibleStates: bitfieldBytes(states, size) };
}

/** The name of the whole goes to the first part when that has none of its own. */
function partNames(name: string | undefined, parts: readonly StatePartDescription[]): (string | undefined)[] {
  return parts.map((part, index) => part.name ?? (index === 0 ? name : undefined));
}

function addSensorNames(
  add: Add,
  pldmTerminusHandle: number,
  sensorId: number,
  names: readonly (string | undefined)[],
) {
  const sensors = names.map((name) => ({
    names: name === undefined ? [] : [{ nameLanguageTag: 'en', sensorName: name }],
  }));
  add(PDR_TYPE.sensorAuxiliaryNames, { pldmTerminusHandle, sensorId, sensors });
}

function addEffecterNames(
  add: Add,
  pldmTerminusHandle: number,
  effecterId: number,
  names: readonly (string | undefined)[],
) {
  const effecters = names.map((name) => ({
    names: name === undefined ? [] : [{ nameLanguageTag: 'en', effecterName: name }],
  }));
  add(PDR_TYPE.effecterAuxiliaryNames, { pldmTerminusHandle, effecterId, effecters });
}

function unitOf(unit: string | number | undefined): number {
  if (typeof unit === 'number') return unit;
  const number = unit === undefined ? 0 : unitNumber(unit);
  if (number === undefined) throw new MctpError('EINVAL', `"${unit}" is not a unit that DSP0248 knows`);
  return number;
}

function addNumericSensor(add: Add, sensor: NumericSensorDescription, handle: number, home: Entity): void {
  const { id, name, entity = home, thresholds = {}, updateInterval = 1, unitModifier = 0 } = sensor;
  const scale = scaleOfDescription(sensor);
  const size = dataSizeOf(sensor);
  const supported = THRESHOLD_NAMES.filter((threshold) => thresholds[threshold] !== undefined);
  if (sensor.compact === true) {
    const bits = { upperWarning: 0, lowerWarning: 1, upperCritical: 2, lowerCritical: 3, upperFatal: 4, lowerFatal: 5 };
    const raw = (value: number | undefined) =>
      value === undefined ? 0 : (fromUnits(scale, value, DATA_SIZE.s32) as number);
    add(PDR_TYPE.compactNumericSensor, {
      pldmTerminusHandle: handle,
      sensorId: id,
      ...entityOf(entity),
      baseUnit: unitOf(sensor.unit),
      unitModifier,
      occurrenceRate: 0,
      rangeFieldSupport: supported.reduce((mask, threshold) => mask | (1 << bits[threshold]), 0),
      warningHigh: raw(thresholds.upperWarning),
      warningLow: raw(thresholds.lowerWarning),
      criticalHigh: raw(thresholds.upperCritical),
      criticalLow: raw(thresholds.lowerCritical),
      fatalHigh: raw(thresholds.upperFatal),
      fatalLow: raw(thresholds.lowerFatal),
      sensorNameString: name ?? '',
    });
    return;
  }
  const range = (value: number | undefined) => (value === undefined ? 0 : rangeFromUnits(scale, value));
  const support = [
    sensor.nominal,
    undefined,
    undefined,
    thresholds.upperCritical,
    thresholds.lowerCritical,
    thresholds.upperFatal,
    thresholds.lowerFatal,
  ].reduce<number>((mask, value, bit) => (value === undefined ? mask : mask | (1 << bit)), 0);
  add(PDR_TYPE.numericSensor, {
    pldmTerminusHandle: handle,
    sensorId: id,
    ...entityOf(entity),
    sensorInit: 'noInit',
    sensorAuxiliaryNamesPdr: name !== undefined,
    baseUnit: unitOf(sensor.unit),
    unitModifier,
    rateUnit: 0,
    baseOemUnitHandle: sensor.oemUnit ?? 0,
    auxUnit: 0,
    auxUnitModifier: 0,
    auxRateUnit: 0,
    rel: 0,
    auxOemUnitHandle: 0,
    isLinear: true,
    sensorDataSize: size,
    resolution: scale.resolution,
    offset: scale.offset,
    accuracy: 0,
    plusTolerance: 0,
    minusTolerance: 0,
    hysteresis: differenceFromUnits(scale, sensor.hysteresis ?? 0, size),
    supportedThresholds: supported.reduce((mask, threshold) => mask | (1 << SUPPORTED_THRESHOLDS[threshold]), 0),
    thresholdAndHysteresisVolatility: 0,
    stateTransitionInterval: 0,
    updateInterval,
    maxReadable: fromUnits(scale, sensor.max ?? Number.POSITIVE_INFINITY, size),
    minReadable: fromUnits(scale, sensor.min ?? Number.NEGATIVE_INFINITY, size),
    rangeFieldFormat: rangeFormatFor([sensor.nominal, ...Object.values(thresholds)].map(range), size),
    rangeFieldSupport: support,
    nominalValue: range(sensor.nominal),
    normalMax: 0,
    normalMin: 0,
    warningHigh: range(thresholds.upperWarning),
    warningLow: range(thresholds.lowerWarning),
    criticalHigh: range(thresholds.upperCritical),
    criticalLow: range(thresholds.lowerCritical),
    fatalHigh: range(thresholds.upperFatal),
    fatalLow: range(thresholds.lowerFatal),
  } as Body<2>);
  if (name !== undefined) addSensorNames(add, handle, id, [name]);
}

/** The format of the readings where it has all the numbers; real32 otherwise, and for 64 bits. */
function rangeFormatFor(fields: readonly number[], dataSize: number): number {
  const { real32 } = RANGE_FIELD_FORMAT;
  const fits = fields.every((field) => clampRaw(field, dataSize) === field);
  return dataSize < real32 && fits ? dataSize : real32;
}

function addNumericEffecter(add: Add, effecter: NumericEffecterDescription, handle: number, home: Entity): void {
  const { id, name, entity = home, unitModifier = 0 } = effecter;
  const scale = scaleOfDescription(effecter);
  const size = dataSizeOf(effecter);
  add(PDR_TYPE.numericEffecter, {
    pldmTerminusHandle: handle,
    effecterId: id,
    ...entityOf(entity),
    effecterSemanticId: 0,
    effecterInit: 'noInit',
    effecterAuxiliaryNames: name !== undefined,
    baseUnit: unitOf(effecter.unit),
    unitModifier,
    rateUnit: 0,
    baseOemUnitHandle: 0,
    auxUnit: 0,
    auxUnitModifier: 0,
    auxRateUnit: 0,
    auxOemUnitHandle: 0,
    isLinear: true,
    effecterDataSize: size,
    resolution: scale.resolution,
    offset: scale.offset,
    accuracy: 0,
    plusTolerance: 0,
    minusTolerance: 0,
    stateTransitionInterval: 0,
    transitionInterval: 0,
    maxSettable: fromUnits(scale, effecter.max, size),
    minSettable: fromUnits(scale, effecter.min, size),
    rangeFieldFormat: rangeFormatFor([], size),
    rangeFieldSupport: 0,
    nominalValue: 0,
    normalMax: 0,
    normalMin: 0,
    ratedMax: 0,
    ratedMin: 0,
  } as Body<9>);
  if (name !== undefined) addEffecterNames(add, handle, id, [name]);
}

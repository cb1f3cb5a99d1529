/** PDRs of sensors (DSP0248 §28.4-28.9, §28.25). Values are raw, like readings. */

import { bool8, bytes, derived, enumOf, flags, le, list, s8, string, struct, u8 } from '../../../stack/codec/index.js';
import { dataSize, rangeFieldFormat, rangeValue, sizedValue, supportedThresholds } from '../platform-enums.js';
import { stateSetName } from '../state-sets.js';
import { rateName, unit } from '../units.js';
import { entityFields, nameStringCount, namesAs, pdr } from './pdr-common.js';

/** Conditions on which an initialization applies, or settings are lost. */
const conditions = flags(u8, {
  initializationAgentRestart: 0,
  subsystemPowerUp: 1,
  systemHardReset: 2,
  systemWarmReset: 3,
  terminusOnline: 4,
});
const sensorInit = enumOf(u8, { noInit: 0, useInitPDR: 1, enableSensor: 2, disableSensor: 3 });
const sensorValue = sizedValue('sensorDataSize');
const rangeField = rangeValue('rangeFieldFormat');

export const numericSensorPdr = pdr('numericSensor', {
  pldmTerminusHandle: le.u16,
  sensorId: le.u16,
  ...entityFields,
  sensorInit,
  sensorAuxiliaryNamesPdr: bool8,
  baseUnit: unit,
  unitModifier: s8.note('power of ten'),
  rateUnit: u8.words(rateName),
  baseOemUnitHandle: u8,
  auxUnit: unit,
  auxUnitModifier: s8,
  auxRateUnit: u8.words(rateName),
  rel: enumOf(u8, { dividedBy: 0, multipliedBy: 1 }),
  auxOemUnitHandle: u8,
  isLinear: bool8,
  sensorDataSize: dataSize,
  resolution: le.real32,
  offset: le.real32,
  accuracy: le.u16.unit('1/100 %'),
  plusTolerance: u8,
  minusTolerance: u8,
  hysteresis: sensorValue,
  supportedThresholds,
  thresholdAndHysteresisVolatility: conditions,
  stateTransitionInterval: le.real32.unit('s'),
  updateInterval: le.real32.unit('s'),
  maxReadable: sensorValue,
  minReadable: sensorValue,
  rangeFieldFormat,
  rangeFieldSupport: flags(u8, {
    nominalValue: 0,
    normalMax: 1,
    normalMin: 2,
    criticalHigh: 3,
    criticalLow: 4,
    fatalHigh: 5,
    fatalLow: 6,
  }),
  nominalValue: rangeField,
  normalMax: rangeField,
  normalMin: rangeField,
  warningHigh: rangeField,
  warningLow: rangeField,
  criticalHigh: rangeField,
  criticalLow: rangeField,
  fatalHigh: rangeField,
  fatalLow: rangeField,
});

export const numericSensorInitializationPdr = pdr('numericSensorInitialization', {
  pldmTerminusHandle: le.u16,
  sensorId: le.u16,
  initConditions: conditions,
  sensorEnable: u8,
  thresholdInitMask: supportedThresholds,
  sensorDataSize: dataSize,
  upperThresholdWarning: sensorValue,
  upperThresholdCritical: sensorValue,
  upperThresholdFatal: sensorValue,
  lowerThresholdWarning: sensorValue,
  lowerThresholdCritical: sensorValue,
  lowerThresholdFatal: sensorValue,
});

/** possibleStates: bit n % 8 of byte n / 8 stands for state n. */
export const possibleStates = struct('possibleStates', {
  stateSetId: le.u16.words(stateSetName),
  possibleStatesSize: derived(u8),
  possibleStates: bytes('possibleStatesSize'),
});

export const stateSensorPdr = pdr('stateSensor', {
  pldmTerminusHandle: le.u16,
  sensorId: le.u16,
  ...entityFields,
  sensorInit,
  sensorAuxiliaryNamesPdr: bool8,
  compositeSensorCount: derived(u8),
  sensors: list(possibleStates, { count: 'compositeSensorCount', min: 1, max: 8 }),
});

export const stateSensorInitializationPdr = pdr('stateSensorInitialization', {
  pldmTerminusHandle: le.u16,
  sensorId: le.u16,
  initConditions: conditions,
  sensorEnable: u8,
  sensorInitMask: u8,
  eventEnableMask: u8,
  rearmMask: u8,
  stateValue: bytes(8),
});

export const sensorAuxiliaryNamesPdr = pdr('sensorAuxiliaryNames', {
  pldmTerminusHandle: le.u16,
  sensorId: le.u16,
  sensorCount: derived(u8),
  sensors: list(struct('sensorNames', { nameStringCount, names: namesAs('sensorName') }), { count: 'sensorCount' }),
});

/** Limits are raw and 32 bits wide whatever the sensor. */
export const compactNumericSensorPdr = pdr('compactNumericSensor', {
  pldmTerminusHandle: le.u16,
  sensorId: le.u16,
  ...entityFields,
  sensorNameStringByteLength: derived(u8),
  baseUnit: unit,
  unitModifier: s8.note('power of ten'),
  occurrenceRate: u8.words(rateName),
  rangeFieldSupport: flags(u8, {
    warningHigh: 0,
    warningLow: 1,
    criticalHigh: 2,
    criticalLow: 3,
    fatalHigh: 4,
    fatalLow: 5,
  }),
  warningHigh: le.s32,
  warningLow: le.s32,
  criticalHigh: le.s32,
  criticalLow: le.s32,
  fatalHigh: le.s32,
  fatalLow: le.s32,
  sensorNameString: string('utf8', 'sensorNameStringByteLength'),
});

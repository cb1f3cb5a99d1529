/** PDRs of effecters (DSP0248 §28.11-28.15). Values are raw. */

import { bool8, derived, enumOf, flags, le, list, s8, struct, u8 } from '../../../stack/codec/index.js';
import { dataSize, rangeFieldFormat, rangeValue, sizedValue } from '../platform-enums.js';
import { rateName, unit } from '../units.js';
import { entityFields, nameStringCount, namesAs, pdr } from './pdr-common.js';
import { possibleStates } from './sensor-pdrs.js';

const effecterInit = enumOf(u8, { noInit: 0, useInitPDR: 1, enableEffecter: 2, disableEffecter: 3 });
const effecterValue = sizedValue('effecterDataSize');
const rangeField = rangeValue('rangeFieldFormat');

/** As the numeric sensor's, but without `rel`. */
export const numericEffecterPdr = pdr('numericEffecter', {
  pldmTerminusHandle: le.u16,
  effecterId: le.u16,
  ...entityFields,
  effecterSemanticId: le.u16,
  effecterInit,
  effecterAuxiliaryNames: bool8,
  baseUnit: unit,
  unitModifier: s8.note('power of ten'),
  rateUnit: u8.words(rateName),
  baseOemUnitHandle: u8,
  auxUnit: unit,
  auxUnitModifier: s8,
  auxRateUnit: u8.words(rateName),
  auxOemUnitHandle: u8,
  isLinear: bool8,
  effecterDataSize: dataSize,
  resolution: le.real32,
  offset: le.real32,
  accuracy: le.u16.unit('1/100 %'),
  plusTolerance: u8,
  minusTolerance: u8,
  stateTransitionInterval: le.real32.unit('s'),
  transitionInterval: le.real32.unit('s'),
  maxSettable: effecterValue,
  minSettable: effecterValue,
  rangeFieldFormat,
  rangeFieldSupport: flags(u8, { nominalValue: 0, normalMax: 1, normalMin: 2, ratedMax: 3, ratedMin: 4 }),
  nominalValue: rangeField,
  normalMax: rangeField,
  normalMin: rangeField,
  ratedMax: rangeField,
  ratedMin: rangeField,
});

export const stateEffecterPdr = pdr('stateEffecter', {
  pldmTerminusHandle: le.u16,
  effecterId: le.u16,
  ...entityFields,
  effecterSemanticId: le.u16,
  effecterInit,
  effecterDescriptionPdr: bool8,
  compositeEffecterCount: derived(u8),
  effecters: list(possibleStates, { count: 'compositeEffecterCount', min: 1, max: 8 }),
});

export const effecterAuxiliaryNamesPdr = pdr('effecterAuxiliaryNames', {
  pldmTerminusHandle: le.u16,
  effecterId: le.u16,
  effecterCount: derived(u8),
  effecters: list(struct('effecterNames', { nameStringCount, names: namesAs('effecterName') }), {
    count: 'effecterCount',
  }),
});

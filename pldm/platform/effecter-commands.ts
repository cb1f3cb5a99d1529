/** Commands of numeric and state effecters (DSP0248 §22, §23). */

import { derived, enumOf, le, list, struct, u8 } from '../../stack/codec/index.js';
import { commandsOf } from '../base/pldm-command.js';
import { PLDM_TYPE } from '../base/pldm-types.js';
import {
  dataSize,
  effecterOperationalState,
  initEventEnable,
  settableEffecterState,
  sizedValue,
} from './platform-enums.js';

/** Of every command about an effecter. */
const OF_EFFECTERS = { INVALID_EFFECTER_ID: 0x80 } as const;
export const SET_STATE_EFFECTER_CODES = {
  ...OF_EFFECTERS,
  INVALID_STATE_VALUE: 0x81,
  UNSUPPORTED_EFFECTERSTATE: 0x82,
} as const;
const declare = commandsOf(PLDM_TYPE.platform, 'DSP0248 §22', OF_EFFECTERS);

const effecterValue = sizedValue('effecterDataSize');
const compositeCount = derived(u8);
const perEffecter = { count: 'compositeEffecterCount', min: 1, max: 8 } as const;

export const SetNumericEffecterEnable = declare({
  name: 'SetNumericEffecterEnable',
  code: 0x30,
  request: { effecterId: le.u16, effecterOperationalState: settableEffecterState },
  response: {},
});

export const SetNumericEffecterValue = declare({
  name: 'SetNumericEffecterValue',
  code: 0x31,
  request: { effecterId: le.u16, effecterDataSize: dataSize, effecterValue },
  response: {},
});

export const GetNumericEffecterValue = declare({
  name: 'GetNumericEffecterValue',
  code: 0x32,
  request: { effecterId: le.u16 },
  response: {
    effecterDataSize: dataSize,
    effecterOperationalState,
    pendingValue: effecterValue,
    presentValue: effecterValue,
  },
  idempotent: true,
});

export const SetStateEffecterEnables = declare({
  name: 'SetStateEffecterEnables',
  code: 0x38,
  request: {
    effecterId: le.u16,
    compositeEffecterCount: compositeCount,
    opFields: list(
      struct('opField', { effecterOperationalState: settableEffecterState, eventMsgEnable: initEventEnable }),
      perEffecter,
    ),
  },
  response: {},
});

export const SetStateEffecterStates = declare({
  name: 'SetStateEffecterStates',
  code: 0x39,
  request: {
    effecterId: le.u16,
    compositeEffecterCount: compositeCount,
    stateField: list(
      struct('stateField', { setRequest: enumOf(u8, { noChange: 0, requestSet: 1 }), effecterState: u8 }),
      perEffecter,
    ),
  },
  response: {},
  completionCodes: SET_STATE_EFFECTER_CODES,
});

export const GetStateEffecterStates = declare({
  name: 'GetStateEffecterStates',
  code: 0x3a,
  request: { effecterId: le.u16 },
  response: {
    compositeEffecterCount: compositeCount,
    stateField: list(
      struct('stateField', { effecterOpState: effecterOperationalState, pendingState: u8, presentState: u8 }),
      perEffecter,
    ),
  },
  idempotent: true,
});

/** Enumerations and value sizes of type 2 (DSP0248). Reserved numbers are kept as they are. */

import { enumOf, flags, le, s8, u8, variant } from '../../stack/codec/index.js';
import { selector } from '../base/shared-fields.js';

/** sensorDataSize, effecterDataSize. 6 and 7 since DSP0248 1.3. */
export const DATA_SIZE = { u8: 0, s8: 1, u16: 2, s16: 3, u32: 4, s32: 5, u64: 6, s64: 7 } as const;
export const dataSize = selector(enumOf(u8, DATA_SIZE));
/** rangeFieldFormat of PDRs: 6 is a real32 there. */
export const RANGE_FIELD_FORMAT = { u8: 0, s8: 1, u16: 2, s16: 3, u32: 4, s32: 5, real32: 6 } as const;
export const rangeFieldFormat = selector(enumOf(u8, RANGE_FIELD_FORMAT));

const SMALL = { 0: u8, 1: s8, 2: le.u16, 3: le.s16, 4: le.u32, 5: le.s32 } as const;

/** A value whose size an earlier field tells: a number, a bigint for 64 bits. */
export function sizedValue(sizeField: string) {
  return variant(sizeField, { ...SMALL, 6: le.u64, 7: le.s64 });
}

/** A range field of a PDR, in the format an earlier field tells. */
export function rangeValue(formatField: string) {
  return variant(formatField, { ...SMALL, 6: le.real32 });
}

/** transferFlag of GetPDR, FindPDR, PollForPlatformEventMessage: not the numbers of the other types. */
export const PLATFORM_TRANSFER_FLAG = { start: 0, middle: 1, end: 4, startAndEnd: 5 } as const;
export const platformTransferFlag = enumOf(u8, PLATFORM_TRANSFER_FLAG);

export const SENSOR_OPERATIONAL_STATE = {
  enabled: 0,
  disabled: 1,
  unavailable: 2,
  statusUnknown: 3,
  failed: 4,
  initializing: 5,
  shuttingDown: 6,
  inTest: 7,
} as const;
export const sensorOperationalState = enumOf(u8, SENSOR_OPERATIONAL_STATE);
/** What a Set command may ask for. */
export const settableSensorState = enumOf(u8, { enabled: 0, disabled: 1, unavailable: 2 });

export const EFFECTER_OPERATIONAL_STATE = {
  enabledUpdatePending: 0,
  enabledNoUpdatePending: 1,
  disabled: 2,
  unavailable: 3,
  statusUnknown: 4,
  failed: 5,
  initializing: 6,
  shuttingDown: 7,
  inTest: 8,
} as const;
export const effecterOperationalState = enumOf(u8, EFFECTER_OPERATIONAL_STATE);
export const settableEffecterState = enumOf(u8, { enabled: 0, disabled: 2, unavailable: 3 });

/** sensorEventMessageEnable in Set commands. */
export const setEventMessageEnable = enumOf(u8, {
  noChange: 0,
  disableEvents: 1,
  enableEvents: 2,
  enableOpEventsOnly: 3,
  enableStateEventsOnly: 4,
});
/** sensorEventMessageEnable in answers. */
export const EVENT_MESSAGE_ENABLE = {
  noEventGeneration: 0,
  eventsDisabled: 1,
  eventsEnabled: 2,
  opEventsOnlyEnabled: 3,
  stateEventsOnlyEnabled: 4,
} as const;
export const eventMessageEnable = enumOf(u8, EVENT_MESSAGE_ENABLE);
/** eventMsgEnable of the Init commands and of state effecters. */
export const initEventEnable = enumOf(u8, { enable: 0, disable: 1, noChange: 0xff });

/** presentState, previousState, eventState of numeric sensors. */
export const NUMERIC_STATE = {
  unknown: 0,
  normal: 1,
  warning: 2,
  critical: 3,
  fatal: 4,
  lowerWarning: 5,
  lowerCritical: 6,
  lowerFatal: 7,
  upperWarning: 8,
  upperCritical: 9,
  upperFatal: 10,
} as const;
export const numericState = enumOf(u8, NUMERIC_STATE);

/** supportedThresholds, thresholdInitMask. */
export const SUPPORTED_THRESHOLDS = {
  upperWarning: 0,
  upperCritical: 1,
  upperFatal: 2,
  lowerWarning: 3,
  lowerCritical: 4,
  lowerFatal: 5,
} as const;
export const supportedThresholds = flags(u8, SUPPORTED_THRESHOLDS);

export const EVENT_GLOBAL_ENABLE = { disable: 0, enableAsync: 1, enablePolling: 2, enableAsyncKeepAlive: 3 } as const;
export const TRANSPORT_PROTOCOL = { mctp: 0, rbt: 1, vendor: 0xff } as const;
export const transportProtocolType = enumOf(u8, TRANSPORT_PROTOCOL);

export const REPOSITORY_STATE = { available: 0, updateInProgress: 1, failed: 2 } as const;

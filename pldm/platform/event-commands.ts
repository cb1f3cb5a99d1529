/** Event commands (DSP0248 §16, §17) and the eventData of each event class. */

import {
  bytes,
  constant,
  derived,
  enumOf,
  flags,
  le,
  list,
  rest,
  struct,
  u8,
  uuid,
  when,
  whenAll,
} from '../../stack/codec/index.js';
import { crc32 } from '../base/crc.js';
import { commandsOf } from '../base/pldm-command.js';
import { PLDM_TYPE } from '../base/pldm-types.js';
import { crc32Of } from '../base/shared-fields.js';
import {
  EVENT_GLOBAL_ENABLE,
  PLATFORM_TRANSFER_FLAG,
  platformTransferFlag,
  transportProtocolType,
} from './platform-enums.js';

const declare = commandsOf(PLDM_TYPE.platform, 'DSP0248 §16');
export const FORMAT_CODES = { UNSUPPORTED_EVENT_FORMAT_VERSION: 0x81 } as const;
export const SET_EVENT_RECEIVER_CODES = {
  INVALID_PROTOCOL_TYPE: 0x80,
  ENABLE_METHOD_NOT_SUPPORTED: 0x81,
  HEARTBEAT_FREQUENCY_TOO_HIGH: 0x82,
} as const;
export const POLL_CODES = { ...FORMAT_CODES, EVENT_ID_NOT_VALID: 0x82 } as const;

export const GetTerminusUID = declare({
  name: 'GetTerminusUID',
  code: 0x03,
  request: {},
  response: { uuid },
  idempotent: true,
});

/** heartbeatTimer in seconds, 1..65535; only with keep-alive, though some peers always send it. */
export const SetEventReceiver = declare({
  name: 'SetEventReceiver',
  code: 0x04,
  request: struct(
    'SetEventReceiver',
    {
      eventMessageGlobalEnable: enumOf(u8, EVENT_GLOBAL_ENABLE),
      transportProtocolType,
      eventReceiverAddressInfo: u8.note('the EID'),
      heartbeatTimer: when('eventMessageGlobalEnable', EVENT_GLOBAL_ENABLE.enableAsyncKeepAlive, le.u16.unit('s'), {
        orBytesRemain: true,
      }),
    },
    {
      rules: [
        ({ eventMessageGlobalEnable, heartbeatTimer }) =>
          eventMessageGlobalEnable === EVENT_GLOBAL_ENABLE.enableAsyncKeepAlive && heartbeatTimer === 0
            ? 'keep-alive needs a heartbeatTimer other than 0'
            : undefined,
      ],
    },
  ),
  response: {},
  completionCodes: SET_EVENT_RECEIVER_CODES,
});

export const GetEventReceiver = declare({
  name: 'GetEventReceiver',
  code: 0x05,
  request: {},
  response: { transportProtocolType, eventReceiverAddressInfo: u8.note('the EID') },
  idempotent: true,
});

export const EVENT_CLASS = {
  sensorEvent: 0x00,
  effecterEvent: 0x01,
  redfishTaskExecutedEvent: 0x02,
  redfishMessageEvent: 0x03,
  pldmPDRRepositoryChgEvent: 0x04,
  pldmMessagePollEvent: 0x05,
  heartbeatTimerElapsedEvent: 0x06,
  cperEvent: 0x07,
} as const;
export const eventClass = enumOf(u8, EVENT_CLASS, { allow: [[0xf0, 0xfe]] });

export const PLATFORM_EVENT_STATUS = {
  noLogging: 0,
  loggingDisabled: 1,
  logFull: 2,
  acceptedForLogging: 3,
  logged: 4,
  loggingRejected: 5,
} as const;

/** eventData by class: `decodeEvent`. */
export const PlatformEventMessage = declare({
  name: 'PlatformEventMessage',
  code: 0x0a,
  request: { formatVersion: constant(u8, 1), tid: u8, eventClass, eventData: rest },
  response: { platformEventStatus: enumOf(u8, PLATFORM_EVENT_STATUS) },
  completionCodes: FORMAT_CODES,
});

/** First part, next part, or thanks for the event named. */
export const POLL_OPERATION = { getNextPart: 0, getFirstPart: 1, acknowledgementOnly: 2 } as const;
/** eventId 0: no event. 0xffff: acknowledgement taken, nothing follows. */
export const NO_EVENT = 0;
export const EVENT_ACKNOWLEDGED = 0xffff;

const isEvent = (eventId: number) => eventId !== NO_EVENT && eventId !== EVENT_ACKNOWLEDGED;

/** All of the command but its answer, and the fields of that without their rule: see event-poll.ts. */
export const pollDeclaration = {
  name: 'PollForPlatformEventMessage',
  code: 0x0b,
  completionCodes: POLL_CODES,
  // A second acknowledgement is answered with EVENT_ID_NOT_VALID, which says that the first one counted.
  idempotent: true,
  request: struct(
    'PollForPlatformEventMessage',
    {
      formatVersion: constant(u8, 1),
      transferOperationFlag: enumOf(u8, POLL_OPERATION),
      dataTransferHandle: le.u32,
      eventIdToAcknowledge: le.u16.asHex(),
    },
    {
      rules: [
        ({ transferOperationFlag: operation, eventIdToAcknowledge: id }) => {
          if (operation === POLL_OPERATION.getFirstPart && id !== 0) return 'the first part goes with event id 0';
          if (operation === POLL_OPERATION.getNextPart && id !== 0xffff) return 'a next part goes with event id 0xffff';
          if (operation === POLL_OPERATION.acknowledgementOnly && !isEvent(id)) return 'no event has this id';
          return undefined;
        },
      ],
    },
  ),
} as const;
export const polledFields = {
  tid: u8,
  eventId: le.u16.asHex(),
  ...whenAll('eventId', isEvent, {
    nextDataTransferHandle: le.u32,
    transferFlag: platformTransferFlag,
    eventClass,
    eventDataSize: derived(le.u32),
    eventData: bytes('eventDataSize'),
  }),
  eventDataIntegrityChecksum: when(
    'transferFlag',
    [PLATFORM_TRANSFER_FLAG.end, PLATFORM_TRANSFER_FLAG.startAndEnd],
    crc32Of('eventData'),
  ).note('CRC-32 of the event data of all parts'),
} as const;

export const PollForPlatformEventMessage = declare({
  ...pollDeclaration,
  response: struct('PollForPlatformEventMessage', polledFields, {
    rules: [
      ({ transferFlag: flag, eventData, eventDataIntegrityChecksum: crc }) =>
        flag !== PLATFORM_TRANSFER_FLAG.startAndEnd || crc === undefined || crc === crc32(eventData!)
          ? undefined
          : 'eventDataIntegrityChecksum does not match the event data',
    ],
  }),
});

export const EventMessageSupported = declare({
  name: 'EventMessageSupported',
  code: 0x0c,
  request: { formatVersion: constant(u8, 1) },
  response: {
    synchronyConfiguration: enumOf(u8, {
      notConfigured: 0,
      asynchronous: 1,
      synchronous: 2,
      asynchronousWithHeartbeat: 3,
    }),
    synchronyConfigurationSupported: flags(u8, { asynchronous: 1, synchronous: 2, asynchronousWithHeartbeat: 3 }),
    numberEventClassReturned: derived(u8),
    eventClass: list(eventClass, { count: 'numberEventClassReturned' }),
  },
  completionCodes: FORMAT_CODES,
  idempotent: true,
});

export const EventMessageBufferSize = declare({
  name: 'EventMessageBufferSize',
  code: 0x0d,
  request: { eventReceiverMaxBufferSize: le.u16.unit('bytes') },
  response: { terminusMaxBufferSize: le.u16.unit('bytes') },
  idempotent: true,
});

/** Checks of events: what is supported, the receiver set up and put back, polling and acknowledgement (DSP0248 §16). */

import { GetTID } from '../../../pldm/base/base-commands.js';
import { crc32 } from '../../../pldm/base/crc.js';
import { COMPLETION } from '../../../pldm/base/pldm-completion-codes.js';
import {
  EVENT_ACKNOWLEDGED,
  EventMessageBufferSize,
  EventMessageSupported,
  GetEventReceiver,
  GetTerminusUID,
  NO_EVENT,
  POLL_CODES,
  POLL_OPERATION,
  PollForPlatformEventMessage,
  SET_EVENT_RECEIVER_CODES,
  SetEventReceiver,
} from '../../../pldm/platform/event-commands.js';
import { EVENT_GLOBAL_ENABLE, TRANSPORT_PROTOCOL } from '../../../pldm/platform/platform-enums.js';
import { isRequest } from '../../bench/device/rewrites.js';
import type { CheckDeclaration } from '../declaration.js';
import { inconclusive, must, notApplicable } from '../finding.js';
import type { Probe } from '../probe.js';
import { codeName } from './control-steps.js';
import {
  announces,
  CODE_AT,
  DATA_AT,
  le16,
  le32,
  OK,
  pldm,
  pldmData,
  pldmMandatory,
  pldmSuccess,
  pldmSuccessByte,
  refuses,
  requestOf,
  u16At,
  u32At,
} from './pldm-steps.js';

const FORMAT = 1;
const { mctp } = TRANSPORT_PROTOCOL;
const { disable, enablePolling, enableAsyncKeepAlive } = EVENT_GLOBAL_ENABLE;
/** Bits of synchronyConfigurationSupported by the value of synchronyConfiguration. */
const SUPPORTED_BIT = [0, 0x02, 0x04, 0x08];
const OTHER_EID = 0x5e;
/** What a device is given to raise an event by itself. */
const EVENT_MS = 5000;
/** Of an answer to a poll behind the completion code. */
const POLL_DATA_AT = 13;
const PER_EVENT = 17;
const LAST_PART = [4, 5];
const KNOWN_CLASSES = 7;

const pollBody = (operation: number, handle = 0, eventId = 0, format = FORMAT): number[] => [
  ...[format, operation],
  ...le32(handle),
  ...le16(eventId),
];
const FIRST = pollBody(POLL_OPERATION.getFirstPart);

const isEvent = (data: Uint8Array): boolean => ![NO_EVENT, EVENT_ACKNOWLEDGED].includes(u16At(data, 1) as 0);

/** Answers to polls which carry an event. */
const events = (change: (payload: Uint8Array) => Uint8Array) =>
  pldmSuccess(PollForPlatformEventMessage, (payload) =>
    isEvent(payload.subarray(DATA_AT)) ? change(payload) : payload,
  );

/** The receiver as it is now is put back when the check is over. @throws Finding not applicable */
async function keepReceiver(probe: Probe): Promise<void> {
  await announces(probe, SetEventReceiver);
  await announces(probe, GetEventReceiver);
  await announces(probe, EventMessageSupported);
  const [protocol = 0, eid = 0] = await pldmData(probe, GetEventReceiver);
  const [mode = 0] = await pldmData(probe, EventMessageSupported, [FORMAT]);
  if (mode === enableAsyncKeepAlive) notApplicable('events with heartbeats are on: their time cannot be put back');
  probe.restore(async () => {
    await pldm(probe, SetEventReceiver, [mode, protocol, eid]);
  });
}

async function setReceiver(probe: Probe, mode: number, eid: number): Promise<void> {
  const { code } = await pldm(probe, SetEventReceiver, [mode, mctp, eid]);
  if (code === SET_EVENT_RECEIVER_CODES.ENABLE_METHOD_NOT_SUPPORTED) notApplicable('the device is not polled');
  if (code !== OK) inconclusive(`SetEventReceiver is answered with completion code ${codeName(code)}`);
}

/** Polling is on; the answer to a poll which has an event, which the device has time to raise. @throws Finding */
async function polledEvent(probe: Probe): Promise<Uint8Array> {
  await announces(probe, PollForPlatformEventMessage);
  // One which raises none is waited for once in a run.
  const raises = await probe.facts.once('events by itself', async () => (await nextEvent(probe)) !== undefined);
  const data = raises ? await nextEvent(probe) : undefined;
  return data ?? notApplicable('the device raises no event by itself');
}

async function nextEvent(probe: Probe): Promise<Uint8Array | undefined> {
  await keepReceiver(probe);
  await setReceiver(probe, enablePolling, probe.device.ownEid);
  for (let waited = 0; waited <= EVENT_MS; waited += 500) {
    const data = await pldmData(probe, PollForPlatformEventMessage, FIRST);
    if (isEvent(data) && data.length >= POLL_DATA_AT) return data;
    await probe.wait(500);
  }
  return undefined;
}

const whenPolled = { level: 'conditional', condition: 'when it supports PollForPlatformEventMessage' } as const;
const poll = { clause: 'DSP0248 §16, PollForPlatformEventMessage', ...whenPolled };
const supported = {
  clause: 'DSP0248 §16, EventMessageSupported',
  level: 'conditional',
  condition: 'when it supports EventMessageSupported',
} as const;
const receiver = {
  clause: 'DSP0248 §16, SetEventReceiver',
  level: 'conditional',
  condition: 'when it supports SetEventReceiver',
} as const;

export const PLATFORM_EVENT_CHECKS: readonly CheckDeclaration[] = [
  {
    id: 'PLDM-PLAT-082',
    ...supported,
    title: 'The number of event classes fits the length of the answer',
    why: 'requesters refuse an answer of another length',
    failure: 'numberEventClassReturned and the bytes behind it do not belong together',
    mend: 'send one byte per class, and their number before them',
    mutant: () => pldmSuccess(EventMessageSupported, (payload) => Uint8Array.of(...payload, 0)),
    run: async (probe) => {
      await announces(probe, EventMessageSupported);
      const data = await pldmData(probe, EventMessageSupported, [FORMAT]);
      must(data.length === 3 + (data[2] ?? 0), `${data[2]} classes are announced in ${data.length - 3} bytes`);
    },
  },
  {
    id: 'PLDM-PLAT-083',
    ...supported,
    title: 'The way in which events come is one that is supported',
    why: 'a receiver waits for events, or polls, by what the device says',
    failure: 'synchronyConfiguration is above 3, or its bit in synchronyConfigurationSupported is 0',
    mend: 'say 0 while events are off, and set the bits of 1 to 3 which the device can do',
    mutant: () => pldmSuccessByte(EventMessageSupported, 0, () => 7),
    run: async (probe) => {
      await announces(probe, EventMessageSupported);
      const [now = 0, mask = 0] = await pldmData(probe, EventMessageSupported, [FORMAT]);
      const bit = SUPPORTED_BIT[now];
      must(bit !== undefined, `synchronyConfiguration is ${now}`);
      must(bit === 0 || (mask & bit) !== 0, `configuration ${now} is on, and ${codeName(mask)} are supported`);
    },
  },
  {
    id: 'PLDM-PLAT-084',
    ...supported,
    title: 'Reserved ways in which events come are not supported',
    why: 'a receiver chooses one of those that are',
    failure: 'a bit of synchronyConfigurationSupported is set that means nothing',
    mend: 'use bits 1, 2 and 3 only',
    mutant: () => pldmSuccessByte(EventMessageSupported, 1, (byte) => byte | 0x40),
    run: async (probe) => {
      await announces(probe, EventMessageSupported);
      const [, mask = 0] = await pldmData(probe, EventMessageSupported, [FORMAT]);
      must((mask & 0xf1) === 0, `synchronyConfigurationSupported is ${codeName(mask)}`);
    },
  },
  refuses(
    {
      id: 'PLDM-PLAT-085',
      ...supported,
      title: 'It refuses a format of events which it does not know',
      why: 'a receiver of a later version must be told that it was not understood',
      failure: 'EventMessageSupported with format version 9 is not answered with 0x81',
      mend: 'answer UNSUPPORTED_EVENT_FORMAT_VERSION to all but 1',
    },
    {
      command: EventMessageSupported,
      body: [9],
      codes: [POLL_CODES.UNSUPPORTED_EVENT_FORMAT_VERSION, COMPLETION.ERROR_INVALID_DATA],
    },
  ),
  {
    id: 'PLDM-PLAT-086',
    clause: 'DSP0248 §16, EventMessageBufferSize',
    level: 'conditional',
    condition: 'when it supports EventMessageBufferSize',
    title: 'Its buffer for events has 256 bytes at least',
    why: '256 is what both sides begin with',
    failure: 'terminusMaxBufferSize is below 256, or the answer has another length than two bytes',
    mend: 'answer with the bytes of the largest event message',
    mutant: () => pldmSuccess(EventMessageBufferSize, (payload) => payload.with(DATA_AT, 16).with(DATA_AT + 1, 0)),
    run: async (probe) => {
      await announces(probe, EventMessageBufferSize);
      const data = await pldmData(probe, EventMessageBufferSize, le16(256));
      must(data.length === 2, `the answer has ${data.length} bytes behind the completion code`);
      must(u16At(data, 0) >= 256, `terminusMaxBufferSize is ${u16At(data, 0)}`);
    },
  },
  refuses(
    {
      id: 'PLDM-PLAT-087',
      ...receiver,
      title: 'It refuses an event receiver behind another protocol',
      why: 'the events would be lost',
      failure: 'SetEventReceiver with transport protocol 0x7e is not answered with 0x80',
      mend: 'answer INVALID_PROTOCOL_TYPE to all but MCTP',
    },
    {
      command: SetEventReceiver,
      body: [disable, 0x7e, 8],
      codes: [SET_EVENT_RECEIVER_CODES.INVALID_PROTOCOL_TYPE, COMPLETION.ERROR_INVALID_DATA],
    },
  ),
  refuses(
    {
      id: 'PLDM-PLAT-088',
      ...receiver,
      title: 'It refuses a way of enabling events which there is not',
      why: 'a receiver would wait for events in a way that they do not come',
      failure: 'SetEventReceiver with enable 9 is not answered with 0x81',
      mend: 'answer ENABLE_METHOD_NOT_SUPPORTED, or ERROR_INVALID_DATA',
    },
    {
      command: SetEventReceiver,
      body: [9, mctp, 8],
      codes: [SET_EVENT_RECEIVER_CODES.ENABLE_METHOD_NOT_SUPPORTED, COMPLETION.ERROR_INVALID_DATA],
    },
  ),
  {
    id: 'PLDM-PLAT-089',
    clause: 'DSP0248 §16, GetEventReceiver',
    level: 'conditional',
    condition: 'when it supports SetEventReceiver and GetEventReceiver',
    title: 'It gives the event receiver back that it was given',
    why: 'a platform looks whether events still come to it',
    failure: 'SetEventReceiver is accepted, and GetEventReceiver names another receiver',
    mend: 'keep the receiver until another one is set',
    mutant: () =>
      pldmSuccess(GetEventReceiver, (payload) =>
        payload[DATA_AT + 1] === OTHER_EID ? payload.with(DATA_AT + 1, 9) : payload,
      ),
    run: async (probe) => {
      await keepReceiver(probe);
      await setReceiver(probe, disable, OTHER_EID);
      const [protocol, eid] = await pldmData(probe, GetEventReceiver);
      must(
        protocol === mctp && eid === OTHER_EID,
        `EID ${OTHER_EID} was given, and protocol ${protocol}, EID ${eid} come back`,
      );
    },
  },
  {
    id: 'PLDM-PLAT-090',
    clause: 'DSP0248 §16, GetEventReceiver',
    level: 'conditional',
    condition: 'when it supports GetEventReceiver',
    title: 'An event receiver behind MCTP is one EID',
    why: 'requesters refuse an answer of another length',
    failure: 'the answer has another length than two bytes',
    mend: 'send the protocol and the EID',
    mutant: () => pldmSuccess(GetEventReceiver, (payload) => Uint8Array.of(...payload, 0)),
    run: async (probe) => {
      await announces(probe, GetEventReceiver);
      const data = await pldmData(probe, GetEventReceiver);
      if (data[0] !== mctp) notApplicable('events go by another protocol');
      must(data.length === 2, `the answer has ${data.length} bytes behind the completion code`);
    },
  },
  {
    id: 'PLDM-PLAT-091',
    ...poll,
    title: 'It is polled without events, and says that there is none',
    why: 'receivers poll whether there is something or not',
    failure: 'a poll is refused, or the answer for no event has bytes behind event ID 0',
    mend: 'answer TID and event ID 0 when there is nothing',
    mutant: () =>
      pldmSuccess(PollForPlatformEventMessage, (payload) =>
        isEvent(payload.subarray(DATA_AT)) ? payload : Uint8Array.of(...payload, 0, 0),
      ),
    run: async (probe) => {
      await announces(probe, PollForPlatformEventMessage);
      const { code, data } = await pldmMandatory(probe, PollForPlatformEventMessage, FIRST);
      must(code === OK, `a poll is answered with completion code ${codeName(code)}`);
      must(isEvent(data) || data.length === 3, `no event comes with ${data.length} bytes, not 3`);
    },
  },
  refuses(
    {
      id: 'PLDM-PLAT-092',
      ...poll,
      title: 'It refuses a poll in a format which it does not know',
      why: 'a receiver of a later version must be told that it was not understood',
      failure: 'a poll with format version 9 is not answered with 0x81',
      mend: 'answer UNSUPPORTED_EVENT_FORMAT_VERSION to all but 1',
    },
    {
      command: PollForPlatformEventMessage,
      body: pollBody(POLL_OPERATION.getFirstPart, 0, 0, 9),
      codes: [POLL_CODES.UNSUPPORTED_EVENT_FORMAT_VERSION, COMPLETION.ERROR_INVALID_DATA],
    },
  ),
  refuses(
    {
      id: 'PLDM-PLAT-093',
      ...poll,
      title: 'It refuses the acknowledgement of an event which it does not have',
      why: 'an event that was not read would be lost',
      failure: 'an acknowledgement of event ID 0x7e57 is not answered with 0x82',
      mend: 'answer EVENT_ID_NOT_VALID to all but the event that was given last',
    },
    {
      command: PollForPlatformEventMessage,
      body: pollBody(POLL_OPERATION.acknowledgementOnly, 0, 0x7e57),
      codes: [POLL_CODES.EVENT_ID_NOT_VALID],
    },
  ),
  {
    id: 'PLDM-PLAT-094',
    ...poll,
    title: 'A polled event has the CRC-32 of its data',
    why: 'receivers drop what is damaged',
    failure: 'eventDataIntegrityChecksum is missing, or is not that of the event data',
    mend: 'CRC-32 over the data of all parts, behind the last one',
    mutant: () => events((payload) => payload.with(payload.length - 1, payload.at(-1)! ^ 1)),
    run: async (probe) => {
      const data = await polledEvent(probe);
      if (data[7] !== 5) notApplicable('the event comes in parts');
      const length = u32At(data, 9);
      if (data.length !== PER_EVENT + length) inconclusive('the event has another length than it says');
      const crc = crc32(data, POLL_DATA_AT, POLL_DATA_AT + length);
      const has = u32At(data, POLL_DATA_AT + length);
      must(has === crc, `the checksum is 0x${has.toString(16)}, and should be 0x${crc.toString(16)}`);
    },
  },
  {
    id: 'PLDM-PLAT-095',
    ...poll,
    title: 'The size of a polled event is that of its data',
    why: 'receivers tell the data from the checksum behind it by the size',
    failure: 'eventDataSize differs from the bytes which come',
    mend: 'count the bytes of this part',
    mutant: () => events((payload) => payload.with(DATA_AT + 9, payload[DATA_AT + 9]! + 1)),
    run: async (probe) => {
      const data = await polledEvent(probe);
      const crc = LAST_PART.includes(data[7]!) ? 4 : 0;
      const bytes = data.length - POLL_DATA_AT - crc;
      must(u32At(data, 9) === bytes, `eventDataSize is ${u32At(data, 9)}, and ${bytes} bytes come`);
    },
  },
  {
    id: 'PLDM-PLAT-096',
    ...poll,
    title: 'A polled event is of this terminus',
    why: 'a receiver finds the sensors of the event by the TID',
    failure: 'the TID of the answer is not that of GetTID',
    mend: 'answer with the TID of the terminus',
    mutant: () => events((payload) => payload.with(DATA_AT, payload[DATA_AT]! ^ 0x40)),
    run: async (probe) => {
      const data = await polledEvent(probe);
      const [tid] = await pldmData(probe, GetTID);
      must(data[0] === tid, `the event is of TID ${data[0]}, and GetTID says ${tid}`);
    },
  },
  {
    id: 'PLDM-PLAT-097',
    ...poll,
    title: 'A polled event is of a class which the standard has',
    why: 'requesters cannot read an event of another class',
    failure: 'eventClass is neither 0 to 7 nor 0xf0 to 0xfe',
    mend: 'use 0xf0 to 0xfe for what is your own',
    mutant: () => events((payload) => payload.with(DATA_AT + 8, 0x55)),
    run: async (probe) => {
      const event = (await polledEvent(probe))[8]!;
      must(event <= KNOWN_CLASSES || (event >= 0xf0 && event <= 0xfe), `the event is of class ${codeName(event)}`);
    },
  },
  {
    id: 'PLDM-PLAT-098',
    ...poll,
    title: 'An event stays until it is acknowledged',
    why: 'the answer with the event may have been lost',
    failure: 'the next poll gives another event, though the first was not acknowledged',
    mend: 'keep an event until its acknowledgement',
    mutant: () => {
      /** Since the receiver was set: from the second on it is another event. */
      let polls = 0;
      return {
        ...events((payload) =>
          payload.with(DATA_AT + 1, (payload[DATA_AT + 1]! + (polls++ === 0 ? 0 : 1)) & 0xff || 1),
        ),
        request: (message) => {
          if (isRequest(message, requestOf(SetEventReceiver))) polls = 0;
          return true;
        },
      };
    },
    run: async (probe) => {
      const first = await polledEvent(probe);
      const again = await pldmData(probe, PollForPlatformEventMessage, FIRST);
      const isSame = u16At(again, 1) === u16At(first, 1);
      must(isSame, `event ${u16At(first, 1)} was not acknowledged, and event ${u16At(again, 1)} comes`);
    },
  },
  {
    id: 'PLDM-PLAT-099',
    ...poll,
    title: 'An event that is acknowledged does not come again',
    why: 'a receiver would never come to the next one',
    failure: 'the acknowledgement is refused, or the same event comes again',
    mend: 'forget an event with its acknowledgement',
    mutant: () =>
      pldmSuccess(PollForPlatformEventMessage, (payload, request) =>
        request[4] === POLL_OPERATION.acknowledgementOnly
          ? payload.slice(0, DATA_AT).with(CODE_AT, COMPLETION.ERROR)
          : payload,
      ),
    run: async (probe) => {
      const first = u16At(await polledEvent(probe), 1);
      const body = pollBody(POLL_OPERATION.acknowledgementOnly, 0, first);
      const { code } = await pldm(probe, PollForPlatformEventMessage, body);
      must(code === OK, `the acknowledgement of event ${first} is answered with ${codeName(code)}`);
      const next = await pldmData(probe, PollForPlatformEventMessage, FIRST);
      must(u16At(next, 1) !== first, `event ${first} was acknowledged, and comes again`);
    },
  },
  {
    id: 'PLDM-PLAT-100',
    clause: 'DSP0248 §16, GetTerminusUID',
    level: 'conditional',
    condition: 'when it supports GetTerminusUID',
    title: 'Its UID is one, and is the same each time',
    why: 'it is how a terminus is recognised after it was moved',
    failure: 'the UID is all zero, changes, or has another length than 16 bytes',
    mend: 'make the UID once, in production, and keep it',
    mutant: () => pldmSuccess(GetTerminusUID, (payload) => payload.fill(0, DATA_AT)),
    run: async (probe) => {
      await announces(probe, GetTerminusUID);
      const first = await pldmData(probe, GetTerminusUID);
      must(first.length === 16, `the UID has ${first.length} bytes`);
      const isEmpty = first.every((byte) => byte === 0);
      must(!isEmpty, 'the UID is all zero');
      must(String(first) === String(await pldmData(probe, GetTerminusUID)), 'the UID is another one the second time');
    },
  },
];

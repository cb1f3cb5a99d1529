/** The MCTP control protocol as a declaration for the engine (DSP0236 §8.3, §8.17, §11). */

import { type AnyCommand, bit, bits, CodecError, decode, struct, u8, type Writer } from '../codec/index.js';
import { EID_BROADCAST, MESSAGE_TYPE } from '../ids.js';
import {
  CommandTable,
  dissect,
  type MessageHeader,
  type MessageKind,
  Messages,
  type Protocol,
} from '../protocol/index.js';
import type { MctpMessage } from '../transport.js';
import { CONTROL_COMMANDS } from './commands/index.js';
import { COMPLETION, COMPLETION_NAMES } from './completion-codes.js';

/** DSP0236 §8.17, with the values of the SMBus binding (DSP0237 table 8). */
export const CONTROL_TIMING = {
  /** MT2: time for an answer, per try. */
  timeoutMs: 300,
  /** MN1: tries after the first. */
  retries: 2,
  /** MT4: an instance ID without answer stays out of use for so long, and a request takes no longer. */
  instanceIdExpiryMs: 6000,
  totalMs: 6000,
  /** Between an ERROR_NOT_READY and the next attempt. */
  notReadyDelayMs: 300,
} as const;

/** The two bytes behind the message type. Bit 5 is reserved; some firmware counts it to the instance ID. */
const headerCodec = struct('control header', {
  ...bits(u8, { rq: bit(7), d: bit(6), instanceId: bit(4, 0) }),
  command: u8,
});

export interface ControlHeader extends MessageHeader {
  /** 1 for requests and datagrams, 0 for responses. */
  readonly rq: number;
  /** 1 for datagrams: nobody answers. */
  readonly d: number;
}

/** Bytes of the header in a payload, which is without the message type byte. */
export const CONTROL_HEADER_SIZE = 2;
/** A control message is one baseline packet of 64 bytes, of which the type byte takes one (§8.3). */
export const MAX_CONTROL_PAYLOAD = 63;

const KIND_BITS: Readonly<Record<MessageKind, number>> = { request: 0x80, datagram: 0xc0, response: 0 };

export const CONTROL: Protocol<AnyCommand, ControlHeader> = {
  name: 'control',
  messageType: MESSAGE_TYPE.control,
  headerSize: CONTROL_HEADER_SIZE,
  instanceIds: 32,
  maximumPayload: MAX_CONTROL_PAYLOAD,
  errorOffset: 1,
  timing: CONTROL_TIMING,
  notReady: { completionCode: COMPLETION.notReady, delayMs: CONTROL_TIMING.notReadyDelayMs },
  responderCodes: COMPLETION,
  completionCodes: COMPLETION_NAMES,
  unnamedCode: (code) => (code >= 0x80 ? 'a code of its own' : 'a reserved code'),
  codeText: (code, name) => `${code} (${name})`,
  readHeader: controlHeader,
  explainHeader: (payload) => {
    throw new CodecError('length', 'control message', '', 0, `${payload.length + 1} bytes hold no header`);
  },
  writeHeader: (writer: Writer, about, kind, instanceId) => {
    const at = writer.take(CONTROL_HEADER_SIZE);
    writer.buffer[at] = KIND_BITS[kind] | instanceId;
    writer.buffer[at + 1] = codeOf(about);
  },
  key: codeOf,
  admits: (header, message) => classifyControl(header, message) !== undefined,
};

function codeOf(about: AnyCommand | ControlHeader): number {
  return 'code' in about ? about.code : about.command;
}

/** The header of a payload; undefined when it is too short to have one. */
export function controlHeader(payload: Uint8Array): ControlHeader | undefined {
  if (payload.length < CONTROL_HEADER_SIZE) return undefined;
  const { rq, d, instanceId, command } = decode(headerCodec, payload, { end: CONTROL_HEADER_SIZE });
  return { rq, d, instanceId, command, kind: rq === 0 ? 'response' : d === 1 ? 'datagram' : 'request' };
}

export type ControlMessageClass = 'request' | 'response' | 'broadcastRequest' | 'datagram' | 'broadcastDatagram';

/** What a message is by its flags; undefined for combinations that are to be discarded (§11.2). */
export function classifyControl(
  header: Pick<ControlHeader, 'rq' | 'd'>,
  message: Pick<MctpMessage, 'destination' | 'tagOwner' | 'integrityCheck'>,
): ControlMessageClass | undefined {
  if (message.integrityCheck || (header.rq === 1) !== message.tagOwner) return undefined;
  const broadcast = message.destination === EID_BROADCAST;
  if (header.rq === 0) return header.d === 0 && !broadcast ? 'response' : undefined;
  if (header.d === 1) return broadcast ? 'broadcastDatagram' : 'datagram';
  return broadcast ? 'broadcastRequest' : 'request';
}

/** What makes and reads control messages, from their header on: `controlMessages.encodeRequest(GetEndpointID, 0, {})`. */
export const controlMessages = new Messages(CONTROL);

/** All control commands, by code and by name. */
export const controlCommands = new CommandTable(CONTROL, CONTROL_COMMANDS);

/** A control message taken apart; without its type byte. Never throws. */
export function dissectControl(payload: Uint8Array) {
  return dissect(controlMessages, controlCommands, payload);
}

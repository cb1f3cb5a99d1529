/**
 * Behaviours made of a function: what comes in or goes out is changed on its way. Deviations of any kind are declared
 * with them, by tests and by the validator, and need no place in the catalogue.
 */

import { MESSAGE_TYPE } from '../../../stack/ids.js';
import type { MctpMessage } from '../../../stack/transport.js';
import type { BehavingDevice, Behaviour } from './behaviour.js';

/** Which requests are meant: a control command, or a command of a PLDM type. Nothing named: all of the message type. */
export interface RequestKind {
  /** 0..127 */
  readonly type: number;
  readonly command?: number;
  readonly pldmType?: number;
}

/** Of payloads without the type byte. */
const COMMAND_AT: Readonly<Record<number, number>> = { [MESSAGE_TYPE.control]: 1, [MESSAGE_TYPE.pldm]: 2 };
const PLDM_TYPE_MASK = 0x3f;

/** Is it such a request? */
export function isRequest({ type, payload }: Pick<MctpMessage, 'type' | 'payload'>, kind: RequestKind): boolean {
  if (type !== kind.type) return false;
  if (kind.pldmType !== undefined && (payload[1]! & PLDM_TYPE_MASK) !== kind.pldmType) return false;
  return kind.command === undefined || payload[COMMAND_AT[type] ?? 0] === kind.command;
}

/** A request of the control protocol. */
export function controlRequest(command?: number): RequestKind {
  return { type: MESSAGE_TYPE.control, ...(command !== undefined && { command }) };
}

/** A request of a PLDM type. */
export function pldmRequest(pldmType: number, command?: number): RequestKind {
  return { type: MESSAGE_TYPE.pldm, pldmType, ...(command !== undefined && { command }) };
}

/**
 * Answers to these requests are changed: `change` gives the payload without the type byte, or undefined for no answer.
 * The bytes that it is given are a copy.
 */
export function rewriteAnswer(
  kind: RequestKind,
  change: (payload: Uint8Array, request: MctpMessage, device: BehavingDevice) => Uint8Array | undefined,
): Behaviour {
  return {
    name: 'rewriteAnswer',
    answer: (answer, request, device) => {
      if (!isRequest(request, kind)) return answer;
      const payload = change(answer.payload.slice(), request, device);
      return payload === undefined ? undefined : { ...answer, payload };
    },
  };
}

/** Bytes of the answers to these requests have other values: offset without the type byte, negative from the end. */
export function answerBytes(kind: RequestKind, bytes: Readonly<Record<number, number>>): Behaviour {
  return rewriteAnswer(kind, (payload) => {
    for (const [at, value] of Object.entries(bytes)) {
      const offset = Number(at) < 0 ? payload.length + Number(at) : Number(at);
      if (offset < payload.length) payload[offset] = value;
    }
    return payload;
  });
}

/** Requests are handled as if they had another payload (without the type byte); undefined: they are lost. */
export function rewriteRequest(
  kind: RequestKind,
  change: (payload: Uint8Array, request: MctpMessage, device: BehavingDevice) => Uint8Array | undefined,
): Behaviour {
  return {
    name: 'rewriteRequest',
    request: (message, device) => {
      if (!isRequest(message, kind)) return true;
      const payload = change(message.payload.slice(), message, device);
      return payload === undefined ? false : { ...message, payload };
    },
  };
}

/** Packets come in as others, header included: none, one or several. What it is given is a copy. */
export function rewritePacketIn(
  change: (packet: Uint8Array, device: BehavingDevice, from: string) => readonly Uint8Array[],
): Behaviour {
  return { name: 'rewritePacketIn', packetIn: (packet, device, from) => change(packet.slice(), device, from) };
}

/** Packets go out as others, header included; undefined: they are lost. What it is given is a copy. */
export function rewritePacketOut(
  change: (packet: Uint8Array, device: BehavingDevice) => Uint8Array | undefined,
): Behaviour {
  return { name: 'rewritePacketOut', packetOut: (packet, device) => change(packet.slice(), device) ?? false };
}

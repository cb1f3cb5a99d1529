/** Whole control messages: header and body, and which of them may be listened to (DSP0236 §11.1 to §11.4). */

import {
  type AnyCodec,
  type AnyCommand,
  bit,
  bits,
  CodecError,
  decode,
  encode,
  type Failure,
  type Json,
  type RequestInput,
  type ResponseInput,
  rest,
  struct,
  toJson,
  toText,
  u8,
} from '../codec/index.js';
import { MctpError } from '../errors.js';
import { EID_BROADCAST } from '../ids.js';
import type { MctpMessage } from '../transport.js';
import { hexNumber } from '../util/text.js';
import { controlCommand } from './commands/index.js';
import { completionCodeName } from './completion-codes.js';

/** The two bytes behind the message type. Bit 5 is reserved; some firmware counts it to the instance ID. */
const headerCodec = struct('control header', {
  ...bits(u8, { rq: bit(7), d: bit(6), instanceId: bit(4, 0) }),
  command: u8,
});

export interface ControlHeader {
  /** 1 for requests and datagrams, 0 for responses. */
  readonly rq: number;
  /** 1 for datagrams: nobody answers. */
  readonly d: number;
  /** 0..31 */
  readonly instanceId: number;
  /** The command code. */
  readonly command: number;
}

/** Bytes of the header in a payload, which is without the message type byte. */
export const CONTROL_HEADER_SIZE = 2;
/** A control message is one baseline packet of 64 bytes, of which the type byte takes one (§8.3). */
export const MAX_CONTROL_PAYLOAD = 63;

/** The header of a payload; undefined when it is too short to have one. */
export function controlHeader(payload: Uint8Array): ControlHeader | undefined {
  if (payload.length < CONTROL_HEADER_SIZE) return undefined;
  return decode(headerCodec, payload, { end: CONTROL_HEADER_SIZE });
}

export type ControlMessageClass = 'request' | 'response' | 'broadcastRequest' | 'datagram' | 'broadcastDatagram';

/** What a message is by its flags; undefined for combinations that are to be discarded (§11.2). */
export function classifyControl(
  header: ControlHeader,
  message: Pick<MctpMessage, 'destination' | 'tagOwner' | 'integrityCheck'>,
): ControlMessageClass | undefined {
  if (message.integrityCheck || (header.rq === 1) !== message.tagOwner) return undefined;
  const broadcast = message.destination === EID_BROADCAST;
  if (header.rq === 0) return header.d === 0 && !broadcast ? 'response' : undefined;
  if (header.d === 1) return broadcast ? 'broadcastDatagram' : 'datagram';
  return broadcast ? 'broadcastRequest' : 'request';
}

/** @throws MctpError EINVAL naming the field, EMSGSIZE */
export function encodeControlRequest<C extends AnyCommand>(
  command: C,
  instanceId: number,
  fields: RequestInput<C>,
  options: { readonly datagram?: boolean } = {},
): Uint8Array {
  const what = `${command.name} request`;
  const header = { rq: 1, d: options.datagram === true ? 1 : 0, instanceId, command: command.code };
  return join(encode(headerCodec, header), encode(command.request, fields as never, what), what);
}

/** The response's fields, or only a completion code. @throws MctpError EINVAL naming the field, EMSGSIZE */
export function encodeControlResponse<C extends AnyCommand>(
  command: C,
  instanceId: number,
  fields: ResponseInput<C> | Failure,
): Uint8Array {
  const what = `${command.name} response`;
  const header = { rq: 0, d: 0, instanceId, command: command.code };
  return join(encode(headerCodec, header), encode(command.response, fields as never, what), what);
}

/** An unsuccessful response to whatever was asked, also to commands nobody has heard of. */
export function encodeControlFailure(header: ControlHeader, completionCode: number): Uint8Array {
  return join(encode(headerCodec, { ...header, rq: 0, d: 0 }), Uint8Array.of(completionCode));
}

function join(header: Uint8Array, body: Uint8Array, what = ''): Uint8Array {
  const length = header.length + body.length;
  if (length > MAX_CONTROL_PAYLOAD) {
    throw new MctpError('EMSGSIZE', `${what}: ${length} bytes, and control messages hold ${MAX_CONTROL_PAYLOAD}`);
  }
  const message = new Uint8Array(length);
  message.set(header);
  message.set(body, header.length);
  return message;
}

/** The message type byte counts as byte 0 in error messages, though payloads come without it. */
const TYPE_BYTES = 1;

/** The request's fields. @throws CodecError */
export function decodeControlRequest<C extends AnyCommand>(command: C, payload: Uint8Array) {
  return decode<C['request']>(command.request, payload, {
    start: CONTROL_HEADER_SIZE,
    offset: CONTROL_HEADER_SIZE + TYPE_BYTES,
    what: `${command.name} request`,
  });
}

/** The response's fields, or only its completion code. @throws CodecError */
export function decodeControlResponse<C extends AnyCommand>(command: C, payload: Uint8Array) {
  return decode<C['response']>(command.response, payload, {
    start: CONTROL_HEADER_SIZE,
    offset: CONTROL_HEADER_SIZE + TYPE_BYTES,
    what: `${command.name} response`,
  });
}

const unknownRequest = struct('request', { data: rest });
const unknownResponse = struct('response', { completionCode: u8, data: rest });

/** Of a command the standard does not have, what every body begins with. */
function unknownBody(header: ControlHeader, payload: Uint8Array): { fields: Json | undefined; text: string } {
  const codec = header.rq === 0 && payload.length > CONTROL_HEADER_SIZE ? unknownResponse : unknownRequest;
  const fields = decode<AnyCodec>(codec, payload, { start: CONTROL_HEADER_SIZE });
  return { fields: toJson<AnyCodec>(codec, fields), text: toText<AnyCodec>(codec, fields) };
}

/** A control message taken apart, for tools. */
export interface ControlMessage {
  readonly header: ControlHeader;
  /** Undefined for a code the standard does not have; the fields are then the completion code and `data`. */
  readonly command: AnyCommand | undefined;
  /** "GetEndpointID response", "command 0x42 request". */
  readonly title: string;
  /** Undefined when the body could not be decoded. */
  readonly fields: Json | undefined;
  /** One line per field, or what is wrong. */
  readonly text: string;
  readonly error: CodecError | undefined;
}

/**
 * Take any control message apart. `typeByte` says that the message starts with its type byte, 0x00.
 * @throws CodecError only when it is too short to have a header, or of another type
 */
export function decodeControlMessage(
  message: Uint8Array,
  options: { readonly typeByte?: boolean } = {},
): ControlMessage {
  if (options.typeByte === true && (message[0] ?? 0) !== 0) {
    throw new CodecError('value', 'control message', 'type', 0, `${message[0]} is not the control type`);
  }
  const payload = options.typeByte === true ? message.subarray(TYPE_BYTES) : message;
  const header = controlHeader(payload);
  if (header === undefined) {
    throw new CodecError('length', 'control message', '', 0, `${payload.length + TYPE_BYTES} bytes hold no header`);
  }
  const command = controlCommand(header.command);
  const kind = header.rq === 0 ? 'response' : header.d === 1 ? 'datagram' : 'request';
  const title = `${command?.name ?? `command ${hexNumber(header.command)}`} ${kind}`;
  if (command === undefined) return { header, command, title, error: undefined, ...unknownBody(header, payload) };
  try {
    const codec = header.rq === 1 ? command.request : command.response;
    const fields = header.rq === 1 ? decodeControlRequest(command, payload) : decodeControlResponse(command, payload);
    const json = toJson(codec, fields);
    const code = (fields as { readonly completionCode?: number }).completionCode;
    const named = code === undefined ? '' : ` (${completionCodeName(code, command.completionCodes)})`;
    const text = toText(codec, fields).replace(/^(completionCode: .*)$/m, `$1${named}`);
    return { header, command, title, fields: json, text, error: undefined };
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    return { header, command, title, fields: undefined, text: error.message, error };
  }
}

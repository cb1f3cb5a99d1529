/** NC-SI control packets as MCTP carries them, type byte 2 first (DSP0222 §8.2, DSP0261). Pure. */

import {
  be,
  bit,
  bits,
  bytes,
  CodecError,
  decode,
  encode,
  fromHex,
  fromJson,
  type Json,
  type Members,
  padding,
  type Struct,
  struct,
  toHex,
  toJson,
  toText,
  u8,
} from '../codec/index.js';
import { MctpError } from '../errors.js';
import { MESSAGE_TYPE } from '../ids.js';
import { TYPE_IC, TYPE_MASK } from '../packet.js';
import {
  NCSI_COMMANDS,
  NCSI_EVENTS,
  NCSI_RESPONSES,
  type NcsiCommand,
  type NcsiEvent,
  ncsiReason,
} from './ncsi-commands.js';

const RESPONSE = 0x80;
const AEN = 0xff;
const AEN_HEADER_SIZE = 4;
const CODES_SIZE = 4;
const MAX_PAYLOAD = 0xfff;
/** Of a packet that says nothing else. */
const USUAL = {
  mcId: 0,
  headerRevision: 1,
  reserved: 0,
  packageId: 0,
  internalChannelId: 0,
  reservedFlags: 0,
  reserved2: new Uint8Array(8),
};

const Packet = struct('NC-SI packet', {
  mcId: u8,
  headerRevision: u8,
  reserved: u8,
  instanceId: u8,
  controlPacketType: u8,
  ...bits(u8, { packageId: bit(7, 5), internalChannelId: bit(4, 0) }),
  ...bits(be.u16, { reservedFlags: bit(15, 12), payloadLength: bit(11, 0) }),
  reserved2: bytes(8),
  payload: bytes((earlier) => earlier.number('payloadLength') ?? 0),
  padBytes: padding(4),
  checksum: be.u32,
});

const byCode = new Map(NCSI_COMMANDS.map((command) => [command.code, command]));
const eventByType = new Map(NCSI_EVENTS.map((event) => [event.type, event]));

export type NcsiKind = 'request' | 'response' | 'datagram';

export interface DecodedNcsi {
  /** "GetVersionID", "AenLinkStatusChange", or the code of a command nothing declares. */
  readonly name: string | number;
  /** AENs are datagrams: nobody answers. */
  readonly kind: NcsiKind;
  readonly instanceId: number;
  readonly fields: { readonly [name: string]: Json };
  /** False: receivers drop the packet. A checksum of 0 was not computed, and is right. */
  readonly isChecksumRight: boolean;
  readonly text: readonly string[];
}

/** Sum of all 16-bit words of header and payload, two's complement in 32 bits (DSP0222 §8.2.2.3). */
function ncsiChecksum(buffer: Uint8Array, start: number, end: number): number {
  let sum = 0;
  for (let at = start; at < end; at += 2) sum = (sum + buffer[at]! * 256 + (buffer[at + 1] ?? 0)) >>> 0;
  return (2 ** 32 - sum) % 2 ** 32;
}

/** `message` has its type byte. A wrong checksum is told, not thrown. @throws CodecError */
export function decodeNcsi(message: Uint8Array): DecodedNcsi {
  const mctpMessageType = (message[0] ?? 0) & TYPE_MASK;
  if (mctpMessageType !== MESSAGE_TYPE.ncsi) {
    throw new CodecError('value', 'NC-SI packet', 'type', 0, `${message[0]} is not the NC-SI type`);
  }
  const packet = decode(Packet, message, { start: 1, offset: 1, what: 'NC-SI packet' });
  const { controlPacketType: code, payload, checksum, instanceId } = packet;
  const expected = ncsiChecksum(message, 1, message.length - 4);
  const isChecksumRight = checksum === 0 || checksum === expected;
  const header = toJson(Packet, packet) as { [name: string]: Json };
  const kind: NcsiKind = code === AEN ? 'datagram' : code >= RESPONSE ? 'response' : 'request';
  const { name, codec, start, fields, text } = bodyOf(code, payload);
  const body =
    codec === undefined || payload.length < start ? undefined : readBody(codec, payload, start, String(name));
  return {
    name,
    kind,
    instanceId,
    fields: {
      mctpMessageType,
      integrityCheck: (message[0]! & TYPE_IC) === 0 ? 0 : 1,
      ...header,
      ...fields,
      ...body?.fields,
      checksumRight: isChecksumRight,
    },
    isChecksumRight,
    text: [
      `package ${packet.packageId}, ${packet.internalChannelId === 0x1f ? 'the package itself' : `channel ${packet.internalChannelId}`}`,
      ...text,
      ...(body?.text ?? (payload.length === 0 ? [] : [`payload: ${toHex(payload)}`])),
      ...(isChecksumRight ? [] : [`checksum 0x${checksum.toString(16)} is wrong: 0x${expected.toString(16)} is right`]),
    ],
  };
}

interface Body {
  readonly name: string | number;
  /** Undefined: bytes. */
  readonly codec: Struct<Members> | undefined;
  /** Where the fields of the codec begin in the payload. */
  readonly start: number;
  readonly fields: { readonly [name: string]: Json };
  readonly text: readonly string[];
}

function bodyOf(code: number, payload: Uint8Array): Body {
  if (code === AEN) {
    if (payload.length < AEN_HEADER_SIZE) throw short('AEN', payload);
    const aenType = payload[AEN_HEADER_SIZE - 1]!;
    const event = eventByType.get(aenType);
    const fields = { aenType };
    return {
      name: event?.name ?? 'Aen',
      codec: event?.data,
      start: AEN_HEADER_SIZE,
      fields,
      text: [`aenType: ${aenType}`],
    };
  }
  const command = byCode.get(code % RESPONSE);
  const name = command?.name ?? code % RESPONSE;
  if (code < RESPONSE) return { name, codec: command?.request, start: 0, fields: {}, text: [] };
  if (payload.length < CODES_SIZE) throw short('response', payload);
  const responseCode = payload[0]! * 256 + payload[1]!;
  const reasonCode = payload[2]! * 256 + payload[3]!;
  const text = [
    `responseCode: ${NCSI_RESPONSES[responseCode] ?? 'code'} (${responseCode})`,
    `reasonCode: ${ncsiReason(reasonCode)} (${reasonCode})`,
  ];
  // What failed has the two codes only.
  const codec = responseCode === 0 ? command?.response : undefined;
  return { name, codec, start: CODES_SIZE, fields: { responseCode, reasonCode }, text };
}

function readBody(codec: Struct<Members>, payload: Uint8Array, start: number, what: string) {
  const value = decode(codec, payload, { start, offset: 17 + start, what });
  const text = toText(codec, value);
  return { fields: toJson(codec, value) as { [name: string]: Json }, text: text === '' ? [] : text.split('\n') };
}

function short(what: string, payload: Uint8Array): CodecError {
  return new CodecError('length', `NC-SI ${what}`, 'payload', 17, `${payload.length} bytes, not 4 or more`);
}

/** A command or an AEN by its name, in any case, or by its code. */
export function ncsiNamed(name: string | number): NcsiCommand | NcsiEvent | undefined {
  if (typeof name === 'number') return byCode.get(name);
  const wanted = name.toLowerCase();
  return [...NCSI_COMMANDS, ...NCSI_EVENTS].find((one) => one.name.toLowerCase() === wanted);
}

/**
 * The inverse, type byte first. Without `payload` in hex it is made of the fields of the command; length, padding and
 * checksum are computed, and kept as they are when given.
 *
 *     encodeNcsi('GetVersionID', 'request', 3, {})
 *
 * @throws MctpError EINVAL naming the field
 */
export function encodeNcsi(
  name: string | number,
  kind: NcsiKind,
  instanceId: number,
  fields: { readonly [name: string]: Json },
): Uint8Array {
  const about = ncsiNamed(name);
  if (about === undefined && typeof name !== 'number' && name !== 'Aen') {
    throw new MctpError('EINVAL', `no NC-SI command "${name}"`);
  }
  const payload = givenBytes(fields) ?? payloadOf(about, kind, fields);
  if (payload.length > MAX_PAYLOAD) {
    throw new MctpError('EMSGSIZE', `${name}: ${payload.length} bytes of payload, and a packet holds ${MAX_PAYLOAD}`);
  }
  const isEvent = name === 'Aen' || (about !== undefined && 'type' in about);
  const command = about !== undefined && 'code' in about ? about.code : Number(name);
  const { mctpMessageType: _type, integrityCheck = 0, payload: _payload, checksum, padBytes: _pad, ...rest } = fields;
  const given = fromJson(Packet, rest as Json, String(name));
  const body = encode(
    Packet,
    {
      ...USUAL,
      ...given,
      instanceId: given.instanceId ?? instanceId,
      controlPacketType: isEvent ? AEN : kind === 'response' ? command | RESPONSE : command,
      payloadLength: payload.length,
      payload,
      checksum: 0,
    },
    String(name),
  );
  const sum = checksum ?? ncsiChecksum(body, 0, body.length - 4);
  if (typeof sum !== 'number')
    throw new MctpError('EINVAL', `${name}: checksum: ${JSON.stringify(sum)} is not a number`);
  new DataView(body.buffer, body.byteOffset).setUint32(body.length - 4, sum);
  const message = new Uint8Array(1 + body.length);
  message[0] = MESSAGE_TYPE.ncsi | (integrityCheck === 1 ? TYPE_IC : 0);
  message.set(body, 1);
  compare(decodeNcsi(message).fields, fields, String(name));
  return message;
}

function givenBytes({ payload }: { readonly [name: string]: Json }): Uint8Array | undefined {
  if (payload === undefined) return undefined;
  const bytes = typeof payload === 'string' ? fromHex(payload) : undefined;
  if (bytes === undefined) throw new MctpError('EINVAL', `payload: ${JSON.stringify(payload)} is not a hex string`);
  return bytes;
}

function payloadOf(
  about: NcsiCommand | NcsiEvent | undefined,
  kind: NcsiKind,
  fields: { readonly [name: string]: Json },
): Uint8Array {
  if (about === undefined) return new Uint8Array();
  const isEvent = 'type' in about;
  const codec = isEvent ? about.data : kind === 'response' ? about.response : about.request;
  const head = isEvent ? [0, 0, 0, about.type] : kind === 'response' ? codesOf(fields) : [];
  const hasFailed = kind === 'response' && (fields.responseCode ?? 0) !== 0;
  const body = hasFailed ? new Uint8Array() : encode(codec, fromJson(codec, fields as Json, about.name), about.name);
  const payload = new Uint8Array(head.length + body.length);
  payload.set(head);
  payload.set(body, head.length);
  return payload;
}

function codesOf({ responseCode = 0, reasonCode = 0 }: { readonly [name: string]: Json }): number[] {
  return [responseCode, reasonCode].flatMap((code) => [Number(code) >> 8, Number(code) & 0xff]);
}

/** A mistyped field, or one that contradicts the payload, would be lost without a word. */
function compare(
  made: { readonly [name: string]: Json },
  given: { readonly [name: string]: Json },
  what: string,
): void {
  for (const [name, value] of Object.entries(given)) {
    if (!Object.hasOwn(made, name)) throw new MctpError('EINVAL', `${what}: no field "${name}"`);
    if (JSON.stringify(made[name]) !== JSON.stringify(value)) {
      throw new MctpError(
        'EINVAL',
        `${what}: ${name}: ${JSON.stringify(value)} given, not ${JSON.stringify(made[name])}`,
      );
    }
  }
}

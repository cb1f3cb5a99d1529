/**
 * Messages as flat fields and back, from the MCTP type byte to the MIC: what decoders, captures and `encode` work with.
 * A response does not say what it answers: its inner fields need the request.
 */

import { CodecError, decode, le, toHex, toJson } from '../codec/index.js';
import { TYPE_IC, TYPE_MASK } from '../packet.js';
import { FirmwareImageDownload, FormatNvm } from './admin-commands.js';
import { nvmeStatus } from './admin-structures.js';
import { crc32c } from './crc32c.js';
import { type AnyNvmeMiCommand, NMIMT } from './mi-command.js';
import { CONFIGURATION, ControllerHealthPoll, GetConfiguration, ReadDataStructure } from './mi-commands.js';
import { type Content, contentBytes, eventContent, FEATURES, requestContent, responseContent } from './mi-contents.js';
import { MIC_SIZE } from './mi-integrity.js';
import { nvmeMiCommands, nvmeMiHeader } from './mi-protocol.js';
import { MI_STATUS } from './mi-status.js';
import { endpointState } from './mi-structures.js';
import { flagsOf, type JsonFields, SMBUS_FREQUENCY_NAMES, withWords } from './mi-words.js';
import { HEADER, PRIMITIVE_NAMES, undeclared } from './undeclared.js';

const NMIMT_NAMES = Object.fromEntries(Object.entries(NMIMT).map(([name, code]) => [code, name]));
const SHORTEST = HEADER + MIC_SIZE;

export interface NvmeMiFields {
  /** Of the message itself, or of the request it answers; "NVMe-MI response" when that is not known. */
  readonly name: string;
  readonly kind: 'request' | 'response' | 'datagram';
  readonly fields: JsonFields;
}

/** @throws CodecError */
export function nvmeMiFields(message: Uint8Array, request?: Uint8Array): NvmeMiFields {
  if (message.length < SHORTEST) {
    throw new CodecError(
      'length',
      'NVMe-MI message',
      '',
      0,
      `${message.length} bytes, and the shortest has ${SHORTEST}`,
    );
  }
  const end = message.length - MIC_SIZE;
  const [first = 0, flags = 0, features = 0, reserved = 0] = message;
  const mic = decode(le.u32, message, { start: end });
  const nmimt = (flags >> 3) & 0x0f;
  const unknownBits = (flags & 0x06) | ((features & 0xfc) << 8) | (reserved << 16);
  const fields: JsonFields = {
    type: first & TYPE_MASK,
    ic: first >> 7,
    ror: flags >> 7,
    nmimt: NMIMT_NAMES[nmimt] ?? nmimt,
    csi: flags & 1,
    meb: features & 1,
    ciap: (features >> 1) & 1,
    mic,
    micOk: mic === crc32c(message, 0, end),
    ...(unknownBits === 0 ? {} : { reservedBits: unknownBits }),
  };
  const kind = flags & 0x80 ? 'response' : nmimt === NMIMT.asynchronousEvent ? 'datagram' : 'request';
  const body = message.subarray(HEADER, end);
  // Nothing answers an event.
  const strayEvent = kind === 'response' && nmimt === NMIMT.asynchronousEvent;
  const known = (first & TYPE_MASK) === 4 && (first & TYPE_IC) !== 0 && NMIMT_NAMES[nmimt] !== undefined && !strayEvent;
  if (!known) return { name: 'NVMe-MI message', kind, fields: { ...fields, bodyHex: toHex(body) } };
  if (kind === 'datagram') {
    return { name: 'AsynchronousEvent', kind, fields: { ...fields, ...eventFields(message, body) } };
  }
  if (kind === 'request') {
    const command = commandOf(message);
    return { name: command.name, kind, fields: { ...fields, ...requestFields(command, message, body) } };
  }
  const asked = request === undefined ? undefined : questionOf(request, nmimt);
  const name = asked?.command.name ?? 'NVMe-MI response';
  return { name, kind, fields: { ...fields, ...responseFields(nmimt, body, asked) } };
}

/**
 * A list whose last occurrence is longer than the message says reaches into the MIC: a reader which trusts its counts
 * sees what is there, and `overrun` tells.
 */
function eventFields(message: Uint8Array, body: Uint8Array): JsonFields {
  const fields = contentFields(eventContent, body, 'bodyHex');
  if (fields[eventContent.name] !== undefined || body.length < 7) return fields;
  try {
    return { ...fields, ...valueFields({ ...eventContent, partial: true }, message.subarray(HEADER)), overrun: true };
  } catch (error) {
    if (error instanceof CodecError) return fields;
    throw error;
  }
}

interface Question {
  readonly command: AnyNvmeMiCommand;
  readonly fields: { readonly [name: string]: unknown };
}

/** Undefined for what is not a request of this message type. */
function questionOf(request: Uint8Array, nmimt: number): Question | undefined {
  if (request.length < SHORTEST + 4 || (request[1]! & 0x80) !== 0 || ((request[1]! >> 3) & 0x0f) !== nmimt)
    return undefined;
  const command = commandOf(request);
  try {
    return { command, fields: decodeRequest(command, request) };
  } catch (error) {
    if (error instanceof CodecError) return undefined;
    throw error;
  }
}

function decodeRequest(command: AnyNvmeMiCommand, message: Uint8Array): { readonly [name: string]: unknown } {
  const range = { start: HEADER, end: message.length - MIC_SIZE, offset: HEADER, what: `${command.name} request` };
  return decode(command.request, message, range) as { [name: string]: unknown };
}

function commandOf(message: Uint8Array): AnyNvmeMiCommand {
  const header = nvmeMiHeader(message.subarray(1));
  if (header === undefined) throw new CodecError('length', 'NVMe-MI request', '', HEADER, `${message.length} bytes`);
  return nvmeMiCommands.find(header) ?? undeclared(header.nmimt, header.command);
}

function requestFields(command: AnyNvmeMiCommand, message: Uint8Array, body: Uint8Array): JsonFields {
  const value = decodeRequest(command, message);
  const { data: _hex, ...fields } = toJson(command.request, value as never) as JsonFields;
  const data = (value.data as Uint8Array | undefined) ?? new Uint8Array();
  Object.assign(fields, rawRequestWords(command.nmimt, body), requestWords(command, fields));
  if (command.nmimt === NMIMT.admin) fields.requestData = data.length;
  const content = requestContent(command, value, data.length);
  // Admin data is shown as it is, too.
  const hex = command.nmimt === NMIMT.admin && data.length > 0 ? { requestDataHex: toHex(data) } : {};
  return { ...fields, ...hex, ...contentFields(content, data, 'requestDataHex') };
}

/** The words of the request as they are, beside what lies in them. */
function rawRequestWords(nmimt: number, body: Uint8Array): JsonFields {
  const u32 = (at: number) => decode(le.u32, body, { start: at, end: at + 4 });
  switch (nmimt) {
    case NMIMT.mi:
      return { nmd0: u32(4), nmd1: u32(8) };
    case NMIMT.pcie:
      return { nmd0: u32(4), nmd1: u32(8), nmd2: u32(12) };
    case NMIMT.admin: {
      const dwords = [10, 11, 12, 13, 14, 15].map((dword, index) => [`cdw${dword}`, u32(40 + 4 * index)] as const);
      return { flags: body[1]!, sqe1: u32(4), ...Object.fromEntries(dwords) };
    }
    default:
      return { parameter: body[2]! | (body[3]! << 8) };
  }
}

function requestWords(command: AnyNvmeMiCommand, fields: JsonFields): JsonFields {
  if (command.nmimt === NMIMT.controlPrimitive) return { primitive: PRIMITIVE_NAMES[command.code] ?? 'other' };
  if (command.nmimt === NMIMT.admin) return { commandName: adminName(command), ...adminWords(command, fields) };
  const frequency = fields.smbusFrequency;
  return typeof frequency === 'number' ? { smbusFrequencyName: frequencyName(frequency) } : {};
}

function frequencyName(frequency: number): string {
  return SMBUS_FREQUENCY_NAMES[frequency] ?? 'reserved';
}

function adminName(command: AnyNvmeMiCommand): string {
  const { name } = command;
  return name === 'AdminCommand' ? 'other' : name[0]!.toLowerCase() + name.slice(1);
}

function adminWords(command: AnyNvmeMiCommand, fields: JsonFields): JsonFields {
  const number = (name: string) => fields[name] as number;
  if (command === FormatNvm) return { lbaFormat: (number('lbaFormatUpper') << 4) | number('lbaFormatLower') };
  if (command !== FirmwareImageDownload) return {};
  return {
    downloadOffsetBytes: 4 * number('downloadOffset'),
    downloadBytes: 4 * (number('numberOfDwords') + 1),
  };
}

function responseFields(nmimt: number, body: Uint8Array, asked: Question | undefined): JsonFields {
  if (body.length < 4) throw new CodecError('length', 'NVMe-MI response', '', HEADER, `${body.length} bytes of body`);
  const status = body[0]!;
  if (status !== MI_STATUS.success) return failureFields(nmimt, status, body);
  const named = asked === undefined ? {} : askedFields(nmimt, asked);
  const tail = body[1]! | (body[2]! << 8) | (body[3]! << 16);
  if (nmimt === NMIMT.controlPrimitive) return { status, ...named, ...primitiveResult(body, asked) };
  const start = nmimt === NMIMT.admin ? 16 : 4;
  if (body.length < start)
    throw new CodecError('length', 'NVMe-MI response', '', HEADER, `${body.length} bytes of body`);
  const data = body.subarray(start);
  const content = asked && responseContent(asked.command, asked.fields, data.length);
  const inner = logPart(asked, data) ?? contentFields(content, data, 'responseDataHex');
  if (nmimt === NMIMT.mi) {
    return { status, nmresp: tail, dataLength: data.length, ...named, ...resultOfMi(tail, asked), ...inner };
  }
  const reserved: JsonFields = tail === 0 ? {} : { nmresp: tail };
  if (nmimt === NMIMT.pcie) return { status, ...reserved, ...named, ...inner };
  const u32 = (at: number) => decode(le.u32, body, { start: at, end: at + 4 });
  return {
    status,
    ...reserved,
    cdw0: u32(4),
    cdw1: u32(8),
    cdw3: u32(12),
    responseData: data.length,
    nvmeStatus: toJson(nvmeStatus, decode(nvmeStatus, body, { start: 12, end: 16 })),
    ...named,
    ...featureFields(asked, body.subarray(4, 8)),
    ...inner,
  };
}

function failureFields(nmimt: number, status: number, body: Uint8Array): JsonFields {
  const word = body[2]! | (body[3]! << 8);
  const after = body.subarray(4);
  const [known, waits] = [status === MI_STATUS.invalidParameter, status === MI_STATUS.moreProcessing];
  const unexplained = !known && (body[1] !== 0 || (!waits && word !== 0));
  return {
    status,
    ...(nmimt === NMIMT.mi ? { dataLength: after.length } : {}),
    ...(status === MI_STATUS.invalidParameter ? { parameterBit: body[1]!, parameterByte: word } : {}),
    ...(status === MI_STATUS.moreProcessing ? { processingTime: word, processingTimeMs: 100 * word } : {}),
    ...(unexplained ? { failureHex: toHex(body, 1, 4) } : {}),
    ...(after.length === 0 ? {} : { afterErrorHex: toHex(after) }),
  };
}

function askedFields(nmimt: number, { command, fields }: Question): JsonFields {
  if (nmimt === NMIMT.admin) return { commandName: adminName(command) };
  if (nmimt === NMIMT.controlPrimitive) return { primitive: PRIMITIVE_NAMES[command.code] ?? 'other' };
  if (nmimt !== NMIMT.mi) return {};
  const type = fields.dataStructureType;
  return { requestOpcode: command.code, ...(typeof type === 'number' ? { dataStructureType: type } : {}) };
}

function primitiveResult(body: Uint8Array, asked: Question | undefined): JsonFields {
  const result = body[2]! | (body[3]! << 8);
  const after = body.length > 4 ? { afterErrorHex: toHex(body, 4) } : {};
  const common = { tag: body[1]!, result, ...after };
  switch (asked && PRIMITIVE_NAMES[asked.command.code]) {
    case 'abort':
      return { ...common, abortStatus: result & 3 };
    case 'getState':
      return { ...common, managementEndpointState: flagsOf(endpointState, result, 2) };
    case 'replay':
      return { ...common, responseReplay: result & 1 };
    default:
      return common;
  }
}

/** What NMRESP says. */
function resultOfMi(nmresp: number, asked: Question | undefined): JsonFields {
  switch (asked?.command.code) {
    case ReadDataStructure.code:
      return { responseDataLength: nmresp & 0xffff };
    case ControllerHealthPoll.code:
      return { responseEntries: nmresp >>> 16 };
    case GetConfiguration.code:
      switch (asked?.fields.configurationId) {
        case CONFIGURATION.smbusFrequency:
          return { smbusFrequency: nmresp & 0x0f, smbusFrequencyName: frequencyName(nmresp & 0x0f) };
        case CONFIGURATION.transmissionUnit:
          return { transmissionUnitSize: nmresp & 0xffff };
        case CONFIGURATION.asynchronousEvents:
          return { aeEnableListVersion: nmresp & 0xff };
      }
  }
  return {};
}

function featureFields(asked: Question | undefined, dword: Uint8Array): JsonFields {
  const { command, fields } = asked ?? {};
  if (command?.name !== 'GetFeatures') return {};
  const content = FEATURES[fields!.featureId as number];
  return content === undefined ? {} : valueFields(content, dword);
}

/** The error log is read in parts, which need not begin with an entry. */
function logPart(asked: Question | undefined, data: Uint8Array): JsonFields | undefined {
  if (asked?.command.name !== 'GetLogPage' || asked.fields.logPageId !== 1 || data.length === 0) return undefined;
  const offset = Number(asked.fields.logPageOffset);
  return { errorLogPart: { offset, entry: Math.floor(offset / 64), hex: toHex(data) } };
}

/** Data under the name of what it is; as hex where it is not known, or holds more than its fields show. */
function contentFields(content: Content | undefined, data: Uint8Array, hexName: string): JsonFields {
  if (data.length === 0 && content?.name !== 'controllerHealth') return {};
  if (content === undefined) return { [hexName]: toHex(data) };
  try {
    const fields = valueFields(content, data);
    return toHex(contentBytes(content, fields[content.name]!)) === toHex(data)
      ? fields
      : { ...fields, [hexName]: toHex(data) };
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    return { [hexName]: toHex(data) };
  }
}

function valueFields({ name, codec, partial, only }: Content, data: Uint8Array): JsonFields {
  const json = toJson(codec, decode(codec, data, { what: name, partial: partial === true }) as never);
  return { [name]: withWords(name, only === undefined ? json : (json as JsonFields)[only]!) };
}

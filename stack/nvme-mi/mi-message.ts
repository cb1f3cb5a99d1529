/** Whole messages from flat fields: the inverse of `nvmeMiFields`. */

import { decode, encode, fromHex, fromJson, type Json, le, toHex, toJson } from '../codec/index.js';
import { MctpError } from '../errors.js';
import { TYPE_MASK } from '../packet.js';
import { crc32c } from './crc32c.js';
import { NMIMT } from './mi-command.js';
import { CONTENTS, contentBytes } from './mi-contents.js';
import { MIC_SIZE } from './mi-integrity.js';
import { nvmeMiCommands } from './mi-protocol.js';
import { MI_STATUS } from './mi-status.js';
import type { JsonFields } from './mi-words.js';
import { HEADER, PRIMITIVE_NAMES, undeclared } from './undeclared.js';

type Given = { readonly [name: string]: Json };

/** The inverse: a whole message. The MIC is made, unless `micOk` is false. @throws MctpError EINVAL */
export function nvmeMiMessage(given: Given): Uint8Array {
  const nmimt = nmimtOf(given.nmimt);
  const ror = numberOf(given, 'ror', 0, 1);
  const reserved = numberOf(given, 'reservedBits', 0, 0xff_fc06);
  const head = Uint8Array.of(
    (numberOf(given, 'ic', 1, 1) << 7) | numberOf(given, 'type', 4, TYPE_MASK),
    (ror << 7) | (nmimt << 3) | (reserved & 0x06) | numberOf(given, 'csi', 0, 1),
    ((reserved >> 8) & 0xfc) | (numberOf(given, 'ciap', 0, 1) << 1) | numberOf(given, 'meb', 0, 1),
    reserved >> 16,
  );
  const body = bodyOf(given, nmimt, ror);
  const message = new Uint8Array(HEADER + body.length + MIC_SIZE);
  message.set(head);
  message.set(body, HEADER);
  const end = HEADER + body.length;
  const mic = given.micOk === false ? numberOf(given, 'mic', 0, 0xffff_ffff) : crc32c(message, 0, end);
  message.set(encode(le.u32, mic), end);
  return message;
}

function bodyOf(given: Given, nmimt: number, ror: number): Uint8Array {
  const raw = hexOf(given, 'bodyHex');
  if (raw !== undefined) return raw;
  if (nmimt === NMIMT.asynchronousEvent) return dataOf(given);
  return ror === 1 ? responseBody(given, nmimt) : requestBody(given, nmimt);
}

function requestBody(given: Given, nmimt: number): Uint8Array {
  const opcode = opcodeOf(given, nmimt);
  const selector = nmimt === NMIMT.mi && opcode === 3 ? configurationOf(given) : 0;
  const command = nvmeMiCommands.byKey((nmimt << 16) | (opcode << 8) | selector) ?? undeclared(nmimt, opcode);
  const base = rawBody(given, nmimt, opcode);
  // The words as they are given, and over them the fields which lie in them.
  const words = toJson(command.request, decode(command.request, base, { what: command.name }) as never) as JsonFields;
  const { data: _none, ...known } = words;
  const fields: JsonFields = { ...known };
  for (const row of command.request.docs()) {
    const value = row.name === 'data' ? undefined : given[row.name];
    if (value !== undefined) fields[row.name] = value;
  }
  const data = dataOf(given);
  const withData = words.data === undefined ? fields : { ...fields, data: toHex(data) };
  const body = encode(command.request, fromJson(command.request, withData, command.name) as never, command.name);
  // Reserved bits have no fields: they are as the words have them.
  const named = encode(command.request, fromJson(command.request, words, command.name) as never, command.name);
  for (let at = 0; at < base.length; at++) body[at]! ^= base[at]! ^ named[at]!;
  return body;
}

function configurationOf(given: Given): number {
  const id = given.configurationId ?? numberOf(given, 'nmd0', 0, 0xffff_ffff) & 0xff;
  return typeof id === 'number' && id <= 4 ? id : 0;
}

function opcodeOf(given: Given, nmimt: number): number {
  if (given.opcode !== undefined) return numberOf(given, 'opcode', 0, 255);
  const named = nmimt === NMIMT.controlPrimitive ? PRIMITIVE_NAMES.indexOf(String(given.primitive)) : -1;
  if (named >= 0) return named;
  const command = nvmeMiCommands.named(String(given.commandName));
  if (command?.nmimt === nmimt) return command.code;
  throw new MctpError('EINVAL', 'opcode: a request needs one');
}

function rawBody(given: Given, nmimt: number, opcode: number): Uint8Array {
  const u32 = (name: string) => encode(le.u32, numberOf(given, name, 0, 0xffff_ffff));
  const body = new Uint8Array(nmimt === NMIMT.admin ? 64 : nmimt === NMIMT.pcie ? 16 : nmimt === NMIMT.mi ? 12 : 4);
  body[0] = opcode;
  if (nmimt === NMIMT.admin) {
    body[1] = numberOf(given, 'flags', 0, 255);
    body.set(u32('sqe1'), 4);
    for (let dword = 10; dword <= 15; dword++) body.set(u32(`cdw${dword}`), 4 * dword);
  } else if (nmimt === NMIMT.controlPrimitive) body.set(encode(le.u16, numberOf(given, 'parameter', 0, 0xffff)), 2);
  else {
    body.set(u32('nmd0'), 4);
    body.set(u32('nmd1'), 8);
    if (nmimt === NMIMT.pcie) body.set(u32('nmd2'), 12);
  }
  return body;
}

function responseBody(given: Given, nmimt: number): Uint8Array {
  const status = numberOf(given, 'status', 0, 255);
  const after = hexOf(given, 'afterErrorHex') ?? new Uint8Array();
  if (status !== MI_STATUS.success) {
    const tail = hexOf(given, 'failureHex') ?? failureTail(given);
    return join(Uint8Array.of(status), tail.subarray(0, 3), after);
  }
  if (nmimt === NMIMT.controlPrimitive) {
    const result = encode(le.u16, numberOf(given, 'result', resultFrom(given), 0xffff));
    return join(Uint8Array.of(0, numberOf(given, 'tag', 0, 255)), result, after);
  }
  const nmresp = encode(le.u24, numberOf(given, 'nmresp', nmrespFrom(given), 0xff_ffff));
  if (nmimt !== NMIMT.admin) return join(Uint8Array.of(0), nmresp, dataOf(given));
  const u32 = (name: string) => encode(le.u32, numberOf(given, name, 0, 0xffff_ffff));
  return join(Uint8Array.of(0), nmresp, u32('cdw0'), u32('cdw1'), u32('cdw3'), dataOf(given));
}

function failureTail(given: Given): Uint8Array {
  const word = given.processingTime === undefined ? 'parameterByte' : 'processingTime';
  return join(Uint8Array.of(numberOf(given, 'parameterBit', 0, 255)), encode(le.u16, numberOf(given, word, 0, 0xffff)));
}

function resultFrom(given: Given): number {
  return numberOf(given, 'abortStatus', numberOf(given, 'responseReplay', 0, 1), 3);
}

function nmrespFrom(given: Given): number {
  if (given.responseEntries !== undefined) return numberOf(given, 'responseEntries', 0, 255) * 0x1_0000;
  for (const name of ['responseDataLength', 'transmissionUnitSize', 'smbusFrequency', 'aeEnableListVersion']) {
    if (given[name] !== undefined) return numberOf(given, name, 0, 0xffff);
  }
  return 0;
}

/** Hex wins over what it was decoded to. */
function dataOf(given: Given): Uint8Array {
  const hex = hexOf(given, 'requestDataHex') ?? hexOf(given, 'responseDataHex');
  if (hex !== undefined) return hex;
  const part = given.errorLogPart;
  if (typeof part === 'object' && part !== null && !Array.isArray(part)) return hexOf(part, 'hex') ?? new Uint8Array();
  for (const content of CONTENTS) {
    const json = given[content.name];
    if (json !== undefined) return contentBytes(content, json);
  }
  return new Uint8Array();
}

function hexOf(given: Given, name: string): Uint8Array | undefined {
  const text = given[name];
  if (text === undefined) return undefined;
  const bytes = typeof text === 'string' ? fromHex(text) : undefined;
  if (bytes === undefined) throw new MctpError('EINVAL', `${name}: ${JSON.stringify(text)} is not a hex string`);
  return bytes;
}

function numberOf(given: Given, name: string, otherwise: number, most: number): number {
  const value = given[name] ?? otherwise;
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= most) return value;
  throw new MctpError('EINVAL', `${name}: ${JSON.stringify(value)} is not an integer from 0 to ${most}`);
}

function nmimtOf(given: Json | undefined): number {
  if (typeof given === 'string' && Object.hasOwn(NMIMT, given)) return NMIMT[given as keyof typeof NMIMT];
  if (typeof given === 'number' && Number.isInteger(given) && given >= 0 && given <= 15) return given;
  throw new MctpError('EINVAL', `nmimt: ${JSON.stringify(given ?? null)} is none of ${Object.keys(NMIMT).join(', ')}`);
}

function join(...parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

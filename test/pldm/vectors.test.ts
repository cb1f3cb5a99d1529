/** Every case of every golden vector file, both ways; a file with a case that nothing looked at fails. */

import { describe, expect, it } from 'vitest';
import { bitfieldNumbers, crc8, crc32, decodeHeader, encodeHeader } from '../../pldm/base/index.js';
import { pldmMessages } from '../../pldm/base/pldm-protocol.js';
import { assemblePldm, decodeForm, encodeForm, type Form } from '../../pldm/command-registry.js';
import { TOLERANT } from '../../pldm/firmware/index.js';
import { decodeFruTable, encodeFruRecords, type FruFilter, filterFruRecords } from '../../pldm/fru/index.js';
import {
  bcd8,
  CodecError,
  decode,
  encode,
  fromHex,
  type Json,
  le,
  toHex,
  versionText,
} from '../../stack/codec/index.js';
import { pldmMessage } from '../support/dissected.js';
import {
  bytesOf,
  type Conversation,
  FILES,
  type MiscVectors,
  type NegativeVector,
  readVectors,
  type Vector,
} from './vector-files.js';

/** Fields that the vectors list beside the real ones, made of those. */
const DERIVED: Readonly<Record<string, (fields: Readonly<Record<string, Json>>) => Json>> = {
  types: ({ pldmTypes }) => bitfieldNumbers(pldmTypes as string),
  commands: ({ pldmCommands }) => bitfieldNumbers(pldmCommands as string),
  versionText: ({ versions }) => (versions as string[]).map((version) => versionText(bytesOf(version).reverse())),
};

const BIOS_TABLES = ['biosStringTable', 'biosAttributeTable', 'biosValueTable', 'biosValueTable'] as const;

/** Which table it is; negative vectors say it in their name only. */
function tableForm({ pldmType, name }: { readonly pldmType: number; readonly name: string }): Form {
  if (pldmType === 4) return 'fruTable';
  const forms: readonly (readonly [RegExp, Form])[] = [
    [/^BIOS string table/, 'biosStringTable'],
    [/^BIOS attribute table/, 'biosAttributeTable'],
    [/^BIOS attribute (pending )?value table/, 'biosValueTable'],
    [/^BIOS string entry/, 'biosStringEntry'],
    [/^BIOS attribute entry/, 'biosAttributeEntry'],
    [/^BIOS attribute value entry/, 'biosValueEntry'],
  ];
  const found = forms.find(([pattern]) => pattern.test(name));
  if (found === undefined) throw new Error(`no form for ${name}`);
  return found[1];
}

const EVENT_CLASSES: Readonly<Record<string, number>> = {
  'sensorEvent data': 0,
  'pldmPDRRepositoryChgEvent data': 4,
  'pldmMessagePollEvent data': 5,
  'cperEvent data': 7,
};

function formOf(vector: { readonly kind: string; readonly pldmType: number; readonly name: string }): Form {
  if (vector.kind === 'pdr') return 'pdr';
  if (vector.kind === 'table') return tableForm(vector);
  const prefix = Object.keys(EVENT_CLASSES).find((name) => vector.name.startsWith(name));
  if (prefix === undefined) throw new Error(`no event class for ${vector.name}`);
  return { eventClass: EVENT_CLASSES[prefix]! };
}

function expectFields(decoded: Readonly<Record<string, Json>>, wanted: Readonly<Record<string, Json>>): void {
  const all = Object.fromEntries(
    Object.keys(wanted).map((name) => [
      name,
      name in decoded ? decoded[name]! : (DERIVED[name]?.(decoded) ?? 'missing'),
    ]),
  );
  expect(all).toMatchObject(wanted as object);
  expect(Object.keys(wanted).sort()).toEqual(Object.keys(all).sort());
}

function real(fields: Readonly<Record<string, Json>>): { [name: string]: Json } {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => !(name in DERIVED)));
}

function checkVector(vector: Vector): void {
  const bytes = bytesOf(vector.hex);
  const { fields } = vector;
  if (fields.headerOnly === true) {
    const { headerOnly: _, ...header } = fields;
    expect(decodeHeader(bytes)).toEqual(header);
    expect(toHex(encodeHeader(header as never))).toBe(vector.hex);
    return;
  }
  if (fields.filter !== undefined) {
    const { records } = decodeFruTable(bytesOf(fields.inputTable as string));
    const filtered = filterFruRecords(records, fields.filter as unknown as FruFilter);
    expect(toHex(encodeFruRecords(filtered))).toBe(vector.hex);
    expect(decodeFruTable(bytes).records).toEqual(filtered);
    return;
  }
  if (vector.kind === 'request' || vector.kind === 'response') {
    const decoded = pldmMessage(bytes);
    if (!decoded.ok) throw decoded.error;
    expect(decoded).toMatchObject({
      pldmType: vector.pldmType,
      command: vector.command,
      kind: vector.kind,
      instanceId: vector.instanceId,
    });
    expectFields(decoded.fields!, fields);
    const { pldmType, command, kind } = vector;
    const message = { pldmType, command, kind, instanceId: vector.instanceId!, fields: real(fields) };
    expect(toHex(assemblePldm(message))).toBe(vector.hex);
    expect(toHex(assemblePldm({ ...message, fields: decoded.fields! }))).toBe(vector.hex);
    return;
  }
  const form = formOf(vector);
  const { eventClass, tableType, ...own } = fields;
  const decoded = decodeForm(form, bytes);
  expectFields(decoded, own);
  if (eventClass !== undefined) expect(form).toEqual({ eventClass });
  if (tableType !== undefined) expect(form).toBe(BIOS_TABLES[tableType as number]);
  expect(toHex(encodeForm(form, own))).toBe(vector.hex);
  expect(toHex(encodeForm(form, decoded))).toBe(vector.hex);
}

function decodeNegative(vector: NegativeVector): CodecError | undefined {
  const bytes = bytesOf(vector.hex);
  if (vector.kind === 'request' || vector.kind === 'response') {
    const decoded = pldmMessage(bytes);
    return decoded.ok ? undefined : decoded.error;
  }
  try {
    decodeForm(formOf(vector), bytes);
    return undefined;
  } catch (error) {
    if (error instanceof CodecError) return error;
    throw error;
  }
}

/** Refused unless the value is only reserved: those are kept (see registry.ts). */
function checkNegative(vector: NegativeVector): void {
  const error = decodeNegative(vector);
  if (vector.class === 'reserved') {
    expect(error).toBeUndefined();
    return;
  }
  expect(error).toBeInstanceOf(CodecError);
  expect(error!.code).toBe('EBADMSG');
}

function checkMisc(): number {
  const { crc, ver32, bcd } = readVectors<MiscVectors>('pldm-misc.json');
  for (const vector of crc) {
    expect({ ...vector, crc8: crc8(bytesOf(vector.hex)), crc32: crc32(bytesOf(vector.hex)) }).toEqual(vector);
  }
  for (const { hex, text } of ver32) expect(versionText(bytesOf(hex).reverse())).toBe(text);
  for (const { decimal, bcd: coded, bits } of bcd) {
    const codec = bits === 8 ? bcd8 : le.bcd16;
    const bytes = encode(bits === 8 ? (codec as typeof bcd8) : (codec as typeof le.bcd16), decimal);
    expect(bytes.reduceRight((value, byte) => value * 256 + byte, 0)).toBe(coded);
    expect(decode(bits === 8 ? (codec as typeof bcd8) : (codec as typeof le.bcd16), bytes)).toBe(decimal);
  }
  return crc.length + ver32.length + bcd.length;
}

/** Whole conversations are the update agent's to play; here each of their messages decodes and comes back the same. */
function checkConversations(file: string): number {
  const conversations = readVectors<readonly Conversation[]>(file);
  for (const { name, steps } of conversations) {
    for (const { hex } of steps) {
      const decoded = pldmMessage(fromHex(hex)!);
      if (!decoded.ok) {
        // The one liberty that libpldm's device takes.
        expect(decoded, name).toMatchObject({ name: 'GetStatus', error: { reason: 'rule' } });
        expect(pldmMessages.decodeResponse(TOLERANT.GetStatus, bytesOf(hex))).toMatchObject({ completionCode: 0 });
        continue;
      }
      const { pldmType, command, kind, instanceId, fields } = decoded;
      expect(toHex(assemblePldm({ pldmType, command, kind, instanceId, fields: fields! }))).toBe(hex);
    }
  }
  return conversations.length;
}

describe('golden vectors', () => {
  const checked = new Map<string, number>();
  const count = (file: string, more = 1): void => void checked.set(file, (checked.get(file) ?? 0) + more);

  for (const file of FILES) {
    if (file === 'pldm-misc.json') {
      it(file, () => count(file, checkMisc()));
    } else if (file === 'pldm-fwup-conversations.json') {
      it(file, () => count(file, checkConversations(file)));
    } else if (file.endsWith('-negative.json')) {
      describe(file, () => {
        it.each(readVectors<NegativeVector[]>(file).map((v) => [v.name, v] as const))('%s', (_name, vector) => {
          count(file);
          checkNegative(vector);
        });
      });
    } else {
      describe(file, () => {
        it.each(readVectors<Vector[]>(file).map((v) => [v.name, v] as const))('%s', (_name, vector) => {
          count(file);
          checkVector(vector);
        });
      });
    }
  }

  it('all of them were looked at', () => {
    const sizes = FILES.map((file) => {
      const content = readVectors<Readonly<Record<string, unknown>> | readonly unknown[]>(file);
      const size = Array.isArray(content) ? content.length : Object.values(content).flat().length;
      return [file, size] as const;
    });
    expect(Object.fromEntries(checked)).toEqual(Object.fromEntries(sizes));
    expect(FILES).toHaveLength(16);
  });
});

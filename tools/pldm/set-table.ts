/** Whole tables from a file: `SetBIOSTable string @strings.json`, `SetFRURecordTable @fru.bin`. */

import { readOwnFile } from '../../bindings/read-own-file.js';
import { BIOS_TABLE } from '../../pldm/bios/bios-commands.js';
import { BiosAttributes } from '../../pldm/bios/bios-requester.js';
import { decodeForm, encodeForm, type FormName } from '../../pldm/command-registry.js';
import { FruData } from '../../pldm/fru/fru-requester.js';
import { fromHex, toHex } from '../../stack/codec/index.js';
import { MctpError } from '../../stack/errors.js';
import { usageError } from '../command-error.js';
import { isFields } from '../decode/named-fields.js';
import type { Colours } from '../format/colours.js';
import { fruJson, fruLines } from '../format/fru-lines.js';
import { jsonOnce, writtenIn } from '../given-once.js';
import type { PldmAnswer } from './answer.js';
import type { CallContext } from './call.js';

const BIOS_FORMS = ['biosStringTable', 'biosAttributeTable', 'biosValueTable', 'biosValueTable'] as const;
const BIOS_TABLES: Readonly<Record<string, number>> = {
  string: BIOS_TABLE.string,
  attribute: BIOS_TABLE.attribute,
  attr: BIOS_TABLE.attribute,
  value: BIOS_TABLE.value,
  attributevalue: BIOS_TABLE.value,
  attributeval: BIOS_TABLE.value,
  attributecurrentvalue: BIOS_TABLE.value,
  pending: BIOS_TABLE.pendingValue,
  pendingvalue: BIOS_TABLE.pendingValue,
  attributependingvalue: BIOS_TABLE.pendingValue,
};

/** `string`, `AttributeTable`, `2`. @throws CommandError (usage) */
export function biosTableType(word: string): number {
  const text = word.replace(/^tableType=/i, '');
  const plain = text
    .toLowerCase()
    .replace(/table$/, '')
    .replace(/[^a-z0-9]/g, '');
  const found = BIOS_TABLES[plain] ?? (/^[0-3]$/.test(text) ? Number(text) : undefined);
  if (found !== undefined) return found;
  throw usageError(`"${text}" is not a BIOS table: there are ${Object.keys(BIOS_TABLE).join(', ')}`);
}

export function biosTableForm(tableType: number): FormName {
  return BIOS_FORMS[tableType]!;
}

/** `@FILE` among the words: the words without it, and the path. */
function fileWord(words: readonly string[]): { readonly path: string; readonly others: readonly string[] } | undefined {
  const found = words.find((word) => /^(\w+=)?@/.test(word));
  if (found === undefined) return undefined;
  return { path: found.replace(/^(\w+=)?@/, ''), others: words.filter((word) => word !== found) };
}

export async function setBiosTable(words: readonly string[], context: CallContext): Promise<PldmAnswer | undefined> {
  const file = fileWord(words);
  if (file === undefined && words.length < 2)
    throw usageError('SetBIOSTable needs a table: write string @FILE, or string and its bytes');
  if (file === undefined) return undefined;
  const [word = '', ...others] = file.others;
  if (others.length > 0) throw usageError(`SetBIOSTable: "${others[0]}" is one value too many: write string @FILE`);
  const tableType = biosTableType(word);
  const form = biosTableForm(tableType);
  const table = await tableOf(file.path, form);
  await new BiosAttributes(context.terminus).writeTable(tableType, table);
  const decoded = decodeForm(form, table);
  const count = Array.isArray(decoded.entries) ? decoded.entries.length : 0;
  const name = Object.keys(BIOS_TABLE)[tableType]!;
  return {
    json: { tableType, table: decoded, hex: toHex(table) },
    lines: [`${name} table set: ${count} entries, ${table.length} bytes`],
  };
}

export async function setFruTable(
  words: readonly string[],
  context: CallContext,
  colours: Colours,
): Promise<PldmAnswer | undefined> {
  const file = fileWord(words);
  if (file === undefined && words.length === 0)
    throw usageError('SetFRURecordTable needs a table: write @FILE, or its bytes');
  if (file === undefined) return undefined;
  if (file.others.length > 0) throw usageError(`SetFRURecordTable: "${file.others[0]}" is one value too many`);
  const fru = new FruData(context.terminus);
  await fru.writeTable(await tableOf(file.path, 'fruTable'));
  await fru.download();
  return { json: { records: fruJson(fru.records), notes: fru.notes }, lines: fruLines(fru.records, colours) };
}

/** A table as JSON (as GetBIOSTable --json has it, or `decode --batch`), as hex, or as it is. @throws CommandError (usage) */
async function tableOf(path: string, form: FormName): Promise<Uint8Array> {
  const bytes = await readOwnFile(path);
  if (bytes.length === 0) throw usageError(`${path} is empty: it should hold a table`);
  const text = new TextDecoder().decode(bytes).trim();
  try {
    if (!text.startsWith('{')) {
      const table = fromHex(text.replace(/\s/g, '')) ?? new Uint8Array(bytes);
      decodeForm(form, table);
      return table;
    }
    const json = jsonOnce(text, writtenIn(path));
    const inner = isFields(json) ? (json.table ?? json.fields ?? json) : json;
    const list = form === 'fruTable' ? 'records' : 'entries';
    if (!isFields(inner) || !Array.isArray(inner[list])) throw usageError(`${path} has no list "${list}"`);
    return encodeForm(form, { [list]: inner[list], ...(form === 'fruTable' && { padBytes: 0 }) });
  } catch (error) {
    if (MctpError.is(error, 'EBADMSG') || MctpError.is(error, 'EINVAL'))
      throw usageError(`${path}: ${error.message}`, error);
    throw error;
  }
}

/** Commands whose answer is worth more than one message: transfers as a whole, names instead of handles. */

import { GetPLDMCommands, GetPLDMTypes } from '../../pldm/base/base-commands.js';
import type { AnyPldmCommand } from '../../pldm/base/pldm-command.js';
import { pldmTypeName } from '../../pldm/base/pldm-types.js';
import { bitfieldNumbers } from '../../pldm/base/shared-fields.js';
import { compareVersions, ver32Text } from '../../pldm/base/ver32.js';
import { BiosAttributes } from '../../pldm/bios/bios-requester.js';
import { decodeForm, formText } from '../../pldm/command-registry.js';
import { FruData } from '../../pldm/fru/fru-requester.js';
import { findRecords } from '../../pldm/platform/pdr-find.js';
import { PdrRepository } from '../../pldm/platform/pdr-repository.js';
import { fetchRecord } from '../../pldm/platform/record-transfer.js';
import type { Terminus } from '../../pldm/terminus/terminus.js';
import { toHex } from '../../stack/codec/index.js';
import { printable, usageError } from '../command-error.js';
import type { Colours } from '../format/colours.js';
import { tableLines } from '../format/columns.js';
import { attributeJson, attributeLines, fruJson, fruLines, valueText } from '../format/fru-lines.js';
import { recordSummary } from '../format/pdr-lines.js';
import { didYouMean } from '../suggest.js';
import { infoJson, pdrTypeNumber, recordJson } from '../verbs/pdr.js';
import type { PldmAnswer } from './answer.js';
import { type CallContext, callCommand } from './call.js';
import { commandWords } from './field-notes.js';
import { biosTableForm, biosTableType, setBiosTable, setFruTable } from './set-table.js';

type Special = (words: readonly string[], context: CallContext, colours: Colours) => Promise<PldmAnswer | undefined>;

/** Undefined: nothing special about it, one message does. */
export async function specialCommand(
  command: AnyPldmCommand,
  words: readonly string[],
  context: CallContext,
  colours: Colours,
): Promise<PldmAnswer | undefined> {
  return SPECIAL[command.name]?.(words, context, colours);
}

/** With the fields of the transfer given, the message itself is wanted. */
function isPlainTransfer(words: readonly string[]): boolean {
  return words.some((word) => /^(dataTransferHandle|transferOperationFlag|transferFlag|requestCount)=/i.test(word));
}

const SPECIAL: Readonly<Record<string, Special>> = {
  GetPLDMVersion: async (words, { terminus }) => {
    if (words.length > 0) return undefined;
    const types = await typesOf(terminus);
    const versions = new Map<number, string[]>();
    for (const type of types) versions.set(type, (await terminus.versions(type)).map(ver32Text));
    return {
      json: {
        versions: [...versions].map(([pldmType, texts]) => ({
          pldmType,
          name: pldmTypeName(pldmType),
          versions: texts,
        })),
      },
      lines: tableLines(
        [...versions].map(([type, texts]) => [String(type), pldmTypeName(type), texts.join(', ')]),
        ['right'],
      ),
    };
  },
  GetPLDMCommands: async (words, context) => {
    if (words.length > 0) return undefined;
    const all: { pldmType: number; name: string; commands: string[] }[] = [];
    for (const pldmType of await typesOf(context.terminus)) {
      const version = (await context.terminus.versions(pldmType)).sort(compareVersions).at(-1);
      if (version === undefined) continue;
      const { pldmCommands } = await context.terminus.call(GetPLDMCommands, { pldmType, version });
      all.push({
        pldmType,
        name: pldmTypeName(pldmType),
        commands: commandWords(pldmType, bitfieldNumbers(pldmCommands)),
      });
    }
    const lines = all.flatMap(({ pldmType, name, commands }) => [
      `${pldmType}: ${name}`,
      ...commands.map((one) => `  ${one}`),
    ]);
    return { json: { types: all }, lines };
  },
  GetPDR: async (words, { terminus }) => {
    if (isPlainTransfer(words)) return undefined;
    if (words.length === 0) {
      const repository = new PdrRepository(terminus);
      await repository.download();
      const records = [...repository.records.values()];
      return {
        json: { info: infoJson(repository.info!), records: records.map(recordJson) },
        lines: tableLines(records.map(recordSummary), ['right']),
      };
    }
    const handle = numberWord(words, 'recordHandle', 0xffffffff);
    const { bytes, nextRecordHandle } = await fetchRecord(terminus, handle, {
      requestCount: 1024,
      maxRecordBytes: 65_545,
    });
    return {
      json: { recordHandle: handle, nextRecordHandle, hex: toHex(bytes), fields: decodeForm('pdr', bytes) },
      lines: formText('pdr', bytes).split('\n').map(printable),
    };
  },
  FindPDR: async (words, { terminus }) => {
    if (isPlainTransfer(words) || words.some((word) => /^(find|parameter|wildcards)/i.test(word))) return undefined;
    const pdrType = pdrTypeWord(words);
    const records = await findRecords(terminus, pdrType);
    return {
      json: { pdrType, records: records.map(recordJson) },
      lines: records.length === 0 ? ['no such records'] : tableLines(records.map(recordSummary), ['right']),
    };
  },
  GetFRURecordTable: async (words, { terminus }, colours) => {
    if (words.length > 0) return undefined;
    const fru = new FruData(terminus);
    await fru.download();
    return {
      json: { records: fruJson(fru.records), notes: fru.notes },
      lines: [...fruLines(fru.records, colours), ...fru.notes.map(printable)],
    };
  },
  GetFRURecordByOption: async (words, { terminus }, colours) => {
    if (isPlainTransfer(words)) return undefined;
    const names = ['recordSetIdentifier', 'recordType', 'fieldType'] as const;
    const filter = Object.fromEntries(names.map((name, index) => [name, optionalNumber(words, name, index, 0xffff)]));
    const records = await new FruData(terminus).query(filter);
    return { json: { filter, records: fruJson(records) }, lines: fruLines(records, colours) };
  },
  GetBIOSTable: async (words, { terminus }) => {
    if (isPlainTransfer(words)) return undefined;
    const tableType = biosTableType(words[0] ?? '');
    const bytes = await new BiosAttributes(terminus).table(tableType);
    const form = biosTableForm(tableType);
    return {
      json: { tableType, table: decodeForm(form, bytes), hex: toHex(bytes) },
      lines: formText(form, bytes).split('\n').map(printable),
    };
  },
  GetBIOSAttributeCurrentValueByHandle: async (words, { terminus }) => {
    const name = (words[0] ?? '').replace(/^attribute(Handle)?=/i, '');
    if (isPlainTransfer(words) || name === '' || /^(0x[0-9a-f]+|\d+)$/i.test(name)) return undefined;
    const bios = new BiosAttributes(terminus);
    await bios.download();
    const { handle, name: full } = attributeNamed(bios, name);
    const value = await bios.get(full);
    return {
      json: { attribute: full, attributeHandle: handle, value: value ?? null },
      lines: [`${printable(full)}: ${valueText(value)}`],
    };
  },
  SetBIOSAttributeCurrentValue: async (words, { terminus }, colours) => {
    if (words.some((word) => /^attributeData=/i.test(word))) return undefined;
    const named = (key: string, at: number): string | undefined =>
      words.find((word) => word.toLowerCase().startsWith(`${key}=`))?.slice(key.length + 1) ??
      words.filter((word) => !/^(attribute|value)=/i.test(word))[at];
    const split = words.length === 1 ? /^([^=]+)=(.*)$/s.exec(words[0]!) : null;
    const name = split?.[1] ?? named('attribute', 0);
    const value = split?.[2] ?? named('value', 1);
    if (name === undefined || value === undefined) {
      throw usageError('SetBIOSAttributeCurrentValue needs an attribute and its value: write FanMode=Quiet');
    }
    const bios = new BiosAttributes(terminus);
    await bios.download();
    const attribute = attributeNamed(bios, name);
    await bios.set(
      attribute.name,
      attribute.kind === 'enumeration' ? possibleValue(attribute.possibleValues, value) : value,
    );
    await bios.download();
    const after = bios.attributes.get(attribute.name)!;
    return { json: { attribute: attributeJson(after) }, lines: attributeLines([after], colours) };
  },
  SetBIOSTable: setBiosTable,
  SetFRURecordTable: setFruTable,
  SetDateTime: async (words, context) => {
    const parts = /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::(\d\d))?Z?$/.exec(words.join(' '));
    if (parts === null) return undefined;
    const [, year, month, day, hours, minutes, seconds = '0'] = parts;
    const fields = { year, month, day, hours, minutes, seconds };
    const { SetDateTime } = await import('../../pldm/bios/bios-commands.js');
    return callCommand(
      SetDateTime,
      Object.entries(fields).map(([name, value]) => `${name}=${Number(value)}`),
      context,
    );
  },
};

/** `numericSensor`, `2`, `pdrType=2`; 0, when nothing is said: of any type. @throws CommandError (usage) */
function pdrTypeWord(words: readonly string[]): number {
  if (words.length > 1) throw usageError(`FindPDR: "${words[1]}" is one value too many: it takes a PDR type`);
  const text = words[0]?.replace(/^pdrType=/i, '') ?? '0';
  if (text.includes('=')) throw usageError(`"${text}" says nothing here: write pdrType=numericSensor`);
  return pdrTypeNumber(text);
}

async function typesOf(terminus: Terminus): Promise<number[]> {
  return bitfieldNumbers((await terminus.call(GetPLDMTypes, {})).pldmTypes);
}

function attributeNamed(bios: BiosAttributes, name: string) {
  const all = [...bios.attributes.values()];
  const found =
    all.find((one) => one.name === name) ?? all.find((one) => one.name.toLowerCase() === name.toLowerCase());
  if (found !== undefined) return found;
  const names = all.map((one) => one.name);
  throw usageError(
    `no BIOS attribute "${name}"${didYouMean(name, names)}: there are ${names.map(printable).join(', ')}`,
  );
}

function possibleValue(possible: readonly string[], value: string): string {
  return (
    possible.find((one) => one === value) ?? possible.find((one) => one.toLowerCase() === value.toLowerCase()) ?? value
  );
}

function optionalNumber(words: readonly string[], name: string, at: number, most: number): number {
  const bare = words.filter((word) => !word.includes('='));
  const text =
    words.find((word) => word.toLowerCase().startsWith(`${name.toLowerCase()}=`))?.slice(name.length + 1) ??
    bare[at] ??
    '0';
  const value = /^(0x[0-9a-f]+|\d+)$/i.test(text) ? Number(text) : Number.NaN;
  if (!(value <= most)) throw usageError(`${name}=${text} is wrong: use 0 to ${most}`);
  return value;
}

function numberWord(words: readonly string[], name: string, most: number): number {
  const strange = words.find((word) => word.includes('=') && !word.toLowerCase().startsWith(`${name.toLowerCase()}=`));
  if (strange !== undefined)
    throw usageError(`"${strange}" says nothing here: write ${name}=1, or name the fields of the transfer`);
  return optionalNumber(words, name, 0, most);
}

/** What lies inside of PLDM messages as bytes: PDRs, events, records, attribute values; explained where it is whole. */

import { PLDM_TYPE } from '../../pldm/base/pldm-types.js';
import { commandName, decodeForm, type Form, formText } from '../../pldm/command-registry.js';
import { CodecError, fromHex, type Json } from '../../stack/codec/index.js';
import type { Fields } from './named-fields.js';
import { decodeSentPdr, eventClassText, guessTable } from './pldm-forms.js';

export interface Content {
  /** The key it gets in JSON. */
  readonly name: 'pdr' | 'event' | 'table' | 'value';
  readonly fields: { readonly [name: string]: Json };
  readonly text: readonly string[];
}

/** transferFlag of a message that holds all of it: the same number in all types. */
const START_AND_END = 5;

/** Undefined when there is none, when it is one part of several, or when it does not decode. */
export function contentOf(pldmType: number, command: number, fields: Fields): Content | undefined {
  const found = CONTENTS[commandName(pldmType, command)];
  if (found === undefined || found.pldmType !== pldmType) return undefined;
  const hex = fields[found.field];
  if (typeof hex !== 'string' || hex === '') return undefined;
  if (fields.transferFlag !== undefined && fields.transferFlag !== START_AND_END) return undefined;
  const bytes = fromHex(hex)!;
  try {
    if (found.name === 'pdr') return pdrContent(bytes);
    const form = found.form(fields, bytes);
    const title = typeof form === 'string' ? found.name : eventClassText(form.eventClass);
    const lines = formText(form, bytes, '  ').split('\n');
    return { name: found.name, fields: decodeForm(form, bytes), text: lines[0] === '' ? [] : [`${title}:`, ...lines] };
  } catch (error) {
    if (error instanceof CodecError) return undefined;
    throw error;
  }
}

function pdrContent(bytes: Uint8Array): Content {
  const { fields, extra, text } = decodeSentPdr(bytes);
  const remarks = extra.remarks === undefined ? {} : { remarks: extra.remarks as Json };
  return { name: 'pdr', fields: { ...fields, ...remarks }, text: ['pdr:', ...text.map((line) => `  ${line}`)] };
}

interface ContentRule {
  readonly pldmType: number;
  readonly field: string;
  readonly name: Content['name'];
  readonly form: (fields: Fields, bytes: Uint8Array) => Form;
}

const { platform, bios, fru } = PLDM_TYPE;
const eventForm = (fields: Fields): Form => ({ eventClass: Number(fields.eventClass) });
const biosValue: Omit<ContentRule, 'name'> & { readonly name: 'value' } = {
  pldmType: bios,
  field: 'attributeData',
  name: 'value',
  form: () => 'biosValueEntry',
};
const fruRecords = (field: string): ContentRule => ({ pldmType: fru, field, name: 'table', form: () => 'fruTable' });
const biosTable: ContentRule = {
  pldmType: bios,
  field: 'tableData',
  name: 'table',
  form: (_fields, bytes) => guessTable(bytes, bios),
};

const CONTENTS: Readonly<Record<string, ContentRule>> = {
  PlatformEventMessage: { pldmType: platform, field: 'eventData', name: 'event', form: eventForm },
  PollForPlatformEventMessage: { pldmType: platform, field: 'eventData', name: 'event', form: eventForm },
  GetPDR: { pldmType: platform, field: 'recordData', name: 'pdr', form: () => 'pdr' },
  FindPDR: { pldmType: platform, field: 'recordData', name: 'pdr', form: () => 'pdr' },
  GetFRURecordTable: fruRecords('fruRecordTableData'),
  SetFRURecordTable: fruRecords('fruRecordTableData'),
  GetFRURecordByOption: fruRecords('fruDataStructureData'),
  GetBIOSTable: biosTable,
  SetBIOSTable: biosTable,
  SetBIOSAttributeCurrentValue: biosValue,
  GetBIOSAttributeCurrentValueByHandle: biosValue,
  GetBIOSAttributePendingValueByHandle: biosValue,
};

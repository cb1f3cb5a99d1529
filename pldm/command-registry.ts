/**
 * Every command by (PLDM type, command code): what decoders, captures and responders look things up in.
 *
 * Reserved enumeration values are kept as the raw number they are, in both directions and for every type: a device of
 * a later version is readable, and a tool can send what a device should refuse. What cannot be read, is out of range or
 * breaks a rule across fields is refused with a CodecError.
 */

import { type AnyCodec, decode, encode, fromJson, type Json, toJson, toText } from '../stack/codec/index.js';
import { MctpError } from '../stack/errors.js';
import { assemble, CommandTable, type Dissection, dissect, type MessageKind } from '../stack/protocol/index.js';
import * as base from './base/base-commands.js';
import * as multipart from './base/multipart-commands.js';
import { type AnyPldmCommand, PldmCommand } from './base/pldm-command.js';
import type { PldmMessageHeader } from './base/pldm-header.js';
import { PLDM, pldmMessages } from './base/pldm-protocol.js';
import * as bios from './bios/bios-commands.js';
import { BIOS_TABLE_CODECS } from './bios/bios-tables.js';
import { attributeEntry, attributeValueEntry, stringEntry } from './bios/table-entries.js';
import { NAMED_COMMANDS } from './command-names.js';
import * as file from './file/file-commands.js';
import * as inventory from './firmware/inventory-commands.js';
import * as update from './firmware/update-commands.js';
import * as fru from './fru/fru-commands.js';
import { fruRecord, fruTable } from './fru/fru-table.js';
import * as effecters from './platform/effecter-commands.js';
import * as events from './platform/event-commands.js';
import { eventClassName, eventCodec } from './platform/event-data.js';
import { pdrCodec } from './platform/pdr/pdr-codec.js';
import * as repository from './platform/pdr-commands.js';
import * as sensors from './platform/sensor-commands.js';

const MODULES = [base, multipart, sensors, effecters, events, repository, bios, fru, inventory, update, file];

/** All declared commands, by type and code. */
export const COMMANDS: readonly AnyPldmCommand[] = MODULES.flatMap((module) =>
  Object.values(module as Readonly<Record<string, unknown>>).filter(
    (value): value is PldmCommand => value instanceof PldmCommand,
  ),
).sort((a, b) => a.pldmType - b.pldmType || a.code - b.code);

/** The same as a table of the protocol. */
export const pldmCommands = new CommandTable(
  PLDM,
  COMMANDS,
  ({ pldmType, command }) => NAMED_COMMANDS[pldmType]?.[command],
);

/** The declaration of a command; undefined when there is none. */
export function commandOf(pldmType: number, code: number): AnyPldmCommand | undefined {
  return pldmCommands.byKey(pldmType * 256 + code);
}

/** By name, in any case: "GetPDR". */
export function commandNamed(name: string): AnyPldmCommand | undefined {
  return pldmCommands.named(name);
}

/** "GetPDR", also for commands without a declaration; "command 0x77" for what no standard names. */
export function commandName(pldmType: number, code: number): string {
  return pldmCommands.nameOf({ kind: 'request', instanceId: 0, pldmType, command: code });
}

/** A whole message taken apart, from its header on (no MCTP type byte). Never throws. */
export function dissectPldm(message: Uint8Array): Dissection<AnyPldmCommand, PldmMessageHeader> {
  return dissect(pldmMessages, pldmCommands, message);
}

export interface MessageToAssemble {
  readonly pldmType: number;
  readonly command: number;
  readonly kind: MessageKind;
  /** 0..31, default 0. */
  readonly instanceId?: number;
  readonly fields: Json;
}

/** The inverse, from fields as JSON. @throws MctpError EINVAL, also for commands without a declaration */
export function assemblePldm({ pldmType, command: code, kind, instanceId = 0, fields }: MessageToAssemble): Uint8Array {
  const command = commandOf(pldmType, code);
  if (command === undefined) {
    throw new MctpError('EINVAL', `${commandName(pldmType, code)} of PLDM type ${pldmType} has no declaration`);
  }
  return assemble(pldmMessages, command, kind, instanceId, fields);
}

export type FormName =
  | 'pdr'
  | 'fruTable'
  | 'fruRecord'
  | 'biosStringTable'
  | 'biosAttributeTable'
  | 'biosValueTable'
  | 'biosStringEntry'
  | 'biosAttributeEntry'
  | 'biosValueEntry';

/** Things that are not messages and have a form of their own. */
export const FORMS: Readonly<Record<FormName, AnyCodec>> = {
  pdr: pdrCodec,
  fruTable,
  fruRecord,
  biosStringTable: BIOS_TABLE_CODECS[0],
  biosAttributeTable: BIOS_TABLE_CODECS[1],
  biosValueTable: BIOS_TABLE_CODECS[2],
  biosStringEntry: stringEntry,
  biosAttributeEntry: attributeEntry,
  biosValueEntry: attributeValueEntry,
};
/** A form, or the eventData of a class: `{ eventClass: 4 }`. */
export type Form = FormName | { readonly eventClass: number };

function formCodec(form: Form): { readonly codec: AnyCodec; readonly what: string } {
  if (typeof form === 'object') return { codec: eventCodec(form.eventClass), what: eventClassName(form.eventClass) };
  return { codec: FORMS[form], what: form };
}

/** Fields of a PDR, event or table as JSON. @throws CodecError */
export function decodeForm(form: Form, bytes: Uint8Array): { readonly [name: string]: Json } {
  const { codec, what } = formCodec(form);
  return toJson(codec, decode(codec, bytes, { what })) as { [name: string]: Json };
}

/** The inverse. @throws MctpError EINVAL */
export function encodeForm(form: Form, fields: Json): Uint8Array {
  const { codec, what } = formCodec(form);
  return encode(codec, fromJson(codec, fields, what), what);
}

/** Fields of a PDR, event or table for people, one line each. @throws CodecError */
export function formText(form: Form, bytes: Uint8Array, indent = ''): string {
  const { codec, what } = formCodec(form);
  return toText(codec, decode(codec, bytes, { what }), indent);
}

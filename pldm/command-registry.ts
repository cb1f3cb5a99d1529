/**
 * Every command by (PLDM type, command code): what decoders, captures and responders look things up in.
 *
 * Reserved enumeration values are kept as the raw number they are, in both directions and for every type: a device of
 * a later version is readable, and a tool can send what a device should refuse. What cannot be read, is out of range or
 * breaks a rule across fields is refused with a CodecError.
 */

import {
  type AnyCodec,
  CodecError,
  decode,
  encode,
  fromJson,
  type Json,
  toJson,
  toText,
} from '../stack/codec/index.js';
import { MctpError } from '../stack/errors.js';
import { hexNumber } from '../stack/util/text.js';
import * as base from './base/base-commands.js';
import * as multipart from './base/multipart-commands.js';
import {
  type AnyPldmCommand,
  decodeRequest,
  decodeResponse,
  encodeRequest,
  encodeResponse,
  PldmCommand,
} from './base/pldm-command.js';
import { completionCodeName } from './base/pldm-completion-codes.js';
import { decodeHeader, type PldmHeader } from './base/pldm-header.js';
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

const BY_CODE = new Map(COMMANDS.map((command) => [command.pldmType * 256 + command.code, command]));
const BY_NAME = new Map(COMMANDS.map((command) => [command.name.toLowerCase(), command]));

/** The declaration of a command; undefined when there is none. */
export function commandOf(pldmType: number, code: number): AnyPldmCommand | undefined {
  return BY_CODE.get(pldmType * 256 + code);
}

/** By name, in any case: "GetPDR". */
export function commandNamed(name: string): AnyPldmCommand | undefined {
  return BY_NAME.get(name.toLowerCase());
}

/** "GetPDR", also for commands without a declaration; "command 0x77" for what no standard names. */
export function commandName(pldmType: number, code: number): string {
  return commandOf(pldmType, code)?.name ?? NAMED_COMMANDS[pldmType]?.[code] ?? `command ${hexNumber(code)}`;
}

export type MessageKind = 'request' | 'response';

export interface DecodedMessage {
  readonly ok: true;
  readonly header: PldmHeader;
  readonly pldmType: number;
  readonly command: number;
  readonly name: string;
  readonly kind: MessageKind;
  readonly instanceId: number;
  /** As JSON: 64-bit numbers as strings, bytes as hex. Undefined when the command has no declaration. */
  readonly fields: { readonly [name: string]: Json } | undefined;
  /** One line per field. */
  readonly text: string;
}

/** What could be read before decoding failed. */
export interface UndecodedMessage {
  readonly ok: false;
  readonly error: CodecError;
  readonly header: PldmHeader | undefined;
  readonly name: string;
}

/** A whole message, from its header on (no MCTP type byte). Never throws. */
export function decodeMessage(message: Uint8Array): DecodedMessage | UndecodedMessage {
  let header: PldmHeader | undefined;
  try {
    header = decodeHeader(message);
    const { pldmType, command: code, instanceId } = header;
    const kind = header.rq === 1 ? 'request' : 'response';
    const command = commandOf(pldmType, code);
    const common = { ok: true, header, pldmType, command: code, name: commandName(pldmType, code), kind, instanceId };
    if (command === undefined) return { ...common, fields: undefined, text: '' } as DecodedMessage;
    const codec: AnyCodec = kind === 'request' ? command.request : command.response;
    const fields = kind === 'request' ? decodeRequest(command, message) : decodeResponse(command, message);
    const text = toText(codec, fields).replace(
      /^completionCode: (\d+)/,
      (_all, number) => `completionCode: ${completionCodeName(Number(number), command)} (${number})`,
    );
    return { ...common, fields: toJson(codec, fields), text } as DecodedMessage;
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    const name = header === undefined ? '' : commandName(header.pldmType, header.command);
    return { ok: false, error, header, name };
  }
}

export interface MessageToEncode {
  readonly pldmType: number;
  readonly command: number;
  readonly kind: MessageKind;
  /** 0..31, default 0. */
  readonly instanceId?: number;
  readonly datagram?: boolean;
  readonly fields: Json;
}

/** The inverse. @throws MctpError EINVAL, also for commands without a declaration */
export function encodeMessage({
  pldmType,
  command: code,
  kind,
  instanceId = 0,
  datagram = false,
  fields,
}: MessageToEncode) {
  const command = commandOf(pldmType, code);
  if (command === undefined)
    throw new MctpError('EINVAL', `${commandName(pldmType, code)} of PLDM type ${pldmType} has no declaration`);
  const codec: AnyCodec = kind === 'request' ? command.request : command.response;
  const input = fromJson(codec, fields, command.name);
  return kind === 'request'
    ? encodeRequest(command, instanceId, input, { datagram })
    : encodeResponse(command, instanceId, input);
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

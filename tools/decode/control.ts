/** Control messages, type byte 00 included. */

import { type AnyCommand, fromJson, type Json } from '../../stack/codec/index.js';
import { CONTROL_COMMANDS, controlCommand } from '../../stack/control/commands/index.js';
import {
  CONTROL_HEADER_SIZE,
  type ControlMessage,
  decodeControlMessage,
  encodeControlRequest,
  encodeControlResponse,
} from '../../stack/control/message.js';
import { MctpError } from '../../stack/errors.js';
import { MESSAGE_TYPE } from '../../stack/ids.js';
import { didYouMean } from '../suggest.js';
import { bytesField, concat, isFields, numberField, shown, toHex } from './fields.js';
import type { DecodedMessage, MessageLayer, MessageRequest } from './layer.js';

const TYPE_BYTE = Uint8Array.of(MESSAGE_TYPE.control);
const BODY = TYPE_BYTE.length + CONTROL_HEADER_SIZE;

export const control: MessageLayer = {
  carries: 'messages',
  title: 'a control message',
  type: MESSAGE_TYPE.control,
  looksLike: (message) =>
    message[0] === MESSAGE_TYPE.control && message.length >= BODY && controlCommand(message[2]!) !== undefined,
  decode: (message) => {
    const decoded = decodeControlMessage(message, { typeByte: true });
    if (decoded.error !== undefined) throw decoded.error;
    const kind = kindOf(decoded);
    const { instanceId } = decoded.header;
    if (decoded.command === undefined) return unknownCommand(message, decoded.header.command, kind, instanceId);
    const fields = decoded.fields as { [name: string]: Json };
    const text = decoded.text === '' ? [] : decoded.text.split('\n');
    return { command: decoded.command.name, kind, instanceId, fields, text };
  },
  encode: (request) => {
    const kind = request.kind ?? 'request';
    if (kind !== 'request' && kind !== 'response' && kind !== 'datagram') {
      throw new MctpError('EINVAL', `kind: ${shown(kind)} is none of request, response, datagram`);
    }
    const instanceId = numberField({ instanceId: request.instanceId ?? 0 }, 'instanceId', 0, 31);
    const fields = request.fields ?? {};
    if (!isFields(fields)) throw new MctpError('EINVAL', `fields: ${shown(fields)} is no object`);
    const command = findCommand(request.command);
    const payload =
      typeof command === 'number'
        ? encodeUnknown(command, kind, instanceId, fields)
        : encodeKnown(command, kind, instanceId, fields);
    return concat(TYPE_BYTE, payload);
  },
};

function kindOf({ header }: ControlMessage): DecodedMessage['kind'] {
  return header.rq === 0 ? 'response' : header.d === 1 ? 'datagram' : 'request';
}

/** A command the standard does not have: its body as it is. */
function unknownCommand(
  message: Uint8Array,
  command: number,
  kind: DecodedMessage['kind'],
  instanceId: number,
): DecodedMessage {
  const hasCode = kind === 'response' && message.length > BODY;
  const code = hasCode ? { completionCode: message[BODY]! } : {};
  const data = toHex(message, BODY + (hasCode ? 1 : 0));
  const fields = { ...code, data };
  const text = Object.entries(fields).map(([name, value]) => `${name}: ${value === '' ? '(none)' : value}`);
  return { command, kind, instanceId, fields, text };
}

function encodeUnknown(
  command: number,
  kind: DecodedMessage['kind'],
  instanceId: number,
  fields: MessageFields,
): Uint8Array {
  const flags = kind === 'response' ? 0 : kind === 'datagram' ? 0xc0 : 0x80;
  const code = fields.completionCode === undefined ? [] : [numberField(fields, 'completionCode', 0, 255)];
  return concat(Uint8Array.of(flags | instanceId, command, ...code), bytesField(fields, 'data', ''));
}

type MessageFields = { readonly [name: string]: Json };

function encodeKnown(
  command: AnyCommand,
  kind: DecodedMessage['kind'],
  instanceId: number,
  fields: MessageFields,
): Uint8Array {
  const what = `${command.name} ${kind}`;
  const codec = kind === 'response' ? command.response : command.request;
  refuseUnknownFields(
    fields,
    codec.docs().map((row) => row.name),
    what,
  );
  const input = fromJson(codec, fields, what);
  if (kind === 'response') return encodeControlResponse(command, instanceId, input as never);
  return encodeControlRequest(command, instanceId, input as never, { datagram: kind === 'datagram' });
}

/** A mistyped field would be encoded as if it were not there. */
function refuseUnknownFields(fields: MessageFields, known: readonly string[], what: string): void {
  for (const name of Object.keys(fields)) {
    if (!known.includes(name)) throw new MctpError('EINVAL', `${what}: no field "${name}"${didYouMean(name, known)}`);
  }
}

/** By name, whatever its case, or by code; the code itself when the standard does not have it. */
function findCommand(given: MessageRequest['command']): AnyCommand | number {
  if (typeof given === 'number' && Number.isInteger(given) && given >= 0 && given <= 255) {
    return controlCommand(given) ?? given;
  }
  if (typeof given !== 'string') {
    throw new MctpError('EINVAL', `command: ${shown(given)} is neither a name nor a code from 0 to 255`);
  }
  const wanted = given.toLowerCase();
  const found = CONTROL_COMMANDS.find((command) => command.name.toLowerCase() === wanted);
  if (found !== undefined) return found;
  const names = CONTROL_COMMANDS.map((command) => command.name);
  throw new MctpError('EINVAL', `no control command "${given}"${didYouMean(given, names)}`);
}

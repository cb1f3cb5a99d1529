/** Control messages, type byte 00 included. */

import { type AnyCommand, fromJson, type Json } from '../../stack/codec/index.js';
import { CONTROL_COMMANDS, controlCommand } from '../../stack/control/commands/index.js';
import {
  CONTROL_HEADER_SIZE,
  type ControlMessage,
  decodeControlMessage,
  encodeControlRequest,
  encodeControlResponse,
} from '../../stack/control/control-message.js';
import { MESSAGE_TYPE } from '../../stack/ids.js';
import {
  commandCode,
  commandNamed,
  rawBody,
  rawFields,
  rawText,
  refuseUnknownFields,
  requestParts,
} from './encode-request.js';
import type { DecodedMessage, MessageKind, MessageLayer, MessageRequest } from './layer.js';
import { concat, type Fields } from './named-fields.js';

const TYPE_BYTE = Uint8Array.of(MESSAGE_TYPE.control);
const BODY = TYPE_BYTE.length + CONTROL_HEADER_SIZE;

export const control: MessageLayer = {
  carries: 'messages',
  title: 'a control message',
  type: MESSAGE_TYPE.control,
  typeByteInHex: true,
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
    const { kind, instanceId, fields } = requestParts(request);
    const command = findCommand(request.command);
    const payload =
      typeof command === 'number'
        ? encodeUnknown(command, kind, instanceId, fields)
        : encodeKnown(command, kind, instanceId, fields);
    return concat(TYPE_BYTE, payload);
  },
};

function kindOf({ header }: ControlMessage): MessageKind {
  return header.rq === 0 ? 'response' : header.d === 1 ? 'datagram' : 'request';
}

/** A command the standard does not have: its body as it is. */
function unknownCommand(message: Uint8Array, command: number, kind: MessageKind, instanceId: number): DecodedMessage {
  const fields = rawFields(message, BODY, kind);
  return { command, kind, instanceId, fields, text: rawText(fields) };
}

function encodeUnknown(command: number, kind: MessageKind, instanceId: number, fields: Fields): Uint8Array {
  const flags = kind === 'response' ? 0 : kind === 'datagram' ? 0xc0 : 0x80;
  return concat(Uint8Array.of(flags | instanceId, command), rawBody(fields));
}

function encodeKnown(command: AnyCommand, kind: MessageKind, instanceId: number, fields: Fields): Uint8Array {
  const what = `${command.name} ${kind}`;
  const codec = kind === 'response' ? command.response : command.request;
  refuseUnknownFields(fields, codec, what);
  const input = fromJson(codec, fields, what);
  if (kind === 'response') return encodeControlResponse(command, instanceId, input as never);
  return encodeControlRequest(command, instanceId, input as never, { datagram: kind === 'datagram' });
}

/** By name, or by code; the code itself when the standard does not have it. */
function findCommand(given: MessageRequest['command']): AnyCommand | number {
  if (typeof given !== 'string') {
    const code = commandCode(given);
    return controlCommand(code) ?? code;
  }
  return commandNamed(given, CONTROL_COMMANDS, 'control');
}

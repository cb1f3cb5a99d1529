/** NVMe-MI messages, from the type byte 84 to the MIC. A response is understood with the request it answers. */

import type { Json } from '../../stack/codec/codec.js';
import { MESSAGE_TYPE } from '../../stack/ids.js';
import {
  MI_STATUS_NAMES,
  NMIMT,
  nvmeMiCommands,
  nvmeMiFields,
  nvmeMiMessage,
  nvmeMiWhole,
} from '../../stack/nvme-mi/index.js';
import { hexNumber } from '../../stack/util/text.js';
import { commandNamed, requestParts } from './encode-request.js';
import type { DecodedMessage, MessageLayer } from './layer.js';
import { bytesField, type Fields } from './named-fields.js';

const TYPE_BYTE = 0x84;
/** Payload bytes of the shortest message before its MIC; less is something else. */
const SHORTEST = 7;
/** Of "more processing required", for which a drive may give no time. */
const SHORTEST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 600_000;
/** Shown once for all, or of no use to people. */
const NOT_IN_TEXT = new Set(['type', 'ic', 'ror', 'mic', 'micOk', 'meb', 'ciap']);

export const nvmeMi: MessageLayer = {
  carries: 'messages',
  title: 'an NVMe-MI message',
  type: MESSAGE_TYPE.nvmeMi,
  typeByteInHex: true,
  // A response does not say which command it answers; the tag does.
  isAnswer: (request, answer) => request.instanceId === answer.instanceId,
  looksLike: (bytes) => bytes[0] === TYPE_BYTE && bytes.length >= 12 && nvmeMiFields(bytes).fields.micOk === true,
  answersNeedRequest: true,
  refuses: ({ kind, fields }) => kind === 'response' && !isSuccess(fields),
  moreTimeMs: ({ fields }) =>
    typeof fields.processingTimeMs === 'number' && fields.micOk === true
      ? Math.min(LONGEST_WAIT_MS, Math.max(SHORTEST_WAIT_MS, fields.processingTimeMs))
      : undefined,
  decode: (message, about) => {
    const request = about?.request === undefined ? undefined : bytesField(about, 'request');
    const { name, kind, fields } = nvmeMiFields(message, request);
    return { command: name, kind, instanceId: Number(fields.csi), fields, text: textOf(fields) };
  },
  encode: (request) => {
    const { kind, fields } = requestParts(request);
    return nvmeMiMessage({ ...named(request.command, fields), ror: kind === 'response' ? 1 : 0, ...fields });
  },
  complete: (payload) => (payload.length < SHORTEST ? undefined : nvmeMiWhole(payload)),
};

/** What the name of a command says: message type and opcode. */
function named(command: Json | undefined, fields: Fields): Fields {
  if (command === undefined || fields.nmimt !== undefined) return {};
  if (command === 'AsynchronousEvent') return { nmimt: 'asynchronousEvent' };
  const found = commandNamed(
    typeof command === 'string' ? command : JSON.stringify(command),
    nvmeMiCommands.all,
    'NVMe-MI',
  );
  const nmimt = Object.entries(NMIMT).find(([, code]) => code === found.nmimt)![0];
  return { nmimt, opcode: found.code };
}

/** Of NVMe-MI itself, and of the admin command in its tunnel. */
function isSuccess({ status, micOk, nvmeStatus }: DecodedMessage['fields']): boolean {
  const admin = (nvmeStatus ?? {}) as Fields;
  return status === 0 && micOk === true && (admin.statusCode ?? 0) === 0 && (admin.statusCodeType ?? 0) === 0;
}

function textOf(fields: Fields): string[] {
  const lines = fields.micOk === false ? ['the message integrity check is wrong'] : [];
  for (const [name, value] of Object.entries(fields)) {
    if (NOT_IN_TEXT.has(name)) continue;
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    if (name !== 'status' || typeof value !== 'number') lines.push(`${name}: ${text}`);
    else lines.push(`status: ${hexNumber(value)} (${MI_STATUS_NAMES[value] ?? 'unknown'})`);
  }
  return lines;
}

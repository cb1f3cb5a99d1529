/** NVMe-MI messages, type byte 84 and MIC included. A response is understood with the request it answers. */

import type { Json } from '../../stack/codec/codec.js';
import { MI_STATUS_NAMES, NMIMT, nvmeMiCommands, nvmeMiFields, nvmeMiMessage } from '../../stack/nvme-mi/index.js';
import { hexNumber } from '../../stack/util/text.js';
import { commandNamed, requestParts } from './encode-request.js';
import type { LoadedLayer } from './lazy-layer.js';
import { bytesField, type Fields } from './named-fields.js';

/** Shown once for all, or of no use to people. */
const NOT_IN_TEXT = new Set(['type', 'ic', 'ror', 'mic', 'micOk', 'meb', 'ciap']);

export const nvmeMiMessages: LoadedLayer = {
  decode: (message, about) => {
    const request = about?.request === undefined ? undefined : bytesField(about, 'request');
    const { name, kind, fields } = nvmeMiFields(message, request);
    return { command: name, kind, instanceId: Number(fields.csi), fields, text: textOf(fields) };
  },
  encode: (request) => {
    const { kind, fields } = requestParts(request);
    return nvmeMiMessage({ ...named(request.command, fields), ror: kind === 'response' ? 1 : 0, ...fields });
  },
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

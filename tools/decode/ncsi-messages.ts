/** NC-SI control packets, type byte 02 included. */

import { MctpError } from '../../stack/errors.js';
import { decodeNcsi, encodeNcsi, NCSI_COMMANDS, NCSI_EVENTS, ncsiNamed } from '../../stack/ncsi/index.js';
import { commandCode, commandNamed } from './encode-request.js';
import type { LoadedLayer } from './lazy-layer.js';
import { isFields, numberField, unfit } from './named-fields.js';

/** Instance ids of commands are 1 to 255; 0 is that of AENs. */
const MAX_INSTANCE_ID = 255;

export const ncsiMessages: LoadedLayer = {
  decode: (message) => {
    const { name, kind, instanceId, fields, text } = decodeNcsi(message);
    return { command: name, kind, instanceId, fields, text };
  },
  encode: ({ command, kind = 'request', instanceId = 1, fields = {} }) => {
    if (!isFields(fields)) throw unfit('fields', fields, 'an object');
    if (kind !== 'request' && kind !== 'response' && kind !== 'datagram') {
      throw new MctpError('EINVAL', `kind: ${JSON.stringify(kind)} is none of request, response, datagram`);
    }
    const id = numberField({ instanceId }, 'instanceId', 0, MAX_INSTANCE_ID);
    return encodeNcsi(nameOf(command), kind, kind === 'request' ? Math.max(1, id) : id, fields);
  },
};

function nameOf(command: Parameters<typeof commandCode>[0]): string | number {
  if (typeof command !== 'string') return commandCode(command);
  if (command === 'Aen' || ncsiNamed(command) !== undefined) return command;
  return commandNamed(command, [...NCSI_COMMANDS, ...NCSI_EVENTS], 'NC-SI').name;
}

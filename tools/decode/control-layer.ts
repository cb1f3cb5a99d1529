/** Control messages, type byte 00 included. */

import { CONTROL_HEADER_SIZE, controlCommands, controlMessages } from '../../stack/control/control-protocol.js';
import { MESSAGE_TYPE } from '../../stack/ids.js';
import { commandCode, commandNamed } from './encode-request.js';
import { protocolLayer } from './protocol-layer.js';

export const control = protocolLayer({
  title: 'a control message',
  typeByteInHex: true,
  looksLike: (message) =>
    message[0] === MESSAGE_TYPE.control &&
    message.length > CONTROL_HEADER_SIZE &&
    controlCommands.byKey(message[2]!) !== undefined,
  messages: controlMessages,
  commands: controlCommands,
  /** By name, or by code. */
  find: ({ command }) => {
    if (typeof command === 'string') return { declared: commandNamed(command, controlCommands.all, 'control') };
    const code = commandCode(command);
    const declared = controlCommands.byKey(code);
    if (declared !== undefined) return { declared };
    return { header: { kind: 'request', instanceId: 0, command: code, rq: 1, d: 0 } };
  },
});

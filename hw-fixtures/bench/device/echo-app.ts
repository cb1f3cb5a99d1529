/**
 * The echo of Linux's mctp-echo: a request of type 0x7e that begins with `cc de f0` comes back as it is
 * (CodeConstruct mctp tools 2.6).
 */

import { MESSAGE_TYPE } from '../../../stack/ids.js';
import type { DeviceApp } from './device.js';

export const ECHO_PREFIX = Uint8Array.of(0xcc, 0xde, 0xf0);

/** A request of mctp-req? */
export function isEcho(payload: Uint8Array): boolean {
  return ECHO_PREFIX.every((byte, index) => payload[index] === byte);
}

export const echoApp: DeviceApp = ({ mctp, types }) => {
  types.add(MESSAGE_TYPE.vendorPci);
  const socket = mctp.socket();
  socket.bind({ type: MESSAGE_TYPE.vendorPci });
  socket.onMessage((message) => {
    if (!isEcho(message.payload)) return;
    // An echo that cannot be sent is lost, as on a real device.
    socket.reply(message, message.payload).catch(() => {});
  });
};

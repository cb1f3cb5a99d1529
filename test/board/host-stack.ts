// Our stack on this machine, at the other end of a board's serial line.

import type { BytePort } from '../../bindings/serial/byte-port.js';
import { SerialLink } from '../../bindings/serial/serial-link.js';
import { systemClock } from '../../bindings/system-clock.js';
import { Mctp } from '../../stack/mctp.js';
import type { MctpSocket } from '../../stack/transport.js';

/** EIDs and message type of all these tests. */
export const BOARD = 8;
export const HOST = 9;
export const TYPE = 5;

export interface HostStack {
  readonly mctp: Mctp;
  /** Answers requests with their own body. */
  readonly socket: MctpSocket;
}

export async function hostStack(port: BytePort): Promise<HostStack> {
  const mctp = new Mctp({ clock: systemClock, limits: { tagExpiryMs: 300 } });
  mctp.addLink(new SerialLink({ name: 'board', port, clock: systemClock, reopen: { firstMs: 20, longestMs: 100 } }));
  mctp.addAddress(HOST, 'board');
  mctp.addRoute({ start: BOARD, link: 'board' });
  await mctp.open();
  const socket = mctp.socket();
  socket.bind({ type: TYPE });
  socket.onMessage((message) => void socket.reply(message, message.payload).catch(() => {}));
  return { mctp, socket };
}

/** The kernel's MCTP on the board's serial line, answering requests with their own body; it prints `ready`. */
export const KERNEL_ANSWERS = `set -e
  link=$(mctp-peer ldisc /dev/ttyS0)
  echo 5000 >/sys/class/net/$link/tx_queue_len # room for the 1024 packets of the largest message
  mctp-peer link $link up
  mctp-peer addr add ${BOARD} dev $link
  mctp-peer route add ${HOST} via $link
  mctp-peer echo ${TYPE}`;

export function counting(length: number, from = 0): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => (from + index) & 0xff);
}

/** The answering stack of the turnaround bench; run as a program, it answers on the tty it is given. */

import { fileURLToPath } from 'node:url';
import { SerialLink } from '../../bindings/serial/serial-link.js';
import { UartPort } from '../../bindings/serial/tty-port.js';
import { systemClock } from '../../bindings/system-clock.js';
import { type Link, Mctp } from '../../stack/index.js';

export const TYPE = 0x7e;
export const OWN_EID = 9;
export const PEER_EID = 8;

/** A stack that answers requests with their own body. */
export async function stackOn(link: Link, peerAddress: string, eid = OWN_EID, peer = PEER_EID): Promise<Mctp> {
  const mctp = new Mctp({ clock: systemClock });
  mctp.addLink(link);
  mctp.addAddress(eid, link.name);
  mctp.addRoute({ start: peer, link: link.name });
  if (link.addressSize > 0) mctp.addNeighbour(peer, link.name, peerAddress);
  await mctp.open();
  const socket = mctp.socket();
  socket.bind({ type: TYPE });
  socket.onMessage((message) => void socket.reply(message, message.payload).catch(() => {}));
  return mctp;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const port = new UartPort({ path: process.argv[2]!, lock: false });
  await stackOn(new SerialLink({ port, clock: systemClock }), '');
  process.send?.('ready');
}

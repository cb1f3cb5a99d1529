/**
 * The answering stack of the turnaround bench; run as a program, it answers on the tty it is given,
 * or, with the word `plain`, sends back what comes there.
 */

import { constants, openSync, writeSync } from 'node:fs';
import type { ConnectOpts, SocketConstructorOpts } from 'node:net';
import { ReadStream } from 'node:tty';
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

/** Sends back what comes, byte for byte: the least that this platform and this kernel take for a turnaround. */
function echoPlainly(path: string): void {
  const fd = openSync(path, constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK);
  const options: SocketConstructorOpts & ConnectOpts = {
    onread: {
      buffer: new Uint8Array(16384),
      callback: (length, chunk) => {
        for (let at = 0; at < length; ) at += writeSync(fd, chunk, at, length - at);
        return true;
      },
    },
  };
  new ReadStream(fd, options).resume();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [, , path, plain] = process.argv;
  if (plain === 'plain') echoPlainly(path!);
  else await stackOn(new SerialLink({ port: new UartPort({ path: path!, lock: false }), clock: systemClock }), '');
  process.send?.('ready');
}

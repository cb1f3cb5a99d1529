/** Errors which no message caused: told to the sockets they concern, with the address they are about, also when they are idle. */

import { MctpError } from '../../../stack/errors.js';
import { NET_ANY } from '../../../stack/ids.js';
import type { Mctp } from '../../../stack/mctp.js';
import { sharedError } from '../shared-protocol.js';
import type { ServedSocket } from './served-socket.js';

/** The network, as errors need it. */
interface ErrorHost {
  readonly stack: Mctp;
  readonly time: () => number;
  readonly clients: Iterable<{
    readonly node: { readonly sockets: ReadonlyMap<number, ServedSocket> } | undefined;
    notify(event: object): void;
  }>;
}

export class SocketErrors {
  constructor(private readonly network: ErrorHost) {}

  /** Of those which have to do with a peer behind the link. */
  linkDown(link: string, reason: string | undefined): void {
    const { stack } = this.network;
    const error = new MctpError('ENETDOWN', `link ${link} is down${reason === undefined ? '' : `: ${reason}`}`);
    this.#tell(error, link, (socket) =>
      socket.peers().find(({ eid, network }) => stack.lookupRoute(eid, network)?.link === link),
    );
  }

  /** An endpoint is gone. */
  peerLost(eid: number, network: number, link: string, reason: string): void {
    const error = new MctpError('EHOSTUNREACH', `EID ${eid} is gone: ${reason}`);
    this.#tell(error, link, (socket) => socket.peers().find((peer) => peer.eid === eid && peer.network === network));
  }

  /** An EID is ours no longer. */
  addressRemoved(eid: number, network: number, link: string): void {
    const error = new MctpError('EADDRNOTAVAIL', `EID ${eid} is not ours any more: bind again`);
    this.#tell(error, link, ({ bound }) => {
      const isIt = bound?.eid === eid && (bound.network === NET_ANY || bound.network === network);
      return isIt ? { eid } : undefined;
    });
  }

  #tell(
    error: MctpError,
    link: string,
    concerns: (socket: ServedSocket) => { readonly eid: number } | undefined,
  ): void {
    const time = this.network.time();
    for (const client of this.network.clients) {
      for (const socket of client.node?.sockets.values() ?? []) {
        const about = concerns(socket);
        if (about === undefined) continue;
        const { handle } = socket;
        client.notify({ event: 'socketError', time, handle, eid: about.eid, link, error: sharedError(error) });
      }
    }
  }
}

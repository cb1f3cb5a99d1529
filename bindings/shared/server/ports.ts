/** Which sockets of nodes receive the messages of a type: bound once in the stack, shared where the policy allows it. */

import { MctpError } from '../../../stack/errors.js';
import { NET_ANY } from '../../../stack/ids.js';
import type { AddressEntry, MctpMessage, MctpSocket, Transport } from '../../../stack/transport.js';
import type { SharedBinding } from '../shared-protocol.js';
import type { ServedNode } from './served-node.js';
import type { BoundTo, ServedSocket } from './served-socket.js';

export interface Recipient {
  readonly node: ServedNode;
  readonly socket: ServedSocket;
}

interface Port {
  readonly to: BoundTo;
  readonly socket: MctpSocket;
  readonly recipients: Recipient[];
}

/** A part of the server that is bound to message types, and lets nodes have them. */
export interface TypeHolder {
  yield(type: number): void;
  takeBack(type: number): void;
}

export class Ports {
  readonly #ports = new Map<string, Port>();

  constructor(
    private readonly stack: Transport,
    private readonly shares: boolean,
    private readonly arrived: (message: MctpMessage, recipients: readonly Recipient[]) => void,
    private readonly holder?: TypeHolder,
  ) {}

  /** @throws MctpError EADDRINUSE, EADDRNOTAVAIL, EINVAL */
  bind(recipient: Recipient, to: BoundTo): void {
    if (recipient.socket.bound !== undefined) throw new MctpError('EADDRINUSE', 'the socket is bound already');
    const key = keyOf(to);
    const known = this.#ports.get(key);
    if (known !== undefined) {
      const isShared = recipient.socket.shares && known.recipients.every(({ socket }) => socket.shares);
      if (!this.shares && !isShared) {
        const who = known.recipients[0]!.node;
        throw new MctpError('EADDRINUSE', `message type ${to.type} is bound by node ${who.number} (${who.title})`);
      }
      known.recipients.push(recipient);
    } else {
      const port: Port = { to, socket: this.#boundSocket(to), recipients: [recipient] };
      port.socket.onMessage((message) => this.arrived(message, port.recipients));
      this.#ports.set(key, port);
    }
    recipient.socket.bound = to;
  }

  unbind(socket: ServedSocket): void {
    const { bound } = socket;
    if (bound === undefined) return;
    socket.bound = undefined;
    const key = keyOf(bound);
    const port = this.#ports.get(key);
    if (port === undefined) return;
    const at = port.recipients.findIndex((recipient) => recipient.socket === socket);
    if (at >= 0) port.recipients.splice(at, 1);
    if (port.recipients.length > 0) return;
    this.#ports.delete(key);
    port.socket.close();
    this.#freed(port.to.type);
  }

  /** An EID of ours on which nobody has bound the type. @throws MctpError EADDRINUSE */
  freeEid(
    type: number,
    network: number,
    own: readonly AddressEntry[],
  ): { readonly eid: number; readonly network: number } {
    const bound = this.list().filter((one) => one.type === type);
    const isFree = ({ eid }: AddressEntry): boolean => !bound.some((one) => one.eid === eid);
    const free = own.find((entry) => (network === NET_ANY || entry.network === network) && isFree(entry));
    if (free !== undefined) return { eid: free.eid, network: free.network };
    throw new MctpError('EADDRINUSE', `message type ${type} is bound on every EID of ours`);
  }

  /** Whoever has bound a type. */
  ofType(type: number): Recipient[] {
    return [...this.#ports.values()].flatMap(({ to, recipients }) => (to.type === type ? recipients : []));
  }

  /** What is bound, and the node which bound it. */
  list(): SharedBinding[] {
    return [...this.#ports.values()].flatMap(({ to, recipients }) =>
      recipients.map(({ node }) => bindingOf(node.number, to)),
    );
  }

  close(): void {
    for (const port of this.#ports.values()) port.socket.close();
    this.#ports.clear();
  }

  #freed(type: number): void {
    if ([...this.#ports.values()].every(({ to }) => to.type !== type)) this.holder?.takeBack(type);
  }

  #boundSocket({ type, network, eid, peer }: BoundTo): MctpSocket {
    const socket = this.stack.socket();
    try {
      this.holder?.yield(type);
      if (peer !== undefined) socket.connect({ eid: peer, network, type });
      socket.bind({ type, network, eid });
      return socket;
    } catch (error) {
      socket.close();
      this.#freed(type);
      throw error;
    }
  }
}

export function bindingOf(node: number, { type, network, eid, peer }: BoundTo): SharedBinding {
  return { node, type, network, eid, peer: peer ?? null };
}

export function keyOf({ type, network, eid, peer }: BoundTo): string {
  return `${type} ${network} ${eid} ${peer ?? ''}`;
}

/**
 * What links and sockets ask of their stack, which its user does not see: the receiver of a message, the path of one,
 * forwarding, and messages to ourselves.
 */

import type { Clock } from '../clock.js';
import type { DropReason } from '../counters.js';
import type { MctpError } from '../errors.js';
import { networkId } from '../ids.js';
import type { Limits } from '../limits.js';
import type { PhysicalAddress } from '../link.js';
import { BindingTable } from '../socket/bindings.js';
import { type SocketHost, StackSocket } from '../socket/socket.js';
import type { LocalMessage } from '../socket/transmission.js';
import type { MctpAddress, MctpMessage } from '../transport.js';
import { Forwarder } from './forwarder.js';
import type { LinkOwner, LinkPort } from './link-port.js';
import { LOCAL_LINK, type Path } from './path.js';
import type { Receiver } from './receiver.js';
import { pathBack, RouteLookup } from './route-lookup.js';
import type { Tables } from './tables.js';

const CIRCLING_QUIET_MS = 10_000;

/** A packet that was to be passed on has come round. */
export interface CirclingPacket {
  /** By which it came again. */
  readonly link: string;
  readonly source: number;
  readonly destination: number;
}

/** What the dispatcher reports. */
export interface DispatcherEvents {
  circling(packet: CirclingPacket): void;
  linkChanged(link: LinkPort, reason: MctpError | undefined): void;
  /** A handler of the application threw: not the wire's fault, not to be lost. */
  handlerFailed(error: unknown): void;
}

export class Dispatcher implements LinkOwner, SocketHost {
  readonly forwarder: Forwarder;
  readonly bindings = new BindingTable<StackSocket>();
  readonly #lookup: RouteLookup;
  readonly #sockets = new Set<StackSocket>();
  /** Messages to ourselves that wait for their turn. */
  readonly #local: MctpMessage[] = [];
  #deliveringLocally = false;
  #toldCircling = Number.NEGATIVE_INFINITY;

  constructor(
    readonly clock: Clock,
    readonly limits: Limits,
    private readonly tables: Tables,
    private readonly events: DispatcherEvents,
  ) {
    this.#lookup = new RouteLookup(tables);
    this.forwarder = new Forwarder(
      tables,
      clock,
      (error) => this.handlerFailed(error),
      (link, source, destination) => this.#circled(link, source, destination),
    );
  }

  socket(): StackSocket {
    const socket = new StackSocket(this);
    this.#sockets.add(socket);
    return socket;
  }

  closeSockets(): void {
    for (const socket of [...this.#sockets]) socket.close();
  }

  linkRemoved(link: LinkPort): void {
    for (const socket of this.#sockets) socket.linkRemoved(link);
  }

  // LinkOwner

  listener(link: LinkPort, type: number, destination: number, source: number): Receiver | undefined {
    return this.bindings.find(type, link.network.id, destination, source);
  }

  forward(
    from: LinkPort,
    buffer: Uint8Array,
    start: number,
    end: number,
    physicalAddress: PhysicalAddress,
  ): DropReason | undefined {
    return this.forwarder.forward(from, buffer, start, end, physicalAddress);
  }

  linkChanged(link: LinkPort, reason: MctpError | undefined): void {
    this.events.linkChanged(link, reason);
  }

  // SocketHost

  pathTo(to: MctpAddress): Path {
    return this.#lookup.pathTo(to);
  }

  pathBack(message: MctpMessage): Path {
    return pathBack(this.tables, message);
  }

  /** `network` may be NET_ANY. */
  isLocalEid(eid: number, network: number): boolean {
    return this.tables.isLocalEid(eid, network);
  }

  socketClosed(socket: StackSocket): void {
    this.bindings.remove(socket);
    this.#sockets.delete(socket);
  }

  handlerFailed(error: unknown): void {
    this.events.handlerFailed(error);
  }

  deliverLocally(message: LocalMessage, network: number): void {
    this.#local.push({ ...message, network: networkId(network), link: LOCAL_LINK, physicalAddress: '' });
    // A handler may answer at once, and be answered: one after the other, not one inside the other.
    if (this.#deliveringLocally) return;
    this.#deliveringLocally = true;
    for (let next = this.#local.shift(); next !== undefined; next = this.#local.shift())
      this.#receiver(next)?.deliver(next);
    this.#deliveringLocally = false;
  }

  /** Told now and then: one wrong route makes every packet come round. */
  #circled(link: string, source: number, destination: number): void {
    const now = this.clock.now();
    if (now - this.#toldCircling < CIRCLING_QUIET_MS) return;
    this.#toldCircling = now;
    this.events.circling({ link, source, destination });
  }

  #receiver({ network, type, destination, source, tag, tagOwner }: MctpMessage): Receiver | undefined {
    if (tagOwner) return this.bindings.find(type, network, destination, source);
    return this.tables.networks.get(network)?.findPeer(source)?.ownerOf(tag);
  }
}

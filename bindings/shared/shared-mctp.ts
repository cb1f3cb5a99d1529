/** A served network as a transport with tables: what `Mctp` is for a stack of our own. */

import type { NetworkStack, RouteRequest } from '../../stack/bus-owner/network-stack.js';
import type { Clock } from '../../stack/clock.js';
import { LOCAL_LINK } from '../../stack/core/path.js';
import { peerKey } from '../../stack/core/peer-key.js';
import { MctpError } from '../../stack/errors.js';
import type { NetworkId } from '../../stack/ids.js';
import { DEFAULT_LIMITS, type Limits } from '../../stack/limits.js';
import type { PhysicalAddress } from '../../stack/link.js';
import { type Logger, SILENT } from '../../stack/logger.js';
import { BindingTable } from '../../stack/socket/bindings.js';
import type {
  AddressEntry,
  MctpAddress,
  MctpMessage,
  MctpSocket,
  NeighbourEntry,
  RouteEntry,
} from '../../stack/transport.js';
import { Emitter } from '../../stack/util/emitter.js';
import type { ByteLine } from './byte-line.js';
import type { JsonObject } from './frame.js';
import type { MessageFrame } from './message-frame.js';
import type { PacketFrame } from './packet-frame.js';
import { type ConnectionUser, SharedConnection } from './shared-connection.js';
import {
  errorOf,
  type HelloAnswer,
  type Right,
  type SharedBinding,
  type SharedLink,
  type SharedPeer,
} from './shared-protocol.js';
import { type SharedAddress, SharedSocket, type SharedSocketHost } from './shared-socket.js';

export interface SharedMctpOptions {
  /** For messages: `shared:lab` */
  readonly name: string;
  readonly clock: Clock;
  /** A line to the socket of a right. @throws MctpError by rejection */
  readonly connect: (right: Right) => Promise<ByteLine>;
  /** The right to come with; tables are changed by a second line to `manage`. Default `use`. */
  readonly right?: Right;
  /** What hello says of us: description, node, lossless, join. */
  readonly hello?: JsonObject;
  readonly limits?: Partial<Pick<Limits, 'socketMessages' | 'socketBytes' | 'waiters'>>;
  readonly logger?: Logger;
}

export interface SharedEvents {
  linkUp: { readonly link: string };
  linkDown: { readonly link: string };
  linkRemoved: { readonly link: string };
  /**
   * What a socket has to do with is not as it was, although nothing is under way: ENETDOWN (its link), EHOSTUNREACH (the
   * endpoint it is connected to, or holds a tag for), EADDRNOTAVAIL (the EID which it is bound to).
   */
  socketError: { readonly socket: MctpSocket; readonly error: MctpError; readonly eid: number; readonly link: string };
  /** Whatever the server tells. */
  told: JsonObject;
}

const NOTHING = { message: () => {}, event: () => {}, lost: () => {}, back: () => {} };

export class SharedMctp implements NetworkStack, SharedSocketHost {
  /** EIDs are the server's to give. */
  readonly readOnly = true;
  readonly clock: Clock;
  readonly limits: Pick<Limits, 'messageBytes' | 'socketMessages' | 'socketBytes' | 'waiters'>;
  readonly #options: SharedMctpOptions;
  readonly #logger: Logger;
  readonly #events = new Emitter<SharedEvents>((error) => this.handlerFailed(error));
  readonly #sockets = new Map<number, SharedSocket>();
  readonly #tags = new Map<string, Set<number>>();
  /** Ours, and those of other nodes. */
  readonly #bindings = new BindingTable<object>();
  readonly #foreign = new Map<string, object>();
  #connection: SharedConnection | undefined;
  #manager: Promise<SharedConnection> | undefined;
  #hello: HelloAnswer;
  #links: readonly SharedLink[] = [];
  #routes: readonly RouteEntry[] = [];
  #neighbours: readonly NeighbourEntry[] = [];
  #wanted: ReadonlySet<string> = new Set(EVENTS);
  /** Links whose packets are heard. */
  #tapped: readonly string[] | undefined;
  #nextHandle = 1;

  private constructor(options: SharedMctpOptions, hello: HelloAnswer) {
    this.#options = options;
    this.clock = options.clock;
    this.#logger = options.logger ?? SILENT;
    this.#hello = hello;
    this.limits = { ...DEFAULT_LIMITS, ...options.limits, messageBytes: hello.messageBytes };
  }

  /** @throws MctpError ENOENT, EACCES, ENOTCONN, ENOTSUP and what the policy says, by rejection */
  static async open(options: SharedMctpOptions): Promise<SharedMctp> {
    const { name, clock, connect, right = 'use', hello: said } = options;
    let heard: ConnectionUser | undefined;
    const opened = await SharedConnection.open(
      { name, clock, connect: () => connect(right), ...(said !== undefined && { hello: said }) },
      {
        message: (frame) => heard?.message(frame),
        event: (event) => heard?.event(event),
        lost: (error) => heard?.lost(error),
        back: (hello) => heard?.back(hello),
      },
    );
    const shared = new SharedMctp(options, opened.hello);
    heard = {
      message: (frame) => shared.#sockets.get(frame.handle)?.arrived(frame),
      event: (event) => shared.#event(event),
      lost: (error) => shared.#lost(error),
      back: (hello) => shared.#back(hello),
    };
    shared.#connection = opened.connection;
    shared.#takeHello(opened.hello);
    shared.#subscribe();
    return shared;
  }

  get hello(): HelloAnswer {
    return this.#hello;
  }

  get connection(): SharedConnection {
    if (this.#connection === undefined) throw new MctpError('ENOTCONN', `${this.#options.name} is closed`);
    return this.#connection;
  }

  get isUp(): boolean {
    return this.#connection?.isUp ?? false;
  }

  on<K extends keyof SharedEvents>(name: K, listener: (event: SharedEvents[K]) => void): () => void {
    return this.#events.on(name, listener);
  }

  /** Hear these events of the server, too. */
  async subscribe(names: readonly string[]): Promise<void> {
    this.#wanted = new Set([...this.#wanted, ...names]);
    await this.connection.call('events', { names: [...this.#wanted] });
  }

  /** Hear every packet of these links, also when the server is there again; resolves with how to stop. */
  async tap(links: readonly string[], hear: (packet: PacketFrame, link: string) => void): Promise<() => void> {
    const { connection } = this;
    connection.hearPacket = (packet) => hear(packet, this.linkName(packet.link));
    this.#tapped = links;
    await connection.call('tap', { names: links });
    return () => {
      connection.hearPacket = undefined;
      this.#tapped = undefined;
    };
  }

  /** Resolves when the server has searched its links. */
  async searched(): Promise<void> {
    await this.connection.call('searched');
  }

  /** Ask the server as a manager. @throws MctpError EACCES, by rejection */
  async manage(op: string, details: JsonObject = {}): Promise<unknown> {
    const result = await this.#askManager(op, details);
    // The event that tells it may come later, by the other connection.
    if (op === 'persist' && details.node === this.#hello.node) this.#persistAs(details.name);
    return result;
  }

  async #askManager(op: string, details: JsonObject): Promise<unknown> {
    if (this.#hello.right === 'manage') return this.connection.call(op, details);
    return (await this.#managerThere()).call(op, details);
  }

  /** One whose line was lost is tried again after a pause: where ours is back, a new one has a line at once. */
  async #managerThere(): Promise<SharedConnection> {
    const known = this.#manager;
    const manager = await known?.catch(() => undefined);
    if (manager !== undefined && (manager.isUp || !this.isUp)) return manager;
    if (this.#manager !== known) return this.#managerThere();
    manager?.close();
    this.#manager = this.#openManager();
    return this.#manager;
  }

  close(): void {
    for (const socket of [...this.#sockets.values()]) socket.close();
    this.#connection?.close();
    this.#manager?.then(
      (manager) => manager.close(),
      () => {},
    );
    this.#events.clear();
  }

  // Transport

  socket(): MctpSocket {
    const handle = this.#nextHandle++;
    const socket = new SharedSocket(this, handle, this.#hello.messageBytes - 1);
    this.#sockets.set(handle, socket);
    return socket;
  }

  /** By the tables as they were last read. */
  peerKey(to: MctpAddress): string {
    const tables = {
      networkOf: (link: string) => this.#links.find(({ name }) => name === link)?.network,
      neighbours: () => this.#neighbours,
      routes: () => this.#routes,
    };
    return peerKey(tables, to);
  }

  // Tables

  async links(): Promise<readonly (SharedLink & { readonly network: NetworkId })[]> {
    this.#links = (await this.connection.call('links')) as readonly SharedLink[];
    return this.lastLinks;
  }

  /** As they were last read. */
  get lastLinks(): readonly (SharedLink & { readonly network: NetworkId })[] {
    return this.#links as readonly (SharedLink & { readonly network: NetworkId })[];
  }

  async addresses(): Promise<readonly AddressEntry[]> {
    return (await this.connection.call('addresses')) as readonly AddressEntry[];
  }

  async routes(): Promise<readonly RouteEntry[]> {
    this.#routes = (await this.connection.call('routes')) as readonly RouteEntry[];
    return this.#routes;
  }

  async neighbours(): Promise<readonly NeighbourEntry[]> {
    this.#neighbours = (await this.connection.call('neighbours')) as readonly NeighbourEntry[];
    return this.#neighbours;
  }

  async peers(): Promise<readonly SharedPeer[]> {
    return (await this.connection.call('peers')) as readonly SharedPeer[];
  }

  addAddress(eid: number, link: string): Promise<unknown> {
    return this.manage('addAddress', { eid, link });
  }

  removeAddress(eid: number, link: string): Promise<unknown> {
    return this.manage('removeAddress', { eid, link });
  }

  addRoute(route: RouteRequest): Promise<unknown> {
    return this.manage('addRoute', { ...route });
  }

  removeRoute(start: number, end: number, network: number): Promise<unknown> {
    return this.manage('removeRoute', { start, end, network });
  }

  addNeighbour(eid: number, link: string, physicalAddress: PhysicalAddress): Promise<unknown> {
    return this.manage('addNeighbour', { eid, link, physicalAddress });
  }

  removeNeighbour(eid: number, link: string): Promise<unknown> {
    return this.manage('removeNeighbour', { eid, link });
  }

  setLink(link: string, settings: { readonly up?: boolean; readonly transmissionUnit?: number }): Promise<unknown> {
    return this.manage('setLink', { link, ...settings });
  }

  /** @throws MctpError ENODEV */
  probeAddresses(link: string): Iterable<PhysicalAddress> {
    return this.sharedLink(link).probe;
  }

  /** @throws MctpError ENODEV */
  private sharedLink(name: string): SharedLink {
    const link = this.#links.find((one) => one.name === name);
    if (link === undefined) throw new MctpError('ENODEV', `there is no link ${name} on ${this.#options.name}`);
    return link;
  }

  // SharedSocketHost

  linkNumber(name: string): number {
    return name === LOCAL_LINK ? 0 : this.sharedLink(name).number;
  }

  linkName(number: number): string {
    return this.#links.find((link) => link.number === number)?.name ?? LOCAL_LINK;
  }

  tagsHeld(peer: string): Set<number> {
    let values = this.#tags.get(peer);
    if (values === undefined) this.#tags.set(peer, (values = new Set()));
    return values;
  }

  addBinding(socket: SharedSocket, address: SharedAddress): void {
    this.#bindings.add({ socket, ...address });
  }

  message({
    network,
    link,
    source,
    destination,
    type,
    integrityCheck,
    tag,
    tagOwner,
    physicalAddress,
    payload,
  }: MessageFrame): MctpMessage {
    const header = { source, destination, type, integrityCheck, tag, tagOwner, physicalAddress, payload };
    return { ...header, network: network as NetworkId, link: this.linkName(link) };
  }

  socketClosed(socket: SharedSocket): void {
    this.#sockets.delete(socket.handle);
    this.#bindings.remove(socket);
  }

  handlerFailed(error: unknown): void {
    this.#logger.error(
      `a message handler threw: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    );
  }

  #subscribe(): void {
    // What is refused is told by its end.
    this.connection.call('events', { names: [...this.#wanted] }).catch(() => {});
    if (this.#tapped !== undefined) this.connection.call('tap', { names: this.#tapped }).catch(() => {});
  }

  #takeHello(hello: HelloAnswer): void {
    this.#hello = hello;
    this.#links = hello.links;
    for (const key of [...this.#foreign.keys()]) this.#unbound(key);
    if (hello.policy !== 'hub') for (const binding of hello.bindings) this.#bound(binding);
  }

  #bound(binding: SharedBinding): void {
    if (binding.node === this.#hello.node || this.#hello.policy === 'hub') return;
    const { type, network, eid, peer } = binding;
    const socket = {};
    try {
      this.#bindings.add({ socket, type, network, eid, peer: peer ?? undefined });
      this.#foreign.set(keyOf(binding), socket);
    } catch (error) {
      // Ours is on its way, and will be refused.
      if (!MctpError.is(error)) throw error;
    }
  }

  #unbound(key: string): void {
    const socket = this.#foreign.get(key);
    if (socket === undefined) return;
    this.#foreign.delete(key);
    this.#bindings.remove(socket);
  }

  #event(event: JsonObject): void {
    const { link } = event;
    if (event.event === 'bound') this.#bound(event as unknown as SharedBinding);
    else if (event.event === 'unbound') this.#unbound(keyOf(event as unknown as SharedBinding));
    else if (event.event === 'persistent' && event.node === this.#hello.node) {
      this.#persistAs(event.name);
    } else if (event.event === 'nodeLeft') {
      for (const key of [...this.#foreign.keys()]) if (key.startsWith(`${event.node} `)) this.#unbound(key);
    } else if (event.event === 'linkUp' && typeof link === 'string') this.#events.emit('linkUp', { link });
    else if (event.event === 'linkRemoved' && typeof link === 'string') this.#events.emit('linkRemoved', { link });
    else if (event.event === 'linkDown' && typeof link === 'string') this.#events.emit('linkDown', { link });
    if (event.event === 'socketError') this.#socketError(event);
    if (event.event === 'linkUp' || event.event === 'linkDown' || event.event === 'linkRemoved') this.#refreshLinks();
    this.#events.emit('told', event);
  }

  #persistAs(name: unknown): void {
    this.connection.rejoinAs(typeof name === 'string' ? name : undefined);
  }

  #socketError({ handle, eid, link, error }: JsonObject): void {
    const socket = this.#sockets.get(Number(handle));
    if (socket === undefined || typeof eid !== 'number' || typeof link !== 'string') return;
    this.#events.emit('socketError', { socket, error: errorOf(error), eid, link });
  }

  /** A server which reads its configuration again has other links afterwards. */
  #refreshLinks(): void {
    // That the server is gone is reported by its end.
    this.links().catch(() => {});
  }

  #lost(error: MctpError): void {
    for (const socket of this.#sockets.values()) socket.serverLost();
    for (const { name } of this.#links) this.#events.emit('linkDown', { link: name });
    this.#events.emit('told', { event: 'serverLost', what: error.message });
  }

  #back(hello: HelloAnswer): void {
    this.#takeHello(hello);
    this.#subscribe();
    for (const socket of this.#sockets.values()) socket.comeBack();
    for (const { name, up } of this.#links) if (up) this.#events.emit('linkUp', { link: name });
    this.#events.emit('told', { event: 'serverBack' });
  }

  async #openManager(): Promise<SharedConnection> {
    const { name, clock, connect } = this.#options;
    const { connection } = await SharedConnection.open({ name, clock, connect: () => connect('manage') }, NOTHING);
    return connection;
  }
}

/** What a client must know of others. */
const EVENTS = [
  'bound',
  'unbound',
  'nodeLeft',
  'linkUp',
  'linkDown',
  'linkRemoved',
  'kicked',
  'terminated',
  'loss',
  'persistent',
];

function keyOf({ node, type, network, eid, peer }: SharedBinding): string {
  return `${node} ${type} ${network} ${eid} ${peer ?? ''}`;
}

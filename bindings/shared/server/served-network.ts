/**
 * A served network: one stack, used by many processes at the same time. It knows nothing of sockets of the system: it is
 * given a line of bytes for each client, and the right which the line came with.
 */

import type { EndpointEvent } from '../../../stack/bus-owner/index.js';
import type { Clock } from '../../../stack/clock.js';
import { MctpError } from '../../../stack/errors.js';
import type { Mctp } from '../../../stack/mctp.js';
import { wait } from '../../../stack/util/async.js';
import { Emitter } from '../../../stack/util/emitter.js';
import { KeyedTurnstiles } from '../../../stack/util/line.js';
import type { Right, SharedBinding, SharedLink, SharedNode } from '../shared-protocol.js';
import { Deliveries } from './deliveries.js';
import { GuardedPolicy, type HookRunner } from './guarded-policy.js';
import { InstanceIds } from './instance-ids.js';
import { type InterfaceMaker, type InterfaceWish, wishTitle } from './interface-wish.js';
import type { KeptNode, KeptNodes } from './kept-nodes.js';
import { LinkNumbers } from './link-numbers.js';
import { LiveOptions } from './live-options.js';
import { MessageTrace } from './message-trace.js';
import type { MoreOperation, NetworkCounters } from './network-additions.js';
import type { NetworkClient } from './network-client.js';
import { type NetworkOptionValues, type OptionValue, optionValues, type ShownOption } from './network-options.js';
import { type Policy, SWITCH, THE_LINKS } from './policy.js';
import { Ports, type TypeHolder } from './ports.js';
import { type Credentials, ServedNode } from './served-node.js';
import { ServedSocket } from './served-socket.js';
import { SocketErrors } from './socket-errors.js';
import { Traffic } from './traffic.js';

export interface ServedNetworkOptions {
  readonly name: string;
  readonly stack: Mctp;
  readonly clock: Clock;
  /** ms since 1970 */
  readonly time: () => number;
  readonly policy?: Policy;
  readonly runHook?: HookRunner;
  readonly options?: Partial<NetworkOptionValues>;
  /** Resolves when the links have been searched for the first time; clients may wait for it. */
  readonly searched?: Promise<void>;
  /** Nodes which a server before had, and where they are kept from now on. */
  readonly kept?: KeptNodes;
  /** Makes interfaces of the kernel nodes, where a manager asks for it. */
  readonly interfaces?: InterfaceMaker;
  /** What clients may ask besides what every network can: by name. */
  readonly operations?: Readonly<Record<string, MoreOperation>>;
  /** A part of the server which may hold message types: asked before a node binds one, told when no node has it any more. */
  readonly typeHolder?: TypeHolder;
  /** The last node has left a network which does not stay without (`keep`): to be closed. */
  readonly lastLeft?: () => void;
  /** What `metrics` is answered with: all figures of one moment, as text. */
  readonly metrics?: (network: ServedNetwork) => string;
}

/** What happens on the network, out of band; clients subscribe to it by name. */
export interface NetworkEvents {
  event: NetworkEvent;
}
export type NetworkEvent = { readonly event: string; readonly time: number } & Readonly<Record<string, unknown>>;

const DRAIN_STEP_MS = 10;
/** For one command slot of one drive. */
const MOST_COMMANDS_WAITING = 256;

export class ServedNetwork {
  readonly name: string;
  readonly stack: Mctp;
  readonly clock: Clock;
  readonly time: () => number;
  readonly values: NetworkOptionValues;
  readonly links: LinkNumbers;
  readonly ports: Ports;
  readonly instanceIds: InstanceIds;
  /** Command slots of drives. */
  readonly slots = new KeyedTurnstiles(MOST_COMMANDS_WAITING, 'commands wait for this slot of the drive');
  readonly policy: GuardedPolicy;
  readonly searched: Promise<void>;
  readonly operations: Readonly<Record<string, MoreOperation>>;
  readonly #kept: KeptNodes | undefined;
  readonly counters: NetworkCounters = {
    clients: 0,
    refused: 0,
    hostile: 0,
    messagesIn: 0,
    messagesOut: 0,
    dropped: 0,
  };
  readonly traffic = new Traffic();
  readonly trace: MessageTrace;
  readonly deliveries = new Deliveries(this);
  readonly clients = new Set<NetworkClient>();
  readonly #nodes = new Map<number, ServedNode>();
  readonly #events = new Emitter<NetworkEvents>();
  readonly #stops: (() => void)[] = [];
  readonly #errors = new SocketErrors(this);
  readonly #metrics: ((network: ServedNetwork) => string) | undefined;
  readonly #interfaces: InterfaceMaker | undefined;
  readonly #options = new LiveOptions(this, (name, value) => this.#optionChanged(name, value));
  #ending = false;
  /** Since then a node has been there which does more than look. */
  #wasUsed = false;
  readonly #lastLeft: (() => void) | undefined;

  /** @throws MctpError EINVAL */
  constructor(options: ServedNetworkOptions) {
    const { name, stack, clock, time, policy = SWITCH, runHook, searched = Promise.resolve() } = options;
    this.name = name;
    this.stack = stack;
    this.clock = clock;
    this.instanceIds = new InstanceIds(stack, clock);
    this.time = time;
    this.values = optionValues(options.options);
    this.links = new LinkNumbers(stack);
    this.policy = new GuardedPolicy(policy, (hook, error) => this.#policyFailed(hook, error), runHook);
    this.ports = new Ports(
      stack,
      policy.sharesBindings ?? false,
      (message, to) => this.deliveries.arrived(message, to),
      options.typeHolder,
    );
    this.trace = new MessageTrace(stack, (entry) => this.tell('trace', { ...entry }));
    this.searched = searched;
    this.operations = options.operations ?? {};
    this.#kept = options.kept;
    this.#metrics = options.metrics;
    this.#interfaces = options.interfaces;
    this.#lastLeft = options.lastLeft;
    this.#stops.push(
      stack.on('linkUp', ({ link }) => this.tell('linkUp', { link })),
      stack.on('linkDown', ({ link, reason }) => {
        this.tell('linkDown', { link, reason: reason?.message ?? null });
        this.#errors.linkDown(link, reason?.message);
      }),
      stack.on('linkRemoved', ({ link }) => this.tell('linkRemoved', { link })),
      stack.on('addressAdded', (entry) => this.tell('addressAdded', { ...entry })),
      stack.on('addressRemoved', (entry) => {
        this.tell('addressRemoved', { ...entry });
        this.#errors.addressRemoved(entry.eid, entry.network, entry.link);
      }),
    );
    this.policy.networkCreated(name);
    for (const kept of options.kept?.load() ?? []) this.#restore(kept);
  }

  /** It lets nobody in any more. */
  get ending(): boolean {
    return this.#ending;
  }

  on(hear: (event: NetworkEvent) => void): () => void {
    return this.#events.on('event', hear);
  }

  /** Something happened: to all which subscribed to it. */
  tell(event: string, details: Readonly<Record<string, unknown>>): void {
    this.#events.emit('event', { event, time: this.time(), ...details });
  }

  /** A client has asked for other events, or is gone: messages are traced as long as somebody asks for that. */
  wantedChanged(): void {
    this.trace.isOn = [...this.clients].some(({ wanted }) => wanted instanceof Set && wanted.has('trace'));
  }

  /** Endpoints come and go, and change: what a bus owner of the server tells. */
  endpointEvent(event: EndpointEvent): void {
    if (event.type === 'conflict') return;
    const { network, eid, link, physicalAddress, uuid } = event.endpoint;
    const what = 'what' in event ? event.what : 'reason' in event ? event.reason : null;
    const name = { appeared: 'endpointFound', vanished: 'endpointLost' }[event.type as string] ?? 'endpointChanged';
    this.tell(name, { network, eid, link, physicalAddress, uuid: uuid ?? null, what });
    if (event.type === 'vanished') this.#errors.peerLost(eid, network, link, event.reason);
  }

  nodes(): SharedNode[] {
    return [...this.#nodes.values()].map((node) => node.shown());
  }

  /** @throws MctpError ENOENT */
  node(number: number): ServedNode {
    const node = this.#nodes.get(number);
    if (node === undefined) throw new MctpError('ENOENT', `there is no node ${number} on ${this.name}`);
    return node;
  }

  get hasMetrics(): boolean {
    return this.#metrics !== undefined;
  }

  /** In Prometheus' text format. @throws MctpError ENOTSUP where nothing makes it */
  metrics(): string {
    if (this.#metrics === undefined) throw new MctpError('ENOTSUP', `the server of ${this.name} has no metrics`);
    return this.#metrics(this);
  }

  linkList(): SharedLink[] {
    return this.links.list();
  }

  bindings(): SharedBinding[] {
    return this.ports.list();
  }

  /** @throws MctpError ENOBUFS, EACCES, EADDRINUSE */
  newNode(
    client: { readonly description: string; readonly right: Right; readonly who: Credentials | undefined },
    wanted: number | undefined,
    lossless: boolean,
  ): ServedNode {
    const most = this.values['max-nodes'];
    if (this.#nodes.size >= most) {
      throw this.#refused('ENOBUFS', `${this.name} has ${most} nodes already: set max-nodes higher, or end one`);
    }
    let free = 1;
    while (this.#nodes.has(free)) free++;
    const { description, right, who } = client;
    const shown = { description, right, uid: who?.uid ?? null, pid: who?.pid ?? null };
    const number = this.policy.newNode(shown, free, wanted);
    if (typeof number === 'string') throw this.#refused('EACCES', `the policy of ${this.name} refuses: ${number}`);
    if (this.#nodes.has(number)) throw this.#refused('EADDRINUSE', `${this.name} has a node ${number} already`);
    const identity = { number, description, right, who, lossless, since: this.time() };
    const node = new ServedNode(identity, this.values, (of) => this.#lost(of));
    this.#nodes.set(number, node);
    this.#wasUsed ||= right !== 'receive';
    this.policy.nodeAdded(node.forPolicy);
    this.tell('nodeJoined', { ...node.forPolicy });
    return node;
  }

  /** An interface of the kernel is to be a node. @throws MctpError ENOTSUP, and what the maker says, by rejection */
  async attach(wish: InterfaceWish): Promise<number> {
    if (this.#interfaces === undefined)
      throw new MctpError('ENOTSUP', `the server of ${this.name} makes no interfaces`);
    return this.#interfaces.attach(wish);
  }

  /**
   * The node of an interface to which `link` leads. `end`: let go of the interface.
   * @throws MctpError ENOBUFS, EACCES, EADDRINUSE
   */
  addInterface(wish: InterfaceWish, link: string, end: () => void): ServedNode {
    const client = { description: wishTitle(wish), right: 'use' as const, who: undefined };
    const node = this.newNode(client, undefined, false);
    node.interface = { wish, link, up: true, end };
    return node;
  }

  /** Its link is there, or is not any more; the node stays. */
  interfaceChanged(node: ServedNode, link: string, up: boolean): void {
    const { interface: own } = node;
    if (own === undefined || (own.up === up && own.link === link)) return;
    const was = own.up;
    own.link = link;
    own.up = up;
    if (was !== up) this.tell(up ? 'nodeJoined' : 'nodeAway', { ...node.forPolicy, link });
  }

  /** Nodes which are interfaces. */
  interfaceNodes(): ServedNode[] {
    return [...this.#nodes.values()].filter((node) => node.interface !== undefined);
  }

  /** The persistent node of a name. @throws MctpError ENOENT, EADDRNOTAVAIL while somebody holds it */
  join(name: string): ServedNode {
    const node = [...this.#nodes.values()].find(({ persistent }) => persistent === name);
    if (node === undefined) throw new MctpError('ENOENT', `${this.name} has no persistent node ${name}`);
    if (node.present || node.interface !== undefined)
      throw new MctpError('EADDRNOTAVAIL', `persistent node ${name} is held by ${node.title}`);
    this.tell('nodeJoined', { ...node.forPolicy });
    return node;
  }

  /** Its process is gone. */
  leave(node: ServedNode): void {
    node.detach();
    if (node.persistent === undefined) {
      this.#remove(node);
      return;
    }
    this.#leaveBindings(node);
    this.tell('nodeAway', { ...node.forPolicy });
  }

  /** @throws MctpError ENOENT, EEXIST */
  persist(number: number, name: string | undefined): void {
    const node = this.node(number);
    const other = [...this.#nodes.values()].find((one) => one !== node && one.persistent === name);
    if (name !== undefined && other !== undefined) {
      throw new MctpError('EEXIST', `node ${other.number} is the persistent node ${name} already`);
    }
    node.persistent = name;
    this.tell('persistent', { node: number, name: name ?? null });
    if (name === undefined && !node.present) this.#remove(node);
    this.keep();
  }

  /** What is persistent has changed: it is written down, so that a server after this one has it. */
  keep(): void {
    if (this.#kept === undefined || this.#ending) return;
    const persistent = [...this.#nodes.values()].flatMap((node) => node.kept() ?? []);
    try {
      this.#kept.save(persistent);
    } catch (error) {
      this.tell('notKept', { what: error instanceof Error ? error.message : String(error) });
    }
  }

  /** An interface is gone when this resolves. @throws MctpError ENOENT */
  async kick(number: number): Promise<void> {
    const node = this.node(number);
    const wasPersistent = node.persistent !== undefined;
    node.persistent = undefined;
    for (const client of this.clients) if (client.node === node) client.kick();
    if (this.#nodes.get(number) === node) this.#remove(node);
    if (wasPersistent) this.keep();
    await this.#interfaces?.settled();
  }

  shownOptions(): ShownOption[] {
    return this.#options.shown();
  }

  /** @throws MctpError ENOENT, EINVAL, EACCES, ENOTSUP */
  setOption(name: string, value: unknown): void {
    this.#options.set(name, value);
  }

  #optionChanged(name: string, value: OptionValue): void {
    if (name === 'keep') this.#wasUsed = this.#isUsed();
    if (name === 'max-nodes') this.policy.networkResized(this.values['max-nodes']);
    for (const node of this.#nodes.values()) node.flush();
    this.tell('optionChanged', { name, value });
  }

  /** There is a client that does more than look. */
  #isUsed(): boolean {
    return [...this.#nodes.values()].some(({ forPolicy }) => forPolicy.right !== 'receive');
  }

  /** Tell every node, empty the queues within `shutdown-ms`, and end. The stack stays as it is. */
  async close(): Promise<void> {
    if (this.#ending) return;
    this.#ending = true;
    this.tell('terminated', { network: this.name });
    const until = this.clock.now() + this.values['shutdown-ms'];
    const busy = (): boolean =>
      [...this.#nodes.values()].some(({ present, queued, pending }) => present && queued + pending.size > 0);
    while (busy() && this.clock.now() < until) await wait(this.clock, DRAIN_STEP_MS);
    for (const client of [...this.clients]) client.end();
    for (const node of [...this.#nodes.values()]) this.#remove(node);
    for (const stop of this.#stops) stop();
    this.trace.isOn = false;
    this.ports.close();
    this.policy.networkRemoved(this.name);
    this.#events.clear();
  }

  /** The node which is the interface that a link leads to; else the links as such. */
  nodeBehind(link: string | undefined): number {
    for (const node of this.#nodes.values())
      if (link !== undefined && node.interface?.link === link) return node.number;
    return THE_LINKS;
  }

  /** Only bindings stay of a persistent node; their handles are those of nobody until it binds again. */
  #leaveBindings(node: ServedNode): void {
    const sockets = [...node.sockets.values()];
    node.sockets.clear();
    let nobody = -1;
    for (const socket of sockets) {
      if (socket.bound === undefined) socket.close();
      else {
        socket.releaseTags();
        socket.handle = nobody--;
        node.sockets.set(socket.handle, socket);
      }
    }
  }

  /** A persistent node of the server before: its process is away. */
  #restore({ node: number, name, description, right, lossless, bindings, interface: wish }: KeptNode): void {
    if (this.#nodes.has(number) || [...this.#nodes.values()].some(({ persistent }) => persistent === name)) return;
    const identity = { number, description, right, who: undefined, lossless, since: this.time() };
    const node = new ServedNode(identity, this.values, (of) => this.#lost(of));
    node.persistent = name;
    if (wish !== undefined) node.interface = { wish, link: '', up: false, end: () => {} };
    this.#nodes.set(number, node);
    this.#wasUsed = true;
    this.policy.nodeAdded(node.forPolicy);
    let nobody = -1;
    for (const { peer, ...to } of bindings) {
      const socket = new ServedSocket(nobody--, this.stack.socket());
      try {
        this.ports.bind({ node, socket }, { ...to, peer: peer ?? undefined });
        node.sockets.set(socket.handle, socket);
      } catch (error) {
        socket.close();
        if (!MctpError.is(error)) throw error;
      }
    }
  }

  #remove(node: ServedNode): void {
    if (this.#nodes.get(node.number) !== node) return;
    this.policy.nodeRemoving(node.forPolicy);
    this.#nodes.delete(node.number);
    for (const socket of node.sockets.values()) {
      this.ports.unbind(socket);
      socket.close();
    }
    node.sockets.clear();
    node.forget();
    node.interface?.end();
    this.tell('nodeLeft', { ...node.forPolicy });
    if (this.#nodes.size === 0 && this.#wasUsed && !this.values.keep && !this.#ending) this.#lastLeft?.();
  }

  #lost(node: ServedNode): void {
    this.tell('loss', { node: node.number, dropped: node.dropped });
  }

  #refused(code: 'ENOBUFS' | 'EACCES' | 'EADDRINUSE', message: string): MctpError {
    this.counters.refused++;
    return new MctpError(code, message);
  }

  #policyFailed(hook: string, error: unknown): void {
    const what = error instanceof Error ? error.message : String(error);
    this.tell('policyFailed', { hook, what, faults: this.policy.faults });
  }
}

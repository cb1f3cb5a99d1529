/**
 * Interfaces of the kernel as nodes of a served network: made for it (TAP, by the code of `mctpkit join`), or grabbed. Those
 * of the configuration and those which are persistent stay when their interface goes away, and are there when it is back.
 */

import { type JoinOptions, joinKernel, type KernelJoin } from '../../bindings/kernel/join.js';
import { LINK_PREFIX } from '../../bindings/kernel/kernel-tables.js';
import type { InterfaceMaker, InterfaceWish } from '../../bindings/shared/server/interface-wish.js';
import { THE_LINKS } from '../../bindings/shared/server/policy.js';
import type { ServedNetwork } from '../../bindings/shared/server/served-network.js';
import type { ServedNode } from '../../bindings/shared/server/served-node.js';
import type { BusOwner, EndpointEvent } from '../../stack/bus-owner/index.js';
import type { Clock, Timer } from '../../stack/clock.js';
import { MctpError } from '../../stack/errors.js';
import type { Mctp } from '../../stack/mctp.js';
import { inTurn } from '../../stack/util/in-turn.js';
import { CommandError } from '../command-error.js';
import type { RunningNode } from '../config/running-node.js';
import { keepForKernel, keepTaken, passOn } from '../kernel-way.js';
import { grabUrl } from '../link-kinds.js';

/** Pauses before an interface which went away is made or grabbed again, doubling from the first to the longest. */
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;

/** How to come to the kernel. */
export interface KernelDoor {
  join(mctp: Mctp, options: JoinOptions): Promise<KernelJoin>;
  /** The URL of a link of the kernel as one of ours. */
  grabUrl(name: string): string;
}

export const KERNEL: KernelDoor = { join: joinKernel, grabUrl };

export interface KernelNodesOptions {
  readonly node: RunningNode;
  readonly clock: Clock;
  readonly door?: KernelDoor | undefined;
  /** What went wrong and stopped nothing. */
  problem(what: string): void;
}

/** What is behind a node as long as its interface is there. */
interface Attached {
  readonly node: ServedNode;
  /** It is in the configuration. */
  readonly lasting: boolean;
  /** Of a TAP. */
  joined?: KernelJoin | undefined;
  /** Of a GRAB: it was opened for the node. */
  url?: string | undefined;
  again?: Timer | undefined;
  pauseMs: number;
}

type TapWish = Extract<InterfaceWish, { readonly kind: 'tap' }>;

export class KernelNodes implements InterfaceMaker {
  readonly #attached = new Set<Attached>();
  readonly #ending = new Set<Promise<unknown>>();
  readonly #stops: (() => void)[] = [];
  readonly #options: KernelNodesOptions;
  readonly #door: KernelDoor;
  #network: ServedNetwork | undefined;

  constructor(options: KernelNodesOptions) {
    this.#options = options;
    this.#door = options.door ?? KERNEL;
  }

  /** Persistent ones of the network are made again, then those of the configuration. @throws MctpError, CommandError */
  async start(network: ServedNetwork, wishes: readonly InterfaceWish[]): Promise<void> {
    this.#network = network;
    const { mctp } = this.#options.node;
    this.#stops.push(
      mctp.on('linkUp', ({ link }) => this.#changed(link, true)),
      mctp.on('linkDown', ({ link }) => this.#changed(link, false)),
    );
    for (const node of network.interfaceNodes()) {
      const kept: Attached = { node, lasting: false, pauseMs: FIRST_PAUSE_MS };
      this.#attached.add(kept);
      node.interface = { ...node.interface!, end: () => this.#end(kept) };
      await this.#tryAgain(kept);
    }
    for (const wish of wishes) await this.#attach(wish, true);
  }

  async attach(wish: InterfaceWish): Promise<number> {
    return (await this.#attach(wish, false)).number;
  }

  settled(): Promise<unknown> {
    return Promise.all(this.#ending);
  }

  /** The kernel's routes come and go with the endpoints. */
  hear(event: EndpointEvent): void {
    if (event.type === 'conflict') return;
    for (const { joined, node } of this.#attached) {
      if (joined !== undefined && networkOf(node) === event.endpoint.network) this.#passOn(joined, event);
    }
  }

  /** Roles were taken anew: other bus owners have to know which EIDs are the kernel's. */
  rolesTaken(): void {
    for (const { joined, node } of this.#attached) {
      if (joined !== undefined) keepTaken(this.#owner(networkOf(node)), joined.taken);
    }
  }

  async close(): Promise<void> {
    for (const stop of this.#stops.splice(0)) stop();
    for (const one of [...this.#attached]) this.#end(one);
    await this.settled();
  }

  #owner(network: number | undefined): BusOwner | undefined {
    return this.#options.node.owners.find((owner) => owner.network === network);
  }

  async #attach(wish: InterfaceWish, lasting: boolean): Promise<ServedNode> {
    const network = this.#network!;
    const made = wish.kind === 'tap' ? await this.#join(wish) : await this.#grab(wish.interface, lasting);
    let one: Attached | undefined;
    try {
      const node = network.addInterface(wish, made.link, () => this.#end(one!));
      one = { node, lasting, pauseMs: FIRST_PAUSE_MS, joined: made.joined, url: made.url };
      this.#attached.add(one);
      return node;
    } catch (error) {
      await this.#letGo(made);
      throw error;
    }
  }

  /** @throws MctpError ECONFLICT when a device has the EID, ENOENT without such a network, and what `joinKernel` throws */
  async #join(wish: TapWish): Promise<{ link: string; joined: KernelJoin; url?: undefined }> {
    const { node, clock } = this.#options;
    const { kernelEid, ownEid, kernelNetwork, network } = wish;
    if (!node.mctp.links().some((link) => link.network === network)) {
      throw new MctpError(
        'ENOENT',
        `no link is in network ${network}: an interface of the kernel for it reaches nothing`,
      );
    }
    const owner = this.#owner(network);
    keepForKernel(owner, kernelEid);
    const joined = await this.#door.join(node.mctp, { kernelEid, ownEid, kernelNetwork, network, clock });
    keepTaken(owner, joined.taken);
    for (const endpoint of owner?.endpoints() ?? []) {
      this.#passOn(joined, { type: 'appeared', endpoint, at: clock.now() });
    }
    return { link: joined.link, joined };
  }

  /** @throws MctpError EADDRNOTAVAIL while somebody holds it, ENODEV, EACCES */
  async #grab(name: string, mayBeThere: boolean): Promise<{ link: string; joined?: undefined; url?: string }> {
    const { node } = this.#options;
    const link = `${LINK_PREFIX}${name}`;
    const isThere = node.mctp.links().some((one) => one.name === link);
    const holder = this.#network!.nodeBehind(link);
    if (holder !== THE_LINKS || (isThere && !mayBeThere)) {
      const who = holder === THE_LINKS ? 'the server' : `node ${holder}`;
      throw new MctpError('EADDRNOTAVAIL', `the kernel's link ${name} is held by ${who} already`);
    }
    if (isThere) return { link };
    const url = this.#door.grabUrl(name);
    await node.addLink(url).catch((error: unknown) => {
      throw error instanceof CommandError && MctpError.is(error.cause) ? error.cause : error;
    });
    this.rolesTaken();
    return { link, url };
  }

  #passOn(joined: KernelJoin, event: EndpointEvent): void {
    try {
      passOn(joined, event);
    } catch (error) {
      if (!MctpError.is(error)) throw error;
      this.#options.problem(`${joined.interface}: ${error.message}`);
    }
  }

  /** A link of the stack went up or down: it may be that of an interface. */
  #changed(link: string, up: boolean): void {
    const network = this.#network!;
    const one = [...this.#attached].find(({ node }) => node.interface?.link === link);
    if (one === undefined) return;
    if (!up && !one.lasting && one.node.persistent === undefined) {
      void network.kick(one.node.number);
      return;
    }
    network.interfaceChanged(one.node, link, up);
    // A grabbed link comes back by itself; an interface that was made has to be made again.
    if (up || one.joined === undefined) return;
    this.#waitFor(one.joined.close());
    one.joined = undefined;
    this.#later(one);
  }

  #later(one: Attached): void {
    one.again = this.#options.clock.schedule(one.pauseMs, () => void this.#tryAgain(one));
    one.pauseMs = Math.min(2 * one.pauseMs, LONGEST_PAUSE_MS);
  }

  async #tryAgain(one: Attached): Promise<void> {
    one.again = undefined;
    const { wish } = one.node.interface!;
    try {
      const made = wish.kind === 'tap' ? await this.#join(wish) : await this.#grab(wish.interface, false);
      if (!this.#attached.has(one)) {
        await this.#letGo(made);
        return;
      }
      one.joined = made.joined;
      one.url = made.url;
      one.pauseMs = FIRST_PAUSE_MS;
      this.#network!.interfaceChanged(one.node, made.link, true);
    } catch (error) {
      if (!MctpError.is(error) && !(error instanceof CommandError)) throw error;
      this.#options.problem(`node ${one.node.number}: ${error.message}`);
      if (this.#attached.has(one)) this.#later(one);
    }
  }

  #end(one: Attached): void {
    if (!this.#attached.delete(one)) return;
    one.again?.cancel();
    this.#waitFor(this.#letGo(one));
  }

  #letGo({ joined, url }: Pick<Attached, 'joined' | 'url'>): Promise<void> {
    const { node } = this.#options;
    return inTurn([() => joined?.close(), () => (url === undefined ? undefined : node.removeLink(url))]);
  }

  #waitFor(work: Promise<unknown>): void {
    const done = work
      .catch((error: unknown) => this.#options.problem(error instanceof Error ? error.message : String(error)))
      .finally(() => this.#ending.delete(done));
    this.#ending.add(done);
  }
}

/** Of the stack, in which the interface of a TAP is. */
function networkOf({ interface: own }: ServedNode): number | undefined {
  return own?.wish.kind === 'tap' ? own.wish.network : undefined;
}

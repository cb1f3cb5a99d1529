/** The links and the roles of a configuration, opened and taken, with everything that happens in one place. */

import { ECHO_SENTENCE } from '../../bindings/serial/echo-watch.js';
import type { BusOwner, EndpointEvent } from '../../stack/bus-owner/index.js';
import type { Clock } from '../../stack/clock.js';
import { MctpError } from '../../stack/errors.js';
import type { Link } from '../../stack/link.js';
import { Mctp } from '../../stack/mctp.js';
import { placeName } from '../../stack/place.js';
import { RateLimitedLink } from '../../stack/roles/index.js';
import { inTurn } from '../../stack/util/in-turn.js';
import { openFailure, usageError } from '../command-error.js';
import { linksOf } from '../link-kinds.js';
import { type Config, type LinkRole, linkEntry, linkName, roleOf } from './config-model.js';
import { type MctpNode, startNode } from './config-node.js';

export type NodeEvent =
  | { readonly kind: 'endpoint'; readonly happened: EndpointEvent }
  /** We were given an EID. */
  | { readonly kind: 'assigned'; readonly link: string; readonly eid: number; readonly busOwner: number }
  /** The link has another bus owner than before. */
  | {
      readonly kind: 'ownerChanged';
      readonly link: string;
      readonly busOwner: number;
      readonly place: string;
      readonly previous: number;
      readonly previousPlace: string;
    }
  /** As a bridge we were given EIDs for others. */
  | { readonly kind: 'pool'; readonly first: number; readonly size: number }
  | { readonly kind: 'linkUp'; readonly link: string }
  | { readonly kind: 'linkDown'; readonly link: string; readonly reason: string }
  /** What went wrong and stopped nothing. */
  | { readonly kind: 'problem'; readonly what: string };

export interface RunningNodeOptions {
  readonly config: Config;
  /** URLs, besides the links of the configuration. */
  readonly links: readonly string[];
  readonly clock: Clock;
  hear(event: NodeEvent): void;
}

export interface RunningLink {
  readonly name: string;
  readonly role: LinkRole | 'bridge';
  readonly network: number;
  readonly eid: number | null;
}

export class RunningNode {
  readonly #mctp: Mctp;
  readonly #options: RunningNodeOptions;
  readonly #rateLimited: RateLimitedLink[] = [];
  readonly #ends: (() => Promise<void>)[] = [];
  readonly #toldEchoes = new Set<string>();
  #node: MctpNode | undefined;
  readonly #problems = new Set<string>();
  #closing = false;

  private constructor(options: RunningNodeOptions) {
    this.#options = options;
    this.#mctp = new Mctp({ clock: options.clock });
  }

  /** @throws CommandError, MctpError: one line that says which link, or which line of the file */
  static async start(options: RunningNodeOptions): Promise<RunningNode> {
    const running = new RunningNode(options);
    try {
      await running.#start();
      return running;
    } catch (error) {
      await running.close();
      throw error;
    }
  }

  /** The stack, for those who let others use it. */
  get mctp(): Mctp {
    return this.#mctp;
  }

  /** One per network on which we are the bus owner. */
  get owners(): readonly BusOwner[] {
    return this.#node?.owners ?? [];
  }

  get links(): RunningLink[] {
    const { config } = this.#options;
    const upstream = config.bridge === undefined ? undefined : linkName(config, config.bridge.upstream);
    return this.#mctp.links().map(({ name, network, eids }) => {
      const below = upstream !== undefined && name !== upstream;
      return { name, role: below ? 'bridge' : roleOf(config, name), network, eid: eids[0] ?? null };
    });
  }

  /** Find what is there, and from then on keep watch in the background; ends early with the signal. */
  async work(signal: AbortSignal): Promise<void> {
    const node = this.#node!;
    for (const { name, role, eid } of this.links) if (role === 'endpoint' && eid === null) this.#askForAnEid(name);
    // All networks at once: together they take no longer than the slowest.
    await Promise.all(
      node.owners.map(async (owner) => {
        await owner.discover().catch((error: unknown) => this.#failed(error));
        this.#tellEchoes();
        if (!signal.aborted) owner.monitor();
      }),
    );
  }

  /** What went wrong and stopped nothing, each once. */
  get problems(): ReadonlySet<string> {
    return this.#problems;
  }

  async close(): Promise<void> {
    this.#closing = true;
    this.#node?.close();
    await inTurn([() => this.#mctp.close(), ...this.#ends]);
  }

  async #start(): Promise<void> {
    const { config, links, clock } = this.#options;
    const urls = [...config.links.map(({ url }) => url), ...links];
    if (urls.length === 0) throw usageError(`${config.file} has no links: add one, or name one with --link`);
    for (const url of urls) await this.#add(url);
    this.#node = startNode({
      config,
      mctp: this.#mctp,
      clock,
      rateLimited: this.#rateLimited,
      onProblem: (error) => this.#failed(error),
    });
    this.#listen(this.#node);
    for (const { name } of this.#mctp.links()) {
      await this.#mctp.openLink(name).catch((cause: unknown) => Promise.reject(openFailure(cause)));
    }
    const say = (event: NodeEvent): void => this.#say(event);
    this.#mctp.on('linkUp', ({ link }) => {
      say({ kind: 'linkUp', link });
      if (this.links.some(({ name, role, eid }) => name === link && role === 'endpoint' && eid === null)) {
        this.#askForAnEid(link);
      }
    });
    this.#mctp.on('circling', ({ link, source, destination }) =>
      say({
        kind: 'problem',
        what: `a packet from EID ${source} to EID ${destination} came round by ${link}: the routes of two bridges point at each other`,
      }),
    );
    this.#mctp.on('linkDown', ({ link, reason }) =>
      say({ kind: 'linkDown', link, reason: reason?.message ?? 'no reason given' }),
    );
  }

  async #add(url: string): Promise<void> {
    const { config, clock } = this.#options;
    const { links, end } = await linksOf(url, clock);
    this.#ends.push(end);
    for (const link of links) {
      const entry = linkEntry(config, link.name);
      this.#mctp.addLink(this.#limited(link), {
        ...(entry !== undefined && { network: entry.network }),
        ...(entry?.transmissionUnit !== undefined && { transmissionUnit: entry.transmissionUnit }),
      });
    }
  }

  /** Able to go slower, where the configuration offers that. */
  #limited(link: Link): Link {
    const limits = this.#options.config.rateLimits;
    if (limits === undefined || limits.links?.includes(link.name) === false) return link;
    const limited = new RateLimitedLink(link, this.#options.clock);
    this.#rateLimited.push(limited);
    return limited;
  }

  #listen({ endpoint, owners, bridge }: MctpNode): void {
    const hear = (happened: EndpointEvent): void => this.#say({ kind: 'endpoint', happened });
    for (const owner of owners) owner.onEvent(hear);
    bridge?.onEvent(hear);
    bridge?.onPool(({ first, size }) => this.#say({ kind: 'pool', first, size }));
    endpoint.onAssigned(({ link, eid: busOwner, physicalAddress }, eid, before) => {
      if (before !== undefined) {
        const places = {
          place: placeName(link, physicalAddress),
          previousPlace: placeName(link, before.physicalAddress),
        };
        this.#say({ kind: 'ownerChanged', link, busOwner, previous: before.eid, ...places });
      }
      this.#say({ kind: 'assigned', link, eid, busOwner });
    });
  }

  /** On a point-to-point link there is just one who can be the bus owner; on a bus it finds us. */
  #askForAnEid(link: string): void {
    if (this.#mctp.linkByName(link).addressSize > 0) return;
    this.#node?.endpoint.notifyBusOwner(link, '').catch((error: unknown) => {
      // Nobody is there yet, or it looks around by itself: it will find us.
      if (!MctpError.is(error)) throw error;
      this.#tellEchoes();
    });
  }

  #tellEchoes(): void {
    for (const { name } of this.#mctp.links()) {
      if (!this.#mctp.linkByName(name).echoes || this.#toldEchoes.has(name)) continue;
      this.#toldEchoes.add(name);
      this.#say({ kind: 'problem', what: `${name}: ${ECHO_SENTENCE}` });
    }
  }

  #failed(error: unknown): void {
    if (!MctpError.is(error)) throw error;
    if (this.#problems.has(error.message)) return;
    this.#problems.add(error.message);
    this.#say({ kind: 'problem', what: error.message });
  }

  /** That links go down when we end is not news. */
  #say(event: NodeEvent): void {
    if (!this.#closing) this.#options.hear(event);
  }
}

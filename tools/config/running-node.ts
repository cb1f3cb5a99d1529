/** The links and the roles of a configuration, opened and taken, with everything that happens in one place. */

import { isDeepStrictEqual } from 'node:util';
import type { CableEvent } from '../../bindings/cable/cable-end.js';
import { HopBook } from '../../bindings/cable/hop-book.js';
import { ECHO_SENTENCE } from '../../bindings/serial/echo-watch.js';
import type { Environment } from '../../bindings/shared/shared-folder.js';
import type { BusOwner, EndpointEvent } from '../../stack/bus-owner/index.js';
import type { Clock } from '../../stack/clock.js';
import { MctpError } from '../../stack/errors.js';
import { changedLimits, DEFAULT_LIMITS, type Limits } from '../../stack/limits.js';
import type { Link } from '../../stack/link.js';
import { Mctp } from '../../stack/mctp.js';
import { placeName } from '../../stack/place.js';
import { RateLimitedLink } from '../../stack/roles/index.js';
import { inTurn } from '../../stack/util/in-turn.js';
import { openFailure, usageError } from '../command-error.js';
import { linksOf } from '../link-kinds.js';
import type { LinkSurroundings } from '../link-surroundings.js';
import { orStopped } from '../wait.js';
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
  /** One of the ways of a cable came, went, or was refused to somebody. */
  | {
      readonly kind: 'linkPath';
      readonly link: string;
      readonly path: string;
      readonly state: 'up' | 'backup' | 'down' | 'refused';
      readonly reason: string | null;
    }
  /** What went wrong and stopped nothing. */
  | { readonly kind: 'problem'; readonly what: string };

export interface RunningNodeOptions {
  readonly config: Config;
  /** URLs, besides the links of the configuration. */
  readonly links: readonly string[];
  readonly clock: Clock;
  readonly env: Environment;
  hear(event: NodeEvent): void;
}

export interface RunningLink {
  readonly name: string;
  readonly role: LinkRole | 'bridge';
  readonly network: number;
  readonly eid: number | null;
}

/** The links of one URL. */
interface Opened {
  readonly url: string;
  readonly names: readonly string[];
  end(): Promise<void>;
}

export class RunningNode {
  readonly #mctp: Mctp;
  readonly #options: RunningNodeOptions;
  readonly #rateLimited: RateLimitedLink[] = [];
  readonly #opened: Opened[] = [];
  readonly #toldEchoes = new Set<string>();
  #config: Config;
  #node: MctpNode | undefined;
  #signal: AbortSignal | undefined;
  readonly #problems = new Set<string>();
  /** URLs of links besides those of the configuration. */
  readonly #named: string[];
  /** One change after the other. */
  #changing: Promise<unknown> = Promise.resolve();
  #closing = false;
  readonly #cables: NonNullable<LinkSurroundings['cables']>;

  private constructor(options: RunningNodeOptions) {
    this.#options = options;
    this.#config = options.config;
    this.#named = [...options.links];
    this.#mctp = new Mctp({ clock: options.clock, limits: limitsOf(options.config) });
    this.#cables = {
      hopBook: new HopBook(options.clock),
      hear: (link, event) => this.#say(pathEvent(link, event)),
    };
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

  /** The stack, for a server which lets others use it. */
  get mctp(): Mctp {
    return this.#mctp;
  }

  /** One per network on which we are the bus owner. */
  get owners(): readonly BusOwner[] {
    return this.#node?.owners ?? [];
  }

  get links(): RunningLink[] {
    const config = this.#config;
    const upstream = config.bridge === undefined ? undefined : linkName(config, config.bridge.upstream);
    return this.#mctp.links().map(({ name, network, eids }) => {
      const below = upstream !== undefined && name !== upstream;
      return { name, role: below ? 'bridge' : roleOf(config, name), network, eid: eids[0] ?? null };
    });
  }

  /** Find what is there, and from then on keep watch in the background; ends early with the signal. */
  async work(signal: AbortSignal): Promise<void> {
    this.#signal = signal;
    const node = this.#node!;
    for (const { name, role, eid } of this.links) if (role === 'endpoint' && eid === null) this.#askForAnEid(name);
    // All networks at once: together they take no longer than the slowest.
    const searched = node.owners.map(async (owner) => {
      await owner.discover().catch((error: unknown) => this.#failed(error));
      this.#tellEchoes();
      if (!signal.aborted && this.#node === node) owner.monitor();
    });
    // A device which does not answer holds a search up for seconds: `close` ends it.
    await orStopped(this.#options.clock, signal, Promise.all(searched));
  }

  /** What went wrong and stopped nothing, each once. */
  get problems(): ReadonlySet<string> {
    return this.#problems;
  }

  async close(): Promise<void> {
    this.#closing = true;
    this.#node?.close();
    await inTurn([() => this.#mctp.close(), ...this.#opened.map(({ end }) => end)]);
  }

  /**
   * Be what another configuration says: links that are new are opened first, those which it has no longer are closed, and
   * when a role or what belongs to it is different all roles are taken anew. Links which did not change stay as they are.
   * @throws CommandError, MctpError: a link cannot be opened, or roles contradict each other; all is as before then
   */
  reload(config: Config): Promise<readonly string[]> {
    return this.#inTurn(async () => {
      const { limits } = this.#config;
      const changed = await this.#reload(config);
      // What a manager has changed stays unless the file changes, too.
      if (!differs(limits, config.limits)) return changed;
      this.#mctp.setLimits(limitsOf(config));
      return [...changed, 'limits'];
    });
  }

  /** One more link, as if it were named at the start; roles are taken anew. @throws CommandError, MctpError: all is as before */
  addLink(url: string): Promise<unknown> {
    return this.#inTurn(async () => {
      this.#named.push(url);
      try {
        await this.#reload(this.#config);
      } catch (error) {
        this.#forget(url);
        throw error;
      }
    });
  }

  /** One which `addLink` added is closed, unless the configuration has it too. */
  removeLink(url: string): Promise<unknown> {
    return this.#inTurn(async () => {
      this.#forget(url);
      if (!this.#closing) await this.#reload(this.#config);
    });
  }

  #forget(url: string): void {
    const at = this.#named.lastIndexOf(url);
    if (at >= 0) this.#named.splice(at, 1);
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#changing.then(work);
    this.#changing = done.catch(() => {});
    return done;
  }

  async #reload(config: Config): Promise<readonly string[]> {
    const before = this.#config;
    const wanted = [...config.links.map(({ url }) => url), ...this.#named];
    const isOther = ({ url }: Opened): boolean =>
      !wanted.includes(url) || differs(linkOf(before, url), linkOf(config, url));
    const leaving = this.#opened.filter(isOther);
    const staying = this.#opened.filter((one) => !leaving.includes(one));
    const coming = wanted.filter((url) => !staying.some((one) => one.url === url));
    if (wanted.length === 0) throw usageError(`${config.file} has no links: the old configuration stays in force`);
    if (coming.length === 0 && leaving.length === 0 && !differs(rolesOf(before), rolesOf(config))) {
      this.#config = config;
      return [];
    }
    // One which only changed must be closed before it can be opened.
    const changing = leaving.filter(({ url }) => coming.includes(url));
    this.#config = config;
    try {
      for (const one of changing) await this.#remove(one);
      for (const url of coming) await this.#open(url);
    } catch (error) {
      this.#config = before;
      for (const one of this.#opened.filter(({ url }) => coming.includes(url))) await this.#remove(one);
      for (const { url } of changing) await this.#open(url);
      throw error;
    }
    for (const one of leaving) if (!changing.includes(one)) await this.#remove(one);
    this.#node?.close();
    try {
      this.#takeRoles();
    } catch (error) {
      this.#config = before;
      this.#takeRoles();
      throw error;
    }
    if (this.#signal !== undefined) void this.work(this.#signal).catch((error: unknown) => this.#failed(error));
    const told = (what: string, urls: readonly string[]): string[] => urls.map((url) => `link ${url} ${what}`);
    return [
      ...told(
        'changed',
        changing.map(({ url }) => url),
      ),
      ...told(
        'added',
        coming.filter((url) => !changing.some((one) => one.url === url)),
      ),
      ...told(
        'removed',
        leaving.filter((one) => !changing.includes(one)).map(({ url }) => url),
      ),
      ...(differs(rolesOf(before), rolesOf(config)) ? ['roles taken anew'] : []),
    ];
  }

  async #start(): Promise<void> {
    const { config } = this.#options;
    const urls = [...config.links.map(({ url }) => url), ...this.#named];
    if (urls.length === 0) throw usageError(`${config.file} has no links: add one, or name one with --link`);
    for (const url of urls) await this.#add(url);
    this.#takeRoles();
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

  #takeRoles(): void {
    this.#node = startNode({
      config: this.#config,
      mctp: this.#mctp,
      clock: this.#options.clock,
      rateLimited: this.#rateLimited,
      onProblem: (error) => this.#failed(error),
    });
    this.#listen(this.#node);
  }

  /** Add its links to a stack which runs. @throws CommandError, MctpError: none of them stays */
  async #open(url: string): Promise<void> {
    await this.#add(url);
    const opened = this.#opened.at(-1)!;
    try {
      for (const name of opened.names) await this.#mctp.openLink(name);
    } catch (error) {
      await this.#remove(opened);
      throw openFailure(error);
    }
  }

  async #remove(opened: Opened): Promise<void> {
    this.#opened.splice(this.#opened.indexOf(opened), 1);
    await inTurn([...opened.names.map((name) => () => this.#mctp.removeLink(name)), opened.end]);
  }

  async #add(url: string): Promise<void> {
    const config = this.#config;
    const { clock, env } = this.#options;
    const { links, end } = await linksOf(url, { clock, env, config, cables: this.#cables });
    this.#opened.push({ url, names: links.map(({ name }) => name), end });
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
    const limits = this.#config.rateLimits;
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

  /** On a point-to-point link there is just one endpoint which can be the bus owner; on a bus it finds us. */
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

function pathEvent(link: string, event: CableEvent): NodeEvent {
  const common = { kind: 'linkPath', link, path: event.path } as const;
  if (event.type === 'pathUp') return { ...common, state: 'up', reason: null };
  if (event.type === 'pathDown') return { ...common, state: 'down', reason: event.reason };
  if (event.type === 'pathBackup') return { ...common, state: 'backup', reason: null };
  const more = event.more === 0 ? '' : ` (and ${event.more} others before)`;
  return { ...common, state: 'refused', reason: `${event.reason}${more}` };
}

/** What is said of a link, but its name. */
function linkOf(config: Config, url: string): unknown {
  const { name: _name, ...rest } = config.links.find((link) => link.url === url) ?? {};
  return { ...rest, cable: config.cables.find(({ name }) => url === `cable:${name}`) };
}

function limitsOf({ limits }: Config): Limits {
  return changedLimits(DEFAULT_LIMITS, limits);
}

/** All that the roles are made of. */
function rolesOf(config: Config): unknown {
  const {
    file: _file,
    serve: _serve,
    watch: _watch,
    web: _web,
    cables: _cables,
    notes: _notes,
    vendors: _vendors,
    limits: _limits,
    ...rest
  } = config;
  return rest;
}

function differs(a: unknown, b: unknown): boolean {
  return !isDeepStrictEqual(a, b);
}

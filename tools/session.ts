/** What a verb needs to talk: links by URL in a stack of our own, with our EID, and a bus owner when it is wanted. */

import { parseLinkUrl } from '../bindings/link-url.js';
import { ECHO_SENTENCE } from '../bindings/serial/echo-watch.js';
import { BusOwner, type EndpointEvent, type EndpointInfo, type NetworkStack } from '../stack/bus-owner/index.js';
import type { Clock } from '../stack/clock.js';
import {
  COMPLETION,
  type ControlContext,
  ControlResponder,
  ENDPOINT_TYPE,
  MessageTypeRegistry,
  serveEndpoint,
} from '../stack/control/index.js';
import { MctpError } from '../stack/errors.js';
import { DEFAULT_NETWORK } from '../stack/ids.js';
import type { PhysicalAddress } from '../stack/link.js';
import { Resolver } from '../stack/names/index.js';
import type { Transport } from '../stack/transport.js';
import { onAbort } from '../stack/util/abort.js';
import { inTurn } from '../stack/util/in-turn.js';
import type { PacketSource } from './capture/packet-source.js';
import type { Capture } from './capture/stack-capture.js';
import { printable, usageError } from './command-error.js';
import { type Config, linkEntry } from './config/config-model.js';
import { busOwnerOptions, wayWishes } from './config/owner-options.js';
import { StateFile } from './config/state-file.js';
import { isNobodys, kindOf, linksOf, onlyLooks } from './link-kinds.js';
import { Owners } from './owners.js';
import type { SessionLinkStatus } from './stacks/link-status.js';
import { OwnStack } from './stacks/own-stack.js';
import type { SessionStack } from './stacks/session-stack.js';
import { DeviceWays, NO_WISHES } from './ways/device-ways.js';
import type { World } from './world.js';

/** When nothing is named: the virtual bench. */
const DEFAULT_LINK = 'bench:';
/** What Linux gives a bus owner in its examples. */
const DEFAULT_OWN_EID = 8;

const WATCH_SCAN_MS = 5_000;

/** What a session needs of the world. */
export type SessionWorld = Pick<World, 'clock' | 'time' | 'signal' | 'io' | 'machine' | 'env' | 'alone'>;

export interface SessionOptions {
  /** URLs; none: the default. */
  readonly links: readonly string[];
  readonly ownEid?: number;
  /** Only look: no EID of ours, no answers. Default false. */
  readonly passive?: boolean;
  /** Give the links of a stack that is there already no EID: it is about its tables alone. Default as `passive`. */
  readonly asIs?: boolean;
  /**
   * Give EIDs to endpoints that have none, and to bridges for what is behind them. False: nothing on the bus is changed,
   * but on the virtual bench, which is nobody's. Default true.
   */
  readonly assigns?: boolean;
  /** Record every packet in this pcapng file, `-` for standard output. */
  readonly capture?: string | undefined;
  /** The owner is going to be watched: it looks for new endpoints, too, unless the configuration says how often. */
  readonly watching?: boolean;
  /** How endpoints are called; default: they have no names. */
  readonly names?: Resolver;
  /** What links, EIDs and devices want; links named on the command line come before those of the file. */
  readonly config?: Config | undefined;
  /** Its signal closes the session: what is under way ends with ECANCELED. */
  readonly world: SessionWorld;
}

export interface SessionLink {
  readonly name: string;
  /** As it was asked for; one bench has several links. */
  readonly url: string;
}

export class Session {
  readonly world: SessionWorld;
  readonly clock: Clock;
  /** Ours, or one that is there already. */
  readonly stack: SessionStack;
  readonly links: SessionLink[] = [];
  readonly ownEid: number;
  /** How endpoints are called. */
  readonly names: Resolver;
  /** Devices which have several ways. */
  readonly ways: DeviceWays;
  readonly #ends: (() => Promise<void>)[] = [];
  readonly #passive: boolean;
  readonly #assigns: boolean;
  readonly #unnumbered = new Set<string>();
  readonly #conflicts = new Map<string, string>();
  readonly #config: Config | undefined;
  readonly #watching: boolean;
  readonly #problems = new Set<string>();
  readonly #toldEchoes = new Set<string>();
  #owners: Owners | undefined;
  /** A search has ended: what comes later is told by events. */
  #knowsWays = false;
  #responder: ControlResponder | undefined;
  #closing: Promise<void> | undefined;

  private constructor(
    options: SessionOptions,
    opened: { readonly stack: SessionStack; readonly links: readonly SessionLink[] },
  ) {
    this.world = options.world;
    this.clock = options.world.clock;
    this.stack = opened.stack;
    this.links.push(...opened.links);
    this.ownEid = options.ownEid ?? DEFAULT_OWN_EID;
    this.names = options.names ?? new Resolver();
    this.#passive = options.passive ?? false;
    this.#assigns = options.assigns ?? true;
    this.#config = options.config;
    this.#watching = options.watching ?? false;
    const { config } = options;
    this.ways = new DeviceWays(this.host, this.clock, config === undefined ? NO_WISHES : wayWishes(config));
    this.ways.onLost((note) => options.world.io.note(printable(note)));
  }

  /** Open every link. @throws CommandError, MctpError: one line that says which link and what to do */
  static async open(options: SessionOptions): Promise<Session> {
    const { config, capture, world } = options;
    const urls = urlsOf(options.links, config);
    const session = new Session(options, await openStack(urls, options));
    const { stack } = session;
    onAbort(world.signal, () => void session.close());
    try {
      const recording = capture === undefined ? undefined : await session.#capture(capture);
      if (stack.add !== undefined) for (const url of urls) await session.#add(url);
      if (stack.answersControl) session.#serve();
      // Not before: what has the name of the file stays where a link does not open.
      await recording?.begin();
      return session;
    } catch (error) {
      await session.close();
      throw error;
    }
  }

  /** Everything at message level goes through it. */
  get host(): NetworkStack {
    return this.stack.host;
  }

  /** As `host`; a device with several ways is one peer, which goes on by another way when one is lost. */
  get transport(): Transport {
    return this.ways.transport;
  }

  /** When the clock showed 0, in ms since 1970. */
  get originMs(): number {
    return originOf(this.world);
  }

  /** Give EIDs to what they find: one for each network of our links. */
  get owners(): Owners {
    this.#owners ??= this.#newOwners();
    return this.#owners;
  }

  get #names(): string[] {
    return this.links.map(({ name }) => name);
  }

  #newOwners(): Owners {
    const networks = new Set(this.linkStatus().map(({ network }) => network));
    if (networks.size === 0) networks.add(DEFAULT_NETWORK);
    const stateFile = this.#config?.busOwner.stateFile;
    const state = stateFile === undefined ? undefined : new StateFile(stateFile);
    const common = { host: this.host, clock: this.clock, ...(this.#watching && { scanMs: WATCH_SCAN_MS }) };
    const onProblem = (error: unknown): void =>
      void this.#problems.add(error instanceof Error ? error.message : String(error));
    const optionsOf = (network: number) =>
      this.#config === undefined ? { network } : busOwnerOptions(this.#config, network, { state, onProblem });
    const mayAssign = (name: string): boolean => this.#mayAssign(name);
    const owners = new Owners(
      [...networks].map((network) => new BusOwner({ ...common, ...optionsOf(network), mayAssign })),
      this.clock,
    );
    owners.onEvent((event) => {
      this.#changed(owners, event);
      if (event.type !== 'conflict') return;
      if (event.error?.code === 'EADDRNOTAVAIL') this.#unnumbered.add(event.place);
      else this.#conflicts.set(event.place, event.what);
    });
    return owners;
  }

  /** Places of devices that answered, have no EID, and were given none. */
  get unnumbered(): readonly string[] {
    return [...this.#unnumbered].sort();
  }

  /** Links on which we hear ourselves, a sentence for each that was not told yet. */
  echoes(): string[] {
    const echoing = this.#names.filter((name) => this.stack.echoes(name) && !this.#toldEchoes.has(name));
    for (const name of echoing) this.#toldEchoes.add(name);
    return echoing.map((name) => `${name}: ${ECHO_SENTENCE}`);
  }

  /** What stood against devices that did answer, a sentence each. */
  get conflicts(): readonly string[] {
    return [...this.#conflicts.values()];
  }

  #mayAssign(name: string): boolean {
    const url = this.links.find((link) => link.name === name)?.url;
    if (url === undefined) return this.#assigns;
    return !onlyLooks(url) && (this.#assigns || isNobodys(url));
  }

  /** What went wrong on the way and stopped nothing: a state file that could not be written. */
  get problems(): ReadonlySet<string> {
    return this.#problems;
  }

  /** The links of the session. */
  linkStatus(): SessionLinkStatus[] {
    return this.stack.links().filter(({ name }) => this.links.some((link) => link.name === name));
  }

  /**
   * Link after link, in the order they were named: then every run gives the same EIDs to the same devices. With
   * `addresses`, nobody else is asked on a bus; a point-to-point link has nobody else.
   */
  async discover(addresses?: readonly PhysicalAddress[]): Promise<EndpointInfo[]> {
    const { owners } = this;
    if (this.stack.searchesAtOnce && addresses === undefined) {
      await Promise.all(owners.all.map((owner) => owner.discover({ links: this.#names })));
      return this.#found(owners);
    }
    const found = new Map(this.linkStatus().map((link) => [link.name, link]));
    for (const name of this.#names) {
      const link = found.get(name);
      const limited = addresses !== undefined && (link?.addressSize ?? 0) > 0;
      await owners.of(link?.network)?.discover({ links: [name], ...(limited && { addresses }) });
    }
    return this.#found(owners);
  }

  /** Several links: a device may be on more than one of them. A search that was given up says nothing of that. */
  async #found(owners: Owners): Promise<EndpointInfo[]> {
    if (this.links.length > 1 && this.#owners === owners) {
      await this.ways.update(owners.endpoints());
      this.#knowsWays = true;
    }
    return owners.endpoints();
  }

  /** What comes and goes after the search may be a way of a device. */
  #changed(owners: Owners, event: EndpointEvent): void {
    if (!this.#knowsWays || this.#owners !== owners || (event.type !== 'appeared' && event.type !== 'vanished')) return;
    this.ways.update(owners.endpoints()).catch((error: unknown) => {
      if (!MctpError.is(error)) throw error;
    });
  }

  /** Search until an endpoint matches, and give the rest of the search up. Undefined: all is searched, and none does. */
  async find(matches: (endpoint: EndpointInfo) => boolean): Promise<EndpointInfo | undefined> {
    const { owners } = this;
    let stopListening: (() => void) | undefined;
    const found = new Promise<EndpointInfo>((resolve) => {
      stopListening = owners.onEvent((event) => {
        if (event.type === 'appeared' && matches(event.endpoint)) resolve(event.endpoint);
      });
    });
    const all = this.discover().then((endpoints) => endpoints.find(matches));
    // What is given up fails, and that is as it should be.
    all.catch(() => {});
    const first = await Promise.race([found, all]).finally(() => stopListening?.());
    if (first !== undefined && this.#owners === owners) {
      owners.close();
      this.#owners = undefined;
    }
    return first;
  }

  /**
   * The endpoint with this EID, where the way to it is known without a search. Undefined: look for it.
   * @throws MctpError when it does not answer, and a search would not ask anybody else
   */
  known(eid: number, network: number | undefined): Promise<EndpointInfo | undefined> {
    return this.stack.known(eid, network, this.#names, this.owners);
  }

  /** The packets of all links. */
  packets(): PacketSource {
    return {
      links: () =>
        this.linkStatus().map(({ name, ownAddress, transmissionUnit }) => {
          const at = ownAddress === '' ? '' : `, we are at 0x${ownAddress}`;
          return { name, description: `MCTP, transmission unit ${transmissionUnit}${at}`, ownAddress };
        }),
      record: (hear, options) => this.stack.record(this.#names, hear, options),
    };
  }

  /** Close everything; may be called again. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    for (const echo of this.echoes()) this.world.io.note(echo);
    this.#owners?.close();
    this.ways.close();
    this.#responder?.close();
    await inTurn([() => this.stack.close(), ...this.#ends]);
  }

  async #add(url: string): Promise<void> {
    const { links, end } = await linksOf(url, { clock: this.clock, env: this.world.env, config: this.#config });
    this.#ends.push(end);
    for (const link of links) {
      if (this.links.some(({ name }) => name === link.name)) throw usageError(`link ${link.name} is named twice`);
      const wanted = this.#config === undefined ? undefined : linkEntry(this.#config, link.name);
      this.links.push({ name: link.name, url });
      await this.stack.add?.(link, wanted, this.#passive ? undefined : (wanted?.ownEid ?? this.ownEid));
    }
  }

  async #capture(target: string): Promise<Capture> {
    const { prepareCapture } = await import('./capture/stack-capture.js');
    const capture = await prepareCapture(this.packets(), { target, world: this.world });
    this.#ends.push(() => capture.close());
    return capture;
  }

  /** Devices ask their bus owner back; it gives EIDs and takes none. */
  #serve(): void {
    try {
      this.#responder = new ControlResponder({ transport: this.host, clock: this.clock });
    } catch (error) {
      if (this.stack.mayLeaveControl(error)) return;
      throw error;
    }
    const self = {
      uuid: undefined,
      endpointState: ({ message }: ControlContext) => {
        const eid = this.linkStatus().find(({ name }) => name === message.link)?.eids[0] ?? this.ownEid;
        return { eid, endpointType: ENDPOINT_TYPE.busOwnerOrBridge };
      },
      assignEid: () => COMPLETION.unsupportedCommand,
    };
    serveEndpoint(this.#responder, self, new MessageTypeRegistry());
  }
}

function urlsOf(named: readonly string[], config: Config | undefined): readonly string[] {
  if (named.length > 0) return named;
  const ours = config?.links.filter(({ role }) => role === 'bus-owner').map(({ url }) => url) ?? [];
  return ours.length > 0 ? ours : [DEFAULT_LINK];
}

/** The stack that these URLs belong to; one of our own has no links yet. @throws CommandError, MctpError */
async function openStack(
  urls: readonly string[],
  { ownEid = DEFAULT_OWN_EID, passive = false, asIs = passive, world }: SessionOptions,
): Promise<{ readonly stack: SessionStack; readonly links: readonly SessionLink[] }> {
  const mayBeHeld = !world.alone && !urls.every(isNobodys);
  const holder = mayBeHeld ? await (await import('./serve/held-links.js')).holderOf(urls, world.env) : undefined;
  if (holder !== undefined) {
    world.io.note(`${urls.join(', ')} is used through ${holder.url}, which holds it (--alone refuses that)`);
    const { stack } = await openStack([holder.url], { links: [], ownEid, passive, asIs, world });
    return { stack, links: holder.links.map((name) => ({ name, url: holder.url })) };
  }
  const kinds = urls.map(kindOf);
  const special = kinds.find(({ stack }) => stack !== undefined);
  if (special?.stack === undefined) return { stack: new OwnStack(world.clock, originOf(world), passive), links: [] };
  const { scheme } = special;
  if (kinds.some((kind) => kind !== special)) {
    throw usageError(`${scheme}: is a stack of its own and does not go with other links: mctpkit join connects both`);
  }
  const [url, ...others] = urls;
  if (others.length > 0) throw usageError(`${scheme}: may be named once; without a name it is all its links`);
  const { stack, links } = await special.stack.open(parseLinkUrl(url!), {
    ownEid,
    asIs,
    clock: world.clock,
    time: world.time,
    env: world.env,
    description: 'mctpkit',
  });
  return { stack, links: links.map((name) => ({ name, url: url! })) };
}

/** When the clock showed 0, in ms since 1970. */
function originOf({ time, clock }: SessionWorld): number {
  return time() - clock.now();
}

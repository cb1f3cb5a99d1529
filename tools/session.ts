/** What a verb needs to talk: links by URL in a stack of our own, with our EID, and a bus owner when it is wanted. */

import type { KernelMctp } from '../bindings/kernel/kernel.js';
import { createLink, linkKinds } from '../bindings/link-registry.js';
import { parseLinkUrl } from '../bindings/link-url.js';
import { BusOwner, type EndpointInfo, type NetworkStack } from '../stack/bus-owner/index.js';
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
import type { Link, PhysicalAddress } from '../stack/link.js';
import { Mctp } from '../stack/mctp.js';
import { type Config, linkEntry } from './config/config-model.js';
import { busOwnerOptions } from './config/owner-options.js';
import { StateFile } from './config/state-file.js';
import { refusal, usageError } from './errors.js';
import { Owners } from './owners.js';
import { didYouMean } from './suggest.js';
import type { World } from './world.js';

/** When nothing is named: the virtual bench. */
export const DEFAULT_LINK = 'bench:';
/** What Linux gives a bus owner in its examples. */
export const DEFAULT_OWN_EID = 8;

const WATCH_SCAN_MS = 5_000;

/** What a session needs of the world. */
export type SessionWorld = Pick<World, 'clock' | 'time' | 'signal' | 'io' | 'machine'>;

export interface SessionOptions {
  /** URLs; none: the default. */
  readonly links: readonly string[];
  readonly ownEid?: number;
  /** Only look: no EID of ours, no answers. Default false. */
  readonly passive?: boolean;
  /** Give the kernel's links no EID: it is about its tables alone. Default as `passive`. */
  readonly kernelAsIs?: boolean;
  /** Record every packet in this pcapng file, `-` for standard output. */
  readonly capture?: string | undefined;
  /** The owner is going to be watched: it looks for new endpoints, too, unless the configuration says how often. */
  readonly watching?: boolean;
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

/** What verbs show of a link, whichever stack it belongs to. */
export interface SessionLinkStatus {
  readonly name: string;
  readonly network: number;
  readonly binding: number;
  readonly medium: number;
  readonly up: boolean;
  readonly transmissionUnit: number;
  readonly eids: readonly number[];
  /** Bytes of a physical address; 0: point to point. */
  readonly addressSize: number;
  readonly ownAddress: string;
}

export class Session {
  readonly world: SessionWorld;
  readonly clock: Clock;
  readonly mctp: Mctp;
  readonly links: SessionLink[] = [];
  readonly ownEid: number;
  readonly #ends: (() => Promise<void>)[] = [];
  #kernel: KernelMctp | undefined;
  readonly #passive: boolean;
  readonly #kernelAsIs: boolean;
  readonly #config: Config | undefined;
  readonly #watching: boolean;
  readonly #problems: unknown[] = [];
  #owners: Owners | undefined;
  #responder: ControlResponder | undefined;
  #closing: Promise<void> | undefined;

  private constructor(options: SessionOptions) {
    this.world = options.world;
    this.clock = options.world.clock;
    this.mctp = new Mctp({ clock: this.clock });
    this.ownEid = options.ownEid ?? DEFAULT_OWN_EID;
    this.#passive = options.passive ?? false;
    this.#kernelAsIs = options.kernelAsIs ?? this.#passive;
    this.#config = options.config;
    this.#watching = options.watching ?? false;
  }

  /** Open every link. @throws CommandError, MctpError: one line that says which link and what to do */
  static async open(options: SessionOptions): Promise<Session> {
    const session = new Session(options);
    const onAbort = (): void => void session.close();
    options.world.signal.addEventListener('abort', onAbort, { once: true });
    try {
      // The packets of our own stack from the first on, those of the kernel once its links are known.
      const urls = session.#urls(options.links);
      const kernelIsNamed = urls.some((url) => /^kernel:/i.test(url));
      if (options.capture !== undefined && !kernelIsNamed) await session.#capture(options.capture);
      for (const url of urls) await session.#add(url);
      if (session.#kernel !== undefined && session.mctp.links().length > 0) {
        throw usageError('kernel: is a stack of its own and does not go with other links: mctpkit join connects both');
      }
      if (options.capture !== undefined && kernelIsNamed) await session.#capture(options.capture);
      if (!session.#passive) session.#serve();
      return session;
    } catch (error) {
      await session.close();
      throw error;
    }
  }

  /** The stack below: ours, or the kernel's. Everything at message level goes through it. */
  get host(): NetworkStack {
    return this.#kernel ?? this.mctp;
  }

  /** Set when the stack is the kernel's. */
  get kernel(): KernelMctp | undefined {
    return this.#kernel;
  }

  /** When the clock showed 0, in ms since 1970. */
  get originMs(): number {
    return this.world.time() - this.clock.now();
  }

  /** Give EIDs to what they find: one for each network of our links. */
  get owners(): Owners {
    this.#owners ??= this.#newOwners();
    return this.#owners;
  }

  /** The tables are the kernel's: what is changed in them stays. */
  get onKernel(): boolean {
    return this.#kernel !== undefined;
  }

  get #names(): string[] {
    return this.links.map(({ name }) => name);
  }

  #urls(named: readonly string[]): readonly string[] {
    if (named.length > 0) return named;
    const ours = this.#config?.links.filter(({ role }) => role === 'bus-owner').map(({ url }) => url) ?? [];
    return ours.length > 0 ? ours : [DEFAULT_LINK];
  }

  #newOwners(): Owners {
    const networks = new Set(this.linkStatus().map(({ network }) => network));
    if (networks.size === 0) networks.add(DEFAULT_NETWORK);
    const stateFile = this.#config?.busOwner.stateFile;
    const state = stateFile === undefined ? undefined : new StateFile(stateFile);
    const common = { host: this.host, clock: this.clock, ...(this.#watching && { scanMs: WATCH_SCAN_MS }) };
    const onProblem = (error: unknown): void => void this.#problems.push(error);
    const optionsOf = (network: number) =>
      this.#config === undefined ? { network } : busOwnerOptions(this.#config, network, { state, onProblem });
    return new Owners(
      [...networks].map((network) => new BusOwner({ ...common, ...optionsOf(network) })),
      this.clock,
    );
  }

  /** What went wrong on the way and stopped nothing: a state file that could not be written. */
  get problems(): readonly unknown[] {
    return this.#problems;
  }

  /** The links of the session. */
  linkStatus(): SessionLinkStatus[] {
    const all: SessionLinkStatus[] =
      this.#kernel?.links() ??
      this.mctp.links().map((link) => {
        const { addressSize, ownAddress } = this.mctp.linkByName(link.name);
        return { ...link, addressSize, ownAddress };
      });
    return all.filter(({ name }) => this.links.some((link) => link.name === name));
  }

  /**
   * Link after link, in the order they were named: then every run gives the same EIDs to the same devices. With
   * `addresses`, nobody else is asked on a bus; a point-to-point link has nobody else.
   */
  async discover(addresses?: readonly PhysicalAddress[]): Promise<EndpointInfo[]> {
    const { owners } = this;
    if (this.onKernel && addresses === undefined) {
      // The kernel takes long for a bus where most addresses are silent: all of its links at once.
      await Promise.all(owners.all.map((owner) => owner.discover({ links: this.#names })));
      return owners.endpoints();
    }
    const found = new Map(this.linkStatus().map((link) => [link.name, link]));
    for (const name of this.#names) {
      const link = found.get(name);
      const limited = addresses !== undefined && (link?.addressSize ?? 0) > 0;
      await owners.of(link?.network)?.discover({ links: [name], ...(limited && { addresses }) });
    }
    return owners.endpoints();
  }

  /**
   * The endpoint with this EID, where the way to it is known without a search: the kernel's routes outlive a command.
   * Undefined: look for it. @throws MctpError when it does not answer, and a search would not ask anybody else
   */
  async known(eid: number, network: number | undefined): Promise<EndpointInfo | undefined> {
    const kernel = this.#kernel;
    if (kernel === undefined) return undefined;
    const names = this.#names;
    const ways = kernel
      .routes()
      .filter((r) => (network ?? r.network) === r.network && r.start <= eid && eid <= r.end && names.includes(r.link));
    const [only, ...others] = new Set(ways.map((way) => way.network));
    // In several networks, or in none: whoever is found decides.
    const owner = only === undefined || others.length > 0 ? undefined : this.owners.of(only);
    return owner?.learn(eid).catch((error: unknown) => {
      if (kernel.readOnly || !MctpError.is(error)) throw error;
      return undefined;
    });
  }

  /** Close everything; may be called again. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#owners?.close();
    this.#responder?.close();
    await this.mctp.close();
    for (const end of this.#ends) await end();
  }

  async #add(url: string): Promise<void> {
    if (parseLinkUrl(url).scheme === 'kernel') {
      await this.#addKernel(url);
      return;
    }
    for (const link of await this.#linksOf(url)) {
      if (this.links.some(({ name }) => name === link.name)) throw usageError(`link ${link.name} is named twice`);
      const wanted = this.#config === undefined ? undefined : linkEntry(this.#config, link.name);
      this.mctp.addLink(link, {
        ...(wanted !== undefined && { network: wanted.network }),
        ...(wanted?.transmissionUnit !== undefined && { transmissionUnit: wanted.transmissionUnit }),
      });
      this.links.push({ name: link.name, url });
      if (!this.#passive) this.mctp.addAddress(wanted?.ownEid ?? this.ownEid, link.name);
      await this.mctp.openLink(link.name).catch((cause: unknown) => Promise.reject(openFailure(cause)));
    }
  }

  async #addKernel(url: string): Promise<void> {
    if (this.#kernel !== undefined) throw usageError('kernel: may be named once; without a name it is all its links');
    const { openKernelUrl } = await import('../bindings/kernel/kernel-url.js');
    const { kernel, links } = await openKernelUrl(parseLinkUrl(url)).catch((cause: unknown) =>
      Promise.reject(openFailure(cause)),
    );
    this.#kernel = kernel;
    this.#ends.push(async () => kernel.close());
    for (const name of links) {
      this.links.push({ name, url });
      if (!kernel.readOnly && !this.#kernelAsIs) this.#giveEid(kernel, name);
    }
  }

  /** The kernel sends from no link that has no EID. @throws CommandError when the EID is another's */
  #giveEid(kernel: KernelMctp, name: string): void {
    const { eids, up, network } = kernel.tables.link(name);
    if (eids.length > 0 || !up) return;
    const { ownEid } = this;
    const other = kernel.routes().find((r) => r.network === network && r.start <= ownEid && ownEid <= r.end);
    if (other !== undefined) {
      throw usageError(
        `${name} has no EID, and EID ${ownEid} is behind ${other.link} on network ${network}: choose one with --own-eid`,
      );
    }
    kernel.addAddress(ownEid, name);
  }

  async #capture(target: string): Promise<void> {
    const [{ startCapture }, { sessionSource }] = await Promise.all([
      import('./capture/stack-capture.js'),
      import('./capture/session-source.js'),
    ]);
    const capture = await startCapture(sessionSource(this), { target, world: this.world });
    this.#ends.push(() => capture.close());
  }

  async #linksOf(url: string): Promise<readonly Link[]> {
    const { links, end } = await linksOf(url, this.clock);
    this.#ends.push(end);
    return links;
  }

  /** Devices ask their bus owner back; it gives EIDs and takes none. */
  #serve(): void {
    if (this.#kernel !== undefined && (this.#kernel.readOnly || this.#kernelAsIs)) return; // mctpd answers, or nobody asks
    try {
      this.#responder = new ControlResponder({ transport: this.host, clock: this.clock });
    } catch (error) {
      // On the kernel another program may answer already, and that will do; or we may not, and only ask.
      if (this.#kernel !== undefined && (MctpError.is(error, 'EADDRINUSE') || MctpError.is(error, 'EACCES'))) return;
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

/** The links of a URL, closed still, and how to end what is behind them. @throws MctpError EUSAGE, CommandError */
export async function linksOf(
  url: string,
  clock: Clock,
): Promise<{ readonly links: readonly Link[]; end(): Promise<void> }> {
  if (parseLinkUrl(url).scheme !== 'bench') return { links: [await createRealLink(url, clock)], end: async () => {} };
  const { openBenchLinks } = await import('../hw-fixtures/bench/bench-links.js');
  const { bench, links } = await openBenchLinks(url, { clock }).catch((cause: unknown) =>
    Promise.reject(openFailure(cause)),
  );
  return { links, end: () => bench.close() };
}

/** A link that leaves this process. @throws MctpError EUSAGE, CommandError */
export async function createRealLink(url: string, clock: Clock): Promise<Link> {
  const { scheme } = parseLinkUrl(url);
  const known = [...linkKinds().keys(), 'kernel', 'bench'];
  if (scheme === 'kernel') throw usageError(`${url}: the kernel is not a link of ours: mctpkit join connects both`);
  if (!known.includes(scheme)) {
    throw usageError(`no link kind "${scheme}"${didYouMean(scheme, known)} in ${url}: known are ${known.join(', ')}`);
  }
  return createLink(url, { clock });
}

const OUR_SIDE = ['EAFNOSUPPORT', 'ENODEV', 'EACCES', 'ENOENT', 'ENOPACKAGE', 'EUSAGE', 'EINVAL', 'ENOTSUP'];

/** Why a link does not open: what is wrong on our side is wrong usage, a device that is busy or broken has said no. */
export function openFailure(cause: unknown): unknown {
  if (!MctpError.is(cause)) return cause;
  return OUR_SIDE.includes(cause.code) ? usageError(cause.message, cause) : refusal(cause.message, cause);
}

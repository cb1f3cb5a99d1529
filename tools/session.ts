/** What a verb needs to talk: links by URL in a stack of our own, with our EID, and a bus owner when it is wanted. */

import { systemClock } from '../bindings/clock.js';
import type { KernelMctp } from '../bindings/kernel/kernel.js';
import { discoverThroughKernel } from '../bindings/kernel/mctpd.js';
import { parseLinkUrl } from '../bindings/link-url.js';
import { createLink, linkKinds } from '../bindings/registry.js';
import { BusOwner, type BusOwnerHost, type EndpointInfo } from '../stack/bus-owner/index.js';
import type { Clock } from '../stack/clock.js';
import {
  COMPLETION,
  ControlResponder,
  ENDPOINT_TYPE,
  MessageTypeRegistry,
  serveEndpoint,
} from '../stack/control/index.js';
import { MctpError } from '../stack/errors.js';
import { DEFAULT_NETWORK } from '../stack/ids.js';
import type { Link, PhysicalAddress } from '../stack/link.js';
import { Mctp } from '../stack/mctp.js';
import { type Config, onOpenLinks } from './config/model.js';
import { busOwnerOptions } from './config/owner-options.js';
import { refusal, usageError } from './errors.js';
import { didYouMean } from './suggest.js';

/** When nothing is named: the virtual bench. */
export const DEFAULT_LINK = 'bench:';
/** What Linux gives a bus owner in its examples. */
export const DEFAULT_OWN_EID = 8;

const WATCH_SCAN_MS = 5_000;

export interface SessionOptions {
  /** URLs; none: the default. */
  readonly links: readonly string[];
  readonly ownEid?: number;
  /** Only look: no EID of ours, no answers. Default false. */
  readonly passive?: boolean;
  /** Record every packet in this pcapng file, `-` for standard output. */
  readonly capture?: string | undefined;
  /** The owner is going to be watched: it looks for new endpoints, too, unless the configuration says how often. */
  readonly watching?: boolean;
  /** What links, EIDs and devices want; links named on the command line come before those of the file. */
  readonly config?: Config | undefined;
  /** Closes the session: what is under way ends with ECANCELED. */
  readonly signal: AbortSignal;
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
  readonly clock: Clock = systemClock;
  readonly mctp = new Mctp({ clock: systemClock });
  readonly links: SessionLink[] = [];
  readonly ownEid: number;
  readonly #ends: (() => Promise<void>)[] = [];
  #kernel: KernelMctp | undefined;
  readonly #passive: boolean;
  readonly #config: Config | undefined;
  readonly #watching: boolean;
  readonly #problems: unknown[] = [];
  #owner: BusOwner | undefined;
  #responder: ControlResponder | undefined;
  #closing: Promise<void> | undefined;

  private constructor(options: SessionOptions) {
    this.ownEid = options.ownEid ?? DEFAULT_OWN_EID;
    this.#passive = options.passive ?? false;
    this.#config = options.config;
    this.#watching = options.watching ?? false;
  }

  /** Open every link. @throws CommandError, MctpError: one line that says which link and what to do */
  static async open(options: SessionOptions): Promise<Session> {
    const session = new Session(options);
    const onAbort = (): void => void session.close();
    options.signal.addEventListener('abort', onAbort, { once: true });
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
  get host(): BusOwnerHost {
    return this.#kernel ?? this.mctp;
  }

  /** Set when the stack is the kernel's. */
  get kernel(): KernelMctp | undefined {
    return this.#kernel;
  }

  /** Gives EIDs to what it finds. */
  get owner(): BusOwner {
    this.#owner ??= new BusOwner({ ...this.#ownerOptions(), host: this.host, clock: this.clock });
    return this.#owner;
  }

  /** The tables are the kernel's: what is changed in them stays. */
  get onKernel(): boolean {
    return this.#kernel !== undefined;
  }

  #urls(named: readonly string[]): readonly string[] {
    if (named.length > 0) return named;
    const ours = this.#config?.links.filter(({ role }) => role === 'bus-owner').map(({ url }) => url) ?? [];
    return ours.length > 0 ? ours : [DEFAULT_LINK];
  }

  #ownerOptions() {
    const scan = this.#watching ? { scanMs: WATCH_SCAN_MS } : {};
    if (this.#config === undefined) return scan;
    const config = onOpenLinks(this.#config, this.links);
    return { ...scan, ...busOwnerOptions(config, DEFAULT_NETWORK, (error) => this.#problems.push(error)) };
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
    if (this.#kernel !== undefined) {
      const links = this.links.map(({ name }) => name);
      return discoverThroughKernel(this.#kernel, this.owner, { links, ...(addresses && { addresses }) });
    }
    for (const { name } of this.links) {
      const limited = addresses !== undefined && this.mctp.linkByName(name).addressSize > 0;
      await this.owner.discover({ links: [name], ...(limited && { addresses }) });
    }
    return this.owner.endpoints();
  }

  /** Close everything; may be called again. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#owner?.close();
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
      const wanted = this.#config?.links.find((entry) => entry.url === url || entry.url === link.name);
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
    const { openKernelUrl } = await import('../bindings/kernel/url.js');
    const { kernel, links } = await openKernelUrl(parseLinkUrl(url)).catch((cause: unknown) =>
      Promise.reject(openFailure(cause)),
    );
    this.#kernel = kernel;
    this.#ends.push(async () => kernel.close());
    for (const name of links) {
      this.links.push({ name, url });
      const { eids, up } = kernel.tables.link(name);
      // The kernel sends from no link that has no EID.
      if (eids.length === 0 && up && !kernel.readOnly) kernel.addAddress(this.ownEid, name);
    }
  }

  async #capture(target: string): Promise<void> {
    const [{ startCapture }, { sessionSource }] = await Promise.all([
      import('./capture/stack-capture.js'),
      import('./capture/session-source.js'),
    ]);
    const capture = await startCapture(sessionSource(this), { target });
    this.#ends.push(() => capture.close());
  }

  async #linksOf(url: string): Promise<readonly Link[]> {
    const { scheme } = parseLinkUrl(url);
    if (scheme !== 'bench') return [await createRealLink(url)];
    const { openBenchLinks } = await import('../hw-fixtures/bench/bench-links.js');
    const { bench, links } = await openBenchLinks(url, { clock: this.clock }).catch((cause: unknown) =>
      Promise.reject(openFailure(cause)),
    );
    this.#ends.push(() => bench.close());
    return links;
  }

  /** Devices ask their bus owner back; it gives EIDs and takes none. */
  #serve(): void {
    if (this.#kernel?.readOnly) return; // mctpd answers
    try {
      this.#responder = new ControlResponder(this.host, { clock: this.clock });
    } catch (error) {
      // On the kernel another program may answer already, and that will do; or we may not, and only ask.
      if (this.#kernel !== undefined && (MctpError.is(error, 'EADDRINUSE') || MctpError.is(error, 'EACCES'))) return;
      throw error;
    }
    const self = {
      uuid: undefined,
      endpointState: () => ({ eid: this.ownEid, endpointType: ENDPOINT_TYPE.busOwnerOrBridge }),
      assignEid: () => COMPLETION.unsupportedCommand,
    };
    serveEndpoint(this.#responder, self, new MessageTypeRegistry());
  }
}

/** A link that leaves this process. @throws MctpError EUSAGE, CommandError */
export async function createRealLink(url: string): Promise<Link> {
  const { scheme } = parseLinkUrl(url);
  const known = [...linkKinds().keys(), 'kernel', 'bench'];
  if (scheme === 'kernel') throw usageError(`${url}: the kernel is no link of ours: mctpkit join connects both`);
  if (!known.includes(scheme)) {
    throw usageError(`no link kind "${scheme}"${didYouMean(scheme, known)} in ${url}: known are ${known.join(', ')}`);
  }
  return createLink(url);
}

const OUR_SIDE = ['EAFNOSUPPORT', 'ENODEV', 'EACCES', 'ENOENT', 'ENOPACKAGE', 'EUSAGE', 'EINVAL', 'ENOTSUP'];

/** Why a link does not open: what is wrong on our side is wrong usage, a device that is busy or broken has said no. */
export function openFailure(cause: unknown): unknown {
  if (!MctpError.is(cause)) return cause;
  return OUR_SIDE.includes(cause.code) ? usageError(cause.message, cause) : refusal(cause.message, cause);
}

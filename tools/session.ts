/** What a verb needs to talk: links by URL in a stack of our own, with our EID, and a bus owner when it is wanted. */

import { systemClock } from '../bindings/clock.js';
import { parseLinkUrl } from '../bindings/link-url.js';
import { createLink, linkKinds } from '../bindings/registry.js';
import { BusOwner, type EndpointInfo } from '../stack/bus-owner/index.js';
import type { Clock } from '../stack/clock.js';
import {
  COMPLETION,
  ControlResponder,
  ENDPOINT_TYPE,
  MessageTypeRegistry,
  serveEndpoint,
} from '../stack/control/index.js';
import { MctpError } from '../stack/errors.js';
import type { Link } from '../stack/link.js';
import { Mctp } from '../stack/mctp.js';
import { refusal, usageError } from './errors.js';
import { didYouMean } from './suggest.js';

/** When nothing is named: the virtual bench. */
export const DEFAULT_LINK = 'bench:';
/** What Linux gives a bus owner in its examples. */
export const DEFAULT_OWN_EID = 8;

export interface SessionOptions {
  /** URLs; none: the default. */
  readonly links: readonly string[];
  readonly ownEid?: number;
  /** Only look: no EID of ours, no answers. Default false. */
  readonly passive?: boolean;
  /** Record every packet in this pcapng file, `-` for standard output. */
  readonly capture?: string | undefined;
  /** Closes the session: what is under way ends with ECANCELED. */
  readonly signal: AbortSignal;
}

export interface SessionLink {
  readonly name: string;
  /** As it was asked for; one bench has several links. */
  readonly url: string;
}

export class Session {
  readonly clock: Clock = systemClock;
  readonly mctp = new Mctp({ clock: systemClock });
  readonly links: SessionLink[] = [];
  readonly ownEid: number;
  readonly #ends: (() => Promise<void>)[] = [];
  readonly #passive: boolean;
  #owner: BusOwner | undefined;
  #responder: ControlResponder | undefined;
  #closing: Promise<void> | undefined;

  private constructor(options: SessionOptions) {
    this.ownEid = options.ownEid ?? DEFAULT_OWN_EID;
    this.#passive = options.passive ?? false;
  }

  /** Open every link. @throws CommandError, MctpError: one line that says which link and what to do */
  static async open(options: SessionOptions): Promise<Session> {
    const session = new Session(options);
    const onAbort = (): void => void session.close();
    options.signal.addEventListener('abort', onAbort, { once: true });
    try {
      if (options.capture !== undefined) await session.#capture(options.capture);
      const urls = options.links.length === 0 ? [DEFAULT_LINK] : options.links;
      for (const url of urls) await session.#add(url);
      if (!session.#passive) session.#serve();
      return session;
    } catch (error) {
      await session.close();
      throw error;
    }
  }

  /** Gives EIDs to what it finds. */
  get owner(): BusOwner {
    this.#owner ??= new BusOwner({ host: this.mctp, clock: this.clock });
    return this.#owner;
  }

  /** Link after link, in the order they were named: then every run gives the same EIDs to the same devices. */
  async discover(): Promise<EndpointInfo[]> {
    for (const { name } of this.links) await this.owner.discover({ links: [name] });
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
    for (const link of await this.#linksOf(url)) {
      if (this.links.some(({ name }) => name === link.name)) throw usageError(`link ${link.name} is named twice`);
      this.mctp.addLink(link);
      this.links.push({ name: link.name, url });
      if (!this.#passive) this.mctp.addAddress(this.ownEid, link.name);
      await this.mctp.openLink(link.name).catch((cause: unknown) => Promise.reject(openFailure(cause)));
    }
  }

  async #capture(target: string): Promise<void> {
    const { captureStack } = await import('./capture/stack-capture.js');
    const capture = captureStack(this.mctp, { target });
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
    this.#responder = new ControlResponder(this.mctp, { clock: this.clock });
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
  const known = [...linkKinds().keys(), 'bench'];
  if (!known.includes(scheme)) {
    throw usageError(`no link kind "${scheme}"${didYouMean(scheme, known)} in ${url}: known are ${known.join(', ')}`);
  }
  return createLink(url);
}

const OUR_SIDE = ['ENODEV', 'EACCES', 'ENOENT', 'ENOPACKAGE', 'EUSAGE', 'EINVAL', 'ENOTSUP'];

/** Why a link does not open: what is wrong on our side is wrong usage, a device that is busy or broken has said no. */
export function openFailure(cause: unknown): unknown {
  if (!MctpError.is(cause)) return cause;
  return OUR_SIDE.includes(cause.code) ? usageError(cause.message, cause) : refusal(cause.message, cause);
}

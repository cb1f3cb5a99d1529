/** The kernel's stack, which is there before the command and after it. */

import type { Recorded } from '../../bindings/capture/recorder.js';
import type { KernelMctp } from '../../bindings/kernel/kernel.js';
import { openKernelUrl } from '../../bindings/kernel/kernel-url.js';
import { loadLibC } from '../../bindings/kernel/libc.js';
import type { LinkUrl } from '../../bindings/link-url.js';
import type { EndpointInfo } from '../../stack/bus-owner/index.js';
import { MctpError } from '../../stack/errors.js';
import type { Seen } from '../capture/monitor.js';
import { openFailure, usageError } from '../command-error.js';
import type { Owners } from '../owners.js';
import type { Tables } from '../tables/table-verbs.js';
import type { SessionLinkStatus } from './link-status.js';
import type { OpenedStack, SessionStack, StackOptions } from './session-stack.js';
import type { LinkReading, PeerReading, StackReadings } from './stack-readings.js';

/** @throws CommandError, MctpError */
export async function openKernelStack(url: LinkUrl, { ownEid, asIs, time }: StackOptions): Promise<OpenedStack> {
  const { kernel, links } = await openKernelUrl(url).catch((cause: unknown) => Promise.reject(openFailure(cause)));
  try {
    if (!kernel.readOnly && !asIs) for (const name of links) giveEid(kernel, name, ownEid);
    // Where mctpd gives the EIDs, it answers, too.
    return { stack: new KernelStack(kernel, time, !kernel.readOnly && !asIs), links };
  } catch (error) {
    kernel.close();
    throw error;
  }
}

/** The kernel sends from no link that has no EID. @throws CommandError when the EID is another's */
function giveEid(kernel: KernelMctp, name: string, ownEid: number): void {
  const { eids, up, network } = kernel.tables.link(name);
  if (eids.length > 0 || !up) return;
  const other = kernel.routes().find((r) => r.network === network && r.start <= ownEid && ownEid <= r.end);
  if (other !== undefined) {
    throw usageError(
      `${name} has no EID, and EID ${ownEid} is behind ${other.link} on network ${network}: choose one with --own-eid`,
    );
  }
  kernel.addAddress(ownEid, name);
}

class KernelStack implements SessionStack {
  readonly own = undefined;
  readonly isLasting = true;
  readonly searchesAtOnce = true;
  readonly recordsFromTheStart = false;

  constructor(
    readonly host: KernelMctp,
    private readonly time: () => number,
    readonly answersControl: boolean,
  ) {}

  links(): SessionLinkStatus[] {
    return this.host.links();
  }

  /** The kernel's links say nothing of what may be wrong with them. */
  hints(): readonly string[] {
    return [];
  }

  /** The kernel takes a packet from its own EID for another's: it does not say. */
  echoes(): boolean {
    return false;
  }

  /** Routes outlive a command. */
  async known(
    eid: number,
    network: number | undefined,
    links: readonly string[],
    owners: Owners,
  ): Promise<EndpointInfo | undefined> {
    const ways = this.host
      .routes()
      .filter((r) => (network ?? r.network) === r.network && r.start <= eid && eid <= r.end && links.includes(r.link));
    const [only, ...others] = new Set(ways.map((way) => way.network));
    // In several networks, or in none: a search decides.
    const owner = only === undefined || others.length > 0 ? undefined : owners.of(only);
    return owner?.learn(eid).catch((error: unknown) => {
      if (this.host.readOnly || !MctpError.is(error)) throw error;
      return undefined;
    });
  }

  async record(links: readonly string[], hear: (recorded: Recorded) => void): Promise<() => void> {
    const [{ recordKernel }, libc] = await Promise.all([import('../capture/kernel-packets.js'), loadLibC()]);
    const named = links.map((name) => ({ name, index: this.host.tables.link(name).index }));
    return recordKernel(libc, named, hear, this.time);
  }

  counters(links: readonly string[]): Map<string, Readonly<Record<string, number>>> {
    const ours = this.host.links().filter(({ name }) => links.includes(name));
    return new Map(ours.map(({ name, counters }) => [name, { ...counters }]));
  }

  readings(): StackReadings {
    return new KernelReadings(this.host);
  }

  /** Another program may answer already, and that will do; or we may not, and only ask. */
  mayLeaveControl(error: unknown): boolean {
    return MctpError.is(error, 'EADDRINUSE') || MctpError.is(error, 'EACCES');
  }

  async close(): Promise<void> {
    this.host.close();
  }

  tables(): Tables {
    const { host } = this;
    return {
      linkName: (given) => {
        try {
          return host.tables.link(given).title;
        } catch (error) {
          throw openFailure(error);
        }
      },
      links: () => host.links(),
      addresses: () => host.addresses(),
      routes: () => host.routes(),
      allRoutes: () => host.tables.routes(true),
      neighbours: () => host.neighbours(),
      setLink: (link, settings) => host.setLink(link, settings),
      addAddress: (eid, link) => host.addAddress(eid, link),
      removeAddress: (eid, link) => host.removeAddress(eid, link),
      addRoute: (route) => host.addRoute(route),
      removeRoute: (start, end, network) => host.removeRoute(start, end, network),
      addNeighbour: (eid, link, physicalAddress) => {
        this.#refusePointToPoint(link);
        return host.addNeighbour(eid, link, physicalAddress);
      },
      removeNeighbour: (eid, link) => {
        this.#refusePointToPoint(link);
        return host.removeNeighbour(eid, link);
      },
    };
  }

  /** It keeps no neighbours where there is nothing to tell them apart by; a bus owner need not know, people do. */
  #refusePointToPoint(link: string): void {
    if (this.host.tables.link(link).addressSize !== 0) return;
    throw usageError(`${link} is point to point: an EID has no physical address there, a route is enough`);
  }
}

/** The kernel counts nothing by endpoint: messages are those that are seen to pass, timeouts those of our own questions. */
class KernelReadings implements StackReadings {
  readonly #messages = new Map<string, number>();
  readonly #timeouts = new Map<string, number>();

  constructor(private readonly kernel: KernelMctp) {}

  links(names: readonly string[]): LinkReading[] {
    const links = this.kernel.links().filter(({ name }) => names.includes(name));
    return links.map(({ name, up, counters }) => {
      const { rxPackets, txPackets, rxBytes, txBytes, rxErrors, txErrors, rxDropped, txDropped } = counters;
      return {
        name,
        up,
        downReason: undefined,
        rxPackets,
        txPackets,
        rxBytes,
        txBytes,
        counters,
        faults: rxErrors + txErrors + rxDropped + txDropped,
      };
    });
  }

  peers(endpoints: readonly EndpointInfo[]): PeerReading[] {
    return endpoints.map(({ network, eid, link }) => ({
      network,
      eid,
      retries: 0,
      messages: this.#messages.get(`${link} ${eid}`) ?? 0,
      timeouts: this.#timeouts.get(`${network}:${eid}`) ?? 0,
    }));
  }

  seen({ message, recorded }: Seen): void {
    if (message === undefined) return;
    count(this.#messages, `${recorded.link} ${recorded.direction === 'tx' ? message.dest : message.src}`);
  }

  polled(network: number, eid: number, rttMs: number | undefined): void {
    if (rttMs === undefined) count(this.#timeouts, `${network}:${eid}`);
  }
}

function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

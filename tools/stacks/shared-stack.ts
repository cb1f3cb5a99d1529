/** A served network: the stack is that of a server, which other processes use at the same time. */

import { type Recorded, type RecorderOptions, recordedPacket } from '../../bindings/capture/recorder.js';
import type { LinkUrl } from '../../bindings/link-url.js';
import { openSharedUrl, type SharedWish } from '../../bindings/shared/open-shared.js';
import type { SharedMctp } from '../../bindings/shared/shared-mctp.js';
import type { SharedPeer } from '../../bindings/shared/shared-protocol.js';
import type { EndpointInfo } from '../../stack/bus-owner/index.js';
import type { Clock } from '../../stack/clock.js';
import { MctpError } from '../../stack/errors.js';
import { openFailure, usageError } from '../command-error.js';
import type { Owners } from '../owners.js';
import { MTU_OVER_UNIT, type Tables } from '../tables/table-verbs.js';
import { every } from '../wait.js';
import type { SessionLinkStatus } from './link-status.js';
import { linkReading } from './own-stack.js';
import type { OpenedStack, SessionStack, StackOptions } from './session-stack.js';
import type { StackReadings } from './stack-readings.js';

const REFRESH_MS = 500;
const NO_BYTES = new Uint8Array();

export type SharedEnvironment = Readonly<Record<string, string | undefined>>;

/** A client of the network that a URL names. @throws MctpError, CommandError: one sentence with what to do */
export async function openShared(
  url: LinkUrl,
  clock: Clock,
  env: SharedEnvironment,
  wanted: SharedWish = {},
): Promise<SharedMctp> {
  try {
    return await openSharedUrl(url, clock, env, wanted);
  } catch (error) {
    throw openFailure(error);
  }
}

/** @throws CommandError, MctpError */
export async function openSharedStack(url: LinkUrl, options: StackOptions): Promise<OpenedStack> {
  const shared = await openShared(url, options.clock, options.env, { description: options.description });
  try {
    // A search of the server may be under way: what it finds is what we look for.
    if (!options.asIs) await shared.searched();
    const links = await shared.links();
    return { stack: new SharedStack(shared, options.time), links: links.map(({ name }) => name) };
  } catch (error) {
    shared.close();
    throw openFailure(error);
  }
}

class SharedStack implements SessionStack {
  readonly own = undefined;
  readonly isLasting = true;
  readonly searchesAtOnce = true;
  readonly recordsFromTheStart = false;
  /** The server answers. */
  readonly answersControl = false;
  #peers: readonly SharedPeer[] = [];
  #stopRefreshing: (() => void) | undefined;

  constructor(
    readonly host: SharedMctp,
    private readonly time: () => number,
  ) {}

  links(): SessionLinkStatus[] {
    return [...this.host.lastLinks];
  }

  hints(link: string): readonly string[] {
    return this.host.lastLinks.find(({ name }) => name === link)?.hints ?? [];
  }

  /** The server hears its own wires. */
  echoes(): boolean {
    return false;
  }

  /** Routes outlive a command. */
  async known(
    eid: number,
    network: number | undefined,
    _links: readonly string[],
    owners: Owners,
  ): Promise<EndpointInfo | undefined> {
    const routes = await this.host.routes();
    const ways = routes.filter((r) => (network ?? r.network) === r.network && r.start <= eid && eid <= r.end);
    const [only, ...others] = new Set(ways.map((way) => way.network));
    const owner = only === undefined || others.length > 0 ? undefined : owners.of(only);
    return owner?.learn(eid);
  }

  async record(
    links: readonly string[],
    hear: (recorded: Recorded) => void,
    { verbose = false }: RecorderOptions = {},
  ): Promise<() => void> {
    const stop = await this.host.tap(links, (packet, link) => {
      const binding = this.host.lastLinks.find(({ name }) => name === link)?.binding ?? 0;
      const { bytes, direction, physicalAddress, fault } = packet;
      const event = { link, direction, physicalAddress, buffer: bytes, start: 0, end: bytes.length, time: packet.time };
      hear(recordedPacket({ ...event, ...(fault !== undefined && { fault }) }, binding, 0n, verbose));
    });
    const [link = ''] = links;
    const stopTelling = this.host.on('told', ({ event }) => {
      if (event !== 'serverLost') return;
      const fault = 'the server is gone: what passes until it is back is not recorded';
      const gap = { link, direction: 'rx', physicalAddress: '', buffer: NO_BYTES, start: 0, end: 0, fault } as const;
      hear(recordedPacket({ ...gap, time: this.time() }, 0, 0n, verbose));
    });
    return () => {
      stop();
      stopTelling();
    };
  }

  counters(): Map<string, Readonly<Record<string, number>>> {
    this.#refresh();
    return new Map(
      this.host.lastLinks.map(({ name, counters: { drops, ...own }, linkCounters }) => {
        return [name, { ...linkCounters, ...own, ...drops }];
      }),
    );
  }

  readings(): StackReadings {
    this.#refresh();
    return {
      links: (names) => this.host.lastLinks.filter(({ name }) => names.includes(name)).map(linkReading),
      peers: () => [...this.#peers],
      seen: () => {},
      polled: () => {},
    };
  }

  mayLeaveControl(): boolean {
    return true;
  }

  async close(): Promise<void> {
    this.#stopRefreshing?.();
    this.host.close();
  }

  tables(): Tables {
    const { host } = this;
    return {
      linkName: (given) => {
        if (host.lastLinks.some(({ name }) => name === given)) return given;
        throw usageError(
          `there is no link ${given}: the network has ${host.lastLinks.map(({ name }) => name).join(', ')}`,
        );
      },
      links: () => host.links(),
      addresses: () => host.addresses(),
      routes: () => host.routes(),
      neighbours: () => host.neighbours(),
      setLink: (link, { up, transmissionUnit, network }) => {
        if (network !== undefined && network !== host.lastLinks.find(({ name }) => name === link)?.network) {
          throw usageError(`link ${link} belongs to its network as the configuration of the server says`);
        }
        this.#checkMtu(link, transmissionUnit);
        return host.setLink(link, {
          ...(up !== undefined && { up }),
          ...(transmissionUnit !== undefined && { transmissionUnit }),
        });
      },
      addAddress: (eid, link) => host.addAddress(eid, link),
      removeAddress: (eid, link) => host.removeAddress(eid, link),
      addRoute: (route) => {
        this.#checkMtu(route.link, route.transmissionUnit);
        return host.addRoute(route);
      },
      removeRoute: (start, end, network) => host.removeRoute(start, end, network),
      addNeighbour: (eid, link, physicalAddress) => host.addNeighbour(eid, link, physicalAddress),
      removeNeighbour: (eid, link) => host.removeNeighbour(eid, link),
    };
  }

  /** In the words of the command line: the stack counts without the header. */
  #checkMtu(name: string, unit: number | undefined): void {
    const most = this.host.lastLinks.find((link) => link.name === name)?.transmissionUnitMax;
    if (unit === undefined || most === undefined || unit <= most) return;
    throw usageError(`${unit + MTU_OVER_UNIT} is not an MTU of ${name}: it takes up to ${most + MTU_OVER_UNIT}`);
  }

  /** From now on the counters are read again and again. */
  #refresh(): void {
    const read = async (): Promise<void> => {
      try {
        await this.host.links();
        this.#peers = await this.host.peers();
      } catch (error) {
        // The server is gone: the last figures stay until it is back.
        if (!MctpError.is(error)) throw error;
      }
    };
    if (this.#stopRefreshing !== undefined) return;
    this.#stopRefreshing = every(this.host.clock, REFRESH_MS, () => void read());
    void read();
  }
}

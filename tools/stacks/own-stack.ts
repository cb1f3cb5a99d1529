/** A stack of our own, which lives as long as the command does. */

import type { Recorded, RecorderOptions } from '../../bindings/capture/recorder.js';
import type { Clock } from '../../stack/clock.js';
import type { Link } from '../../stack/link.js';
import { type LinkStatus, Mctp } from '../../stack/mctp.js';
import { openFailure, usageError } from '../command-error.js';
import type { LinkConfig } from '../config/config-model.js';
import { type LinkSettings, MTU_OVER_UNIT, type Tables } from '../tables/table-verbs.js';
import type { SessionLinkStatus } from './link-status.js';
import type { SessionStack } from './session-stack.js';
import type { LinkReading, PeerReading, StackReadings } from './stack-readings.js';

/** Drops which are not a fault. */
const HARMLESS = ['unknownDestination', 'noListener', 'lateReply', 'filtered', 'notForwardable'];

export class OwnStack implements SessionStack {
  readonly own: Mctp;
  readonly isLasting = false;
  readonly searchesAtOnce = false;
  readonly recordsFromTheStart = true;
  readonly answersControl: boolean;

  constructor(
    clock: Clock,
    /** When the clock showed 0, in ms since 1970. */
    private readonly originMs: number,
    passive: boolean,
  ) {
    this.own = new Mctp({ clock });
    this.answersControl = !passive;
  }

  get host(): Mctp {
    return this.own;
  }

  /** Open a link; with `eid` we have that on it. @throws CommandError, MctpError */
  async add(link: Link, wanted: LinkConfig | undefined, eid: number | undefined): Promise<void> {
    this.own.addLink(link, {
      ...(wanted !== undefined && { network: wanted.network }),
      ...(wanted?.transmissionUnit !== undefined && { transmissionUnit: wanted.transmissionUnit }),
    });
    if (eid !== undefined) this.own.addAddress(eid, link.name);
    await this.own.openLink(link.name).catch((cause: unknown) => Promise.reject(openFailure(cause)));
  }

  links(): SessionLinkStatus[] {
    return this.own.links().map((link) => {
      const { addressSize, ownAddress } = this.own.linkByName(link.name);
      return { ...link, addressSize, ownAddress };
    });
  }

  hints(link: string): readonly string[] {
    return this.own.linkByName(link).hints?.() ?? [];
  }

  echoes(link: string): boolean {
    return this.own.linkByName(link).echoes ?? false;
  }

  /** Nothing outlives a command. */
  async known(): Promise<undefined> {
    return undefined;
  }

  async record(
    _links: readonly string[],
    hear: (recorded: Recorded) => void,
    options: RecorderOptions = {},
  ): Promise<() => void> {
    const { record } = await import('../../bindings/capture/recorder.js');
    return record(this.own, hear, { ...options, originMs: this.originMs });
  }

  counters(): Map<string, Readonly<Record<string, number>>> {
    return new Map(
      this.own.links().map(({ name, counters: { drops, ...own }, linkCounters }) => {
        return [name, { ...linkCounters, ...own, ...drops }];
      }),
    );
  }

  readings(): StackReadings {
    return { links: () => linkReadings(this.own), peers: () => this.#peerReadings(), seen: () => {}, polled: () => {} };
  }

  mayLeaveControl(): boolean {
    return false;
  }

  close(): Promise<void> {
    return this.own.close();
  }

  tables(): Tables {
    const { own } = this;
    return {
      linkName: (given) => {
        try {
          return own.linkByName(given).name;
        } catch (error) {
          throw openFailure(error);
        }
      },
      links: () => this.links(),
      addresses: () => own.addresses(),
      routes: () => own.routes(),
      neighbours: () => own.neighbours(),
      setLink: (link, settings) => this.#setLink(link, settings),
      addAddress: (eid, link) => own.addAddress(eid, link),
      removeAddress: (eid, link) => own.removeAddress(eid, link),
      addRoute: (route) => {
        this.#checkMtu(route.link, route.transmissionUnit);
        return own.addRoute(route);
      },
      removeRoute: (start, end, network) => own.removeRoute(start, end, network),
      addNeighbour: (eid, link, physicalAddress) => own.addNeighbour(eid, link, physicalAddress),
      removeNeighbour: (eid, link) => own.removeNeighbour(eid, link),
    };
  }

  async #setLink(name: string, { up, transmissionUnit, network }: LinkSettings): Promise<void> {
    const now = this.own.links().find((one) => one.name === name)?.network;
    if (network !== undefined && network !== now) {
      throw usageError(
        `link ${name} has its EID on network ${now} already: a stack of our own takes the network from the configuration`,
      );
    }
    this.#checkMtu(name, transmissionUnit);
    if (transmissionUnit !== undefined) this.own.setTransmissionUnit(name, transmissionUnit);
    if (up) await this.own.openLink(name).catch((cause: unknown) => Promise.reject(openFailure(cause)));
    else if (up === false) await this.own.closeLink(name);
  }

  /** In the words of the command line: the stack counts without the header. */
  #checkMtu(name: string, unit: number | undefined): void {
    const { max } = this.own.linkByName(name).transmissionUnit;
    if (unit === undefined || unit <= max) return;
    throw usageError(`${unit + MTU_OVER_UNIT} is not an MTU of ${name}: it takes up to ${max + MTU_OVER_UNIT}`);
  }

  #peerReadings(): PeerReading[] {
    const networks = [...new Set(this.own.links().map(({ network }) => network))];
    return networks.flatMap((network) =>
      this.own.peerCounters(network).map(({ eid, counters }) => {
        const { rxMessages, txMessages, timeouts, retries } = counters;
        return { network, eid, messages: rxMessages + txMessages, timeouts, retries };
      }),
    );
  }
}

export function linkReadings(mctp: Mctp): LinkReading[] {
  return mctp.links().map(linkReading);
}

/** Also of a link of which another process tells. */
export function linkReading({
  name,
  up,
  downReason,
  counters,
  linkCounters,
}: Pick<LinkStatus, 'name' | 'up' | 'counters' | 'linkCounters'> & {
  readonly downReason: string | null | undefined;
}): LinkReading {
  const { drops, ...own } = counters;
  const { rxPackets, txPackets, rxBytes, txBytes, txErrors } = own;
  const faults = Object.entries(drops).reduce((sum, [why, count]) => (HARMLESS.includes(why) ? sum : sum + count), 0);
  return {
    name,
    up,
    downReason: downReason ?? undefined,
    rxPackets,
    txPackets,
    rxBytes,
    txBytes,
    faults: faults + txErrors,
    counters: { ...linkCounters, ...own, ...drops },
  };
}

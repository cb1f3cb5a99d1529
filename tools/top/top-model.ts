/** What `top` knows: rates by link and endpoint, what passed last. Pure: time and snapshots come in. */

import type { EndpointInfo } from '../../stack/bus-owner/index.js';
import { Resolver } from '../../stack/names/index.js';
import type { Seen } from '../capture/monitor.js';
import type { LinkReading, PeerReading } from '../stacks/stack-readings.js';
import { SensorBoard } from './sensor-board.js';

export interface LinkRow {
  readonly name: string;
  readonly up: boolean;
  readonly downReason: string | undefined;
  readonly rxPacketsPerSecond: number;
  readonly txPacketsPerSecond: number;
  readonly rxBytesPerSecond: number;
  readonly txBytesPerSecond: number;
  /** Frames that were wrong and packets that were dropped, since the start. */
  readonly faults: number;
  /** Every counter that is not zero. */
  readonly counters: Readonly<Record<string, number>>;
}

export interface EndpointRow {
  readonly info: EndpointInfo;
  readonly name: string | undefined;
  readonly messagesPerSecond: number;
  /** Of the last poll; undefined when it has not been asked, or did not answer. */
  readonly rttMs: number | undefined;
  readonly timeouts: number;
  readonly retries: number;
}

/** Taken from the stack at one moment. */
export interface Snapshot {
  readonly timeMs: number;
  readonly links: readonly LinkReading[];
  readonly endpoints: readonly EndpointInfo[];
  readonly peers: readonly PeerReading[];
}

/** Packets kept to look back at. */
const KEPT = 500;

export class TopModel {
  links: readonly LinkRow[] = [];
  endpoints: readonly EndpointRow[] = [];
  /** The latest last. */
  readonly recent: Seen[] = [];
  timeMs = 0;
  paused = false;
  /** Why there are no packets to see. */
  note = '';
  readonly sensors = new SensorBoard();
  readonly #rtts = new Map<string, number | undefined>();
  #before: Snapshot | undefined;

  constructor(private readonly names: Resolver = new Resolver()) {}

  seen(seen: Seen): void {
    if (this.paused) return;
    this.recent.push(seen);
    if (this.recent.length > KEPT) this.recent.shift();
  }

  polled(network: number, eid: number, rttMs: number | undefined): void {
    this.#rtts.set(`${network}:${eid}`, rttMs);
  }

  update(snapshot: Snapshot): void {
    const seconds = this.#before === undefined ? 0 : (snapshot.timeMs - this.#before.timeMs) / 1000;
    this.links = snapshot.links.map((link) => this.#link(link, seconds));
    this.endpoints = snapshot.endpoints.map((info) => this.#endpoint(info, snapshot, seconds));
    this.timeMs = snapshot.timeMs;
    this.#before = snapshot;
  }

  #link({ name, up, downReason, faults, counters, ...now }: LinkReading, seconds: number): LinkRow {
    const before = this.#before?.links.find((other) => other.name === name);
    const rate = (what: keyof typeof now): number => perSecond(now[what], before?.[what], seconds);
    return {
      name,
      up,
      downReason,
      rxPacketsPerSecond: rate('rxPackets'),
      txPacketsPerSecond: rate('txPackets'),
      rxBytesPerSecond: rate('rxBytes'),
      txBytesPerSecond: rate('txBytes'),
      faults,
      counters: Object.fromEntries(Object.entries(counters).filter(([, value]) => value !== 0)),
    };
  }

  #endpoint(info: EndpointInfo, { peers }: Snapshot, seconds: number): EndpointRow {
    const { network, eid } = info;
    const find = (all: Snapshot['peers'] | undefined): PeerReading | undefined =>
      all?.find((peer) => peer.network === network && peer.eid === eid);
    const now = find(peers);
    return {
      info,
      name: this.names.nameOf(info),
      messagesPerSecond: perSecond(now?.messages ?? 0, find(this.#before?.peers)?.messages, seconds),
      rttMs: this.#rtts.get(`${network}:${eid}`),
      timeouts: now?.timeouts ?? 0,
      retries: now?.retries ?? 0,
    };
  }
}

function perSecond(now: number, then: number | undefined, seconds: number): number {
  return then === undefined || seconds <= 0 ? 0 : Math.max(0, now - then) / seconds;
}

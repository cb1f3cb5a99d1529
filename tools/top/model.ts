/** What `top` knows: rates by link and endpoint, what passed last. Pure: time and snapshots come in. */

import type { EndpointInfo } from '../../stack/bus-owner/index.js';
import type { PeerCounters } from '../../stack/counters.js';
import type { LinkStatus } from '../../stack/mctp.js';
import type { Seen } from '../capture/monitor.js';
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
  readonly messagesPerSecond: number;
  /** Of the last poll; undefined when it has not been asked, or did not answer. */
  readonly rttMs: number | undefined;
  readonly timeouts: number;
  readonly retries: number;
}

/** Taken from the stack at one moment. */
export interface Snapshot {
  readonly timeMs: number;
  readonly links: readonly LinkStatus[];
  readonly endpoints: readonly EndpointInfo[];
  readonly peers: readonly { readonly network: number; readonly eid: number; readonly counters: PeerCounters }[];
}

/** Packets kept to look back at. */
const KEPT = 500;
/** Drops that are no fault of anybody. */
const HARMLESS = ['unknownDestination', 'noListener', 'lateReply', 'filtered', 'notForwardable'];

export class TopModel {
  links: readonly LinkRow[] = [];
  endpoints: readonly EndpointRow[] = [];
  /** The latest last. */
  readonly recent: Seen[] = [];
  timeMs = 0;
  paused = false;
  readonly sensors = new SensorBoard();
  readonly #rtts = new Map<string, number | undefined>();
  #before: Snapshot | undefined;

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
    // Counters are live objects: what they say now is kept.
    this.#before = structuredClone(snapshot);
  }

  #link(link: LinkStatus, seconds: number): LinkRow {
    const { name, up, downReason, counters } = link;
    const before = this.#before?.links.find((other) => other.name === name)?.counters;
    const rate = (now: number, then: number | undefined): number => perSecond(now, then, seconds);
    const { drops, ...own } = counters;
    const all = Object.entries({ ...link.linkCounters, ...own, ...drops }).filter(([, value]) => value !== 0);
    const faults = Object.entries(drops).reduce((sum, [why, count]) => (HARMLESS.includes(why) ? sum : sum + count), 0);
    return {
      ...{ name, up, downReason },
      rxPacketsPerSecond: rate(counters.rxPackets, before?.rxPackets),
      txPacketsPerSecond: rate(counters.txPackets, before?.txPackets),
      rxBytesPerSecond: rate(counters.rxBytes, before?.rxBytes),
      txBytesPerSecond: rate(counters.txBytes, before?.txBytes),
      faults: faults + counters.txErrors,
      counters: Object.fromEntries(all),
    };
  }

  #endpoint(info: EndpointInfo, { peers }: Snapshot, seconds: number): EndpointRow {
    const { network, eid } = info;
    const find = (all: Snapshot['peers'] | undefined): PeerCounters | undefined =>
      all?.find((peer) => peer.network === network && peer.eid === eid)?.counters;
    const now = find(peers);
    const then = find(this.#before?.peers);
    const messages = (counters: PeerCounters | undefined): number | undefined =>
      counters === undefined ? undefined : counters.rxMessages + counters.txMessages;
    return {
      info,
      messagesPerSecond: perSecond(messages(now) ?? 0, messages(then), seconds),
      rttMs: this.#rtts.get(`${network}:${eid}`),
      timeouts: now?.timeouts ?? 0,
      retries: now?.retries ?? 0,
    };
  }
}

function perSecond(now: number, then: number | undefined, seconds: number): number {
  return then === undefined || seconds <= 0 ? 0 : Math.max(0, now - then) / seconds;
}

/** One page which looks on: Server-Sent Events with what changed, as fast as it takes them and no faster than 10 times a second. */

import type { ServerResponse } from 'node:http';
import type { Clock } from '../../stack/clock.js';
import { CommandError } from '../command-error.js';
import { Filter } from '../decode/filter.js';
import type { PacketWatch } from './packet-watch.js';
import type { WebLive, WebPacket, WebTableName } from './web-documents.js';
import type { WebModel } from './web-model.js';

/** What a page wants to see. */
export interface LiveWish {
  readonly tables: readonly WebTableName[];
  /** Only sensors whose key begins so. */
  readonly sensors: string;
  readonly events: boolean;
  /** As `mctpkit listen --filter`; undefined: no packets. */
  readonly packets: string | undefined;
}

/** A page which takes nothing for so long is closed. */
const MOST_STALLED_MS = 30_000;
/** Items of a log in one message. */
const AT_ONCE = 300;
/** Of the packets so far, a page gets the last of these which match. */
const PACKETS_BEFORE = 300;

export class LiveStream {
  #seen = -1;
  #nextEvent = 0;
  #nextPacket: number;
  /** From before the page came; told once. */
  #before: readonly WebPacket[] = [];
  #lostBefore: number;
  readonly #filter: Filter | undefined;
  #isFirst = true;
  #problem: string | undefined;
  #toldProblem = false;
  #stalledSince: number | undefined;

  constructor(
    private readonly response: ServerResponse,
    private readonly wish: LiveWish,
    private readonly model: WebModel,
    private readonly packets: PacketWatch,
    private readonly clock: Clock,
  ) {
    response.writeHead(200, { 'Content-Type': 'text/event-stream; charset=utf-8', 'Cache-Control': 'no-store' });
    response.flushHeaders();
    this.#nextPacket = packets.kept.first;
    this.#lostBefore = packets.lost;
    if (wish.packets === undefined) return;
    try {
      this.#filter = new Filter([wish.packets]);
      const recalled = packets.recall(this.#filter, PACKETS_BEFORE);
      if (recalled === undefined) return;
      this.#before = recalled.rows;
      this.#nextPacket = recalled.next;
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      this.#problem = error.message.replace(/^--filter: /, '');
    }
  }

  get wantsPackets(): boolean {
    return this.wish.packets !== undefined;
  }

  /** What changed since the last time, if the page has taken that. */
  tick(): void {
    const { response } = this;
    if (response.writableNeedDrain) {
      const now = this.clock.now();
      this.#stalledSince ??= now;
      if (now - this.#stalledSince > MOST_STALLED_MS) response.destroy();
      return;
    }
    this.#stalledSince = undefined;
    const parts = [this.#tables(), this.#events(), this.#packets()].filter((part) => part !== undefined);
    if (parts.length > 0) response.write(`data: {${parts.join(',')}}\n\n`);
  }

  end(): void {
    this.response.end();
  }

  #tables(): string | undefined {
    const { versions } = this.model;
    const texts = this.wish.tables.flatMap((name) => {
      const changes = this.model.table(name).changesSince(this.#seen, name === 'sensors' ? this.wish.sensors : '');
      if (changes === undefined) return [];
      const { all, rows, gone } = changes;
      return [`"${name}":{"all":${all},"rows":${rows},"gone":${JSON.stringify(gone)}}`];
    });
    this.#seen = versions.last;
    return texts.length === 0 ? undefined : `"tables":{${texts.join(',')}}`;
  }

  #events(): string | undefined {
    if (!this.wish.events) return undefined;
    const { events } = this.model;
    const first = Math.max(this.#nextEvent, events.first, events.next - AT_ONCE);
    const lost = first - this.#nextEvent;
    const items = [];
    for (let n = first; n < events.next; n++) items.push(events.at(n)!);
    const isFirst = this.#nextEvent === 0;
    this.#nextEvent = events.next;
    if (items.length === 0) return undefined;
    return `"events":${JSON.stringify({ items, lost: isFirst ? 0 : lost } satisfies WebLive['events'])}`;
  }

  #packets(): string | undefined {
    const filter = this.#filter;
    if (this.#problem !== undefined && !this.#toldProblem) {
      this.#toldProblem = true;
      return `"packets":${JSON.stringify({ items: [], lost: 0, problem: this.#problem } satisfies WebLive['packets'])}`;
    }
    if (filter === undefined) return undefined;
    const { kept, lost: lostSoFar } = this.packets;
    const items = [...this.#before];
    this.#before = [];
    const first = Math.max(this.#nextPacket, kept.first);
    const missed = first - this.#nextPacket + lostSoFar - this.#lostBefore;
    for (let n = first; n < kept.next; n++) {
      const { subject, row } = kept.at(n)!;
      if (filter.empty || filter.matches({ ...subject, link: row.link })) items.push(row);
    }
    this.#nextPacket = kept.next;
    this.#lostBefore = lostSoFar;
    // What passed before the page came does not count as lost.
    const lost = this.#isFirst ? 0 : missed + Math.max(0, items.length - PACKETS_BEFORE);
    this.#isFirst = false;
    if (items.length === 0 && lost === 0) return undefined;
    return `"packets":${JSON.stringify({ items: items.slice(-PACKETS_BEFORE), lost } satisfies WebLive['packets'])}`;
  }
}

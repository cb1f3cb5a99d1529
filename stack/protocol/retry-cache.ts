/** The last requests of each requester, so that a retry is not carried out twice (DSP0236 §8.17, DSP0240 §7.3). */

import type { Clock } from '../clock.js';

export interface RecentRequest {
  readonly instanceId: number;
  readonly payload: Uint8Array;
  readonly at: number;
  /** Which new request of its requester it was. */
  readonly turn: number;
  /** The response that was sent; undefined while there is none. */
  answer: Uint8Array | undefined;
}

/** A requester which has nothing to remember keeps its place: to take it out and in again would make tables anew. */
interface Sender {
  /** Requests so far, retries not counted. */
  turn: number;
  /** Oldest first, one per instance id. */
  readonly entries: RecentRequest[];
}

/** Requests and answers remembered of all requesters; bytes. What came last is kept, whatever its length. */
const MOST_BYTES = 1 << 20;

/**
 * A retry is a request again: the same bytes, instance id included, within the expiry time. A requester with several
 * requests outstanding may repeat any of them. Instance ids come round: what is further behind is another request.
 */
export class RetryCache {
  readonly #senders = new Map<string, Sender>();
  /** The requester last in the order. */
  #newest: string | undefined;
  #bytes = 0;

  constructor(
    readonly clock: Clock,
    readonly expiryMs: number,
    readonly limit: number,
    /** Requests of one requester that are remembered. */
    private readonly window: number,
  ) {}

  /** The request this one repeats. Any other request of its sender makes the remembered ones older. */
  find(requester: string, instanceId: number, payload: Uint8Array): RecentRequest | undefined {
    const sender = this.#senders.get(requester);
    if (sender === undefined) return undefined;
    const { entries } = sender;
    const at = entries.findIndex((entry) => entry.instanceId === instanceId);
    if (at >= 0) {
      const entry = entries[at]!;
      if (this.clock.now() - entry.at < this.expiryMs && sameBytes(entry.payload, payload)) return entry;
      this.#drop(entries, at);
    }
    this.#pass(sender);
    return undefined;
  }

  /** After `find` gave none. Beyond the limit the requester heard of longest ago is forgotten. */
  remember(requester: string, instanceId: number, payload: Uint8Array): RecentRequest {
    const sender = this.#senders.get(requester) ?? { turn: 0, entries: [] };
    const entry: RecentRequest = { instanceId, payload, at: this.clock.now(), turn: sender.turn, answer: undefined };
    if (requester !== this.#newest) {
      this.#senders.delete(requester);
      this.#senders.set(requester, sender);
      this.#newest = requester;
    }
    sender.entries.push(entry);
    this.#bytes += payload.length;
    if (this.#senders.size > this.limit) this.#forgetOldest();
    this.#shrink(entry);
    return entry;
  }

  /** What was answered; `keep` false: it is not remembered any longer. */
  answered(requester: string, entry: RecentRequest, answer: Uint8Array | undefined, keep: boolean): void {
    entry.answer = answer;
    const entries = this.#senders.get(requester)?.entries;
    const at = entries?.lastIndexOf(entry) ?? -1;
    if (at < 0) return;
    this.#bytes += answer?.length ?? 0;
    if (!keep) this.#drop(entries!, at);
    else this.#shrink(entry);
  }

  /** The sender sent something else. */
  forget(requester: string, instanceId: number): void {
    const sender = this.#senders.get(requester);
    if (sender === undefined) return;
    const at = sender.entries.findIndex((entry) => entry.instanceId === instanceId);
    if (at >= 0) this.#drop(sender.entries, at);
    this.#pass(sender);
  }

  clear(): void {
    this.#senders.clear();
    this.#newest = undefined;
    this.#bytes = 0;
  }

  #pass(sender: Sender): void {
    sender.turn++;
    for (let first = sender.entries[0]; first !== undefined; first = sender.entries[0]) {
      if (sender.turn - first.turn < this.window) return;
      this.#drop(sender.entries, 0);
    }
  }

  #drop(entries: RecentRequest[], at: number): void {
    const [entry] = entries.splice(at, 1);
    this.#bytes -= entry!.payload.length + (entry!.answer?.length ?? 0);
  }

  #forgetOldest(): void {
    const [key, { entries }] = this.#senders.entries().next().value!;
    while (entries.length > 0) this.#drop(entries, 0);
    this.#senders.delete(key);
  }

  /** Those of the requester which was heard of longest ago go first. */
  #shrink(kept: RecentRequest): void {
    if (this.#bytes <= MOST_BYTES) return;
    for (const { entries } of this.#senders.values()) {
      while (this.#bytes > MOST_BYTES && entries.length > 0 && entries[0] !== kept) this.#drop(entries, 0);
    }
  }
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let at = 0; at < a.length; at++) if (a[at] !== b[at]) return false;
  return true;
}

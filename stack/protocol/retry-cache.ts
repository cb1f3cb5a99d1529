/** The last request of each requester, so that a retry is not carried out twice (DSP0236 §8.17, DSP0240 §7.3). */

import type { Clock } from '../clock.js';

export interface RecentRequest {
  readonly payload: Uint8Array;
  readonly at: number;
  /** The response that was sent; undefined while there is none. */
  answer: Uint8Array | undefined;
}

/**
 * A requester has one request outstanding, so its retry is its last request again: the same bytes, instance id
 * included, within the expiry time. An older request with the same bytes is a new one, as instance ids come round.
 */
export class RetryCache {
  /** A requester which is forgotten keeps its place: to take it out and in again with every request would make tables anew. */
  readonly #last = new Map<string, RecentRequest | undefined>();
  /** Who is last in the order. */
  #newest: string | undefined;

  constructor(
    readonly clock: Clock,
    readonly expiryMs: number,
    readonly limit: number,
  ) {}

  /** The request this one repeats. Any other message of its sender makes the remembered one old. */
  find(requester: string, payload: Uint8Array): RecentRequest | undefined {
    const last = this.#last.get(requester);
    if (last === undefined) return undefined;
    if (this.clock.now() - last.at < this.expiryMs && sameBytes(last.payload, payload)) return last;
    this.#last.set(requester, undefined);
    return undefined;
  }

  /** Beyond the limit the requester heard of longest ago is forgotten. */
  remember(requester: string, payload: Uint8Array): RecentRequest {
    const entry: RecentRequest = { payload, at: this.clock.now(), answer: undefined };
    if (requester !== this.#newest) this.#last.delete(requester);
    this.#newest = requester;
    this.#last.set(requester, entry);
    if (this.#last.size > this.limit) this.#last.delete(this.#last.keys().next().value!);
    return entry;
  }

  /** The sender sent something else. */
  forget(requester: string): void {
    if (this.#last.get(requester) !== undefined) this.#last.set(requester, undefined);
  }

  /** Unless another request has taken its place. */
  forgetEntry(requester: string, entry: RecentRequest): void {
    if (this.#last.get(requester) === entry) this.#last.set(requester, undefined);
  }

  clear(): void {
    this.#last.clear();
    this.#newest = undefined;
  }
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let at = 0; at < a.length; at++) if (a[at] !== b[at]) return false;
  return true;
}

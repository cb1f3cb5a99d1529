/** The last request of each requester, so that a retry is not carried out twice (DSP0236 §8.17). */

import type { Clock } from '../clock.js';
import type { MctpMessage } from '../transport.js';

export interface RecentRequest {
  readonly payload: Uint8Array;
  readonly at: number;
  /** The response that was sent; undefined while there is none. */
  answer: Uint8Array | undefined;
}

/**
 * A requester has one request outstanding, so its retry is its last request again: the same bytes, instance ID
 * included, within the expiry time. An older request with the same bytes is a new one, as instance IDs come round.
 */
export class RetryCache {
  readonly #last = new Map<string, RecentRequest>();

  constructor(
    readonly clock: Clock,
    readonly expiryMs: number,
    readonly limit: number,
  ) {}

  /** The request this message repeats. Any other message of its sender makes the remembered one old. */
  find(message: MctpMessage): RecentRequest | undefined {
    const key = requesterKey(message);
    const last = this.#last.get(key);
    if (last === undefined) return undefined;
    if (this.clock.now() - last.at < this.expiryMs && sameBytes(last.payload, message.payload)) return last;
    this.#last.delete(key);
    return undefined;
  }

  /** Beyond the limit the requester heard of longest ago is forgotten. */
  remember(message: MctpMessage): RecentRequest {
    const key = requesterKey(message);
    const entry: RecentRequest = { payload: message.payload, at: this.clock.now(), answer: undefined };
    this.#last.delete(key);
    this.#last.set(key, entry);
    if (this.#last.size > this.limit) this.#last.delete(this.#last.keys().next().value!);
    return entry;
  }

  /** The sender sent something else. */
  forget(message: MctpMessage): void {
    if (this.#last.size > 0) this.#last.delete(requesterKey(message));
  }
}

function requesterKey(message: MctpMessage): string {
  return `${message.network}:${message.source}:${message.link}/${message.physicalAddress}`;
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let at = 0; at < a.length; at++) if (a[at] !== b[at]) return false;
  return true;
}

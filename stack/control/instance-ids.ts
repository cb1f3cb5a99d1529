/** What a requester remembers of a responder: whose turn it is, instance IDs, when it was last spoken to. */

import type { Clock } from '../clock.js';
import { MctpError } from '../errors.js';
import type { MctpAddress } from '../transport.js';
import { Turnstile } from '../util/line.js';

const INSTANCE_IDS = 32;

/** One text per responder: by physical address where one is named, else by EID. */
export function peerKey(to: MctpAddress): string {
  if (to.link === undefined) return `${to.network ?? 0}:${to.eid}`;
  return `${to.link}/${to.physicalAddress ?? ''}`;
}

export class ControlPeer {
  readonly turns: Turnstile;
  /** When the last exchange ended; -Infinity before the first. */
  quietSince = Number.NEGATIVE_INFINITY;
  #next: number;
  /** Instance IDs whose request was never answered: not to be used before this time. */
  readonly #tainted = new Map<number, number>();

  constructor(maxWaiting: number, firstInstanceId: number) {
    this.turns = new Turnstile(maxWaiting);
    this.#next = firstInstanceId % INSTANCE_IDS;
  }

  /** A new instance ID, in rotation. @throws MctpError EBUSY when 32 requests in MT4 went unanswered */
  takeInstanceId(clock: Clock): number {
    for (let tries = 0; tries < INSTANCE_IDS; tries++) {
      const id = this.#next;
      this.#next = (id + 1) % INSTANCE_IDS;
      const until = this.#tainted.get(id);
      if (until !== undefined && until > clock.now()) continue;
      this.#tainted.delete(id);
      return id;
    }
    throw new MctpError('EBUSY', 'all 32 instance IDs towards this peer belong to unanswered requests; wait a little');
  }

  /** A late answer may still come: keep the ID out of use for a while. */
  taint(instanceId: number, until: number): void {
    this.#tainted.set(instanceId, until);
  }

  /** Nothing would be lost by forgetting this peer. */
  forgettable(now: number, minGapMs: number): boolean {
    for (const [id, until] of this.#tainted) if (until <= now) this.#tainted.delete(id);
    return this.turns.idle && this.#tainted.size === 0 && this.quietSince + minGapMs <= now;
  }
}

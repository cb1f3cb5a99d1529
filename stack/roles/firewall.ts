/**
 * Which packets a bridge passes on, by link, EID and message type. Only the first packet of a message shows its type:
 * what was decided then holds for the rest of the message.
 */

import type { ForwardFilter } from '../core/forwarder.js';
import { FLAG_EOM, FLAG_SOM, HEADER_SIZE, TAG_KEY_MASK, TYPE_MASK } from '../packet.js';

/** First and last, both included; a number is a range of one. */
export type EidSet = readonly (number | readonly [first: number, last: number])[];

export interface FirewallRule {
  readonly action: 'allow' | 'deny';
  /** Links the packet comes from and goes to; default: any. */
  readonly from?: readonly string[];
  readonly to?: readonly string[];
  readonly source?: EidSet;
  readonly destination?: EidSet;
  /** Message types; default: any. */
  readonly types?: readonly number[];
}

export interface FirewallOptions {
  /** The first that matches decides. */
  readonly rules: readonly FirewallRule[];
  /** When none does; default allow. */
  readonly otherwise?: 'allow' | 'deny';
  /** Messages whose verdict is remembered; beyond it the oldest is forgotten, and its rest dropped. Default 1024. */
  readonly messages?: number;
}

export interface FirewallCounters {
  allowed: number;
  denied: number;
  /** Packets of messages whose beginning was not seen, or is forgotten. */
  unknown: number;
}

export class Firewall {
  readonly counters: FirewallCounters = { allowed: 0, denied: 0, unknown: 0 };
  readonly #options: FirewallOptions;
  readonly #limit: number;
  readonly #verdicts = new Map<string, boolean>();
  /** No rule asks for the type: every packet can be judged by itself. */
  readonly #typeless: boolean;

  constructor(options: FirewallOptions) {
    this.#options = options;
    this.#limit = options.messages ?? 1024;
    this.#typeless = options.rules.every((rule) => rule.types === undefined);
  }

  /** Messages whose verdict is remembered. */
  get remembered(): number {
    return this.#verdicts.size;
  }

  /** For `Mctp.forwardFilter`. */
  readonly filter: ForwardFilter = ({ from, to, buffer, start }) => {
    const destination = buffer[start + 1]!;
    const source = buffer[start + 2]!;
    const flags = buffer[start + 3]!;
    if (this.#typeless) return this.#count(this.#judge(from, to, source, destination, 0));
    const key = `${from} ${source} ${destination} ${flags & TAG_KEY_MASK}`;
    let verdict: boolean | undefined;
    if ((flags & FLAG_SOM) === 0) {
      verdict = this.#verdicts.get(key);
      if (verdict === undefined) {
        this.counters.unknown++;
        return false;
      }
    } else {
      verdict = this.#judge(from, to, source, destination, buffer[start + HEADER_SIZE]! & TYPE_MASK);
    }
    if ((flags & FLAG_EOM) !== 0) this.#verdicts.delete(key);
    else if ((flags & FLAG_SOM) !== 0) this.#remember(key, verdict);
    return this.#count(verdict);
  };

  #judge(from: string, to: string, source: number, destination: number, type: number): boolean {
    const rule = this.#options.rules.find(
      (r) =>
        (r.from?.includes(from) ?? true) &&
        (r.to?.includes(to) ?? true) &&
        (r.types?.includes(type) ?? true) &&
        (r.source === undefined || holds(r.source, source)) &&
        (r.destination === undefined || holds(r.destination, destination)),
    );
    return (rule?.action ?? this.#options.otherwise ?? 'allow') === 'allow';
  }

  #remember(key: string, verdict: boolean): void {
    this.#verdicts.delete(key);
    this.#verdicts.set(key, verdict);
    if (this.#verdicts.size > this.#limit) this.#verdicts.delete(this.#verdicts.keys().next().value!);
  }

  #count(verdict: boolean): boolean {
    this.counters[verdict ? 'allowed' : 'denied']++;
    return verdict;
  }
}

function holds(set: EidSet, eid: number): boolean {
  return set.some((part) => (typeof part === 'number' ? part === eid : part[0] <= eid && eid <= part[1]));
}

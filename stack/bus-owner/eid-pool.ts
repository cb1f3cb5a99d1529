/**
 * The EIDs a bus owner may give out on one network: never one twice, those just reclaimed last (DSP0236 §8.17.5).
 */

import type { Clock } from '../clock.js';
import { MctpError } from '../errors.js';
import { EID_MAX, EID_MIN, type Eid, eid } from '../ids.js';

export interface EidPoolOptions {
  readonly clock: Clock;
  /** First and last EID given out dynamically; default 8 to 254. */
  readonly dynamic?: readonly [number, number];
  /** A reclaimed EID is not given to another device for so long; ms. TRECLAIM, 5 s, unless asked otherwise. */
  readonly quarantineMs?: number;
}

interface Reclaimed {
  readonly at: number;
  /** Whose it was: only that device may have it back at once. */
  readonly holder: string;
}

export class EidPool {
  readonly #clock: Clock;
  readonly #first: number;
  readonly #last: number;
  readonly #quarantineMs: number;
  /** Holder of each EID in use. */
  readonly #used = new Map<number, string>();
  readonly #reclaimed = new Map<number, Reclaimed>();
  /** EIDs kept for devices named in the configuration: nobody else gets them. */
  readonly #reserved = new Map<number, string>();

  constructor(options: EidPoolOptions) {
    this.#clock = options.clock;
    this.#first = eid(options.dynamic?.[0] ?? EID_MIN);
    this.#last = eid(options.dynamic?.[1] ?? EID_MAX);
    if (this.#first > this.#last) {
      throw new MctpError('EINVAL', `an EID range from ${this.#first} cannot end at ${this.#last}`);
    }
    this.#quarantineMs = options.quarantineMs ?? 5_000;
  }

  /** EIDs in use, ascending, with their holders. */
  entries(): [number, string][] {
    return [...this.#used].sort((a, b) => a[0] - b[0]);
  }

  holder(id: number): string | undefined {
    return this.#used.get(id);
  }

  /** Keep `id` for `holder` whether it is there or not. @throws MctpError ECONFLICT when it is another's */
  reserve(id: number, holder: string): void {
    const other = this.#reserved.get(eid(id));
    if (other !== undefined && other !== holder) {
      throw new MctpError('ECONFLICT', `EID ${id} is reserved for ${other} and cannot be reserved for ${holder} too`);
    }
    this.#reserved.set(id, holder);
  }

  /** A reservation goes over to another name of the same device. */
  rename(id: number, from: string, to: string): void {
    if (this.#reserved.get(id) === from) this.#reserved.set(id, to);
  }

  /** May `holder` have `id` now? */
  isFree(id: number, holder: string): boolean {
    if (id < EID_MIN || id > EID_MAX) return false;
    const user = this.#used.get(id);
    if (user !== undefined) return user === holder;
    const reserved = this.#reserved.get(id);
    if (reserved !== undefined) return reserved === holder;
    return !this.#rests(id, holder);
  }

  /** Take a certain EID. @throws MctpError ECONFLICT when it is not free for `holder` */
  take(id: number, holder: string): Eid {
    if (!this.isFree(eid(id), holder)) {
      const by = this.#used.get(id) ?? this.#reserved.get(id);
      throw new MctpError('ECONFLICT', `EID ${id} ${by === undefined ? 'was reclaimed just now' : `belongs to ${by}`}`);
    }
    this.#reclaimed.delete(id);
    this.#used.set(id, holder);
    return id as Eid;
  }

  /** Take any EID of the dynamic range: the one `holder` had before, else a fresh one, else the longest reclaimed. */
  takeAny(holder: string): Eid {
    for (const [id, old] of this.#reclaimed) {
      if (old.holder === holder && this.#inRange(id) && this.isFree(id, holder)) return this.take(id, holder);
    }
    let oldest: number | undefined;
    for (let id = this.#first; id <= this.#last; id++) {
      if (!this.isFree(id, holder) || this.#reserved.has(id)) continue;
      const old = this.#reclaimed.get(id);
      if (old === undefined) return this.take(id, holder);
      if (oldest === undefined || old.at < this.#reclaimed.get(oldest)!.at) oldest = id;
    }
    if (oldest !== undefined) return this.take(oldest, holder);
    throw new MctpError('ENOBUFS', `no EID is left between ${this.#first} and ${this.#last} for ${holder}`);
  }

  /**
   * Take up to `count` EIDs in one piece, from `preferred` on if they are free, else the first piece that is long
   * enough, else the longest there is. Undefined when there is none at all.
   */
  takeRange(count: number, holder: string, preferred?: number): { first: Eid; count: number } | undefined {
    let best: { first: number; count: number } | undefined;
    const consider = (first: number): void => {
      let length = 0;
      while (length < count && this.#inRange(first + length) && this.#fresh(first + length, holder)) length++;
      if (length > (best?.count ?? 0)) best = { first, count: length };
    };
    if (preferred !== undefined) consider(preferred);
    for (let id = this.#first; id <= this.#last && (best?.count ?? 0) < count; id++) consider(id);
    if (best === undefined) return undefined;
    for (let i = 0; i < best.count; i++) this.take(best.first + i, holder);
    return { first: best.first as Eid, count: best.count };
  }

  /** The device gave the EID up, or is gone: it rests before another gets it. */
  release(id: number): void {
    const holder = this.#used.get(id);
    if (holder === undefined) return;
    this.#used.delete(id);
    this.#reclaimed.set(id, { at: this.#clock.now(), holder });
  }

  /** It was never in use after all (the device refused it): free at once. */
  undo(id: number): void {
    this.#used.delete(id);
  }

  #fresh(id: number, holder: string): boolean {
    return !this.#used.has(id) && !this.#reserved.has(id) && this.isFree(id, holder);
  }

  #inRange(id: number): boolean {
    return id >= this.#first && id <= this.#last;
  }

  #rests(id: number, holder: string): boolean {
    const old = this.#reclaimed.get(id);
    return old !== undefined && old.holder !== holder && this.#clock.now() - old.at < this.#quarantineMs;
  }
}

/**
 * The EIDs a bus owner may give out on one network: never one twice, those just reclaimed last (DSP0236 §8.17.5).
 */

import type { Clock } from '../clock.js';
import { MctpError } from '../errors.js';
import { EID_MAX, EID_MIN, type Eid, eid } from '../ids.js';
import { placeName } from '../place.js';
import type { NetworkStack } from './network-stack.js';

export interface EidPoolOptions {
  readonly clock: Clock;
  /** First and last EID given out dynamically; default 8 to 254. */
  readonly dynamic?: EidSpan;
  /** A reclaimed EID is not given to another device for so long; ms. TRECLAIM, 5 s, unless asked otherwise. */
  readonly quarantineMs?: number;
}

interface Reclaimed {
  readonly at: number;
  /** Whose it was: only that device may have it back at once. */
  readonly holder: string;
}

/** First and last. */
export type EidSpan = readonly [number, number];

interface RangeWishes {
  readonly preferred?: number | undefined;
  readonly near?: number;
  avoid?(id: number): boolean;
  /** In place of the dynamic range. */
  readonly span?: EidSpan | undefined;
}

/** Names of reservations a device is entitled to. */
type Titles = readonly string[];

export class EidPool {
  readonly #clock: Clock;
  readonly #dynamic: EidSpan;
  readonly #quarantineMs: number;
  /** Holder of each EID in use. */
  readonly #used = new Map<number, string>();
  /** The oldest first. What became of an EID before stays known while it is in use. */
  readonly #reclaimed = new Map<number, Reclaimed>();
  /** EIDs kept for devices named in the configuration, by the name of the reservation: no other device gets them. */
  readonly #reserved = new Map<number, string>();

  constructor(options: EidPoolOptions) {
    this.#clock = options.clock;
    const [first, last] = options.dynamic ?? [EID_MIN, EID_MAX];
    if (eid(first) > eid(last)) throw new MctpError('EINVAL', `an EID range from ${first} cannot end at ${last}`);
    this.#dynamic = [first, last];
    this.#quarantineMs = options.quarantineMs ?? 5_000;
  }

  /** EIDs in use, ascending, with their holders. */
  entries(): [number, string][] {
    return [...this.#used].sort((a, b) => a[0] - b[0]);
  }

  holder(id: number): string | undefined {
    return this.#used.get(id);
  }

  /** Its holder, or what it is kept for: for messages. */
  claim(id: number): string {
    return this.#used.get(id) ?? this.#reserved.get(id) ?? 'a device that has just left';
  }

  /** In the dynamic range, or in `span` where a link has its own. */
  covers(id: number, [first, last]: EidSpan = this.#dynamic): boolean {
    return id >= first && id <= last;
  }

  /** Keep `id` for whoever has that title, whether it is there or not. @throws MctpError ECONFLICT when it is kept already */
  reserve(id: number, title: string): void {
    const other = this.#reserved.get(eid(id));
    if (other !== undefined && other !== title) {
      throw new MctpError('ECONFLICT', `EID ${id} is reserved for ${other} and cannot be reserved for ${title} too`);
    }
    this.#reserved.set(id, title);
  }

  /** May `holder` have `id` now? */
  isFree(id: number, holder: string, titles: Titles = []): boolean {
    if (id < EID_MIN || id > EID_MAX) return false;
    const user = this.#used.get(id);
    if (user !== undefined) return user === holder;
    const reserved = this.#reserved.get(id);
    if (reserved !== undefined && reserved !== holder && !titles.includes(reserved)) return false;
    return !this.#rests(id, holder);
  }

  /** Take a certain EID. @throws MctpError ECONFLICT when it is not free for `holder` */
  take(id: number, holder: string, titles: Titles = []): Eid {
    if (!this.isFree(eid(id), holder, titles)) {
      throw new MctpError('ECONFLICT', `EID ${id} belongs to ${this.claim(id)}`);
    }
    this.#used.set(id, holder);
    return id as Eid;
  }

  /** The lowest EID of the dynamic range, or of `span`, that nobody has, ever had, or is to have. */
  firstFree(holder: string, avoid: (id: number) => boolean, [first, last]: EidSpan = this.#dynamic): Eid | undefined {
    for (let id = first; id <= last; id++) {
      if (this.#unclaimed(id, holder) && !this.#reclaimed.has(id) && !avoid(id)) return id as Eid;
    }
    return undefined;
  }

  /**
   * Take any EID of the dynamic range, or of `span`: the one `holder` had before, else a fresh one, if possible not one of `avoid`,
   * else the longest reclaimed.
   * @throws MctpError ENOBUFS
   */
  takeAny(holder: string, avoid: (id: number) => boolean = () => false, span: EidSpan = this.#dynamic): Eid {
    const [first, last] = span;
    for (const [id, old] of this.#reclaimed) {
      if (old.holder !== holder || this.#used.has(id) || !this.covers(id, span)) continue;
      if (this.isFree(id, holder)) return this.take(id, holder);
    }
    let avoided: number | undefined;
    let oldest: number | undefined;
    for (let id = first; id <= last; id++) {
      if (!this.#unclaimed(id, holder)) continue;
      const old = this.#reclaimed.get(id);
      if (old === undefined) {
        if (!avoid(id)) return this.take(id, holder);
        avoided ??= id;
      } else if (oldest === undefined || old.at < this.#reclaimed.get(oldest)!.at) oldest = id;
    }
    const second = avoided ?? oldest;
    if (second !== undefined) return this.take(second, holder);
    throw new MctpError('ENOBUFS', `no EID is left between ${first} and ${last} for ${holder}`);
  }

  /**
   * Take up to `count` EIDs in one piece: from `preferred` on if they are free, else the first piece after `near` that is
   * long enough and holds none of `avoid`, else the first such anywhere, else the first that is long enough, else the
   * longest there is. Undefined when there is none at all.
   */
  takeRange(count: number, holder: string, wishes: RangeWishes = {}): { first: Eid; count: number } | undefined {
    const { preferred, near, avoid = () => false, span = this.#dynamic } = wishes;
    const [first, last] = span;
    let best = { first: 0, count: 0 };
    const consider = (from: number, avoiding: boolean): boolean => {
      let length = 0;
      for (let id = from; length < count && this.covers(id, span) && this.#unclaimed(id, holder); id++, length++) {
        if (avoiding && avoid(id)) break;
      }
      if (length > best.count) best = { first: from, count: length };
      return length === count;
    };
    const search = (from: number, avoiding: boolean): boolean => {
      for (let id = from; id <= last; id++) if (consider(id, avoiding)) return true;
      return false;
    };
    (preferred !== undefined && consider(preferred, false)) ||
      (near !== undefined && search(Math.max(near, first), true)) ||
      search(first, true) ||
      search(first, false);
    for (let i = 0; i < best.count; i++) this.take(best.first + i, holder);
    return best.count === 0 ? undefined : { first: best.first as Eid, count: best.count };
  }

  /** The device gave the EID up, or is gone: it rests before another gets it. `successor` may have it at once. */
  release(id: number, successor?: string): void {
    const holder = this.#used.get(id);
    if (holder === undefined) return;
    this.#used.delete(id);
    this.#reclaimed.delete(id);
    this.#reclaimed.set(id, { at: this.#clock.now(), holder: successor ?? holder });
  }

  /** It was never in use after all (the device refused it): free, or resting, as it was before. */
  undo(id: number): void {
    this.#used.delete(id);
  }

  /** No device has it, and it is reserved for no other device. */
  #unclaimed(id: number, holder: string): boolean {
    return !this.#used.has(id) && !this.#reserved.has(id) && this.isFree(id, holder);
  }

  #rests(id: number, holder: string): boolean {
    const old = this.#reclaimed.get(id);
    return old !== undefined && old.holder !== holder && this.#clock.now() - old.at < this.#quarantineMs;
  }
}

/**
 * EIDs that have routes before a bus owner begins, of an earlier one or of another program with the same tables (the
 * kernel's), are not free. This holds them in the pool for the place their route leads to: a device that comes with such
 * an EID there keeps it. Ranges on these links are left to the bridges, which say themselves what they have.
 */
export async function holdRouted(
  host: NetworkStack,
  network: number,
  links: readonly string[] | undefined,
  pool: EidPool,
): Promise<void> {
  const neighbours = await host.neighbours();
  for (const { network: on, start, end, link } of await host.routes()) {
    const everything = start === EID_MIN && end === EID_MAX;
    const bridged = start !== end && links?.includes(link) !== false;
    if (on !== network || everything || bridged) continue;
    for (let eid: number = start; eid <= end; eid++) {
      const at = neighbours.find((n) => n.link === link && n.eid === eid)?.physicalAddress ?? '';
      const place = placeName(link, at);
      if (pool.isFree(eid, place)) pool.take(eid, place);
    }
  }
}

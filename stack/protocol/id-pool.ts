/**
 * The instance ids towards one responder: all requesters of one transport take them from the same pool, as the responder
 * sees one requester, which may not use an id twice within the expiry time (DSP0236 §11.7, DSP0240 §7.2).
 */

import { MctpError } from '../errors.js';
import type { Carrier, MctpAddress, Transport } from '../transport.js';

/** Responders remembered per transport and protocol. Those which no id is lent or rests for are forgotten first. */
const MOST_POOLS = 4_096;

const FREE = Number.NEGATIVE_INFINITY;
const LENT = Number.POSITIVE_INFINITY;

/** Which id a new pool begins with: a responder which was forgotten, or is known by another name, has not just had it. */
interface Start {
  next: number;
}

export class IdPool {
  /** No longer what `idPoolOf` gives. Never while an id is lent. */
  forgotten = false;
  /** When each id may be used again; ms of the clock. */
  readonly #freeAt: Float64Array;
  readonly #waiting = new Set<() => void>();
  #next: number;
  #lent = 0;
  /** Until then the responder may know what was asked last. */
  #knownUntil = FREE;

  constructor(
    count: number,
    private readonly start: Start,
  ) {
    this.#freeAt = new Float64Array(count).fill(FREE);
    this.#next = start.next % count;
  }

  /** A requester waits for an id: those which come later wait, too. */
  get contended(): boolean {
    return this.#waiting.size > 0;
  }

  get inUse(): boolean {
    return this.#lent > 0 || this.#waiting.size > 0;
  }

  /** Nothing is lost by forgetting it. */
  isIdle(now: number): boolean {
    return !this.inUse && this.#knownUntil <= now;
  }

  /** The next free id in turn, of the first `count`: never the one just used, where there is another. `giveBack` must follow. */
  take(now: number, count = this.#freeAt.length): number | undefined {
    const id = this.#freeId(now, count);
    if (id === undefined) return undefined;
    this.#freeAt[id] = LENT;
    this.#lent++;
    this.#turn(id);
    return id;
  }

  /** An id for what nobody answers, or of which there is none free; nobody gives it back. */
  passing(now: number, count = this.#freeAt.length): number {
    const id = this.#freeId(now, count) ?? this.#next % count;
    this.#turn(id);
    return id;
  }

  /** `rests`: an answer may still come, which must not be mistaken; the id is not used for `expiryMs`. */
  giveBack(id: number, now: number, expiryMs: number, rests: boolean): void {
    this.#lent--;
    this.#freeAt[id] = rests ? now + expiryMs : FREE;
    this.#knownUntil = Math.max(this.#knownUntil, now + expiryMs);
    // Those which get no id come in line again, behind the others.
    for (let left = this.#waiting.size; left > 0 && this.nextFree() <= now; left--) {
      const [wake] = this.#waiting;
      this.#waiting.delete(wake!);
      wake!();
    }
  }

  /** When one of the first `count` ids is free; Infinity: when somebody gives it back. */
  nextFree(count = this.#freeAt.length): number {
    let earliest = LENT;
    for (let id = 0; id < count; id++) if (this.#freeAt[id]! < earliest) earliest = this.#freeAt[id]!;
    return earliest;
  }

  /** Be told once that an id was given back; in line with others. The same function twice is one. */
  wait(wake: () => void): void {
    this.#waiting.add(wake);
  }

  stopWaiting(wake: () => void): void {
    this.#waiting.delete(wake);
  }

  #turn(id: number): void {
    this.#next = id + 1;
    this.start.next = id + 1;
  }

  #freeId(now: number, count: number): number | undefined {
    for (let step = 0; step < count; step++) {
      const id = (this.#next + step) % count;
      if (this.#freeAt[id]! <= now) return id;
    }
    return undefined;
  }
}

/** The pools of one transport and protocol, by responder. */
class Pools {
  readonly #pools = new Map<string, IdPool>();
  readonly #start: Start = { next: 0 };

  /** @throws MctpError ENOBUFS */
  of(key: string, count: number, now: number): IdPool {
    const known = this.#pools.get(key);
    if (known !== undefined) return known;
    if (this.#pools.size >= MOST_POOLS) this.#forget(now);
    const pool = new IdPool(count, this.#start);
    this.#pools.set(key, pool);
    return pool;
  }

  #forget(now: number): void {
    this.#forgetThose((pool) => pool.isIdle(now), this.#pools.size);
    if (this.#pools.size >= MOST_POOLS) this.#forgetThose((pool) => !pool.inUse, 1);
    if (this.#pools.size < MOST_POOLS) return;
    throw new MctpError('ENOBUFS', `requests to ${MOST_POOLS} responders are under way already`);
  }

  #forgetThose(may: (pool: IdPool) => boolean, most: number): void {
    let left = most;
    for (const [key, pool] of this.#pools) {
      if (left === 0) return;
      if (!may(pool)) continue;
      pool.forgotten = true;
      this.#pools.delete(key);
      left--;
    }
  }
}

const POOLS = new WeakMap<Transport, Map<string, Pools>>();

/**
 * The ids of a message type towards a responder, one pool for all requesters on this transport, also through transports in
 * front of it. Undefined for protocols which have none.
 * @throws MctpError ENOBUFS when ids are in use towards 4096 responders; as `Transport.peerKey`
 */
export function idPoolOf(
  transport: Transport,
  to: MctpAddress,
  messageType: number,
  instanceIds: number,
  now: number,
): IdPool | undefined {
  if (instanceIds === 1) return undefined;
  let at: Carrier = { transport, to };
  for (;;) {
    const behind = at.transport.carrier?.(at.to);
    if (behind === undefined) break;
    at = behind;
  }
  let kinds = POOLS.get(at.transport);
  if (kinds === undefined) {
    kinds = new Map();
    POOLS.set(at.transport, kinds);
  }
  const kind = `${messageType}/${instanceIds}`;
  let pools = kinds.get(kind);
  if (pools === undefined) {
    pools = new Pools();
    kinds.set(kind, pools);
  }
  return pools.of(at.transport.peerKey(at.to), instanceIds, now);
}

/**
 * Message tags (DSP0236 §8.1, §8.13): eight per peer, taken in rotation. A tag whose request timed out, or was sent more
 * than once, rests until no late answer can be mistaken for that of a new request.
 */

import type { Clock, Timer } from '../clock.js';
import { newPeerCounters, type PeerCounters } from '../counters.js';
import type { MctpError } from '../errors.js';
import type { Tag } from '../ids.js';
import type { Limits } from '../limits.js';
import type { PhysicalAddress } from '../link.js';
import { Line } from '../util/line.js';
import type { Receiver } from './receiver.js';

/** What holds a tag gets the messages that come back on it, as long as it holds the tag. */
export interface TagOwner extends Receiver {
  /** May its answer come by this link, from this physical address? Only where it was asked, as far as that is known. */
  expects(link: string, from: PhysicalAddress): boolean;
  /** The type of its answers; undefined: any. It takes no other. */
  readonly answerType: number | undefined;
  /** It looks at a message of that type before it takes it, and leaves one that is not its answer. */
  readonly isChoosy: boolean;
  /** It has the tag no more: another one got it after it had expired, or the peer is forgotten. */
  lost?(): void;
}

const TAGS = 8;

interface Slot {
  owner: TagOwner | undefined;
  /** With an owner: the tag is free again by itself then. Without: it rests until then. 0: neither. */
  until: number;
  /** Of the owner, or of the one before while the tag rests. */
  answerType: number | undefined;
}

interface Waiter {
  readonly owner: TagOwner;
  readonly aliases: readonly Peer[];
  readonly callback: (tag: Tag | undefined, error?: MctpError) => void;
}

function free(slot: Slot, now: number): boolean {
  return slot.owner === undefined ? slot.until <= now : slot.until !== 0 && slot.until <= now;
}

const NO_ALIASES: readonly Peer[] = [];

/** One peer: its tags and what was exchanged with it. */
export class Peer {
  readonly counters: PeerCounters = newPeerCounters();
  /** Sequence number the next message starts with. */
  sequence = 0;
  readonly #slots: Slot[] = [];
  readonly #waiting: Line<Waiter>;
  /** Those whose tags the waiters need as well: the same device by its other names. */
  readonly #awaited = new Set<Peer>();
  /** The other way round: in their lines are waiters for tags of ours. */
  readonly #awaiting = new Set<Peer>();
  #next = 0;
  #wake: Timer | undefined;

  constructor(
    /** For messages: "EID 9", "i2c:1/0x1d". */
    readonly name: string,
    private readonly clock: Clock,
    private readonly limits: Limits,
  ) {
    this.#waiting = new Line(() => limits.waiters, `messages wait for a tag to ${name}`);
    for (let i = 0; i < TAGS; i++) this.#slots.push({ owner: undefined, until: 0, answerType: undefined });
  }

  /** Nothing in use, resting or waited for: the peer may be forgotten. */
  get idle(): boolean {
    const now = this.clock.now();
    return this.#waiting.length === 0 && this.#slots.every((slot) => free(slot, now));
  }

  /**
   * A free tag for `owner`, or undefined when all are in use, resting, or others stand in line. `aliases` are the same
   * device by another name (its EID, its physical address): what they use is only taken when nothing else is free, and
   * where the answers can be told apart.
   */
  acquire(owner: TagOwner, aliases = NO_ALIASES): Tag | undefined {
    const tag = this.#waiting.length > 0 ? undefined : this.#take(owner, aliases);
    if (tag === undefined) this.counters.tagsExhausted++;
    return tag;
  }

  /**
   * Stand in line for a tag; `callback` gets it, or an error when the peer is given up. Returns how to leave the line.
   * @throws MctpError ENOBUFS when too many wait already
   */
  whenFree(
    owner: TagOwner,
    callback: (tag: Tag | undefined, error?: MctpError) => void,
    aliases = NO_ALIASES,
  ): () => void {
    const leave = this.#waiting.join({ owner, aliases, callback });
    for (const alias of aliases) {
      this.#awaited.add(alias);
      alias.#awaiting.add(this);
    }
    this.#armWake();
    return () => {
      leave();
      if (this.#waiting.length === 0) this.#lineEnds();
    };
  }

  /** Give a tag back; `rest` when an answer may still be under way. Nothing happens when it is not `owner`'s any more. */
  release(tag: number, owner: TagOwner, rest: boolean): void {
    const slot = this.#slots[tag]!;
    if (slot.owner !== owner) return;
    slot.owner = undefined;
    slot.until = rest ? this.clock.now() + this.limits.tagExpiryMs : 0;
    this.#freed();
  }

  /** From now on the tag frees itself after the expiry time, as an automatic tag of Linux does. */
  expire(tag: number, owner: TagOwner): void {
    const slot = this.#slots[tag]!;
    if (slot.owner !== owner) return;
    slot.until = this.clock.now() + this.limits.tagExpiryMs;
    if (this.#waiting.length > 0) this.#armWake();
    if (this.#awaiting.size > 0) for (const peer of this.#awaiting) peer.#armWake();
  }

  /** What waits for messages with TO = 0 on this tag. */
  ownerOf(tag: number): TagOwner | undefined {
    const slot = this.#slots[tag]!;
    if (slot.owner !== undefined && slot.until !== 0 && slot.until <= this.clock.now()) return undefined;
    return slot.owner;
  }

  /** The tag had an owner not long ago. */
  rests(tag: number): boolean {
    const slot = this.#slots[tag]!;
    return slot.owner === undefined && slot.until > this.clock.now();
  }

  /** In use, or resting. */
  holds(tag: number): boolean {
    return !free(this.#slots[tag]!, this.clock.now());
  }

  /** Tags in use, or resting: 0 to 8. */
  get heldTags(): number {
    const now = this.clock.now();
    return this.#slots.reduce((sum, slot) => sum + (free(slot, now) ? 0 : 1), 0);
  }

  /** The peer is forgotten: everybody in line gets `error`, and whoever has a tag loses it; no timer is left. */
  close(error: MctpError): void {
    const waiting = this.#waiting.clear();
    this.#lineEnds();
    for (const waiter of waiting) waiter.callback(undefined, error);
    for (const slot of this.#slots) {
      const { owner } = slot;
      slot.owner = undefined;
      slot.until = 0;
      owner?.lost?.();
    }
    this.#freed();
  }

  #take(owner: TagOwner, aliases: readonly Peer[]): Tag | undefined {
    let now = -1;
    let shared = -1;
    for (let i = 0; i < TAGS; i++) {
      const tag = (this.#next + i) & (TAGS - 1);
      const slot = this.#slots[tag]!;
      if (slot.owner !== undefined || slot.until !== 0) {
        if (now < 0) now = this.clock.now();
        if (!free(slot, now)) continue;
      }
      if (aliases.length === 0 || !aliases.some((alias) => alias.holds(tag))) return this.#give(tag, owner);
      if (shared < 0 && aliases.every((alias) => alias.#tellsApart(tag, owner))) shared = tag;
    }
    return shared < 0 ? undefined : this.#give(shared, owner);
  }

  #give(tag: number, owner: TagOwner): Tag {
    const slot = this.#slots[tag]!;
    const before = slot.owner;
    slot.owner = owner;
    slot.until = 0;
    slot.answerType = owner.answerType;
    this.#next = (tag + 1) & (TAGS - 1);
    before?.lost?.();
    return tag as Tag;
  }

  /** Could somebody else have the same tag of the device, and each get its own answer, and no late one? */
  #tellsApart(tag: number, other: TagOwner): boolean {
    const { owner, answerType } = this.#slots[tag]!;
    if (!this.holds(tag)) return true;
    if (answerType !== undefined && other.answerType !== undefined && answerType !== other.answerType) return true;
    return other.isChoosy && (owner === undefined || owner.isChoosy);
  }

  /** A tag is free, or rests: whoever waits looks again. */
  #freed(): void {
    if (this.#waiting.length > 0) this.#admit();
    if (this.#awaiting.size === 0) return;
    for (const peer of [...this.#awaiting]) peer.#admit();
  }

  #admit(): void {
    for (let waiter = this.#waiting.first; waiter !== undefined; waiter = this.#waiting.first) {
      const tag = this.#take(waiter.owner, waiter.aliases);
      if (tag === undefined) {
        this.#armWake();
        return;
      }
      this.#waiting.shift();
      waiter.callback(tag);
    }
    this.#lineEnds();
  }

  /** Nobody waits any more. */
  #lineEnds(): void {
    this.#disarm();
    for (const alias of this.#awaited) alias.#awaiting.delete(this);
    this.#awaited.clear();
  }

  /** Tags that rest or expire wake nobody by themselves: look again when the first of them is free. */
  #armWake(): void {
    this.#disarm();
    let at = Number.POSITIVE_INFINITY;
    const now = this.clock.now();
    for (const peer of [this, ...this.#awaited]) {
      // One that is free by now is of no use to the first in line.
      for (const { until } of peer.#slots) if (until > now) at = Math.min(at, until);
    }
    if (at === Number.POSITIVE_INFINITY) return;
    this.#wake = this.clock.schedule(at - now, () => {
      this.#wake = undefined;
      this.#admit();
    });
  }

  #disarm(): void {
    this.#wake?.cancel();
    this.#wake = undefined;
  }
}

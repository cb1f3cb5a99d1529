/**
 * Not talking faster than a peer wants (DSP0236 §12.19 to §12.21): a link that holds packets to limited peers back, and
 * the commands by which peers ask for it. Others are not held up, as long as the link has room for them.
 */

import type { Clock, Timer } from '../clock.js';
import {
  COMPLETION,
  type ControlResponder,
  QueryRateLimit,
  RequestTXRateLimit,
  UpdateRateLimit,
} from '../control/index.js';
import { MctpError } from '../errors.js';
import { ForwardingLink } from '../forwarding-link.js';
import { type Link, type LinkHost, type PhysicalAddress, TRANSMIT, type TransmitResult } from '../link.js';
import { fail } from '../protocol/index.js';

export interface RateLimit {
  /** Packets that may go at once. */
  readonly burst: number;
  /** Packets per second. */
  readonly rate: number;
}

interface Held {
  readonly buffer: Uint8Array;
  readonly start: number;
  readonly end: number;
  readonly to: PhysicalAddress;
  readonly slot: number;
}

/** A peer with a limit: its tokens, and its packets that wait for one. */
interface Bucket {
  /** Undefined: it was lifted, and what is held goes first. */
  limit: RateLimit | undefined;
  tokens: number;
  filledAt: number;
  readonly held: Held[];
  timer: Timer | undefined;
}

/** Packets to limited peers that the link holds besides its own window. */
const HELD = 8;

export class RateLimitedLink extends ForwardingLink {
  readonly #buckets = new Map<number, Bucket>();
  readonly #inside = new Set<number>();
  #host: LinkHost | undefined;
  #up = false;
  #givingBack = false;
  #refused = false;

  constructor(
    inner: Link,
    private readonly clock: Clock,
  ) {
    super(inner);
  }

  override get window() {
    return this.inner.window + HELD;
  }

  /** What holds towards an EID; undefined: no limit. */
  limitOf(eid: number): RateLimit | undefined {
    const limit = this.#buckets.get(eid)?.limit;
    return limit && { burst: limit.burst, rate: limit.rate };
  }

  /** Undefined takes the limit away. There are at most 256, one per EID. */
  limit(eid: number, limit: RateLimit | undefined): void {
    let bucket = this.#buckets.get(eid);
    if (bucket === undefined) {
      if (limit === undefined) return;
      bucket = { limit, tokens: 0, filledAt: 0, held: [], timer: undefined };
      this.#buckets.set(eid, bucket);
    }
    bucket.limit = limit;
    bucket.tokens = limit === undefined ? Number.POSITIVE_INFINITY : limit.burst;
    bucket.filledAt = this.clock.now();
    this.#release(eid, bucket);
    this.inner.flush?.();
  }

  override attach(host: LinkHost): void {
    this.#host = host;
    this.inner.attach({
      receive: (buffer, start, end, from) => host.receive(buffer, start, end, from),
      transmitted: (slot, error) => {
        this.#inside.delete(slot);
        // Before the host, which has the next packet at hand, takes the room.
        this.#releaseAll();
        host.transmitted(slot, error);
        this.#ready();
      },
      ready: () => this.#ready(),
      state: (up, reason) => {
        this.#up = up;
        if (!up) this.#giveBack(reason ?? new MctpError('ENETDOWN', `link ${this.name} is down`));
        host.state(up, reason);
      },
      fault: (what, buffer, start, end) => host.fault(what, buffer, start, end),
    });
  }

  override transmit(buffer: Uint8Array, start: number, end: number, to: PhysicalAddress, slot: number): TransmitResult {
    // The next packet of a message that failed just now: it fails with the link.
    if (this.#givingBack) return TRANSMIT.busy;
    const bucket = this.#buckets.get(buffer[start + 1]!);
    // Down, the link below says so.
    if (bucket === undefined || !this.#up) return this.#offer(buffer, start, end, to, slot);
    this.#fill(bucket);
    if (bucket.held.length === 0 && bucket.tokens >= 1) {
      const result = this.#offer(buffer, start, end, to, slot);
      if (result !== TRANSMIT.busy) bucket.tokens--;
      return result;
    }
    bucket.held.push({ buffer, start, end, to, slot });
    this.#arm(buffer[start + 1]!, bucket);
    return TRANSMIT.pending;
  }

  override async close(): Promise<void> {
    this.#up = false;
    this.#giveBack(new MctpError('ECANCELED', `link ${this.name} was closed`));
    await this.inner.close();
  }

  /** A packet of the host: it is told when there is room again. */
  #offer(buffer: Uint8Array, start: number, end: number, to: PhysicalAddress, slot: number): TransmitResult {
    const result = this.#pass(buffer, start, end, to, slot);
    if (result === TRANSMIT.busy) this.#refused = true;
    return result;
  }

  #pass(buffer: Uint8Array, start: number, end: number, to: PhysicalAddress, slot: number): TransmitResult {
    if (this.#inside.size >= this.inner.window) return TRANSMIT.busy;
    const result = this.inner.transmit(buffer, start, end, to, slot);
    if (result === TRANSMIT.pending) this.#inside.add(slot);
    return result;
  }

  /** Held packets come before new ones. */
  #ready(): void {
    this.#releaseAll();
    this.inner.flush?.();
    if (!this.#refused || this.#inside.size >= this.inner.window) return;
    this.#refused = false;
    this.#host?.ready();
  }

  #releaseAll(): void {
    for (const [eid, bucket] of this.#buckets) this.#release(eid, bucket);
  }

  #release(eid: number, bucket: Bucket): void {
    this.#fill(bucket);
    while (bucket.held.length > 0 && bucket.tokens >= 1) {
      const { buffer, start, end, to, slot } = bucket.held[0]!;
      const result = this.#pass(buffer, start, end, to, slot);
      // When there is room again, `ready` comes back to it.
      if (result === TRANSMIT.busy) break;
      bucket.held.shift();
      bucket.tokens--;
      if (result === TRANSMIT.sent) this.#host?.transmitted(slot);
    }
    this.#arm(eid, bucket);
    if (bucket.limit === undefined && bucket.held.length === 0) this.#buckets.delete(eid);
  }

  #fill(bucket: Bucket): void {
    if (bucket.limit === undefined) return;
    const now = this.clock.now();
    const { burst, rate } = bucket.limit;
    const tokens = bucket.tokens + ((now - bucket.filledAt) * rate) / 1000;
    // A token that only rounding keeps from being whole would be waited for without end.
    bucket.tokens = Math.min(burst, tokens + 1e-9);
    bucket.filledAt = now;
  }

  /** Look again when the next token comes; what has one already waits for room, not for time. */
  #arm(eid: number, bucket: Bucket): void {
    bucket.timer?.cancel();
    bucket.timer = undefined;
    if (bucket.held.length === 0 || bucket.limit === undefined || bucket.tokens >= 1) return;
    const wait = ((1 - bucket.tokens) * 1000) / bucket.limit.rate;
    bucket.timer = this.clock.schedule(wait, () => {
      this.#release(eid, bucket);
      this.inner.flush?.();
    });
  }

  #giveBack(reason: MctpError): void {
    this.#inside.clear();
    this.#refused = false;
    this.#givingBack = true;
    for (const [eid, bucket] of this.#buckets) {
      for (const { slot } of bucket.held.splice(0)) this.#host?.transmitted(slot, reason);
      this.#arm(eid, bucket);
      if (bucket.limit === undefined) this.#buckets.delete(eid);
    }
    this.#givingBack = false;
  }
}

/** What we say of ourselves; packets are baseline packets. */
export interface RateLimitAbilities {
  /** Bytes we can take at once. */
  readonly rxBuffer: number;
  /** Packets per second we take; 0: any. */
  readonly rxRate: number;
  readonly txMax: number;
  readonly txMin: number;
  readonly burstMax: number;
}

/** Answer the rate limit commands for links that can hold back; returns how to take the answers back. */
export function serveRateLimits(
  responder: ControlResponder,
  links: readonly RateLimitedLink[],
  abilities: RateLimitAbilities,
): () => void {
  const linkOf = (name: string): RateLimitedLink | undefined => links.find((link) => link.name === name);
  const registered = [
    responder.handlers.on(QueryRateLimit, (_fields, { message }) => {
      const link = linkOf(message.link);
      if (link === undefined) return fail(COMPLETION.unsupportedCommand);
      const now = link.limitOf(message.source);
      return { ...abilities, burstNow: now?.burst ?? 0, txNow: now?.rate ?? 0, caps: ['limitingSupported'] as const };
    }),
    responder.handlers.on(RequestTXRateLimit, ({ burst, rate }, { message }) => {
      const link = linkOf(message.link);
      if (link === undefined) return fail(COMPLETION.unsupportedCommand);
      if (burst === 0) link.limit(message.source, undefined);
      else if (rate < abilities.txMin || rate > abilities.txMax || rate === 0) return fail(COMPLETION.invalidData);
      else link.limit(message.source, { burst: Math.min(burst, abilities.burstMax), rate });
      const now = link.limitOf(message.source);
      return { burst: now?.burst ?? 0, rate: now?.rate ?? 0 };
    }),
    // A peer that takes less, or more, from now on.
    responder.handlers.on(UpdateRateLimit, ({ burst, rate }, { message }) => {
      const link = linkOf(message.link);
      if (link === undefined) return fail(COMPLETION.unsupportedCommand);
      link.limit(message.source, burst === 0 || rate === 0 ? undefined : { burst, rate });
      return {};
    }),
  ];
  return () => {
    for (const takeBack of registered) takeBack();
  };
}

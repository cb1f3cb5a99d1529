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
import {
  type Link,
  type LinkHost,
  type LinkPath,
  type PhysicalAddress,
  TRANSMIT,
  type TransmitResult,
} from '../link.js';
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
interface Bucket extends RateLimit {
  tokens: number;
  filledAt: number;
  readonly held: Held[];
  timer: Timer | undefined;
}

/** Packets to limited peers that the link holds besides its own window. */
const HELD = 8;

export class RateLimitedLink implements Link {
  readonly #buckets = new Map<number, Bucket>();
  readonly #inside = new Set<number>();
  #host: LinkHost | undefined;
  #refused = false;

  constructor(
    private readonly inner: Link,
    private readonly clock: Clock,
  ) {}

  get name() {
    return this.inner.name;
  }
  get binding() {
    return this.inner.binding;
  }
  get medium() {
    return this.inner.medium;
  }
  get transmissionUnit() {
    return this.inner.transmissionUnit;
  }
  get addressSize() {
    return this.inner.addressSize;
  }
  get ownAddress() {
    return this.inner.ownAddress;
  }
  get window() {
    return this.inner.window + HELD;
  }
  get counters() {
    return this.inner.counters;
  }

  /** What holds towards an EID; undefined: no limit. */
  limitOf(eid: number): RateLimit | undefined {
    const bucket = this.#buckets.get(eid);
    return bucket === undefined ? undefined : { burst: bucket.burst, rate: bucket.rate };
  }

  /** Undefined takes the limit away. There are at most 256, one per EID. */
  limit(eid: number, limit: RateLimit | undefined): void {
    const before = this.#buckets.get(eid);
    before?.timer?.cancel();
    this.#buckets.delete(eid);
    const held = before?.held ?? [];
    if (limit !== undefined) {
      const bucket: Bucket = { ...limit, tokens: limit.burst, filledAt: this.clock.now(), held, timer: undefined };
      this.#buckets.set(eid, bucket);
      this.#release(bucket);
    } else {
      this.#release({ burst: held.length, rate: 1, tokens: held.length, filledAt: 0, held, timer: undefined });
    }
    this.inner.flush?.();
  }

  attach(host: LinkHost): void {
    this.#host = host;
    this.inner.attach({
      receive: (buffer, start, end, from) => host.receive(buffer, start, end, from),
      transmitted: (slot, error) => {
        this.#inside.delete(slot);
        host.transmitted(slot, error);
        this.#ready();
      },
      ready: () => this.#ready(),
      state: (up, reason) => {
        if (!up) this.#giveBack(reason ?? new MctpError('ENETDOWN', `link ${this.name} is down`));
        host.state(up, reason);
      },
      fault: (what, buffer, start, end) => host.fault(what, buffer, start, end),
    });
  }

  open(): Promise<void> {
    return this.inner.open();
  }

  transmit(buffer: Uint8Array, start: number, end: number, to: PhysicalAddress, slot: number): TransmitResult {
    const bucket = this.#buckets.get(buffer[start + 1]!);
    if (bucket === undefined) return this.#pass(buffer, start, end, to, slot);
    this.#fill(bucket);
    if (bucket.held.length === 0 && bucket.tokens >= 1) {
      const result = this.#pass(buffer, start, end, to, slot);
      if (result !== TRANSMIT.busy) bucket.tokens--;
      return result;
    }
    bucket.held.push({ buffer, start, end, to, slot });
    this.#arm(bucket);
    return TRANSMIT.pending;
  }

  flush(): void {
    this.inner.flush?.();
  }

  async close(): Promise<void> {
    this.#giveBack(new MctpError('ECANCELED', `link ${this.name} was closed`));
    await this.inner.close();
  }

  probeAddresses(): Iterable<PhysicalAddress> {
    return this.inner.probeAddresses();
  }
  addressToWire(address: PhysicalAddress): Uint8Array {
    return this.inner.addressToWire(address);
  }
  addressFromWire(bytes: Uint8Array): PhysicalAddress | undefined {
    return this.inner.addressFromWire(bytes);
  }
  hints(): readonly string[] {
    return this.inner.hints?.() ?? [];
  }

  get paths(): readonly LinkPath[] | undefined {
    return this.inner.paths;
  }

  get echoes(): boolean {
    return this.inner.echoes ?? false;
  }

  #pass(buffer: Uint8Array, start: number, end: number, to: PhysicalAddress, slot: number): TransmitResult {
    const full = this.#inside.size >= this.inner.window;
    const result = full ? TRANSMIT.busy : this.inner.transmit(buffer, start, end, to, slot);
    if (result === TRANSMIT.pending) this.#inside.add(slot);
    if (result === TRANSMIT.busy) this.#refused = true;
    return result;
  }

  /** Held packets come before new ones. */
  #ready(): void {
    for (const bucket of this.#buckets.values()) this.#release(bucket);
    this.inner.flush?.();
    if (!this.#refused || this.#inside.size >= this.inner.window) return;
    this.#refused = false;
    this.#host?.ready();
  }

  #release(bucket: Bucket): void {
    this.#fill(bucket);
    while (bucket.held.length > 0 && bucket.tokens >= 1) {
      const { buffer, start, end, to, slot } = bucket.held[0]!;
      const result = this.#pass(buffer, start, end, to, slot);
      if (result === TRANSMIT.busy) return;
      bucket.held.shift();
      bucket.tokens--;
      if (result === TRANSMIT.sent) this.#host?.transmitted(slot);
    }
    this.#arm(bucket);
  }

  #fill(bucket: Bucket): void {
    const now = this.clock.now();
    const tokens = bucket.tokens + ((now - bucket.filledAt) * bucket.rate) / 1000;
    // A token that only rounding keeps from being whole would be waited for without end.
    bucket.tokens = Math.min(bucket.burst, tokens + 1e-9);
    bucket.filledAt = now;
  }

  #arm(bucket: Bucket): void {
    bucket.timer?.cancel();
    bucket.timer = undefined;
    if (bucket.held.length === 0) return;
    const wait = (Math.max(0, 1 - bucket.tokens) * 1000) / bucket.rate;
    bucket.timer = this.clock.schedule(wait, () => {
      this.#release(bucket);
      this.inner.flush?.();
    });
  }

  #giveBack(reason: MctpError): void {
    this.#inside.clear();
    this.#refused = false;
    for (const bucket of this.#buckets.values()) {
      bucket.timer?.cancel();
      bucket.timer = undefined;
      for (const { slot } of bucket.held.splice(0)) this.#host?.transmitted(slot, reason);
    }
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

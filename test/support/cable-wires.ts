/** Carriers of cables in memory, in the time of a clock: each place is a wire which can be slow, held, cut, healed and spied on. */

import type { CableListener, CableNetwork } from '../../bindings/cable/cable-link.js';
import { type Carrier, CHANNEL_BYTES } from '../../bindings/cable/carrier.js';
import type { ByteLineUser } from '../../bindings/shared/byte-line.js';
import type { Clock } from '../../stack/clock.js';
import { MctpError } from '../../stack/errors.js';

/** What a wire does to what it carries; it may change while there are connections. */
export interface WireCondition {
  /** One way; ms. */
  latencyMs: number;
  /** Infinity: no limit. */
  bytesPerMs: number;
  /** Nothing arrives, and nobody is told, until it is false again. */
  held: boolean;
  /** Nobody can connect. */
  down: boolean;
  /** May change, drop (undefined) or double what passes; `up`: from who connected. */
  tamper: ((chunk: Uint8Array, up: boolean) => readonly Uint8Array[]) | undefined;
}

class WireEnd implements Carrier {
  readonly channel = new Uint8Array(CHANNEL_BYTES);
  other!: WireEnd;
  #user: ByteLineUser | undefined;
  #isClosed = false;
  #unsent = 0;
  readonly #flight: { readonly bytes: Uint8Array; readonly at: number }[] = [];
  #lastAt = 0;

  constructor(
    readonly name: string,
    private readonly up: boolean,
    private readonly clock: Clock,
    readonly condition: WireCondition,
  ) {}

  get unsent(): number {
    return this.#unsent;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  listen(user: ByteLineUser): void {
    this.#user = user;
    if (this.#isClosed) this.clock.schedule(0, () => user.closed());
  }

  write(bytes: Uint8Array, taken?: () => void): void {
    if (this.#isClosed) return;
    const copies = this.condition.tamper?.(bytes, this.up) ?? [bytes];
    const { latencyMs, bytesPerMs } = this.condition;
    const busyUntil = Math.max(this.#lastAt, this.clock.now()) + bytes.length / bytesPerMs;
    this.#lastAt = busyUntil;
    this.#unsent += bytes.length;
    this.clock.schedule(busyUntil - this.clock.now(), () => {
      this.#unsent -= bytes.length;
      taken?.();
    });
    for (const copy of copies) {
      this.#flight.push({ bytes: new Uint8Array(copy), at: busyUntil + latencyMs });
      this.clock.schedule(busyUntil + latencyMs - this.clock.now(), () => this.arrive());
    }
  }

  /** What is due arrives, in its order. */
  arrive(): void {
    while (!this.condition.held && this.#flight.length > 0 && this.#flight[0]!.at <= this.clock.now() + 1e-9) {
      const { bytes } = this.#flight.shift()!;
      this.other.take(bytes);
    }
  }

  /** For tests: bytes arrive at this end as if the other had sent them. */
  take(bytes: Uint8Array): void {
    if (!this.#isClosed) this.#user?.data(bytes);
  }

  pause(): void {}

  resume(): void {}

  /** What was written is delivered first. */
  end(): void {
    if (this.#isClosed) return;
    const after = Math.max(0, this.#lastAt - this.clock.now()) + this.condition.latencyMs;
    this.#closeHere();
    this.clock.schedule(after, () => this.other.destroy());
  }

  destroy(): void {
    this.#closeHere();
    this.clock.schedule(0, () => this.other.#closeHere());
  }

  #closeHere(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.clock.schedule(0, () => this.#user?.closed());
  }
}

export class CableWires implements CableNetwork {
  readonly #listeners = new Map<string, (carrier: Carrier) => void>();
  readonly #conditions = new Map<string, WireCondition>();
  readonly #ends: { readonly place: string; readonly end: WireEnd }[] = [];
  #count = 0;
  dials = 0;

  constructor(private readonly clock: Clock) {}

  /** Of the wire to this place. */
  wire(place: string): WireCondition {
    let condition = this.#conditions.get(place);
    if (condition === undefined) {
      condition = { latencyMs: 0.1, bytesPerMs: Number.POSITIVE_INFINITY, held: false, down: false, tamper: undefined };
      this.#conditions.set(place, condition);
    }
    return condition;
  }

  /** Connections which are there, by place. */
  get open(): readonly string[] {
    return this.#ends.filter(({ end }) => !end.isClosed).map(({ place }) => place);
  }

  /** Nothing of the connections which are there arrives any more; new ones have another wire. */
  freeze(place: string): void {
    this.wire(place).held = true;
    this.#conditions.delete(place);
  }

  /** The connections of this place break, both ends are told; nobody can connect until it is healed. */
  cut(place: string): void {
    this.wire(place).down = true;
    for (const { end } of this.#ends.filter((one) => one.place === place)) end.destroy();
    this.#forget();
  }

  heal(place: string): void {
    const wire = this.wire(place);
    wire.down = false;
    wire.held = false;
    for (const { end } of this.#ends.filter((one) => one.place === place)) end.arrive();
  }

  /** Bytes arrive at whoever accepted the connections of a place. */
  inject(place: string, bytes: Uint8Array): void {
    for (const { end } of this.#ends.filter((one) => one.place === place)) end.other.take(bytes);
  }

  /** Bytes arrive at whoever connected to a place. */
  injectBack(place: string, bytes: Uint8Array): void {
    for (const { end } of this.#ends.filter((one) => one.place === place)) end.take(bytes);
  }

  isDialable(place: string): boolean {
    return !place.startsWith('/');
  }

  async dial(place: string): Promise<Carrier> {
    this.dials++;
    const accepted = this.#listeners.get(place);
    const condition = this.wire(place);
    if (accepted === undefined || condition.down) throw new MctpError('ENOTCONN', `nobody is at ${place}`);
    const here = new WireEnd(place, true, this.clock, condition);
    const there = new WireEnd(`from ${place} #${++this.#count}`, false, this.clock, condition);
    here.other = there;
    there.other = here;
    this.#ends.push({ place, end: here });
    this.#forget();
    accepted(there);
    return here;
  }

  async listen(place: string, hear: CableListener): Promise<() => Promise<void>> {
    if (this.#listeners.has(place)) throw new MctpError('EADDRINUSE', `${place} is in use`);
    this.#listeners.set(place, (carrier) => hear.accepted(carrier));
    return async () => {
      this.#listeners.delete(place);
    };
  }

  #forget(): void {
    for (let index = this.#ends.length - 1; index >= 0; index--) {
      if (this.#ends[index]!.end.isClosed && this.#ends[index]!.end.other.isClosed) this.#ends.splice(index, 1);
    }
  }
}

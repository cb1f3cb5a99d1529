/** Two links back to back in one process: the reference of what a link does, and the shortest wire for tests. */

import type { Clock, Timer } from '../../stack/clock.js';
import { MctpError } from '../../stack/errors.js';
import { BINDING } from '../../stack/ids.js';
import { type Link, type LinkHost, type PhysicalAddress, TRANSMIT, type TransmitResult } from '../../stack/link.js';
import { Refusals } from '../refusals.js';

export interface LoopbackOptions {
  readonly clock: Clock;
  /** Default `loopback:a` and `loopback:b`. */
  readonly names?: readonly [string, string];
  /** Two addresses of the same number of bytes, as lower-case hex; default: point to point. */
  readonly addresses?: readonly [PhysicalAddress, PhysicalAddress];
  /** Payload bytes per packet; default and limit. Default 64. */
  readonly transmissionUnit?: number;
  /** False (default): packets arrive at `flush`, without delay. True: they wait for a turn of the clock. */
  readonly async?: boolean;
  /** Packets that wait at most, per direction; default 16. */
  readonly depth?: number;
}

/** @throws MctpError EINVAL when the addresses do not fit each other */
export function loopbackPair(options: LoopbackOptions): [LoopbackLink, LoopbackLink] {
  const [a, b] = options.addresses ?? ['', ''];
  const isHex = /^([0-9a-f]{2})*$/;
  if (a.length !== b.length || !isHex.test(a) || !isHex.test(b) || (a !== '' && a === b)) {
    throw new MctpError('EINVAL', `"${a}" and "${b}" are not two addresses of one loopback`);
  }
  const names = options.names ?? ['loopback:a', 'loopback:b'];
  const left = new LoopbackLink(names[0], a, options);
  const right = new LoopbackLink(names[1], b, options);
  const wire = new LoopbackWire(2 * left.depth);
  left.connect(right, wire);
  right.connect(left, wire);
  return [left, right];
}

/** A packet on its way: borrowed until it was delivered. Made once, and used again and again. */
class Place {
  /** Undefined: free, or given back by a link that closed. */
  sender: LoopbackLink | undefined;
  buffer: Uint8Array = NOTHING;
  start = 0;
  end = 0;
  slot = 0;
}
const NOTHING = new Uint8Array(0);

/** The packets of both directions in the order in which they were sent: what a packet causes comes after it. */
class LoopbackWire {
  readonly #places: Place[];
  #first = 0;
  #count = 0;
  #draining = false;

  constructor(most: number) {
    this.#places = Array.from({ length: most }, () => new Place());
  }

  get count(): number {
    return this.#count;
  }

  push(sender: LoopbackLink, buffer: Uint8Array, start: number, end: number, slot: number): void {
    let index = this.#first + this.#count++;
    if (index >= this.#places.length) index -= this.#places.length;
    const place = this.#places[index]!;
    place.sender = sender;
    place.buffer = buffer;
    place.start = start;
    place.end = end;
    place.slot = slot;
  }

  /** Deliver so many packets, and no more: what they cause can wait. Called from within it returns at once. */
  drain(most = Number.POSITIVE_INFINITY): void {
    if (this.#draining) return;
    this.#draining = true;
    for (let done = 0; done < most && this.#count > 0; done++) {
      const place = this.#places[this.#first]!;
      place.sender?.deliver(place.buffer, place.start, place.end);
      this.#first = this.#first + 1 === this.#places.length ? 0 : this.#first + 1;
      this.#count--;
      // Closed on the way, the link has given its slot back already.
      const { sender } = place;
      place.sender = undefined;
      sender?.delivered(place.slot);
    }
    this.#draining = false;
  }

  /** Slots of the link's packets, which go nowhere now; the others move up. */
  takeBack(sender: LoopbackLink): number[] {
    const slots: number[] = [];
    const waiting = Array.from({ length: this.#count }, (_, index) => {
      const { sender: from, buffer, start, end, slot } = this.#places[(this.#first + index) % this.#places.length]!;
      return { from, buffer, start, end, slot };
    });
    // The one being delivered stays, to be ended by `drain`.
    const current = this.#draining ? waiting.shift() : undefined;
    this.#count = current === undefined ? 0 : 1;
    if (current?.from === sender) {
      slots.push(current.slot);
      this.#places[this.#first]!.sender = undefined;
    }
    for (const { from, buffer, start, end, slot } of waiting) {
      if (from === sender) slots.push(slot);
      else if (from !== undefined) this.push(from, buffer, start, end, slot);
    }
    return slots;
  }
}

export class LoopbackLink implements Link {
  readonly binding = BINDING.vendor;
  readonly medium = 0;
  readonly transmissionUnit: { readonly default: number; readonly max: number };
  readonly addressSize: number;
  readonly window = 1;
  readonly counters = { rxPackets: 0, rxBytes: 0, txPackets: 0, txBytes: 0, txRefused: 0, txLost: 0 };
  readonly #clock: Clock;
  readonly #async: boolean;
  readonly #refusals: Refusals;
  /** Bytes of the longest packet, header included. */
  readonly #longest: number;
  /** Packets that wait at most. */
  readonly depth: number;
  #peer!: LoopbackLink;
  #wire!: LoopbackWire;
  #host: LinkHost | undefined;
  #up = false;
  #waiting = 0;
  #timer: Timer | undefined;
  #saidBusy = false;

  constructor(
    readonly name: string,
    readonly ownAddress: PhysicalAddress,
    options: LoopbackOptions,
  ) {
    const unit = options.transmissionUnit ?? 64;
    this.transmissionUnit = { default: unit, max: unit };
    this.#longest = unit + 4;
    this.addressSize = ownAddress.length / 2;
    this.#clock = options.clock;
    this.#async = options.async ?? false;
    this.depth = options.depth ?? 16;
    this.#refusals = new Refusals(options.clock);
  }

  /** Put the other end in place, and what is between; `loopbackPair` does. */
  connect(peer: LoopbackLink, wire: LoopbackWire): void {
    this.#peer = peer;
    this.#wire = wire;
  }

  attach(host: LinkHost): void {
    this.#host = host;
    this.#refusals.attach(host);
  }

  async open(): Promise<void> {
    if (this.#host === undefined) throw new MctpError('EINVAL', `${this.name} is opened before it is attached`);
    if (this.#up) return;
    this.#up = true;
    this.#host.state(true);
  }

  transmit(buffer: Uint8Array, start: number, end: number, to: PhysicalAddress, slot: number): TransmitResult {
    const length = end - start;
    if (!this.#up || length < 5 || length > this.#longest || to !== this.#peer.ownAddress) {
      this.counters.txRefused++;
      return this.#refusals.add(slot, this.#refusal(length, to));
    }
    if (this.#waiting >= this.depth) {
      this.#saidBusy = true;
      return TRANSMIT.busy;
    }
    this.#waiting++;
    this.#wire.push(this, buffer, start, end, slot);
    return TRANSMIT.pending;
  }

  flush(): void {
    if (this.#async) this.#timer ??= this.#clock.schedule(0, () => this.#turn());
    else this.#wire.drain();
  }

  async close(): Promise<void> {
    this.#up = false;
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#saidBusy = false;
    this.#refusals.close();
    const canceled = new MctpError('ECANCELED', `${this.name} was closed`);
    this.#waiting = 0;
    for (const slot of this.#wire.takeBack(this)) this.#host?.transmitted(slot, canceled);
  }

  probeAddresses(): Iterable<PhysicalAddress> {
    return [this.#peer.ownAddress];
  }

  addressToWire(address: PhysicalAddress): Uint8Array {
    return Uint8Array.from(Buffer.from(address, 'hex'));
  }

  addressFromWire(bytes: Uint8Array): PhysicalAddress | undefined {
    if (bytes.length !== this.addressSize) return undefined;
    const address = Buffer.from(bytes).toString('hex');
    if (address === this.#peer.ownAddress) return this.#peer.ownAddress;
    return address === this.ownAddress ? this.ownAddress : address;
  }

  #refusal(length: number, to: PhysicalAddress): MctpError {
    if (!this.#up) return new MctpError('ENETDOWN', `${this.name} is not open`);
    if (length < 5 || length > this.#longest) {
      return new MctpError('EMSGSIZE', `${length} bytes are not a packet that ${this.name} can send`);
    }
    return new MctpError('ENACK', `no link has the address "${to}" on ${this.name}`);
  }

  /** Called by the wire: the packet arrives at the other end. */
  deliver(buffer: Uint8Array, start: number, end: number): void {
    const peer = this.#peer;
    this.counters.txPackets++;
    this.counters.txBytes += end - start;
    if (!peer.#up) {
      this.counters.txLost++;
      return;
    }
    peer.counters.rxPackets++;
    peer.counters.rxBytes += end - start;
    peer.#host!.receive(buffer, start, end, this.ownAddress);
  }

  /** Called by the wire: the slot is free. */
  delivered(slot: number): void {
    this.#waiting--;
    this.#host!.transmitted(slot);
    if (!this.#saidBusy || !this.#up) return;
    this.#saidBusy = false;
    this.#host!.ready();
  }

  /** Everything that waited when the turn began; what the packets cause waits for the next. */
  #turn(): void {
    this.#timer = undefined;
    this.#wire.drain(this.#wire.count);
    if (this.#up && this.#waiting > 0) this.#timer ??= this.#clock.schedule(0, () => this.#turn());
  }
}

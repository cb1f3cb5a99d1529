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
  /**
   * False (default): a packet arrives before `transmit` returns, which then says `sent`. True: it waits, borrowed and
   * `pending`, for a turn of the clock.
   */
  readonly async?: boolean;
  /** Packets that wait at most when asynchronous; default 16. */
  readonly depth?: number;
}

/** @throws MctpError EINVAL when the addresses do not fit each other */
export function loopbackPair(options: LoopbackOptions): [LoopbackLink, LoopbackLink] {
  const [a, b] = options.addresses ?? ['', ''];
  const isHex = /^([0-9a-f]{2})*$/;
  if (a.length !== b.length || !isHex.test(a) || !isHex.test(b) || (a !== '' && a === b)) {
    throw new MctpError('EINVAL', `"${a}" and "${b}" are no two addresses of one loopback`);
  }
  const names = options.names ?? ['loopback:a', 'loopback:b'];
  const left = new LoopbackLink(names[0], a, options);
  const right = new LoopbackLink(names[1], b, options);
  left.connect(right);
  right.connect(left);
  return [left, right];
}

interface Waiting {
  readonly buffer: Uint8Array;
  readonly start: number;
  readonly end: number;
  readonly slot: number;
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
  readonly #depth: number;
  readonly #refusals: Refusals;
  #peer!: LoopbackLink;
  #host: LinkHost | undefined;
  #up = false;
  #waiting: Waiting[] = [];
  #timer: Timer | undefined;
  #saidBusy = false;

  constructor(
    readonly name: string,
    readonly ownAddress: PhysicalAddress,
    options: LoopbackOptions,
  ) {
    const unit = options.transmissionUnit ?? 64;
    this.transmissionUnit = { default: unit, max: unit };
    this.addressSize = ownAddress.length / 2;
    this.#clock = options.clock;
    this.#async = options.async ?? false;
    this.#depth = options.depth ?? 16;
    this.#refusals = new Refusals(options.clock);
  }

  /** Put the other end in place; `loopbackPair` does. */
  connect(peer: LoopbackLink): void {
    this.#peer = peer;
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
    const refusal = this.#refusal(end - start, to);
    if (refusal !== undefined) {
      this.counters.txRefused++;
      return this.#refusals.add(slot, refusal);
    }
    if (!this.#async) {
      this.#deliver(buffer, start, end);
      return TRANSMIT.sent;
    }
    if (this.#waiting.length >= this.#depth) {
      this.#saidBusy = true;
      return TRANSMIT.busy;
    }
    this.#waiting.push({ buffer, start, end, slot });
    this.#timer ??= this.#clock.schedule(0, () => this.#turn());
    return TRANSMIT.pending;
  }

  async close(): Promise<void> {
    this.#up = false;
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#saidBusy = false;
    this.#refusals.close();
    const canceled = new MctpError('ECANCELED', `${this.name} was closed`);
    for (const { slot } of this.#waiting.splice(0)) this.#host?.transmitted(slot, canceled);
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

  #refusal(length: number, to: PhysicalAddress): MctpError | undefined {
    if (!this.#up) return new MctpError('ENETDOWN', `${this.name} is not open`);
    if (length < 5 || length > this.transmissionUnit.max + 4) {
      return new MctpError('EMSGSIZE', `${length} bytes are not a packet ${this.name} can send`);
    }
    if (to !== this.#peer.ownAddress) return new MctpError('ENACK', `nobody has the address "${to}" on ${this.name}`);
    return undefined;
  }

  /** Everything that waited when the turn began; what the packets cause waits for the next. */
  #turn(): void {
    this.#timer = undefined;
    for (let count = this.#waiting.length; count > 0 && this.#up; count--) {
      const { buffer, start, end, slot } = this.#waiting.shift()!;
      this.#deliver(buffer, start, end);
      this.#host!.transmitted(slot);
    }
    if (this.#up && this.#waiting.length > 0) this.#timer ??= this.#clock.schedule(0, () => this.#turn());
    if (this.#saidBusy) {
      this.#saidBusy = false;
      this.#host!.ready();
    }
  }

  #deliver(buffer: Uint8Array, start: number, end: number): void {
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
}

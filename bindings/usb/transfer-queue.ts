/** Transfers that wait for the one being written: a ring of buffers, filled with units at one end. */

import { encodeUnit, HEADER_BYTES, SEGMENT_BYTES } from './usb-framing.js';

interface Waiting {
  readonly bytes: Uint8Array;
  end: number;
  units: number;
}

export class TransferQueue {
  readonly #ring: readonly Waiting[];
  readonly #batch: boolean;
  #first = 0;
  #count = 0;

  /** `batch`: as many units per transfer as fit, when they wait anyway. */
  constructor(depth: number, batch: boolean) {
    this.#ring = Array.from({ length: depth }, () => ({ bytes: new Uint8Array(SEGMENT_BYTES), end: 0, units: 0 }));
    this.#batch = batch;
  }

  get empty(): boolean {
    return this.#count === 0;
  }

  /** The oldest transfer: the one to write, or being written. */
  get first(): { readonly bytes: Uint8Array; readonly end: number; readonly units: number } {
    return this.#ring[this.#first]!;
  }

  /** Units in all of them. */
  get units(): number {
    let units = 0;
    for (let index = 0; index < this.#count; index++) units += this.#at(index).units;
    return units;
  }

  /** Append the packet as a unit. False: no room. The first transfer is never added to: it may be on its way. */
  push(packet: Uint8Array, start: number, end: number): boolean {
    const length = HEADER_BYTES + end - start;
    const last = this.#count > 1 ? this.#at(this.#count - 1) : undefined;
    let target = last;
    if (!this.#batch || last === undefined || last.units === 0 || last.end + length > SEGMENT_BYTES) {
      if (this.#count === this.#ring.length) return false;
      target = this.#at(this.#count++);
    }
    target!.end = encodeUnit(packet, start, end, target!.bytes, target!.end);
    target!.units++;
    return true;
  }

  /** Append a transfer of any bytes, at most 512, whose units nobody counts. False: no room. */
  pushTransfer(transfer: Uint8Array): boolean {
    if (this.#count === this.#ring.length) return false;
    const target = this.#at(this.#count++);
    target.bytes.set(transfer);
    target.end = transfer.length;
    return true;
  }

  shift(): void {
    const first = this.#ring[this.#first]!;
    first.end = 0;
    first.units = 0;
    this.#first = (this.#first + 1) % this.#ring.length;
    this.#count--;
  }

  clear(): void {
    while (this.#count > 0) this.shift();
  }

  #at(index: number): Waiting {
    return this.#ring[(this.#first + index) % this.#ring.length]!;
  }
}

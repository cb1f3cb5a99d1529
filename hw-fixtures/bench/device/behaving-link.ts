/** A device's real link, with its behaviours at both doors: packets they lose on the way in and out. */

import type { MctpError } from '../../../stack/errors.js';
import { type Link, type LinkHost, type PhysicalAddress, TRANSMIT, type TransmitResult } from '../../../stack/link.js';

/** False: the packet is lost. The range is valid during the call only. */
export type PacketGate = (packet: Uint8Array) => boolean;

export class BehavingLink implements Link {
  readonly #inner: Link;
  readonly #in: PacketGate;
  readonly #out: PacketGate;

  constructor(inner: Link, gates: { readonly in: PacketGate; readonly out: PacketGate }) {
    this.#inner = inner;
    this.#in = gates.in;
    this.#out = gates.out;
  }

  get name() {
    return this.#inner.name;
  }

  get binding() {
    return this.#inner.binding;
  }

  get medium() {
    return this.#inner.medium;
  }

  get transmissionUnit() {
    return this.#inner.transmissionUnit;
  }

  get addressSize() {
    return this.#inner.addressSize;
  }

  get ownAddress() {
    return this.#inner.ownAddress;
  }

  get window() {
    return this.#inner.window;
  }

  get counters() {
    return this.#inner.counters;
  }

  attach(host: LinkHost): void {
    this.#inner.attach({
      receive: (buffer, start, end, from) => {
        if (this.#in(buffer.subarray(start, end))) host.receive(buffer, start, end, from);
      },
      transmitted: (slot: number, error?: MctpError) => host.transmitted(slot, error),
      ready: () => host.ready(),
      state: (up, reason) => host.state(up, reason),
      fault: (what, buffer, start, end) => host.fault(what, buffer, start, end),
    });
  }

  open(): Promise<void> {
    return this.#inner.open();
  }

  transmit(buffer: Uint8Array, start: number, end: number, to: PhysicalAddress, slot: number): TransmitResult {
    if (!this.#out(buffer.subarray(start, end))) return TRANSMIT.sent;
    return this.#inner.transmit(buffer, start, end, to, slot);
  }

  flush(): void {
    this.#inner.flush?.();
  }

  close(): Promise<void> {
    return this.#inner.close();
  }

  probeAddresses(): Iterable<PhysicalAddress> {
    return this.#inner.probeAddresses();
  }

  addressToWire(address: PhysicalAddress): Uint8Array {
    return this.#inner.addressToWire(address);
  }

  addressFromWire(bytes: Uint8Array): PhysicalAddress | undefined {
    return this.#inner.addressFromWire(bytes);
  }
}

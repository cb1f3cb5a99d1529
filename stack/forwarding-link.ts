/** A link that passes everything on to another one: what wraps a link writes only what it does differently. */

import type { FrameDoor, Link, LinkHost, LinkPath, PhysicalAddress, TransmitResult } from './link.js';

export abstract class ForwardingLink implements Link {
  constructor(protected readonly inner: Link) {}

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
    return this.inner.window;
  }
  get counters() {
    return this.inner.counters;
  }
  get frames(): FrameDoor | undefined {
    return this.inner.frames;
  }
  get paths(): readonly LinkPath[] | undefined {
    return this.inner.paths;
  }
  get echoes(): boolean {
    return this.inner.echoes ?? false;
  }

  attach(host: LinkHost): void {
    this.inner.attach(host);
  }

  open(): Promise<void> {
    return this.inner.open();
  }

  transmit(buffer: Uint8Array, start: number, end: number, to: PhysicalAddress, slot: number): TransmitResult {
    return this.inner.transmit(buffer, start, end, to, slot);
  }

  flush(): void {
    this.inner.flush?.();
  }

  close(): Promise<void> {
    return this.inner.close();
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
}

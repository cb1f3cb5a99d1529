/** Two ends of a USB cable in memory: transfers without hardware, that can be unplugged, suspended and disturbed. */

import type { TransferPort, TransferPortHost } from '../../bindings/usb/transfer-port.js';
import type { Clock } from '../../stack/clock.js';
import { MctpError } from '../../stack/errors.js';
import { copyOf } from '../../stack/util/slab.js';

export class MemoryUsbPort implements TransferPort {
  /** Every transfer that was written here and taken. */
  readonly written: Uint8Array[] = [];
  /** Opening fails with it. */
  refuse: MctpError | undefined;
  /** The other side takes nothing. */
  stalled = false;
  opens = 0;
  #peer!: MemoryUsbPort;
  #host: TransferPortHost | undefined;

  constructor(
    readonly name: string,
    readonly clock: Clock,
  ) {}

  connect(peer: MemoryUsbPort): void {
    this.#peer = peer;
  }

  get isOpen(): boolean {
    return this.#host !== undefined;
  }

  async open(host: TransferPortHost): Promise<void> {
    if (this.refuse !== undefined) throw this.refuse;
    this.opens++;
    this.#host = host;
  }

  write(buffer: Uint8Array, start: number, end: number): void {
    this.#send(this.#host, buffer, start, end);
  }

  async close(): Promise<void> {
    this.#host = undefined;
  }

  /** What the user's hand does to the cable. */
  unplug(): void {
    const host = this.#host;
    this.#host = undefined;
    host?.closed(new MctpError('ENODEV', `${this.name} is gone`));
  }

  /** The other side suspends the bus, or resumes it. */
  suspend(asleep: boolean): void {
    this.#host?.state(!asleep, asleep ? new MctpError('ENETDOWN', `${this.name} is suspended`) : undefined);
  }

  /** A transfer out of nowhere, cut into reads of 512 bytes as ports do. */
  inject(bytes: Uint8Array): void {
    for (let at = 0; at === 0 || at < bytes.length; at += 512) {
      this.#host?.received(bytes, at, Math.min(bytes.length, at + 512));
    }
  }

  /** A transfer to us is lost on the wire. */
  lose(what: string): void {
    this.#host?.fault(what);
  }

  /** The borrowed range is read as late as the contract allows: when the transfer is taken. */
  #send(host: TransferPortHost | undefined, buffer: Uint8Array, start: number, end: number): void {
    this.clock.schedule(1, () => {
      if (host === undefined || this.#host !== host) return;
      // A side whose program does not read takes nothing.
      if (this.stalled || this.#peer.#host === undefined) {
        this.#send(host, buffer, start, end);
        return;
      }
      const transfer = copyOf(buffer, start, end);
      this.written.push(transfer);
      this.#peer.#host.received(transfer, 0, transfer.length);
      host.written();
    });
  }
}

export function memoryUsbPair(clock: Clock): [MemoryUsbPort, MemoryUsbPort] {
  const a = new MemoryUsbPort('memory:host', clock);
  const b = new MemoryUsbPort('memory:device', clock);
  a.connect(b);
  b.connect(a);
  return [a, b];
}

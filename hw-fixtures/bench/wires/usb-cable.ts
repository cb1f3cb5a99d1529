/** A virtual USB cable: a host's end and a device's, which are `TransferPort`s, and carry a transfer at a time each way. */

import type { TransferPort, TransferPortHost } from '../../../bindings/usb/transfer-port.js';
import type { Clock } from '../../../stack/clock.js';
import { MctpError } from '../../../stack/errors.js';
import { copyOf } from '../../../stack/util/slab.js';
import type { Pluggable } from './pluggable.js';
import { Timeline } from './timeline.js';

export interface UsbEnd extends TransferPort, Pluggable {}

/** High speed: a transfer of up to 512 bytes has its turn in the next microframe. */
const TRANSFER_MS = 0.125;

export interface UsbCableOptions {
  readonly clock: Clock;
  /** Names of the ends; default `usb.host` and `usb.device`. */
  readonly ends?: readonly [string, string];
}

export class UsbCable {
  readonly host: UsbEnd;
  readonly device: UsbEnd;
  readonly #timeline: Timeline;
  readonly #ends: readonly [VirtualUsbEnd, VirtualUsbEnd];

  constructor({ clock, ends: [host, device] = ['usb.host', 'usb.device'] }: UsbCableOptions) {
    this.#timeline = new Timeline(clock);
    const near = new VirtualUsbEnd(host, this.#timeline);
    const far = new VirtualUsbEnd(device, this.#timeline);
    near.connect(far);
    far.connect(near);
    this.#ends = [near, far];
    this.host = near;
    this.device = far;
  }

  /** The cable is taken away: no end hears of anything any more. */
  close(): void {
    for (const end of this.#ends) end.forget();
    this.#timeline.close();
  }
}

interface Waiting {
  readonly buffer: Uint8Array;
  readonly start: number;
  readonly end: number;
}

class VirtualUsbEnd implements UsbEnd {
  #peer!: VirtualUsbEnd;
  #host: TransferPortHost | undefined;
  #plugged = true;
  /** The other side has not read it yet. */
  #waiting: Waiting | undefined;

  constructor(
    readonly name: string,
    readonly timeline: Timeline,
  ) {}

  connect(peer: VirtualUsbEnd): void {
    this.#peer = peer;
  }

  get plugged(): boolean {
    return this.#plugged;
  }

  async open(host: TransferPortHost): Promise<void> {
    if (!this.#plugged || !this.#peer.#plugged) throw gone(this.name);
    if (this.#host !== undefined) throw new MctpError('EBUSY', `${this.name} is in use`);
    this.#host = host;
    this.#peer.#move();
  }

  write(buffer: Uint8Array, start: number, end: number): void {
    this.#waiting = { buffer, start, end };
    this.#move();
  }

  async close(): Promise<void> {
    this.#host = undefined;
    this.#waiting = undefined;
  }

  unplug(): void {
    if (!this.#plugged) return;
    this.#plugged = false;
    this.#goDown();
    this.#peer.#goDown();
  }

  /** Both ends can be opened again; nobody is told, as a link looks for its device from time to time. */
  replug(): void {
    this.#plugged = true;
  }

  forget(): void {
    this.#host = undefined;
    this.#waiting = undefined;
  }

  #goDown(): void {
    const host = this.#host;
    this.forget();
    host?.closed(gone(this.name));
  }

  /** The borrowed range is read when the other side takes the transfer. */
  #move(): void {
    const waiting = this.#waiting;
    if (waiting === undefined) return;
    this.timeline.at(this.timeline.now() + TRANSFER_MS, () => {
      const reader = this.#peer.#host;
      // A side that does not read takes nothing.
      if (this.#waiting !== waiting || reader === undefined) return;
      this.#waiting = undefined;
      const transfer = copyOf(waiting.buffer, waiting.start, waiting.end);
      reader.received(transfer, 0, transfer.length);
      this.#host?.written();
    });
  }
}

function gone(name: string): MctpError {
  return new MctpError('ENODEV', `${name} was unplugged`);
}

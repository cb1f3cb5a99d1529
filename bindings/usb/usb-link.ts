/** MCTP over USB (DSP0283): point to point, no addresses, packets as units in bulk transfers. Host and device alike. */

import type { Clock } from '../../stack/clock.js';
import { MctpError } from '../../stack/errors.js';
import { BINDING } from '../../stack/ids.js';
import { HEADER_SIZE } from '../../stack/packet.js';
import { FrameListeners } from '../frame-listeners.js';
import { PortLink, portLinkCounters, type ReopenPauses } from '../port-link.js';
import type { TransferPort } from './transfer-port.js';
import { TransferQueue } from './transfer-queue.js';
import { decodeTransfer, maxPacket, SEGMENT_BYTES, usbReceiveCounters } from './usb-framing.js';

/** DSP0239: USB 2.0 compatible. */
const MEDIUM_USB2 = 0x11;
export const MAX_UNIT = maxPacket('1.0') - HEADER_SIZE;

export interface UsbLinkOptions {
  readonly port: TransferPort;
  readonly clock: Clock;
  /** Default `usb:` and the port's name. */
  readonly name?: string;
  /** Payload bytes per packet sent, 64..247; default 64. */
  readonly transmissionUnit?: number;
  /** Put several packets that wait into one transfer; default false, as some receivers take one per transfer only. */
  readonly batch?: boolean;
  /** Transfers that may wait behind the one being written; default 8. */
  readonly queue?: number;
  /** Default 250 to 1000 ms. False: a vanished device is not opened again. */
  readonly reopen?: ReopenPauses | false;
  /** How long `close` waits for the other side to take what was sent; ms, default 200. */
  readonly closeWaitMs?: number;
}

export class UsbLink extends PortLink {
  readonly name: string;
  readonly binding = BINDING.usb;
  readonly medium = MEDIUM_USB2;
  readonly transmissionUnit: { readonly default: number; readonly max: number };
  readonly counters = {
    ...usbReceiveCounters(),
    ...portLinkCounters(),
    /** Transfers received, good or not. */
    rxTransfers: 0,
    /** Transfers to us that were lost below the units: stalls, overflows. */
    rxFailed: 0,
    txTransfers: 0,
  };
  readonly frames = new FrameListeners((frame) => this.#sendTransfer(frame));
  readonly #port: TransferPort;
  readonly #queue: TransferQueue;
  #writing = false;

  /** @throws MctpError EINVAL */
  constructor(options: UsbLinkOptions) {
    const { clock, port, reopen = { firstMs: 250, longestMs: 1000 }, closeWaitMs = 200 } = options;
    super({ clock, reopen, closeWaitMs });
    const unit = options.transmissionUnit ?? 64;
    if (!Number.isInteger(unit) || unit < 64 || unit > MAX_UNIT) {
      throw new MctpError('EINVAL', `${unit} is not a transmission unit of a USB link: use 64 to ${MAX_UNIT}`);
    }
    const queue = options.queue ?? 8;
    if (!Number.isInteger(queue) || queue < 1 || queue > 1024) {
      throw new MctpError('EINVAL', `${queue} is not a length of a queue: use 1 to 1024`);
    }
    this.name = options.name ?? `usb:${port.name}`;
    this.transmissionUnit = { default: unit, max: unit };
    this.#port = port;
    this.#queue = new TransferQueue(queue + 1, options.batch ?? false);
  }

  hints(): readonly string[] {
    return this.#port.hints?.() ?? [];
  }

  protected enqueue(buffer: Uint8Array, start: number, end: number): boolean {
    return this.#queue.push(buffer, start, end);
  }

  protected write(): void {
    if (this.#writing || this.#queue.empty) return;
    this.#writing = true;
    this.counters.txTransfers++;
    const { bytes, end } = this.#queue.first;
    this.#port.write(bytes, 0, end);
  }

  protected get isWriting(): boolean {
    return this.#writing;
  }

  protected loseQueue(): number {
    const lost = this.#queue.units;
    this.#queue.clear();
    this.#writing = false;
    return lost;
  }

  protected async openPort(closed: (reason: MctpError) => void): Promise<void> {
    await this.#port.open({
      received: (buffer, start, end) => this.#received(buffer, start, end),
      written: (error) => this.#written(error),
      fault: (what) => {
        this.counters.rxFailed++;
        if (this.isUp) this.host.fault(what);
      },
      state: (up, reason) => {
        if (up) this.comeUp();
        else this.goDown(reason ?? new MctpError('ENODEV', `the other side of ${this.name} is gone`));
      },
      closed,
    });
  }

  protected closePort(): Promise<void> {
    return this.#port.close();
  }

  readonly #sink = {
    packet: (buffer: Uint8Array, start: number, end: number): void => {
      if (this.isUp) this.host.receive(buffer, start, end, '');
    },
    fault: (what: string, buffer: Uint8Array, start: number, end: number): void => {
      if (this.isUp) this.host.fault(what, buffer, start, end);
    },
  };

  #received(buffer: Uint8Array, start: number, end: number): void {
    if (!this.isUp) return;
    this.counters.rxTransfers++;
    if (this.frames.active) this.frames.heard(buffer, start, end);
    decodeTransfer(buffer, start, end, this.#sink, this.counters);
  }

  #written(error: MctpError | undefined): void {
    if (!this.#writing) return;
    this.#writing = false;
    if (error !== undefined) this.counters.txLost += this.#queue.first.units;
    this.#queue.shift();
    this.written();
  }

  async #sendTransfer(transfer: Uint8Array): Promise<void> {
    if (!this.isUp) throw this.whyDown();
    if (transfer.length === 0 || transfer.length > SEGMENT_BYTES) {
      throw new MctpError('EMSGSIZE', `a transfer of ${this.name} has 1 to ${SEGMENT_BYTES} bytes`);
    }
    if (!this.#queue.pushTransfer(transfer)) throw new MctpError('ENOBUFS', `${this.name} has no room now`);
    this.write();
  }
}

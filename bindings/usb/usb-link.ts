/** MCTP over USB (DSP0283): point to point, no addresses, packets as units in bulk transfers. Host and device alike. */

import type { Clock, Timer } from '../../stack/clock.js';
import { MctpError } from '../../stack/errors.js';
import { BINDING } from '../../stack/ids.js';
import { type Link, type LinkHost, type PhysicalAddress, TRANSMIT, type TransmitResult } from '../../stack/link.js';
import { HEADER_SIZE } from '../../stack/packet.js';
import { FrameListeners } from '../frame-listeners.js';
import { Refusals } from '../refusals.js';
import type { TransferPort } from './transfer-port.js';
import { TransferQueue } from './transfer-queue.js';
import { decodeTransfer, maxPacket, SEGMENT_BYTES, usbReceiveCounters } from './usb-framing.js';

/** DSP0239: USB 2.0 compatible. */
const MEDIUM_USB2 = 0x11;
/** A packet without payload is not sent. */
const MIN_PACKET = HEADER_SIZE + 1;
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
  /** Pauses before the attempts to open a vanished device again, doubling from the first to the longest; ms. */
  readonly reopen?: { readonly firstMs: number; readonly longestMs: number } | false;
  /** How long `close` waits for the other side to take what was sent; ms, default 200. */
  readonly closeWaitMs?: number;
}

export class UsbLink implements Link {
  readonly name: string;
  readonly binding = BINDING.usb;
  readonly medium = MEDIUM_USB2;
  readonly transmissionUnit: { readonly default: number; readonly max: number };
  readonly addressSize = 0;
  readonly ownAddress = '';
  readonly window = 1;
  readonly counters = {
    ...usbReceiveCounters(),
    /** Transfers received, good or not. */
    rxTransfers: 0,
    /** Transfers to us that were lost below the units: stalls, overflows. */
    rxFailed: 0,
    txPackets: 0,
    txBytes: 0,
    txTransfers: 0,
    /** Packets refused: of a wrong size, or the link was down. */
    txRefused: 0,
    /** Packets that were taken and never reached the other side. */
    txLost: 0,
    txBusy: 0,
    /** How often the link went down. */
    downs: 0,
  };
  readonly frames = new FrameListeners((frame) => this.#sendTransfer(frame));
  readonly #port: TransferPort;
  readonly #clock: Clock;
  readonly #reopen: { readonly firstMs: number; readonly longestMs: number } | false;
  readonly #closeWaitMs: number;
  readonly #queue: TransferQueue;
  readonly #refusals: Refusals;
  #writing = false;
  #saidBusy = false;
  #host: LinkHost | undefined;
  /** Between `open` and `close`, whether the other side is there or not. */
  #wanted = false;
  #up = false;
  #downReason: MctpError | undefined;
  #timer: Timer | undefined;
  #drained: (() => void) | undefined;
  #opening: Promise<void> | undefined;
  #closing: Promise<void> | undefined;

  /** @throws MctpError EINVAL */
  constructor(options: UsbLinkOptions) {
    const unit = options.transmissionUnit ?? 64;
    if (!Number.isInteger(unit) || unit < 64 || unit > MAX_UNIT) {
      throw new MctpError('EINVAL', `${unit} is not a transmission unit of a USB link: use 64 to ${MAX_UNIT}`);
    }
    const queue = options.queue ?? 8;
    if (!Number.isInteger(queue) || queue < 1 || queue > 1024) {
      throw new MctpError('EINVAL', `${queue} is not a length of a queue: use 1 to 1024`);
    }
    this.name = options.name ?? `usb:${options.port.name}`;
    this.transmissionUnit = { default: unit, max: unit };
    this.#port = options.port;
    this.#clock = options.clock;
    this.#reopen = options.reopen ?? { firstMs: 250, longestMs: 1000 };
    this.#closeWaitMs = options.closeWaitMs ?? 200;
    this.#refusals = new Refusals(options.clock);
    this.#queue = new TransferQueue(queue + 1, options.batch ?? false);
  }

  attach(host: LinkHost): void {
    this.#host = host;
    this.#refusals.attach(host);
  }

  async open(): Promise<void> {
    if (this.#host === undefined) throw new MctpError('EINVAL', `${this.name} is opened before it is attached`);
    await this.#closing;
    if (this.#wanted) return;
    this.#wanted = true;
    try {
      this.#opening = this.#openPort();
      await this.#opening;
    } catch (error) {
      this.#wanted = false;
      throw error;
    }
  }

  transmit(buffer: Uint8Array, start: number, end: number, _to: PhysicalAddress, slot: number): TransmitResult {
    const length = end - start;
    if (!this.#up) return this.#refuse(slot, this.#whyDown());
    if (length < MIN_PACKET || length > this.transmissionUnit.max + HEADER_SIZE) {
      return this.#refuse(slot, new MctpError('EMSGSIZE', `${length} bytes are not a packet ${this.name} can send`));
    }
    if (!this.#queue.push(buffer, start, end)) {
      this.#saidBusy = true;
      this.counters.txBusy++;
      return TRANSMIT.busy;
    }
    this.counters.txPackets++;
    this.counters.txBytes += length;
    this.#write();
    return TRANSMIT.sent;
  }

  async close(): Promise<void> {
    if (this.#wanted) {
      this.#wanted = false;
      this.#closing = this.#close();
    }
    await this.#closing;
  }

  probeAddresses(): Iterable<PhysicalAddress> {
    return [''];
  }

  addressToWire(_address: PhysicalAddress): Uint8Array {
    return new Uint8Array(0);
  }

  addressFromWire(bytes: Uint8Array): PhysicalAddress | undefined {
    return bytes.length === 0 ? '' : undefined;
  }

  hints(): readonly string[] {
    return this.#port.hints?.() ?? [];
  }

  async #close(): Promise<void> {
    this.#timer?.cancel();
    this.#timer = undefined;
    const wasUp = this.#up;
    this.#up = false;
    this.#downReason = undefined;
    this.#saidBusy = false;
    if (wasUp && this.#writing) await this.#drain();
    // An opening under way sees that it is not wanted; a next one must not begin before it has ended.
    const closed = this.#port.close();
    await this.#opening?.catch(() => {});
    await closed;
    await this.#port.close();
    this.#loseQueue();
    this.#refusals.close();
  }

  async #sendTransfer(transfer: Uint8Array): Promise<void> {
    if (!this.#up) throw this.#whyDown();
    if (transfer.length === 0 || transfer.length > SEGMENT_BYTES) {
      throw new MctpError('EMSGSIZE', `a transfer of ${this.name} has 1 to ${SEGMENT_BYTES} bytes`);
    }
    if (!this.#queue.pushTransfer(transfer)) throw new MctpError('ENOBUFS', `${this.name} has no room now`);
    this.#write();
  }

  #whyDown(): MctpError {
    return this.#downReason ?? new MctpError('ENETDOWN', `${this.name} is not open`);
  }

  #refuse(slot: number, error: MctpError): TransmitResult {
    this.counters.txRefused++;
    return this.#refusals.add(slot, error);
  }

  async #openPort(): Promise<void> {
    let gone: MctpError | undefined;
    await this.#port.open({
      received: (buffer, start, end) => this.#received(buffer, start, end),
      written: (error) => this.#written(error),
      fault: (what) => {
        this.counters.rxFailed++;
        if (this.#up) this.#host!.fault(what);
      },
      state: (up, reason) => {
        if (up) this.#comeUp();
        else this.#goDown(reason ?? new MctpError('ENODEV', `the other side of ${this.name} is gone`));
      },
      closed: (reason) => {
        gone = reason;
        this.#vanished(reason);
      },
    });
    if (gone !== undefined) throw gone;
    if (!this.#wanted) throw new MctpError('ECANCELED', `${this.name} was closed`);
    this.#comeUp();
  }

  readonly #sink = {
    packet: (buffer: Uint8Array, start: number, end: number): void => {
      if (this.#up) this.#host!.receive(buffer, start, end, '');
    },
    fault: (what: string, buffer: Uint8Array, start: number, end: number): void => {
      if (this.#up) this.#host!.fault(what, buffer, start, end);
    },
  };

  #received(buffer: Uint8Array, start: number, end: number): void {
    if (!this.#up) return;
    this.counters.rxTransfers++;
    if (this.frames.active) this.frames.heard(buffer, start, end);
    decodeTransfer(buffer, start, end, this.#sink, this.counters);
  }

  #write(): void {
    if (this.#writing || this.#queue.empty) return;
    this.#writing = true;
    this.counters.txTransfers++;
    const { bytes, end } = this.#queue.first;
    this.#port.write(bytes, 0, end);
  }

  #written(error: MctpError | undefined): void {
    if (!this.#writing) return;
    this.#writing = false;
    if (error !== undefined) this.counters.txLost += this.#queue.first.units;
    this.#queue.shift();
    this.#write();
    if (!this.#writing) this.#drained?.();
    this.#sayReady();
  }

  #sayReady(): void {
    if (!this.#saidBusy || !this.#up) return;
    this.#saidBusy = false;
    this.#host!.ready();
  }

  #comeUp(): void {
    if (this.#up || !this.#wanted) return;
    this.#up = true;
    this.#downReason = undefined;
    this.#host!.state(true);
    this.#sayReady();
  }

  #goDown(reason: MctpError): void {
    this.#drained?.();
    if (!this.#up) return;
    this.#up = false;
    this.counters.downs++;
    this.#downReason = new MctpError('ENETDOWN', `${this.name} is down: ${reason.message}`, { cause: reason });
    this.#loseQueue();
    this.#refusals.flush();
    this.#host!.state(false, reason);
  }

  #vanished(reason: MctpError): void {
    this.#goDown(reason);
    if (this.#wanted && this.#reopen !== false && this.#timer === undefined) {
      this.#scheduleReopen(this.#reopen.firstMs, this.#reopen.longestMs);
    }
  }

  #scheduleReopen(pauseMs: number, longestMs: number): void {
    this.#timer?.cancel();
    this.#timer = this.#clock.schedule(pauseMs, () => {
      this.#opening = this.#openPort();
      this.#opening.then(
        () => {
          this.#timer = undefined;
        },
        () => {
          if (this.#wanted) this.#scheduleReopen(Math.min(2 * pauseMs, longestMs), longestMs);
        },
      );
    });
  }

  #loseQueue(): void {
    this.counters.txLost += this.#queue.units;
    this.#queue.clear();
    this.#writing = false;
  }

  async #drain(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#drained = resolve;
      this.#timer = this.#clock.schedule(this.#closeWaitMs, resolve);
    });
    this.#drained = undefined;
    this.#timer?.cancel();
    this.#timer = undefined;
  }
}

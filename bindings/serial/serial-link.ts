/** MCTP over a serial line (DSP0253): point to point, no addresses, every packet a frame. */

import type { Clock, Timer } from '../../stack/clock.js';
import { MctpError } from '../../stack/errors.js';
import { BINDING } from '../../stack/ids.js';
import { type Link, type LinkHost, type PhysicalAddress, TRANSMIT, type TransmitResult } from '../../stack/link.js';
import { HEADER_SIZE } from '../../stack/packet.js';
import { FrameListeners } from '../frame-listeners.js';
import { Refusals } from '../refusals.js';
import type { BytePort } from './byte-port.js';
import { SerialDecoder, serialDecoderCounters } from './decoder.js';
import { ECHO_SENTENCE, EchoWatch } from './echo-watch.js';
import { Viewed } from './fcs.js';
import { IdleWatch } from './idle-watch.js';
import { encodeFrameTo, MAX_PACKET, MIN_PACKET, maxFrameSize } from './serial-framing.js';

/** DSP0239: asynchronous serial, controller to device. */
const MEDIUM_SERIAL = 0x24;

export interface SerialLinkOptions {
  readonly port: BytePort;
  readonly clock: Clock;
  /** Default `serial:` and the port's name. */
  readonly name?: string;
  /** Payload bytes per packet sent, 64..251. Default 64: Linux and libmctp receive no more. */
  readonly transmissionUnit?: number;
  /** Longest packet received, header included, 5..255; default 255. */
  readonly maxPacket?: number;
  /** Silence inside a frame after which it is given up; ms, default 100. Infinity: never. */
  readonly idleGapMs?: number;
  /** See `SerialDecoderOptions`. */
  readonly fcs?: 'require' | 'any';
  /** Bytes of frames that may wait behind the ones being written; default 1024, at least one frame. */
  readonly transmitBuffer?: number;
  /** Pauses before the attempts to open a vanished device again, doubling from the first to the longest; ms. */
  readonly reopen?: { readonly firstMs: number; readonly longestMs: number } | false;
  /** How long `close` waits for the line to take what was sent; ms, default 500. */
  readonly closeWaitMs?: number;
}

/** Frames on their way to the port. */
class Batch extends Viewed {
  end = 0;
  packets = 0;

  constructor(size: number) {
    super(new Uint8Array(size));
  }

  clear(): void {
    this.end = 0;
    this.packets = 0;
  }
}

export class SerialLink implements Link {
  readonly name: string;
  readonly binding = BINDING.serial;
  readonly medium = MEDIUM_SERIAL;
  readonly transmissionUnit: { readonly default: number; readonly max: number };
  readonly addressSize = 0;
  readonly ownAddress = '';
  readonly window = 1;
  readonly counters = {
    ...serialDecoderCounters(),
    txPackets: 0,
    txBytes: 0,
    /** Packets refused: of a wrong size, or the link was down. */
    txRefused: 0,
    /** Packets that were taken and never reached the line, because it went away. */
    txLost: 0,
    txBusy: 0,
    /** Packets of our own that came back. */
    rxEchoes: 0,
    /** How often the device vanished. */
    downs: 0,
  };
  readonly frames = new FrameListeners((frame) => this.#sendFrame(frame));
  readonly #port: BytePort;
  readonly #clock: Clock;
  readonly #reopen: { readonly firstMs: number; readonly longestMs: number } | false;
  readonly #closeWaitMs: number;
  readonly #decoder: SerialDecoder;
  readonly #idleWatch: IdleWatch;
  readonly #refusals: Refusals;
  readonly #echo = new EchoWatch();
  #filling: Batch;
  #writing: Batch;
  #portBusy = false;
  #saidBusy = false;
  #host: LinkHost | undefined;
  /** Between `open` and `close`, whether the device is there or not. */
  #wanted = false;
  #up = false;
  #downReason: MctpError | undefined;
  #timer: Timer | undefined;
  #drained: (() => void) | undefined;
  /** Opens the port, the first time or again; settles whatever comes of it. */
  #opening: Promise<void> | undefined;
  #closing: Promise<void> | undefined;

  /** @throws MctpError EINVAL */
  constructor(options: SerialLinkOptions) {
    const unit = options.transmissionUnit ?? 64;
    if (!Number.isInteger(unit) || unit < 64 || unit > MAX_PACKET - HEADER_SIZE) {
      throw new MctpError(
        'EINVAL',
        `${unit} is not a transmission unit of a serial link: use 64 to ${MAX_PACKET - HEADER_SIZE}`,
      );
    }
    this.name = options.name ?? `serial:${options.port.name}`;
    this.transmissionUnit = { default: unit, max: unit };
    this.#port = options.port;
    this.#clock = options.clock;
    this.#reopen = options.reopen ?? { firstMs: 250, longestMs: 5000 };
    this.#closeWaitMs = options.closeWaitMs ?? 500;
    this.#refusals = new Refusals(options.clock);
    const size = Math.max(options.transmitBuffer ?? 1024, maxFrameSize(unit + HEADER_SIZE));
    this.#filling = new Batch(size);
    this.#writing = new Batch(size);
    this.#decoder = new SerialDecoder(
      {
        packet: (buffer, start, end) => this.#received(buffer, start, end),
        fault: (what, buffer, start, end) => this.#host!.fault(what, buffer, start, end),
      },
      {
        counters: this.counters,
        ...(options.maxPacket !== undefined && { maxPacket: options.maxPacket }),
        ...(options.fcs !== undefined && { fcs: options.fcs }),
      },
    );
    this.#idleWatch = new IdleWatch(options.clock, options.idleGapMs ?? 100, () => this.#decoder.idle());
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
    const batch = this.#filling;
    if (batch.end + maxFrameSize(length) > batch.bytes.length) {
      this.#saidBusy = true;
      this.counters.txBusy++;
      return TRANSMIT.busy;
    }
    batch.end = encodeFrameTo(batch, buffer, start, end, batch.end);
    batch.packets++;
    this.counters.txPackets++;
    this.#echo.sent(buffer, start, end);
    this.counters.txBytes += length;
    if (!this.#portBusy) this.#write();
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
    const diagnosis = this.#decoder.diagnosis;
    const echo = this.echoes ? [ECHO_SENTENCE] : [];
    return [...echo, ...(this.#port.hints?.() ?? []), ...(diagnosis === undefined ? [] : [diagnosis])];
  }

  get echoes(): boolean {
    return this.#echo.echoes;
  }

  #received(buffer: Uint8Array, start: number, end: number): void {
    if (this.#echo.isEcho(buffer, start, end)) {
      this.counters.rxEchoes++;
      this.#host!.fault(`a packet of our own came back: ${ECHO_SENTENCE}`, buffer, start, end);
    } else this.#host!.receive(buffer, start, end, '');
  }

  async #close(): Promise<void> {
    this.#timer?.cancel();
    this.#timer = undefined;
    // No more packets, but those taken go out whole: a frame cut short can confuse the receiver for long.
    const wasUp = this.#up;
    this.#up = false;
    this.#idleWatch.stop();
    this.#downReason = undefined;
    this.#saidBusy = false;
    if (wasUp && this.#portBusy) await this.#drain();
    // An opening under way sees that it is not wanted; a next one must not begin before it has ended.
    await this.#opening?.catch(() => {});
    this.#loseBatches();
    this.#refusals.close();
    await this.#port.close();
  }

  async #sendFrame(frame: Uint8Array): Promise<void> {
    if (!this.#up) throw this.#whyDown();
    const batch = this.#filling;
    if (frame.length === 0 || frame.length > batch.bytes.length) {
      throw new MctpError('EMSGSIZE', `${this.name} writes 1 to ${batch.bytes.length} bytes at once`);
    }
    if (batch.end + frame.length > batch.bytes.length) throw new MctpError('ENOBUFS', `${this.name} has no room now`);
    batch.bytes.set(frame, batch.end);
    batch.end += frame.length;
    if (!this.#portBusy) this.#write();
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
    this.#decoder.reset();
    this.#echo.reset();
    await this.#port.open({
      data: (chunk, start, end) => {
        if (!this.#up) return;
        if (this.frames.active) this.frames.heard(chunk, start, end);
        this.#decoder.push(chunk, start, end);
        if (this.#up) this.#idleWatch.bytes(this.#decoder.inFrame);
      },
      written: () => this.#written(),
      closed: (reason) => {
        gone = reason;
        this.#vanished(reason);
      },
    });
    if (gone !== undefined) throw gone;
    if (!this.#wanted) throw new MctpError('ECANCELED', `${this.name} was closed`);
    this.#up = true;
    this.#downReason = undefined;
    this.#host!.state(true);
    this.#sayReady();
  }

  /** Hand the filled batch to the port, as often as the port is done at once. */
  #write(): void {
    while (this.#filling.end > 0) {
      const batch = this.#filling;
      this.#filling = this.#writing;
      this.#writing = batch;
      this.#portBusy = !this.#port.write(batch.bytes, 0, batch.end);
      if (this.#portBusy) return;
      batch.clear();
    }
  }

  #written(): void {
    if (!this.#portBusy) return;
    this.#portBusy = false;
    this.#writing.clear();
    this.#write();
    if (!this.#portBusy) this.#drained?.();
    this.#sayReady();
  }

  #sayReady(): void {
    if (!this.#saidBusy || !this.#up) return;
    this.#saidBusy = false;
    this.#host!.ready();
  }

  #vanished(reason: MctpError): void {
    this.#drained?.();
    if (!this.#up) return;
    this.#up = false;
    this.#idleWatch.stop();
    this.counters.downs++;
    this.#downReason = new MctpError('ENETDOWN', `${this.name} is down: ${reason.message}`, { cause: reason });
    this.#loseBatches();
    this.#refusals.flush();
    this.#host!.state(false, reason);
    if (this.#wanted && this.#reopen !== false) this.#scheduleReopen(this.#reopen.firstMs, this.#reopen.longestMs);
  }

  #scheduleReopen(pauseMs: number, longestMs: number): void {
    this.#timer = this.#clock.schedule(pauseMs, () => {
      this.#timer = undefined;
      this.#opening = this.#openPort();
      this.#opening.catch(() => {
        if (this.#wanted) this.#scheduleReopen(Math.min(2 * pauseMs, longestMs), longestMs);
      });
    });
  }

  #loseBatches(): void {
    this.counters.txLost += this.#filling.packets + this.#writing.packets;
    this.#filling.clear();
    this.#writing.clear();
    this.#portBusy = false;
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

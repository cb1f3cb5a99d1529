/** MCTP over a serial line (DSP0253): point to point, no addresses, every packet a frame. */

import type { Clock } from '../../stack/clock.js';
import { MctpError } from '../../stack/errors.js';
import { BINDING } from '../../stack/ids.js';
import { HEADER_SIZE } from '../../stack/packet.js';
import { FrameListeners } from '../frame-listeners.js';
import { PortLink, portLinkCounters, type ReopenPauses } from '../port-link.js';
import type { BytePort } from './byte-port.js';
import { SerialDecoder, serialDecoderCounters } from './decoder.js';
import { ECHO_SENTENCE, EchoWatch } from './echo-watch.js';
import { Viewed } from './fcs.js';
import { IdleWatch } from './idle-watch.js';
import { encodeFrameTo, MAX_PACKET, maxFrameSize } from './serial-framing.js';

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
  /** Default 250 to 5000 ms. False: a vanished device is not opened again. */
  readonly reopen?: ReopenPauses | false;
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

export class SerialLink extends PortLink {
  readonly name: string;
  readonly binding = BINDING.serial;
  readonly medium = MEDIUM_SERIAL;
  readonly transmissionUnit: { readonly default: number; readonly max: number };
  readonly counters = {
    ...serialDecoderCounters(),
    ...portLinkCounters(),
    /** Packets of our own that came back. */
    rxEchoes: 0,
  };
  readonly frames = new FrameListeners((frame) => this.#sendFrame(frame));
  readonly #port: BytePort;
  readonly #decoder: SerialDecoder;
  readonly #idleWatch: IdleWatch;
  readonly #echo = new EchoWatch();
  #filling: Batch;
  #writing: Batch;
  #portBusy = false;

  /** @throws MctpError EINVAL */
  constructor(options: SerialLinkOptions) {
    const { clock, port, reopen = { firstMs: 250, longestMs: 5000 }, closeWaitMs = 500 } = options;
    super({ clock, reopen, closeWaitMs });
    const unit = options.transmissionUnit ?? 64;
    if (!Number.isInteger(unit) || unit < 64 || unit > MAX_PACKET - HEADER_SIZE) {
      throw new MctpError(
        'EINVAL',
        `${unit} is not a transmission unit of a serial link: use 64 to ${MAX_PACKET - HEADER_SIZE}`,
      );
    }
    this.name = options.name ?? `serial:${port.name}`;
    this.transmissionUnit = { default: unit, max: unit };
    this.#port = port;
    const size = Math.max(options.transmitBuffer ?? 1024, maxFrameSize(unit + HEADER_SIZE));
    this.#filling = new Batch(size);
    this.#writing = new Batch(size);
    this.#decoder = new SerialDecoder(
      {
        packet: (buffer, start, end) => this.#received(buffer, start, end),
        fault: (what, buffer, start, end) => this.host.fault(what, buffer, start, end),
      },
      {
        counters: this.counters,
        ...(options.maxPacket !== undefined && { maxPacket: options.maxPacket }),
        ...(options.fcs !== undefined && { fcs: options.fcs }),
      },
    );
    this.#idleWatch = new IdleWatch(clock, options.idleGapMs ?? 100, () => this.#decoder.idle());
  }

  hints(): readonly string[] {
    const diagnosis = this.#decoder.diagnosis;
    const echo = this.echoes ? [ECHO_SENTENCE] : [];
    return [...echo, ...(this.#port.hints?.() ?? []), ...(diagnosis === undefined ? [] : [diagnosis])];
  }

  get echoes(): boolean {
    return this.#echo.echoes;
  }

  protected enqueue(buffer: Uint8Array, start: number, end: number): boolean {
    const batch = this.#filling;
    if (batch.end + maxFrameSize(end - start) > batch.bytes.length) return false;
    batch.end = encodeFrameTo(batch, buffer, start, end, batch.end);
    batch.packets++;
    this.#echo.sent(buffer, start, end);
    return true;
  }

  /** As often as the port is done at once. */
  protected write(): void {
    if (this.#portBusy) return;
    while (this.#filling.end > 0) {
      const batch = this.#filling;
      this.#filling = this.#writing;
      this.#writing = batch;
      this.#portBusy = !this.#port.write(batch.bytes, 0, batch.end);
      if (this.#portBusy) return;
      batch.clear();
    }
  }

  protected get isWriting(): boolean {
    return this.#portBusy;
  }

  protected loseQueue(): number {
    const lost = this.#filling.packets + this.#writing.packets;
    this.#filling.clear();
    this.#writing.clear();
    this.#portBusy = false;
    return lost;
  }

  protected async openPort(closed: (reason: MctpError) => void): Promise<void> {
    this.#decoder.reset();
    this.#echo.reset();
    await this.#port.open({
      data: (chunk, start, end) => {
        if (!this.isUp) return;
        if (this.frames.active) this.frames.heard(chunk, start, end);
        this.#decoder.push(chunk, start, end);
        if (this.isUp) this.#idleWatch.bytes(this.#decoder.inFrame);
      },
      written: () => {
        if (!this.#portBusy) return;
        this.#portBusy = false;
        this.#writing.clear();
        this.written();
      },
      closed,
    });
  }

  protected closePort(): Promise<void> {
    return this.#port.close();
  }

  protected override stopped(): void {
    this.#idleWatch.stop();
  }

  #received(buffer: Uint8Array, start: number, end: number): void {
    if (this.#echo.isEcho(buffer, start, end)) {
      this.counters.rxEchoes++;
      this.host.fault(`a packet of our own came back: ${ECHO_SENTENCE}`, buffer, start, end);
    } else this.host.receive(buffer, start, end, '');
  }

  async #sendFrame(frame: Uint8Array): Promise<void> {
    if (!this.isUp) throw this.whyDown();
    const batch = this.#filling;
    if (frame.length === 0 || frame.length > batch.bytes.length) {
      throw new MctpError('EMSGSIZE', `${this.name} writes 1 to ${batch.bytes.length} bytes at once`);
    }
    if (batch.end + frame.length > batch.bytes.length) throw new MctpError('ENOBUFS', `${this.name} has no room now`);
    batch.bytes.set(frame, batch.end);
    batch.end += frame.length;
    this.write();
  }
}

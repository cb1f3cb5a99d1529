/**
 * A virtual serial line: two ends that are `BytePort`s, each direction at its baud rate, with FIFOs that fill up, latency
 * and bytes that go wrong. Bytes move in chunks of about a millisecond, or less where a write ends.
 */

import type { Clock, Timer } from '../../../stack/clock.js';
import { FaultPlan, UART_FAULTS, type UartFault } from './faults.js';
import { type Random, seededRandom } from './random.js';
import { Timeline } from './timeline.js';
import { type UartEnd, VirtualUartEnd } from './uart-end.js';

/** Start bit, eight data bits, stop bit. */
const BITS_PER_BYTE = 10;
const CHUNK_MS = 1;
const DEFAULT_HOLD_MS = 10;

export interface UartWireOptions {
  readonly clock: Clock;
  /** For messages; default `uart`. */
  readonly name?: string;
  /** Bits per second; default 115200. */
  readonly baudRate?: number;
  /** Names of the ends, by which faults tell them apart; default the wire's name with `.a` and `.b`. */
  readonly ends?: readonly [string, string];
  /** Bytes an end takes before `write` has to wait; default 64. */
  readonly fifoBytes?: number;
  /** From the last bit of a chunk to its reader: the latency timer of a USB adapter, for one; ms, default 0. */
  readonly latencyMs?: number;
  /** Of the random faults; default 1. */
  readonly seed?: number;
}

export class UartWire {
  readonly name: string;
  readonly baudRate: number;
  readonly faults: FaultPlan<UartFault>;
  readonly a: UartEnd;
  readonly b: UartEnd;
  readonly timeline: Timeline;
  readonly #ends: readonly [VirtualUartEnd, VirtualUartEnd];
  readonly #lines: readonly [Line, Line];

  constructor(options: UartWireOptions) {
    this.name = options.name ?? 'uart';
    this.baudRate = options.baudRate ?? 115_200;
    this.timeline = new Timeline(options.clock);
    this.faults = new FaultPlan<UartFault>(UART_FAULTS, seededRandom(options.seed ?? 1));
    const [a, b] = options.ends ?? [`${this.name}.a`, `${this.name}.b`];
    const settings = {
      timeline: this.timeline,
      faults: this.faults,
      byteMs: (BITS_PER_BYTE * 1000) / this.baudRate,
      fifoBytes: options.fifoBytes ?? 64,
      latencyMs: options.latencyMs ?? 0,
    };
    const endA = new VirtualUartEnd(a);
    const endB = new VirtualUartEnd(b);
    this.#ends = [endA, endB];
    this.#lines = [new Line(settings, endA, endB), new Line(settings, endB, endA)];
    endA.connect(this.#lines[0]);
    endB.connect(this.#lines[1]);
    this.a = endA;
    this.b = endB;
  }

  /** Bytes that were sent, a to b and b to a, faults and all. */
  get counters(): { readonly bytes: number; readonly lost: number } {
    const [ab, ba] = this.#lines;
    return { bytes: ab.bytes + ba.bytes, lost: ab.lost + ba.lost };
  }

  /** The wire is taken away: no end hears of anything any more. */
  close(): void {
    for (const end of this.#ends) end.forget();
    this.timeline.close();
  }
}

interface LineSettings {
  readonly timeline: Timeline;
  readonly faults: FaultPlan<UartFault>;
  readonly byteMs: number;
  readonly fifoBytes: number;
  readonly latencyMs: number;
}

/** One direction: FIFO, the bits on the line, the reader. */
export class Line {
  bytes = 0;
  /** Bytes that arrived while nobody had the other end open. */
  lost = 0;
  readonly #settings: LineSettings;
  readonly #from: VirtualUartEnd;
  readonly #to: VirtualUartEnd;
  readonly #chunk: number;
  readonly #fifo: Uint8Array;
  #filled = 0;
  /** Bytes at the front of the FIFO that are on the line now. */
  #moving = 0;
  #timer: Timer | undefined;
  /** A write that did not fit whole. */
  #borrowed: { buffer: Uint8Array; start: number; end: number } | undefined;
  #heldUntil = 0;

  constructor(settings: LineSettings, from: VirtualUartEnd, to: VirtualUartEnd) {
    this.#settings = settings;
    this.#from = from;
    this.#to = to;
    this.#fifo = new Uint8Array(settings.fifoBytes);
    this.#chunk = Math.max(1, Math.min(settings.fifoBytes, Math.round(CHUNK_MS / settings.byteMs)));
  }

  /** True: all of it is in the FIFO. False: `written` will be called on the sending end. */
  write(buffer: Uint8Array, start: number, end: number): boolean {
    this.#borrowed = { buffer, start, end };
    const all = this.#fill();
    this.#move();
    return all;
  }

  /** What the writer lent is its own again; what is in the FIFO still goes out. */
  borrowEnds(): void {
    this.#borrowed = undefined;
  }

  /** The sender lost its power: nothing more comes. */
  cut(): void {
    this.#borrowed = undefined;
    this.#filled = 0;
    this.#moving = 0;
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  /** Take as much of the write as there is room for; true when nothing is left of it. */
  #fill(): boolean {
    const borrowed = this.#borrowed;
    if (borrowed === undefined) return true;
    const taken = Math.min(this.#fifo.length - this.#filled, borrowed.end - borrowed.start);
    this.#fifo.set(borrowed.buffer.subarray(borrowed.start, borrowed.start + taken), this.#filled);
    this.#filled += taken;
    borrowed.start += taken;
    if (borrowed.start < borrowed.end) return false;
    this.#borrowed = undefined;
    return true;
  }

  /** Put the next chunk on the line, when none is. */
  #move(): void {
    if (this.#timer !== undefined || this.#filled === 0) return;
    const { timeline, byteMs } = this.#settings;
    this.#moving = Math.min(this.#filled, this.#chunk);
    this.#timer = timeline.at(timeline.now() + this.#moving * byteMs, () => this.#moved());
  }

  #moved(): void {
    this.#timer = undefined;
    const chunk = this.#fifo.slice(0, this.#moving);
    this.#fifo.copyWithin(0, this.#moving, this.#filled);
    this.#filled -= this.#moving;
    this.bytes += chunk.length;
    const hadBorrowed = this.#borrowed !== undefined;
    const all = this.#fill();
    this.#move();
    this.#arrive(chunk);
    if (hadBorrowed && all) this.#from.wrote();
  }

  #arrive(sent: Uint8Array): void {
    const { timeline, latencyMs, faults } = this.#settings;
    const now = timeline.now();
    const chunk = faults.empty ? sent : this.#spoil(sent, now);
    const at = Math.max(now + latencyMs, this.#heldUntil);
    if (chunk.length === 0) return;
    if (at <= now) this.#deliver(chunk);
    else timeline.at(at, () => this.#deliver(chunk));
  }

  #deliver(chunk: Uint8Array): void {
    if (!this.#to.receive(chunk)) this.lost += chunk.length;
  }

  #spoil(sent: Uint8Array, now: number): Uint8Array {
    const { faults } = this.#settings;
    const out: number[] = [];
    for (const byte of sent) {
      let value = byte;
      let copies = 1;
      for (const rule of faults.pick(this.#from.name)) {
        if (rule.kind === 'drop') copies = 0;
        else if (rule.kind === 'duplicate') copies++;
        else if (rule.kind === 'corrupt') value ^= 1 << (rule.bit ?? faults.random.integer(8));
        else if (rule.kind === 'noise') out.push(noiseByte(faults.random));
        else this.#heldUntil = now + (rule.ms ?? DEFAULT_HOLD_MS);
      }
      for (let copy = 0; copy < copies; copy++) out.push(value);
    }
    return Uint8Array.from(out);
  }
}

function noiseByte(random: Random): number {
  return random.integer(256);
}

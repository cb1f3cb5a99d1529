/**
 * A virtual I2C bus with any number of controllers and targets: exact times, arbitration bit by bit, acknowledges, clock
 * stretching, lines held low. Transfers are writes; nothing else is used by MCTP. A channel of a mux (`i2c-mux.ts`) is a
 * wire of its own, which is one with the wire of the mux while it is selected.
 */

import { NackError } from '../../../bindings/smbus/i2c-port.js';
import type { Clock, Timer } from '../../../stack/clock.js';
import { MctpError } from '../../../stack/errors.js';
import { copyOf } from '../../../stack/util/slab.js';
import { hexDigits } from '../../../stack/util/text.js';
import { FaultPlan, type FaultRule, I2C_FAULTS, type I2cFault } from './faults.js';
import { arbitrate } from './i2c-arbitration.js';
import { Delivery } from './i2c-delivery.js';
import { bitTime, type I2cSpeed, type I2cTiming, i2cTiming, SMBUS_TIMEOUT_MS } from './i2c-timing.js';
import { type I2cWirePort, type I2cWirePortOptions, VirtualI2cPort, type WireOfPort } from './i2c-wire-port.js';
import { seededRandom } from './random.js';
import { Timeline } from './timeline.js';

export interface I2cWireOptions {
  readonly clock: Clock;
  /** For messages; default `i2c`. */
  readonly name?: string;
  /** kHz; default 100. */
  readonly speedKhz?: I2cSpeed;
  /** After how long with a line low controllers give up; ms, default 35 (SMBus tTIMEOUT). */
  readonly timeoutMs?: number;
  /**
   * Controllers do the fairness arbitration of DSP0237: a port which had the bus lets all others go first, and one which lost
   * goes again by itself as soon as the bus is free. Default false: a loss fails the write with EARBITRATION, and on a busy bus with
   * three controllers the one that writes to the highest address may never get through.
   */
  readonly fair?: boolean;
  /** Of the random faults; default 1. */
  readonly seed?: number;
  /** It is a channel of a mux on this wire. */
  readonly above?: I2cWire;
}

export interface I2cWireCounters {
  /** Transfers that got to their end. */
  transfers: number;
  /** Their bytes, address bytes included. */
  bytes: number;
  nacks: number;
  arbitrationLost: number;
  timeouts: number;
}

/** A write that has not begun. */
interface Waiting {
  readonly port: VirtualI2cPort;
  /** Which of the port's writes this is. */
  readonly ticket: number;
  readonly address: number;
  buffer: Uint8Array;
  start: number;
  end: number;
  /** When the write was asked for. */
  readonly since: number;
  deadline: Timer | undefined;
}

interface Transfer {
  /** More than one when they sent the very same bits. */
  writers: Waiting[];
  readonly address: number;
  targets: VirtualI2cPort[];
  readonly faults: readonly FaultRule<I2cFault>[];
  timer: Timer | undefined;
}

const DEFAULT_HOLD_MS = 10;
/** Within the window of DSP0237 §6.6 in which a device out of buffers may refuse. */
const DEFAULT_NACKED_BYTE = 2;

export class I2cWire implements WireOfPort {
  readonly name: string;
  readonly speedKhz: I2cSpeed;
  readonly timing: I2cTiming;
  readonly faults: FaultPlan<I2cFault>;
  readonly counters: I2cWireCounters = { transfers: 0, bytes: 0, nacks: 0, arbitrationLost: 0, timeouts: 0 };
  readonly timeline: Timeline;
  readonly #timeoutMs: number;
  readonly #ports: VirtualI2cPort[] = [];
  readonly #waiting: Waiting[] = [];
  #startTimer: Timer | undefined;
  #transfer: Transfer | undefined;
  readonly #fair: boolean;
  /** Ports which had the bus, the last one or (fair) since it was last idle: others go first. */
  readonly #served = new Set<VirtualI2cPort>();
  #freeAt = 0;
  #stuck: 'SDA' | 'SCL' | undefined;
  readonly #delivery: Delivery;
  readonly #above: I2cWire | undefined;
  /** Channels of the muxes on this wire. */
  readonly #channels: I2cWire[] = [];
  /** A channel which is selected. */
  #joined = false;

  constructor(options: I2cWireOptions) {
    this.#above = options.above;
    if (options.above !== undefined) options.above.#channels.push(this);
    this.name = options.name ?? 'i2c';
    this.speedKhz = options.speedKhz ?? 100;
    this.timing = i2cTiming(this.speedKhz);
    this.#timeoutMs = options.timeoutMs ?? SMBUS_TIMEOUT_MS;
    this.#fair = options.fair ?? false;
    this.timeline = options.above?.timeline ?? new Timeline(options.clock);
    this.faults = new FaultPlan<I2cFault>(I2C_FAULTS, seededRandom(options.seed ?? 1));
    this.#delivery = new Delivery(this.timeline, this.faults.random);
  }

  /** Connect one more party. */
  port(options: I2cWirePortOptions = {}): I2cWirePort {
    const port = new VirtualI2cPort(this, options.name ?? `${this.name}.${this.#ports.length}`, options);
    this.#ports.push(port);
    return port;
  }

  /** The line held low, if one is. */
  get stuck(): 'SDA' | 'SCL' | undefined {
    return this.#whole.#stuck;
  }

  /** A device holds a line low: what is under way breaks off, and writes that are not released in time fail with EBUSSTUCK. */
  stick(line: 'SDA' | 'SCL' = 'SDA'): void {
    if (this.#joined) {
      this.#whole.stick(line);
      return;
    }
    if (this.#stuck !== undefined) return;
    this.#stuck = line;
    this.#startTimer?.cancel();
    const broken = this.#endTransfer()?.writers ?? [];
    this.#waiting.unshift(...broken);
    for (const waiting of this.#waiting) this.#setDeadline(waiting);
  }

  /** The line is high again. */
  release(): void {
    if (this.#joined) {
      this.#whole.release();
      return;
    }
    if (this.#stuck === undefined) return;
    this.#stuck = undefined;
    for (const waiting of this.#waiting) waiting.deadline?.cancel();
    this.#freeAt = this.timeline.now() + this.timing.free;
    this.#consider();
  }

  /** The wire is taken away: no port hears of anything any more. */
  close(): void {
    for (const port of this.#ports) port.forget();
    this.#waiting.length = 0;
    this.#transfer = undefined;
    // A channel has that of the wire above.
    if (this.#above === undefined) this.timeline.close();
  }

  /**
   * A channel becomes one with the wire above, or parts from it; what its devices were about to write they write on what
   * they are connected to then. A write under way goes on where it began.
   */
  join(selected: boolean): void {
    if (this.#above === undefined || selected === this.#joined) return;
    const before = this.#whole;
    this.#joined = selected;
    const after = this.#whole;
    const everybody = this.#everybody();
    const moved = before.#waiting.filter(({ port }) => everybody.includes(port));
    for (const waiting of moved) {
      before.#waiting.splice(before.#waiting.indexOf(waiting), 1);
      waiting.deadline?.cancel();
      after.#await(waiting);
    }
    before.#consider();
  }

  // Called by the ports

  request(port: VirtualI2cPort, ticket: number, address: number, buffer: Uint8Array, start: number, end: number): void {
    const since = this.timeline.now();
    this.#whole.#await({ port, ticket, address, buffer, start, end, since, deadline: undefined });
  }

  borrowEnds(port: VirtualI2cPort): void {
    this.#withdraw(port);
    if (this.#joined) this.#above!.borrowEnds(port);
    for (const writer of this.#transfer?.writers ?? []) {
      if (writer.port !== port) continue;
      writer.buffer = copyOf(writer.buffer, writer.start, writer.end);
      writer.end -= writer.start;
      writer.start = 0;
    }
  }

  pulled(port: VirtualI2cPort): void {
    this.#withdraw(port);
    if (this.#joined) this.#above!.pulled(port);
    const transfer = this.#transfer;
    if (transfer === undefined) return;
    transfer.writers = transfer.writers.filter((writer) => writer.port !== port);
    if (transfer.writers.length === 0) {
      this.#endTransfer();
      this.#becomesFree([]);
      return;
    }
    if (!transfer.targets.includes(port)) return;
    transfer.targets = transfer.targets.filter((target) => target !== port);
    if (transfer.targets.length > 0) return;
    transfer.timer?.cancel();
    transfer.timer = this.timeline.at(this.timeline.now() + 9 * this.timing.bit, () =>
      this.#failed(this.#nack('data', transfer.address)),
    );
  }

  /** A START, the address and a STOP for each. */
  scan(port: VirtualI2cPort, addresses: Iterable<number>): Promise<number[]> {
    const asked = [...addresses];
    const found = asked.filter((address) =>
      this.#whole.#targetsOf(address, [port]).some((p) => p.acknowledges('address')),
    );
    const each = this.timing.transfer(0) + this.timing.free;
    return new Promise((resolve) => {
      this.timeline.at(this.timeline.now() + asked.length * each, () => resolve(found));
    });
  }

  /** The wire which this one is part of at present: itself, but for a selected channel. */
  get #whole(): I2cWire {
    return this.#joined ? this.#above!.#whole : this;
  }

  /** Those on it, and on the channels which are one with it. */
  #everybody(): readonly VirtualI2cPort[] {
    if (this.#channels.length === 0) return this.#ports;
    return [...this.#ports, ...this.#selected().flatMap((channel) => channel.#everybody())];
  }

  #selected(): I2cWire[] {
    return this.#channels.filter((channel) => channel.#joined);
  }

  #await(waiting: Waiting): void {
    this.#waiting.push(waiting);
    if (this.#stuck !== undefined) this.#setDeadline(waiting);
    else this.#consider();
  }

  #withdraw(port: VirtualI2cPort): void {
    for (let index = this.#waiting.length - 1; index >= 0; index--) {
      if (this.#waiting[index]!.port !== port) continue;
      this.#waiting[index]!.deadline?.cancel();
      this.#waiting.splice(index, 1);
    }
    this.#consider();
  }

  #setDeadline(waiting: Waiting): void {
    waiting.deadline?.cancel();
    waiting.deadline = this.timeline.at(this.timeline.now() + this.#timeoutMs, () => {
      const index = this.#waiting.indexOf(waiting);
      if (index < 0) return;
      this.#waiting.splice(index, 1);
      waiting.port.done(
        waiting.ticket,
        new MctpError('EBUSSTUCK', `${this.name}: ${this.#stuck} is held low: reset the device that holds it`),
      );
    });
  }

  /** When a port may begin: after the bus came free, and those which had it a little later. */
  #mayBegin({ port, since }: Waiting): number {
    const free = this.#freeAt + (this.#served.has(port) ? this.timing.turnaround : 0);
    return Math.max(since, free);
  }

  #consider(): void {
    if (this.#transfer !== undefined || this.#stuck !== undefined) return;
    this.#startTimer?.cancel();
    this.#startTimer = undefined;
    if (this.#waiting.length === 0) return;
    const at = Math.min(...this.#waiting.map((waiting) => this.#mayBegin(waiting)));
    this.#startTimer = this.timeline.at(at, () => this.#begin());
  }

  /** START by all ports which wait at this moment. */
  #begin(): void {
    this.#startTimer = undefined;
    const now = this.timeline.now();
    const contenders = this.#waiting.filter((waiting) => this.#mayBegin(waiting) <= now + 1e-9);
    for (const contender of contenders) this.#waiting.splice(this.#waiting.indexOf(contender), 1);
    // No other controller wanted the bus while it was idle: all begin anew.
    if (contenders.some(({ port }) => this.#served.has(port))) this.#served.clear();
    const { winners: writers, losers } = arbitrate(contenders, this.timing);
    for (const { contender, afterMs } of losers) this.#loses(contender, now + afterMs);
    const { port, address, start, end } = writers[0]!;
    const faults = this.#faultsFor(port, address);
    const transfer: Transfer = { writers, address, targets: [], faults, timer: undefined };
    this.#transfer = transfer;
    this.#plan(transfer, end - start, now);
  }

  #loses(loser: Waiting, at: number): void {
    this.counters.arbitrationLost++;
    if (this.#fair) this.#waiting.push(loser);
    else this.timeline.at(at, () => loser.port.done(loser.ticket, this.#arbitrationLost()));
  }

  #arbitrationLost(): MctpError {
    return new MctpError('EARBITRATION', `${this.name}: another controller won the bus`);
  }

  /** Decide how the transfer ends, and when. */
  #plan(transfer: Transfer, bytes: number, now: number): void {
    const { timing } = this;
    const { address, faults } = transfer;
    const fault = (kind: I2cFault): FaultRule<I2cFault> | undefined => faults.find((rule) => rule.kind === kind);
    const end = (afterStart: number, error?: () => MctpError): void => {
      transfer.timer = this.timeline.at(now + afterStart, () => (error ? this.#failed(error()) : this.#succeeded()));
    };
    if (fault('arbitration') !== undefined) {
      end(bitTime(timing, 0, 7), () => {
        this.counters.arbitrationLost++;
        return this.#arbitrationLost();
      });
      return;
    }
    const here = this.#targetsOf(
      address,
      transfer.writers.map((writer) => writer.port),
    );
    transfer.targets = here.filter((port) => port.acknowledges('address'));
    if (transfer.targets.length === 0 || fault('nack') !== undefined) {
      end(timing.transfer(0), () => this.#nack('address', address));
      return;
    }
    const hold = fault('hold');
    const heldAtOnce = hold === undefined ? 0 : (hold.ms ?? DEFAULT_HOLD_MS);
    const held = heldAtOnce + (Math.max(0, ...transfer.targets.map((port) => port.stretchUs)) * bytes) / 1000;
    if (heldAtOnce > this.#timeoutMs) {
      this.#freeAt = now + bitTime(timing, 0, 8) + heldAtOnce;
      end(bitTime(timing, 0, 8) + this.#timeoutMs, () => {
        this.counters.timeouts++;
        return new MctpError(
          'ETIMEDOUT',
          `${this.name}: 0x${hex(address)} held the clock for over ${this.#timeoutMs} ms`,
        );
      });
      return;
    }
    const stuck = fault('holdData');
    if (stuck !== undefined) {
      const at = now + timing.transfer(1);
      transfer.timer = this.timeline.at(at, () => this.stick('SDA'));
      this.timeline.at(at + (stuck.ms ?? DEFAULT_HOLD_MS), () => this.release());
      return;
    }
    const nackedAt = fault('nackData');
    transfer.targets = transfer.targets.filter((port) => port.acknowledges('data'));
    if (nackedAt !== undefined || transfer.targets.length === 0) {
      const byte = Math.min(nackedAt?.byte ?? DEFAULT_NACKED_BYTE, bytes - 1);
      end(timing.transfer(byte + 1) + held, () => this.#nack('data', address));
      return;
    }
    end(timing.transfer(bytes) + held);
  }

  #nack(phase: 'address' | 'data', address: number): NackError {
    this.counters.nacks++;
    const what = phase === 'address' ? 'does not acknowledge' : 'stopped acknowledging: out of buffers?';
    return new NackError(phase, `${this.name}: 0x${hex(address)} ${what}`);
  }

  #succeeded(): void {
    const transfer = this.#endTransfer()!;
    const { writers, address, targets, faults } = transfer;
    const { buffer, start, end } = writers[0]!;
    this.counters.transfers++;
    this.counters.bytes += 1 + end - start;
    this.#becomesFree(writers);
    // First the receivers, then the senders: an answer may come before the sender knows that it is done.
    this.#delivery.deliver({ bytes: buffer.subarray(start, end), address, targets }, faults);
    for (const writer of writers) writer.port.done(writer.ticket);
    this.#consider();
  }

  #failed(error: MctpError): void {
    const { writers } = this.#endTransfer()!;
    this.#becomesFree(writers);
    for (const writer of writers) writer.port.done(writer.ticket, error);
    this.#consider();
  }

  #endTransfer(): Transfer | undefined {
    const transfer = this.#transfer;
    transfer?.timer?.cancel();
    this.#transfer = undefined;
    return transfer;
  }

  #becomesFree(writers: readonly Waiting[]): void {
    if (!this.#fair) this.#served.clear();
    for (const { port } of writers) this.#served.add(port);
    this.#freeAt = Math.max(this.#freeAt, this.timeline.now()) + this.timing.free;
    this.#consider();
  }

  /** Its own, and those of the selected channels on which the writer or a target is. */
  #faultsFor(port: VirtualI2cPort, address: number): readonly FaultRule<I2cFault>[] {
    const own = this.faults.pick(port.name, address);
    if (this.#channels.length === 0) return own;
    const concerned = this.#selected().filter((channel) =>
      channel.#everybody().some((other) => other === port || other.listensTo(address)),
    );
    return [...own, ...concerned.flatMap((channel) => channel.#faultsFor(port, address))];
  }

  #targetsOf(address: number, except: readonly VirtualI2cPort[]): VirtualI2cPort[] {
    return this.#everybody().filter((port) => port.listensTo(address) && !except.includes(port));
  }
}

function hex(address: number): string {
  return hexDigits(address);
}

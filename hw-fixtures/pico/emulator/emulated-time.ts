/** One time for the emulated Picos of a wire: their processors take turns, an instruction each, and the clock moves on. */

import type { RP2040 } from 'rp2040js';
import type { Clock, Timer } from '../../../stack/clock.js';

const SLICE = 20_000;
/** Of a processor's cycle at 125 MHz. */
const CYCLE_NS = 8;

/** The emulator's clock moves by being told. */
interface TickingClock {
  tick(ns: number): void;
  readonly nanos: number;
  readonly nextAlarm: unknown;
  readonly nanosToNextAlarm: number;
}

export class EmulatedTime implements Clock {
  /** Instructions run so far: 0 more while idle. */
  instructions = 0;
  readonly #ticking: TickingClock;
  readonly #processors: RP2040[] = [];
  #idle = true;
  /** Something was told to a host: it reacts before emulated time goes on. */
  #told = false;

  constructor(readonly clock: RP2040['clock']) {
    this.#ticking = this.clock as unknown as TickingClock;
  }

  /** Emulated time, µs. */
  get micros(): number {
    return this.#ticking.nanos / 1000;
  }

  add(processor: RP2040): void {
    this.#processors.push(processor);
  }

  remove(processor: RP2040): void {
    const index = this.#processors.indexOf(processor);
    if (index >= 0) this.#processors.splice(index, 1);
  }

  /** There may be something to do. */
  wake(): void {
    if (!this.#idle || this.#processors.length === 0) return;
    this.#idle = false;
    setImmediate(() => this.#run());
  }

  /** A host was told something: it has its turn first. */
  told(): void {
    this.#told = true;
  }

  /** Emulated time, ms: for hosts and devices which must not be slower than the processors. */
  now(): number {
    return this.#ticking.nanos / 1e6;
  }

  schedule(delayMs: number, callback: () => void): Timer {
    const alarm = this.clock.createAlarm(() => {
      this.told();
      callback();
    });
    alarm.schedule(Math.max(0, delayMs) * 1e6);
    this.wake();
    return alarm;
  }

  /** Resolves when so much emulated time has passed; µs. */
  pass(us: number): Promise<void> {
    return new Promise((resolve) => {
      this.schedule(us / 1000, resolve);
    });
  }

  #run(): void {
    this.#told = false;
    for (let count = 0; count < SLICE && !this.#told; count++) {
      const cycles = this.#step();
      if (cycles > 0) this.#ticking.tick(cycles * CYCLE_NS);
      else if (this.#processors.length === 0 || !this.#ticking.nextAlarm) {
        this.#idle = true;
        return;
      } else this.#ticking.tick(this.#ticking.nanosToNextAlarm);
    }
    setImmediate(() => this.#run());
  }

  /** An instruction of each that does not sleep; the cycles of the longest. */
  #step(): number {
    let most = 0;
    for (const { core } of this.#processors) {
      // The emulator sleeps on although an interrupt is pending that was masked when it came.
      if (core.waiting && (core.pendingInterrupts & core.enabledInterrupts) !== 0) core.waiting = false;
      if (core.waiting) continue;
      const cycles = core.executeInstruction();
      if (cycles > most) most = cycles;
      this.instructions++;
    }
    return most;
  }
}

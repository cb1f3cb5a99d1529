/** One time for the emulated Picos of a wire: their processors take turns, an instruction each, and the clock moves on. */

import type { RP2040 } from 'rp2040js';
import type { Clock, Timer } from '../../../stack/clock.js';
import type { QuickCore } from './quick-core.js';

/** Turns between those of the event loop, and the most cycles of one. */
const TURNS = 4000;
const TURN_CYCLES = 2000;
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
  readonly #ticking: TickingClock;
  readonly #processors: QuickCore[] = [];
  #idle = true;
  /** Something was told to a host: it reacts before emulated time goes on. */
  #told = false;

  constructor(readonly clock: RP2040['clock']) {
    this.#ticking = this.clock as unknown as TickingClock;
  }

  /** Instructions run so far by those which run: 0 more while idle. */
  get instructions(): number {
    return this.#processors.reduce((sum, { instructions }) => sum + instructions, 0);
  }

  /** Emulated time, µs. */
  get micros(): number {
    return this.#ticking.nanos / 1000;
  }

  add(processor: QuickCore): void {
    this.#processors.push(processor);
  }

  remove(processor: QuickCore): void {
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

  /** So many cycles of a processor are over. */
  passCycles(cycles: number): void {
    this.#ticking.tick(cycles * CYCLE_NS);
  }

  #run(): void {
    this.#told = false;
    for (let turn = 0; turn < TURNS && !this.#told; turn++) {
      const cycles = this.#turn();
      if (cycles > 0) this.passCycles(cycles);
      else if (this.#processors.length === 0 || !this.#ticking.nextAlarm) {
        this.#idle = true;
        return;
      } else this.#ticking.tick(this.#ticking.nanosToNextAlarm);
    }
    setImmediate(() => this.#run());
  }

  /** Those which do not sleep run: an instruction each, or one alone until the next alarm. The cycles of the longest. */
  #turn(): number {
    let awake = 0;
    for (const { core } of this.#processors) {
      // The emulator sleeps on although an interrupt is pending that was masked when it came.
      if (core.waiting && (core.pendingInterrupts & core.enabledInterrupts) !== 0) core.waiting = false;
      if (!core.waiting) awake++;
    }
    if (awake === 0) return 0;
    const most = awake === 1 ? this.#cyclesToNextAlarm() : 1;
    let longest = 0;
    for (const processor of this.#processors) {
      if (!processor.core.waiting) longest = Math.max(longest, processor.run(most));
    }
    return longest;
  }

  #cyclesToNextAlarm(): number {
    const { nextAlarm, nanosToNextAlarm } = this.#ticking;
    return nextAlarm ? Math.min(TURN_CYCLES, nanosToNextAlarm / CYCLE_NS) : TURN_CYCLES;
  }
}

/** Which transfers of a wire, or bytes of a line, go wrong and how: scripted, or at random from a seed. */

import { MctpError } from '../../../stack/errors.js';
import type { Random } from './random.js';

/** Faults of an I2C wire; the unit is a transfer. */
export const I2C_FAULTS = [
  /** Acknowledged, and lost behind the wire. */
  'drop',
  /** One bit turned over. */
  'corrupt',
  /** Received twice. */
  'duplicate',
  /** Received after the next one. */
  'reorder',
  /** Address not acknowledged. */
  'nack',
  /** A byte behind the address not acknowledged. */
  'nackData',
  /** Some other controller won the bus. */
  'arbitration',
  /** The target holds the clock for `ms`. */
  'hold',
  /** The target holds the data line for `ms`: the write breaks off. */
  'holdData',
] as const;
export type I2cFault = (typeof I2C_FAULTS)[number];

/** Faults of a UART; the unit is a byte. */
export const UART_FAULTS = [
  'drop',
  /** One bit turned over. */
  'corrupt',
  'duplicate',
  /** A byte nobody sent comes first. */
  'noise',
  /** This byte and all behind it wait for `ms`. */
  'hold',
] as const;
export type UartFault = (typeof UART_FAULTS)[number];

export interface FaultRule<Kind extends string = string> {
  readonly kind: Kind;
  /** Only what this port sends. */
  readonly from?: string;
  /** I2C: only what goes to this 7-bit address. */
  readonly to?: number;
  /** Units that match and are left alone first; default 0. */
  readonly skip?: number;
  /** Of those that follow every n-th, the first included; default 1. */
  readonly every?: number;
  /** Each of those with this chance; default 1. */
  readonly probability?: number;
  /** How often at most. Default 1, or without end when `every` or `probability` is given. */
  readonly count?: number;
  /** corrupt, nackData: the byte behind the address byte, from 0; default: any for corrupt, the third for nackData. */
  readonly byte?: number;
  /** corrupt: the bit, 0 to 7; default any. */
  readonly bit?: number;
  /** hold, holdData: how long; default 10. */
  readonly ms?: number;
}

interface Active<Kind extends string> {
  readonly rule: FaultRule<Kind>;
  seen: number;
  left: number;
}

const NONE: readonly never[] = [];

export class FaultPlan<Kind extends string> {
  readonly #kinds: readonly Kind[];
  readonly #random: Random;
  readonly #active: Active<Kind>[] = [];
  /** How often each fault was done; live. */
  readonly counters: Record<Kind, number>;

  constructor(kinds: readonly Kind[], random: Random) {
    this.#kinds = kinds;
    this.#random = random;
    this.counters = Object.fromEntries(kinds.map((kind) => [kind, 0])) as Record<Kind, number>;
  }

  /** Nothing will go wrong: no need to ask for each unit. */
  get empty(): boolean {
    return this.#active.length === 0;
  }

  /** The generator the faults are drawn from, for which bit to turn over. */
  get random(): Random {
    return this.#random;
  }

  /** Put a rule to work; returns how to take it away. @throws MctpError EINVAL */
  add(rule: FaultRule<Kind>): () => void {
    if (!this.#kinds.includes(rule.kind)) {
      throw new MctpError('EINVAL', `this wire has no fault "${rule.kind}": use ${this.#kinds.join(', ')}`);
    }
    const { count, every, probability } = rule;
    const unlimited = every !== undefined || probability !== undefined;
    const active = { rule, seen: 0, left: count ?? (unlimited ? Number.POSITIVE_INFINITY : 1) };
    this.#active.push(active);
    return () => this.#remove(active);
  }

  clear(): void {
    this.#active.length = 0;
  }

  /** What goes wrong with the next unit, sent by `from` (to the address `to`): usually nothing. */
  pick(from: string, to?: number): readonly FaultRule<Kind>[] {
    if (this.#active.length === 0) return NONE;
    let picked: FaultRule<Kind>[] | undefined;
    for (const active of [...this.#active]) {
      const { rule } = active;
      if (rule.from !== undefined && rule.from !== from) continue;
      if (rule.to !== undefined && rule.to !== to) continue;
      const index = active.seen++ - (rule.skip ?? 0);
      if (index < 0 || index % (rule.every ?? 1) !== 0) continue;
      if (rule.probability !== undefined && this.#random.next() >= rule.probability) continue;
      if (--active.left <= 0) this.#remove(active);
      this.counters[rule.kind]++;
      (picked ??= []).push(rule);
    }
    return picked ?? NONE;
  }

  #remove(active: Active<Kind>): void {
    const index = this.#active.indexOf(active);
    if (index >= 0) this.#active.splice(index, 1);
  }
}

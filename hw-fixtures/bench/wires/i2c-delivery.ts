/** The last step of a transfer: to the targets, with the faults that happen behind the acknowledge. */

import type { Timer } from '../../../stack/clock.js';
import type { FaultRule, I2cFault } from './faults.js';
import type { I2cTarget } from './i2c-wire-port.js';
import type { Random } from './random.js';
import type { Timeline } from './timeline.js';

export interface Frame {
  /** Valid during the call. */
  readonly bytes: Uint8Array;
  readonly address: number;
  readonly targets: readonly I2cTarget[];
}

/** A frame held back by `reorder` goes on after this when no other comes; ms. */
const REORDER_LONGEST_MS = 50;

export class Delivery {
  readonly #timeline: Timeline;
  readonly #random: Random;
  #heldBack: { readonly frame: Frame; readonly timer: Timer } | undefined;

  constructor(timeline: Timeline, random: Random) {
    this.#timeline = timeline;
    this.#random = random;
  }

  deliver(sent: Frame, faults: readonly FaultRule<I2cFault>[]): void {
    let { bytes } = sent;
    let copies = 1;
    let holdBack = false;
    for (const rule of faults) {
      if (rule.kind === 'drop') copies = 0;
      else if (rule.kind === 'duplicate') copies++;
      else if (rule.kind === 'reorder') holdBack = true;
      else if (rule.kind === 'corrupt') bytes = this.#corrupted(bytes, rule);
    }
    const frame = { ...sent, bytes };
    const earlier = this.#heldBack;
    if (holdBack && earlier === undefined && copies > 0) {
      const timer = this.#timeline.at(this.#timeline.now() + REORDER_LONGEST_MS, () => this.#letGo());
      this.#heldBack = { frame: { ...frame, bytes: Uint8Array.from(bytes) }, timer };
      return;
    }
    for (let copy = 0; copy < copies; copy++) hand(frame);
    if (earlier !== undefined) this.#letGo();
  }

  #corrupted(bytes: Uint8Array, rule: FaultRule<I2cFault>): Uint8Array {
    const changed = Uint8Array.from(bytes);
    const byte = Math.min(rule.byte ?? this.#random.integer(changed.length), changed.length - 1);
    changed[byte]! ^= 1 << (rule.bit ?? this.#random.integer(8));
    return changed;
  }

  #letGo(): void {
    const held = this.#heldBack;
    this.#heldBack = undefined;
    if (held === undefined) return;
    held.timer.cancel();
    hand(held.frame);
  }
}

function hand({ bytes, address, targets }: Frame): void {
  for (const target of targets) target.receive(bytes, address);
}

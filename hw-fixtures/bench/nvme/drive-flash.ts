/** What a drive keeps over resets: its firmware slots, and how much it has been worn. */

import type { DriveDescription } from './drive-description.js';

export class DriveFlash {
  /** Revision per slot, from slot 1; '' is empty. */
  readonly slots: string[];
  activeSlot = 1;
  /** After the next reset; 0: the active one stays. */
  nextSlot = 0;
  vpd: Uint8Array;
  vpdWritesLeft: number;
  powerCycles = 0;
  /** Of features which were saved, by their ids. */
  readonly features = new Map<number, number>();
  /** Completed sanitize operations leave their command here; undefined: there was none. */
  sanitized: number | undefined;

  constructor(
    description: DriveDescription,
    vpd: Uint8Array,
    /** When it was made; ms of the clock. */
    readonly madeAt: number,
  ) {
    this.slots = Array.from({ length: description.slots }, (_, index) => (index === 0 ? description.firmware : ''));
    this.vpd = vpd;
    this.vpdWritesLeft = description.vpdWrites;
  }

  get revision(): string {
    return this.slots[this.activeSlot - 1]!;
  }

  /** Power on, or reset. True: other firmware runs now. */
  boot(): boolean {
    this.powerCycles++;
    const next = this.nextSlot;
    this.nextSlot = 0;
    if (next === 0 || next === this.activeSlot) return false;
    this.activeSlot = next;
    return true;
  }
}

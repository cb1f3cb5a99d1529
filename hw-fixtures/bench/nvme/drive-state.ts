/** What an NVMe drive of the bench is and has lived through: its description, its clock-driven age, its firmware slots. */

import type { Clock } from '../../../stack/clock.js';

/** `[devices.NAME.nvme]` as data. */
export interface DriveDescription {
  /** Celsius. */
  readonly temperature: number;
  /** Percent of its life; above 100 is possible. */
  readonly used: number;
  /** Percent of spare blocks. */
  readonly spare: number;
  readonly readOnly: boolean;
  readonly firmware: string;
}

export const GOOD_DRIVE: DriveDescription = {
  temperature: 38,
  used: 3,
  spare: 100,
  readOnly: false,
  firmware: '1.4.2',
};

/** Celsius from which it warns; percent of spare below which it does. */
const WARNING_TEMPERATURE = 70;
const SPARE_THRESHOLD = 10;
const HOUR_MS = 3_600_000;

export class DriveState {
  /** Celsius; may be set while running. */
  temperature: number;
  used: number;
  spare: number;
  readOnly: boolean;
  /** Revision per slot, from slot 1. */
  readonly slots: string[];
  activeSlot = 1;
  nextSlot = 0;
  /** What came by download, up to the next commit; bytes. */
  downloaded = 0;
  readonly #startedAt: number;

  constructor(
    description: DriveDescription,
    private readonly clock: Clock,
  ) {
    this.temperature = description.temperature;
    this.used = description.used;
    this.spare = description.spare;
    this.readOnly = description.readOnly;
    this.slots = [description.firmware, '', ''];
    this.#startedAt = clock.now();
  }

  get spareThreshold(): number {
    return SPARE_THRESHOLD;
  }

  get powerOnHours(): bigint {
    return BigInt(Math.floor((this.clock.now() - this.#startedAt) / HOUR_MS));
  }

  /** Critical warning bits of the SMART log. */
  get criticalWarning(): number {
    const low = this.spare < SPARE_THRESHOLD ? 1 : 0;
    const hot = this.temperature >= WARNING_TEMPERATURE ? 2 : 0;
    return low | hot | (this.readOnly ? 8 : 0);
  }
}

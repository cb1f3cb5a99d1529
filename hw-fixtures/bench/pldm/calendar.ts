/** Date and time of a device without a battery: it starts at the same moment with every boot, and can be set. */

import type { DateTime } from '../../../pldm/bios/bios-commands.js';

/** When the bench's devices think that it all began. */
const START = Date.UTC(2026, 0, 1);

export class CalendarClock {
  #startMs = START;

  constructor(
    /** Since the boot. */
    readonly seconds: () => number,
  ) {}

  read(): DateTime {
    const date = new Date(this.#startMs + 1000 * Math.floor(this.seconds()));
    return {
      seconds: date.getUTCSeconds(),
      minutes: date.getUTCMinutes(),
      hours: date.getUTCHours(),
      day: date.getUTCDate(),
      month: date.getUTCMonth() + 1,
      year: date.getUTCFullYear(),
    };
  }

  set({ year, month, day, hours, minutes, seconds }: DateTime): void {
    this.#startMs = Date.UTC(year, month - 1, day, hours, minutes, seconds) - 1000 * Math.floor(this.seconds());
  }
}

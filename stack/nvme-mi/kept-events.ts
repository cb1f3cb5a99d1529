/** The events of one drive, kept on for as long as it is watched: a drive which was reset has forgotten that they were. */

import type { Clock } from '../clock.js';
import { MctpError } from '../errors.js';
import type { CallOptions } from '../protocol/index.js';
import type { MctpAddress } from '../transport.js';
import type { DriveEvents } from './drive-events.js';

/** Between two looks whether they are still on; ms. */
const CHECK_MS = 300_000;

export class KeptEvents {
  /** When to look; never: the drive has none. */
  #at = 0;

  constructor(
    private readonly events: DriveEvents,
    private readonly clock: Clock,
  ) {}

  /**
   * To be called after each poll that was answered: switches them on at first, and again where they are not on any more.
   * @returns why they could not be switched on: the drive is polled only
   */
  async look(drive: MctpAddress, call?: CallOptions): Promise<MctpError | undefined> {
    if (this.clock.now() < this.#at) return undefined;
    this.#at = this.clock.now() + CHECK_MS;
    try {
      if (await this.events.stillOn(drive, call)) return undefined;
      const on = await this.events.enable(drive, {}, call);
      if (on.length === 0) this.#at = Number.POSITIVE_INFINITY;
      return undefined;
    } catch (error) {
      if (MctpError.is(error)) return error;
      throw error;
    }
  }

  /** It may have been reset, or be another drive: look again after the next poll. */
  again(): void {
    this.#at = 0;
  }
}

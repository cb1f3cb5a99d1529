/** A drive read again and again: one health poll each time, and what else it says only at first and when that changed. */

import type { CallOptions } from '../protocol/index.js';
import type { MctpAddress } from '../transport.js';
import { type DriveHealth, type DriveIdentity, pollHealth, readIdentity } from './drive-report.js';
import type { NvmeMiClient } from './mi-client.js';

/** Percent. */
export interface DriveSpare {
  readonly percent: number;
  readonly threshold: number;
}

export interface DriveReading {
  readonly health: DriveHealth;
  readonly identity: DriveIdentity;
  readonly spare: DriveSpare;
}

export class DriveReader {
  #identity: DriveIdentity | undefined;
  #spare: DriveSpare | undefined;
  #before: DriveHealth | undefined;

  constructor(
    private readonly client: NvmeMiClient,
    readonly to: MctpAddress,
    private readonly options: CallOptions = {},
  ) {}

  /** Undefined before the first reading. */
  get identity(): DriveIdentity | undefined {
    return this.#identity;
  }

  /** @throws MctpError */
  async read(): Promise<DriveReading> {
    const { client, to, options } = this;
    const health = await pollHealth(client, to, options);
    const old = this.#before;
    // Another firmware may be another identity.
    const activated = health.changed.includes('firmware activated') && !old?.changed.includes('firmware activated');
    if (activated) this.#identity = undefined;
    this.#identity ??= await readIdentity(client, to, options);
    // Nobody clears the flags here: once spare has changed, it may have done so again.
    const isOther = health.changed.includes('spare') || old?.used !== health.used;
    if (isOther || old?.warnings.join() !== health.warnings.join()) {
      const smart = await client.smart(to, this.#identity.controller, options);
      this.#spare = { percent: smart.availableSpare, threshold: smart.availableSpareThreshold };
    }
    this.#before = health;
    return { health, identity: this.#identity, spare: this.#spare! };
  }

  /** It may be another drive, or have another firmware: read all of it with the next poll. */
  forget(): void {
    this.#identity = undefined;
    this.#before = undefined;
  }
}

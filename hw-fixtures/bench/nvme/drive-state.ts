/** An NVMe drive of the bench from one reset to the next: condition, age by the clock, what has changed, what it works on. */

import type { Clock } from '../../../stack/clock.js';
import type { DriveCondition, DriveDescription } from './drive-description.js';
import type { DriveFlash } from './drive-flash.js';

/** Celsius from which it warns and from which it is critical; percent of spare below which it warns. */
export const WARNING_TEMPERATURE = 70;
export const CRITICAL_TEMPERATURE = 80;
const SPARE_THRESHOLD = 10;
const HOUR_MS = 3_600_000;
const DATA_UNIT = 512_000;

/** Bits of the changed flags. */
const CHANGED = { nssro: 1 << 4, fa: 1 << 7, ctemp: 1 << 9, pdlu: 1 << 10, spare: 1 << 11, cwarn: 1 << 12 } as const;

/** A sanitize operation under way. */
export interface Erasure {
  readonly dword10: number;
  readonly endsAt: number;
}

/** Told how a drive does, says how it does with a behaviour; `ageMs`: since it was switched on. */
export type ConditionHook = (condition: DriveCondition, ageMs: number) => DriveCondition;

export class DriveState {
  /** Celsius; these four may be set while running. */
  temperature: number;
  used: number;
  spare: number;
  readOnly: boolean;
  /** What came by download, up to the next commit; bytes. */
  downloaded = 0;
  /** The first bytes of it: they may name its revision. */
  imageHead: Uint8Array = new Uint8Array();
  erasure: Erasure | undefined;
  /** Of port 0: 1 to 3, and bytes. */
  smbusFrequency = 1;
  transmissionUnit = 64;
  paused = false;
  /** Since it was switched on. */
  activations = 0;
  readonly #startedAt: number;
  readonly #flags: { composite: number; controller: number };
  #seen: readonly number[];

  constructor(
    readonly description: DriveDescription,
    readonly flash: DriveFlash,
    readonly clock: Clock,
    private readonly hook: ConditionHook = (condition) => condition,
  ) {
    this.temperature = description.temperature;
    this.used = description.used;
    this.spare = description.spare;
    this.readOnly = description.readOnly;
    this.#startedAt = clock.now();
    const activated = flash.boot();
    const flags = (flash.powerCycles > 1 ? CHANGED.nssro : 0) | (activated ? CHANGED.fa : 0);
    this.#flags = { composite: flags, controller: flags };
    this.#seen = this.#values();
  }

  /** How it does now. */
  get condition(): DriveCondition {
    const { swing, period, writeRate, endurance } = this.description;
    const phase = (2 * Math.PI * this.clock.now()) / (1000 * period);
    const worn = (100 * writeRate * 1e6 * this.#ageS) / (endurance * 1e12);
    const own = {
      temperature: Math.round(this.temperature + swing * Math.sin(phase)),
      used: Math.floor(this.used + worn),
      spare: this.spare,
      readOnly: this.readOnly,
    };
    return this.hook(own, this.clock.now() - this.#startedAt);
  }

  /** Seconds since it was made. */
  get #ageS(): number {
    return (this.clock.now() - this.flash.madeAt) / 1000;
  }

  get powerOnHours(): bigint {
    return BigInt(this.description.powerOnHours + Math.floor((1000 * this.#ageS) / HOUR_MS));
  }

  /** In units of 512000 bytes. */
  get dataUnitsWritten(): bigint {
    const { used, endurance, writeRate } = this.description;
    return BigInt(Math.floor(((used / 100) * endurance * 1e12 + writeRate * 1e6 * this.#ageS) / DATA_UNIT));
  }

  /** Critical warning bits of the SMART log. */
  get criticalWarning(): number {
    const { spare, temperature, used, readOnly } = this.condition;
    const low = spare < SPARE_THRESHOLD ? 1 : 0;
    const hot = temperature >= WARNING_TEMPERATURE ? 2 : 0;
    return low | hot | (used >= 100 ? 4 : 0) | (readOnly ? 8 : 0);
  }

  /** The bits of what changed since they were cleared; composite and controller have their own. */
  changes(whose: 'composite' | 'controller', clear: boolean): number {
    const now = this.#values();
    const names = [CHANGED.ctemp, CHANGED.pdlu, CHANGED.spare, CHANGED.cwarn];
    const changed = names.reduce((bits, bit, index) => (now[index] === this.#seen[index] ? bits : bits | bit), 0);
    this.#seen = now;
    this.#flags.composite |= changed;
    this.#flags.controller |= changed;
    const flags = this.#flags[whose];
    if (clear) this.#flags[whose] = 0;
    return flags;
  }

  firmwareActivated(): void {
    this.activations++;
    this.#flags.composite |= CHANGED.fa;
    this.#flags.controller |= CHANGED.fa;
  }

  #values(): readonly number[] {
    const { temperature, used, spare } = this.condition;
    return [temperature, used, spare, this.criticalWarning];
  }

  /** The operation under way, until its end. */
  get erasing(): Erasure | undefined {
    if (this.erasure !== undefined && this.clock.now() >= this.erasure.endsAt) {
      this.flash.sanitized = this.erasure.dword10;
      this.erasure = undefined;
    }
    return this.erasure;
  }
}

/** What a check of `doctor` says. */

/** `missing` is not a fault unless one wants what it is for. */
export type CheckStatus = 'ok' | 'missing' | 'warning' | 'broken';

export interface Check {
  /** Stable, for programs: `node`, `package:serialport`, `serial:/dev/ttyUSB0`. */
  readonly id: string;
  readonly status: CheckStatus;
  /** What was found, a sentence. */
  readonly what: string;
  /** What to do about it. */
  readonly fix?: string;
}

/** Where the system's trees are mounted: for tests. */
export interface Roots {
  readonly sys: string;
  readonly dev: string;
  readonly proc: string;
}

export const SYSTEM: Roots = { sys: '/sys', dev: '/dev', proc: '/proc' };

/** Everything outside a verb, given to it: so that a verb is a function, and a test can be its world. */

import type { Clock } from '../stack/clock.js';
import type { Io } from './io.js';
import type { Network } from './world-network.js';

export interface World {
  readonly io: Io;
  /** Every timer and every duration. */
  readonly clock: Clock;
  /** The time of day: ms since 1970, with fractions. */
  readonly time: () => number;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Aborted by Ctrl-C, SIGTERM and SIGHUP. */
  readonly signal: AbortSignal;
  /** Hear SIGHUP, which does not end the verb then; returns how to stop. Not there where nobody can send it. */
  readonly onHangup?: (callback: () => void) => () => void;
  /** Hear SIGUSR2, by which somebody wants the latest packets; returns how to stop. Not there where nobody can send it. */
  readonly onDumpSignal?: (callback: () => void) => () => void;
  /** `--alone`: a running server is not used in place of a link. */
  readonly alone?: boolean;
  readonly machine: Machine;
  readonly network: Network;
}

/** What runs us. */
interface Machine {
  /** `v20.1.0` */
  readonly node: string;
  readonly platform: string;
  readonly arch: string;
  /** The words that call this command again, without its arguments. */
  readonly command: readonly string[];
  /** Memory in use, in bytes. */
  memory(): number;
  /** From now on rather collect garbage more often than have more memory for it. */
  saveMemory(): Promise<void>;
}

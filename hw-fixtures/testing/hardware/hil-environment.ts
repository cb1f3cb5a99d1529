/** What hardware a user has named for tests, by environment variables (docs/testing.md, Hardware). */

import { linkKinds } from '../../../bindings/link-registry.js';

export interface HilEnvironment {
  /** URLs of the links on which the devices are; none: there is no hardware. */
  readonly links: readonly string[];
  /** A line for the shell which takes the power of the devices away and gives it back. */
  readonly powerCommand: string | undefined;
  /** Where captures of failed tests are kept. */
  readonly captures: string;
}

/** The virtual bench is a link too: for a test which is written before the hardware is there. */
const BENCH = 'bench';

export function hilEnvironment(variables: Readonly<Record<string, string | undefined>> = process.env): HilEnvironment {
  const { MCTPKIT_HIL = '', MCTPKIT_HIL_POWER = '', MCTPKIT_HIL_CAPTURES = '' } = variables;
  return {
    links: splitUrls(MCTPKIT_HIL),
    powerCommand: MCTPKIT_HIL_POWER.trim() === '' ? undefined : MCTPKIT_HIL_POWER,
    captures: MCTPKIT_HIL_CAPTURES.trim() === '' ? 'hil-captures' : MCTPKIT_HIL_CAPTURES,
  };
}

/** Blanks are between URLs where a scheme of a link follows: `i2c:exec:python3 adapter.py` has blanks of its own. */
export function splitUrls(text: string): string[] {
  const schemes = [...linkKinds().keys(), BENCH].join('|');
  return text
    .split(new RegExp(`\\s+(?=(?:${schemes}):)`))
    .map((url) => url.trim())
    .filter((url) => url !== '');
}

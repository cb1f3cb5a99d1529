/** One seed for the properties of a whole run, another one each time; MCTPKIT_TEST_SEED repeats a run. */

import { randomInt } from 'node:crypto';

declare module 'vitest' {
  export interface ProvidedContext {
    readonly propertySeed: number;
  }
}

/** What the environment says, if it says anything. @throws Error: it is not a whole number of 32 bits */
export function runSeed(wanted: string | undefined): number {
  if (wanted === undefined || wanted === '') return randomInt(2 ** 31);
  const seed = Number(wanted);
  if (!/^-?\d+$/.test(wanted) || seed !== (seed | 0))
    throw new Error(`MCTPKIT_TEST_SEED=${wanted} is not a seed: a failed property shows one, such as 1234567`);
  return seed;
}

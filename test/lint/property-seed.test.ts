/** The seed of properties: one for the whole run, and one may give it. */

import fc from 'fast-check';
import { describe, expect, inject, it } from 'vitest';
import { runSeed } from '../support/run-seed.js';

describe('the seed of properties', () => {
  it('is that of the run, and a property which fails shows it', () => {
    const failing = fc.property(fc.nat(), () => false);
    expect(fc.check(failing).seed).toBe(inject('propertySeed'));
    expect(() => fc.assert(failing)).toThrow(`{ seed: ${inject('propertySeed')}, path:`);
  });

  it('makes the same values again', () => {
    const values = (): number[] => {
      const seen: number[] = [];
      fc.assert(fc.property(fc.nat(), (value) => void seen.push(value)));
      return seen;
    };
    const first = values();
    expect(new Set(first).size).toBeGreaterThan(10);
    expect(values()).toEqual(first);
  });

  it('is the one which was given, or a new one', () => {
    expect(['17', '-5', '2147483647'].map(runSeed)).toEqual([17, -5, 2147483647]);
    expect(new Set([undefined, '', undefined].map(runSeed)).size).toBe(3);
    for (const wrong of ['x', '1.5', '0x10', '2147483648']) {
      expect(() => runSeed(wrong)).toThrow(`MCTPKIT_TEST_SEED=${wrong} is not a seed`);
    }
  });
});

import { expect, it } from 'vitest';
import { casesInside, failuresOf } from './cases-inside.js';
import { describeOnBoard } from './support.js';

describeOnBoard(
  'the table of socket semantics, against the kernel (test/board/inside/kernel-semantics.spec.ts)',
  () => {
    it('holds, case for case', async () => {
      const cases = await casesInside('kernel-semantics', { memory: 512 });
      expect(failuresOf(cases)).toEqual([]);
      // All but `connect`, which this kernel lacks.
      expect(cases.filter(({ status }) => status === 'passed').length).toBeGreaterThanOrEqual(53);
      const skipped = cases.filter(({ status }) => status !== 'passed').map(({ fullName }) => fullName);
      expect(skipped.every((name) => name.includes(' connect '))).toBe(true);
    });
  },
);

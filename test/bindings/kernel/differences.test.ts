import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { DOCUMENTED_AS, KERNEL_FEATURES, OWN_FEATURES } from '../../support/semantics-features.js';
import type { SemanticsFeatures } from '../../support/socket-semantics.js';

const page = readFileSync(new URL('../../../docs/kernel.md', import.meta.url), 'utf8');
const section = page.split('\n## ').find((part) => part.startsWith('Where the kernel differs')) ?? '';
/** Of the table: what, our stack, kernel, why. */
const rows = section
  .split('\n')
  .filter((line) => line.startsWith('| '))
  .slice(2)
  .map((line) =>
    line
      .slice(1, -1)
      .split(/(?<!\\)\|/)
      .map((cell) => cell.trim()),
  );

describe('docs/kernel.md on where the kernel differs from our stack', () => {
  const keys = Object.keys(DOCUMENTED_AS) as (keyof SemanticsFeatures)[];

  it.each(keys.filter((key) => OWN_FEATURES[key] !== KERNEL_FEATURES[key]))('has %s, which the table shows', (key) => {
    expect(rows.map(([what]) => what)).toContain(DOCUMENTED_AS[key]);
  });

  it('gives a reason for every difference', () => {
    expect(rows.length).toBeGreaterThan(15);
    for (const row of rows) {
      expect(row, row[0]).toHaveLength(4);
      expect(
        row.every((cell) => cell !== ''),
        `${row[0]}: a cell is empty`,
      ).toBe(true);
    }
  });
});

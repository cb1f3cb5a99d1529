/** Times on the command line: one way to write them, in every verb. */

import { describe, expect, it } from 'vitest';
import { VERBS } from '../../tools/verbs.js';

const timed = (
  await Promise.all(
    VERBS.map(async ({ name, load }) =>
      Object.values((await load()).options)
        .filter(({ flags }) => flags.includes('<time>'))
        .map((option) => ({ name: `${name} ${option.flags}`, option })),
    ),
  )
).flat();

describe('options which take a time', () => {
  it('are those of every verb that waits', () => {
    expect(timed.length).toBeGreaterThan(15);
  });

  it.each(timed)('$name: a bare number is seconds, units are understood', ({ option }) => {
    const parse = (text: string): unknown => option.read([text]);
    expect(parse('1')).toBe(1000);
    expect(parse('0.2')).toBe(200);
    expect(parse('.5')).toBe(500);
    expect(parse('200ms')).toBe(200);
    expect(parse('2s')).toBe(2000);
    expect(parse('1m')).toBe(60_000);
    for (const wrong of ['', 'x', '5x', '-1', '1 2', 'ms'])
      expect(() => parse(wrong), wrong).toThrow(/is wrong: use a time/);
  });
});

it('no option counts in ms without saying so', async () => {
  for (const { name, load } of VERBS) {
    for (const { flags } of Object.values((await load()).options))
      expect([name, flags]).not.toEqual([name, expect.stringMatching(/<ms>/)]);
  }
});

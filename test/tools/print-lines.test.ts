import { expect, it } from 'vitest';
import { printLines } from '../../tools/print-lines.js';

async function printed(lines: readonly string[]): Promise<{ texts: string[]; waits: number }> {
  const texts: string[] = [];
  let waits = 0;
  await printLines({ print: (text) => texts.push(text), drained: async () => void waits++ }, lines);
  return { texts, waits };
}

it('prints many lines in one write, loses none, and waits for the reader after each full block', async () => {
  const lines = Array.from({ length: 5000 }, (_, index) => `line ${index} of a long output`);
  const { texts, waits } = await printed(lines);
  expect(texts.join('\n').split('\n')).toEqual(lines);
  expect(texts.length).toBe(Math.ceil(lines.join('\n').length / 16_384));
  expect(waits).toBe(texts.length - 1);
});

it.each([
  [[], []],
  [[''], ['']],
  [['a', ''], ['a\n']],
])('prints %j as %j', async (lines, expected) => {
  expect((await printed(lines)).texts).toEqual(expected);
});

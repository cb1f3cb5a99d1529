/** What verbs say with --json of the virtual bench, times taken out: keys and values stay as they are. */

import { describe, expect, it } from 'vitest';
import { mctpkit } from '../support/in-process.js';

/** Times and versions of what runs us are different every time. */
const MOVING = /(Ms|Us)$|^(mctpkit|node)$/;

/** Below a moving key every value is its type. */
function steady(value: unknown, moving = false): unknown {
  if (Array.isArray(value)) return value.map((part) => steady(part, moving));
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([key, part]) => [key, steady(part, moving || MOVING.test(key))]),
    );
  }
  return moving && value !== null ? `<${typeof value}>` : value;
}

describe('--json', () => {
  it.each<[string[]]>([
    [['discover', '--json']],
    [['ping', '9', '-c', '2', '-i', '0ms', '--json']],
    [['decode', '--json', '7e0107010908c80080020eb37e7e0107010908c80080020eb27e']],
    [['decode', '--json', '--layer', 'mctp', '010908c8008002']],
    [['version', '--json']],
  ])('mctpkit %j', async (args) => {
    const { code, stdout } = await mctpkit(args);
    expect(code).toBe(0);
    const text = stdout.trim();
    expect(steady(JSON.parse(text))).toMatchSnapshot();
  });
});

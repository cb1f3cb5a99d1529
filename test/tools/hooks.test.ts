/** Hooks which cannot be run say why in words. */

import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../stack/clock.js';
import type { HookConfig } from '../../tools/config/config-model.js';
import { Hooks } from '../../tools/serve/watch/hooks.js';

const EVENT = {} as Parameters<Hooks['tell']>[0];

/** What is told of one hook which is run so many times. */
async function problemOf(hook: Partial<HookConfig>): Promise<string> {
  return await new Promise((onProblem) => {
    const hooks = [{ name: 'mail', on: ['appeared'], perMinute: 9, ...hook }] as unknown as HookConfig[];
    new Hooks({ hooks, clock: new VirtualClock(), env: {}, onProblem }).tell({ ...EVENT, on: 'appeared' });
  });
}

describe('hooks', () => {
  it('a program which is not there, and one which may not be run, are named with the reason', async () => {
    expect(await problemOf({ command: ['/nope/mail'] })).toBe('hook mail: /nope/mail: no such file or directory');
    expect(await problemOf({ command: ['/dev/null'] })).toBe('hook mail: /dev/null: permission denied');
  });

  it('a server which is not reached is named with the reason', async () => {
    expect(await problemOf({ url: 'http://127.0.0.1:1/' })).toMatch(/^hook mail: fetch failed: .+/);
  });
});

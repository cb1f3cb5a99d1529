/** The terminal of the tests: what is drawn is in `output`, whole, when the command has finished. */

import { expect, it } from 'vitest';
import { mctpkit } from '../support/in-process.js';
import { plain, TerminalRun } from '../support/terminal.js';

it('has everything when the command has finished, and nothing else', async () => {
  const run = await TerminalRun.start(['schema', 'discover'], { cooked: true });
  try {
    expect(await run.finished).toEqual({ code: 0, signal: null });
    expect(plain(run.output)).toBe((await mctpkit(['schema', 'discover'])).stdout);
  } finally {
    await run.close();
  }
});

it('puts characters together which came in pieces', async () => {
  const run = await TerminalRun.start(['version']);
  try {
    await run.finished;
    const before = run.output;
    for (const byte of Buffer.from('├─ 35 °C')) run.heard(Uint8Array.of(byte));
    expect(run.output).toBe(`${before}├─ 35 °C`);
  } finally {
    await run.close();
  }
});

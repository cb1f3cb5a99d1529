// What the board tests share: skipping with a reason, and asserting on runs.

import { describe } from 'vitest';
import { type BoardOptions, type BoardResult, boardAvailable, runBoard } from '../../hw-fixtures/linux-board/index.js';

const available = boardAvailable();

/** Like describe, but skipped, with the reason in its name, where no board can run. */
export function describeOnBoard(name: string, body: () => void): void {
  if (available.ok) describe(name, body);
  else describe.skip(`${name} (skipped: ${available.reason})`, body);
}

/** Runs a command that has to succeed; what it printed on its standard output. */
export async function boardOutput(options: BoardOptions): Promise<string> {
  const result = await runBoard({ timeoutMs: 20_000, ...options });
  if (result.exitCode !== 0) throw new Error(describeFailure(result));
  return result.stdout;
}

function describeFailure(result: BoardResult): string {
  return [`exit code ${result.exitCode}`, result.stdout, result.stderr, result.console].join('\n');
}

/** Runs one of the scripts of test/board/guest, compiled by compile-guest.ts, in the board; the JSON it printed. */
export async function guestScript<T>(name: string, options: Omit<BoardOptions, 'command'>): Promise<T> {
  const command = ['node', `test/board/.compiled/test/board/guest/${name}.js`];
  return JSON.parse(await boardOutput({ ...options, command })) as T;
}

// What the board tests share: skipping with a reason, and asserting on runs.

import { beforeAll, describe } from 'vitest';
import { type BoardOptions, type BoardResult, boardAvailable, runBoard } from '../../hw-fixtures/linux-board/index.js';
import type { ScenarioLine } from './guest/scenarios.js';

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

/** The command that runs one of the scripts of test/board/guest, compiled by compile-guest.ts, in the board. */
export function guestCommand(name: string, ...flags: string[]): string[] {
  return ['node', ...flags, `test/board/.compiled/test/board/guest/${name}.js`];
}

/** Runs a script in the board; the JSON it printed. */
export async function guestScript<T>(name: string, options: Omit<BoardOptions, 'command'>): Promise<T> {
  return JSON.parse(await boardOutput({ ...options, command: guestCommand(name) })) as T;
}

/**
 * Runs a script of scenarios in one board before the tests of the surrounding `describe`; gives a function that gives
 * the report of one of them, or throws what it threw.
 */
export function scenarioReports<Reports extends object>(
  name: string,
  options: Omit<BoardOptions, 'command'>,
  ...flags: string[]
): <Name extends keyof Reports & string>(scenario: Name) => Reports[Name] {
  const lines = new Map<string, ScenarioLine>();
  let stderr = '';
  const timeoutMs = options.timeoutMs ?? 60_000;
  beforeAll(async () => {
    const result = await runBoard({ ...options, timeoutMs, command: guestCommand(name, ...flags) });
    stderr = result.stderr;
    for (const text of result.stdout.split('\n').filter(Boolean)) {
      const line = JSON.parse(text) as ScenarioLine;
      lines.set(line.scenario, line);
    }
  }, timeoutMs + 10_000);
  return <Name extends keyof Reports & string>(scenario: Name) => {
    const line = lines.get(scenario);
    if (line?.report === undefined) throw new Error(line?.error ?? `"${scenario}" was not reached: ${stderr}`);
    return line.report as Reports[Name];
  };
}

// What the board tests share: skipping with a reason, and asserting on runs.

import { beforeAll, describe } from 'vitest';
import { type BoardOptions, type BoardResult, boardAvailable, runBoard } from '../../hw-fixtures/linux-board/index.js';
import type { ScenarioLine } from './guest/scenarios.js';
import { LONGEST_MS } from './longest.js';

const available = boardAvailable();

/** Like describe, but skipped, with the reason in its name, where no board can run. */
export function describeOnBoard(name: string, body: () => void): void {
  if (available.ok) describe(name, body);
  else describe.skip(`${name} (skipped: ${available.reason})`, body);
}

/** Runs a command that has to succeed; what it printed on its standard output. */
export async function boardOutput(options: BoardOptions): Promise<string> {
  const result = await runBoard({ timeoutMs: LONGEST_MS, ...options });
  if (result.exitCode !== 0) throw new Error(describeFailure(result));
  return result.stdout;
}

function describeFailure(result: BoardResult): string {
  return [`exit code ${result.exitCode}`, result.stdout, result.stderr, result.console].join('\n');
}

/** The command as it is published, in the board. */
export const mctpkit = 'node dist/tools/mctpkit.js';

/** Where compile-guest.ts puts the scripts that run inside the board. */
export const COMPILED = 'test/board/.compiled';

/** The command that runs one of the scripts of test/board/guest in the board. */
export function guestCommand(name: string, ...flags: string[]): string[] {
  return ['node', ...flags, `${COMPILED}/guest/${name}.js`];
}

/** Runs a script in the board; the JSON it printed. */
export async function guestScript<T>(name: string, options: Omit<BoardOptions, 'command'> = {}): Promise<T> {
  return JSON.parse(await boardOutput({ ...options, command: guestCommand(name) })) as T;
}

/** Shell: waits until that command has succeeded, or the process that makes it so has ended. Files it looks at may not be there yet. */
export const awaited = (command: string, process = '$$'): string =>
  `while ! { ${command}; } 2>/dev/null && kill -0 ${process} 2>/dev/null; do sleep 0.1; done`;

export type ReportOf<Reports extends object> = <Name extends keyof Reports & string>(scenario: Name) => Reports[Name];

/** What a script of scenarios printed: a function that gives the report of one of them, or throws what it threw. */
export function parseReports<Reports extends object>(result: BoardResult): ReportOf<Reports> {
  const lines = new Map<string, ScenarioLine>();
  for (const text of result.stdout.split('\n').filter(Boolean)) {
    const line = JSON.parse(text) as ScenarioLine;
    lines.set(line.scenario, line);
  }
  return <Name extends keyof Reports & string>(scenario: Name) => {
    const line = lines.get(scenario);
    if (line?.report === undefined) {
      throw new Error(line?.error ?? `"${scenario}" was not reached: ${describeFailure(result)}`);
    }
    return line.report as Reports[Name];
  };
}

/**
 * Runs a script of scenarios in one board before the tests of the surrounding `describe`. It has to end by itself: a
 * timer or a handle left open fails every test.
 */
export function scenarioReports<Reports extends object>(
  name: string,
  { env = {}, ...options }: Omit<BoardOptions, 'command'> & { readonly env?: Readonly<Record<string, string>> } = {},
  ...flags: string[]
): ReportOf<Reports> {
  let report: ReportOf<Reports> | undefined;
  const variables = ['env', ...Object.entries(env).map(([key, value]) => `${key}=${value}`)];
  beforeAll(async () => {
    report = parseReports(
      await runBoard({ timeoutMs: LONGEST_MS, ...options, command: [...variables, ...guestCommand(name, ...flags)] }),
    );
  });
  return (scenario) => report!(scenario);
}

// What the tests of a file of test/board/inside made of it, in a board.

import type { BoardOptions } from '../../hw-fixtures/linux-board/index.js';
import { boardOutput } from './support.js';

/** One test: what it says when it failed. */
export interface CaseInside {
  readonly fullName: string;
  readonly status: string;
  readonly failureMessages: readonly string[];
}

interface Report {
  readonly testResults: readonly {
    readonly message: string;
    readonly assertionResults: readonly CaseInside[];
  }[];
}

/**
 * Runs the tests of that file under vitest in a board, after the shell command `before`.
 * @throws Error when a file has no tests, as it does not load
 */
export async function casesInside(
  name: string,
  options: Omit<BoardOptions, 'command'> = {},
  before = 'true',
): Promise<readonly CaseInside[]> {
  const config = '--config test/board/inside/vitest.config.mjs --configLoader native';
  const vitest = `node node_modules/vitest/vitest.mjs run ${name} ${config}`;
  const command = `${before}; ${vitest} --reporter=json --outputFile=/tmp/report.json >&2; cat /tmp/report.json`;
  const { testResults } = JSON.parse(await boardOutput({ ...options, command })) as Report;
  for (const { message, assertionResults } of testResults) if (assertionResults.length === 0) throw new Error(message);
  return testResults.flatMap(({ assertionResults }) => assertionResults);
}

/** Those which failed, with why. */
export function failuresOf(cases: readonly CaseInside[]): string[] {
  const failed = cases.filter(({ status }) => status !== 'passed' && status !== 'pending' && status !== 'skipped');
  return failed.map(({ fullName, failureMessages }) => `${fullName}: ${failureMessages.join('\n')}`);
}

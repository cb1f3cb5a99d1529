/** A run of vitest of its own: tests of the test kit look at what came of each test of a user. */

import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

export interface VitestCase {
  readonly title: string;
  readonly ancestorTitles: readonly string[];
  readonly status: string;
  readonly failureMessages: readonly string[];
}

export interface VitestRun {
  readonly all: readonly VitestCase[];
  /** Those of a file, by its base name, by their titles. */
  casesOf(file: string): ReadonlyMap<string, VitestCase>;
  /** What it printed, both streams. */
  readonly output: string;
  readonly exitCode: number | null;
}

/** Run the files whose path has one of these texts. */
export async function runVitest(
  config: string,
  files: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<VitestRun> {
  const folder = mkdtempSync(join(tmpdir(), 'mctpkit-vitest-'));
  try {
    const report = join(folder, 'report.json');
    const vitest = [join(ROOT, 'node_modules/vitest/vitest.mjs'), 'run', '--config', config, ...files];
    const reporters = ['--reporter=verbose', '--reporter=json', `--outputFile.json=${report}`];
    const child = spawn(process.execPath, [...vitest, ...reporters], {
      cwd: ROOT,
      env: { ...process.env, NO_COLOR: '1', ...env },
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
      });
    }
    const exitCode = await new Promise<number | null>((resolve) => child.once('close', resolve));
    const { testResults } = JSON.parse(readFileSync(report, 'utf8')) as {
      readonly testResults: readonly { readonly name: string; readonly assertionResults: readonly VitestCase[] }[];
    };
    const all = testResults.flatMap(({ assertionResults }) => assertionResults);
    const casesOf = (file: string): ReadonlyMap<string, VitestCase> => {
      const { assertionResults } = testResults.find(({ name }) => basename(name) === file)!;
      return new Map(assertionResults.map((one) => [one.title, one]));
    };
    return { all, casesOf, output, exitCode };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

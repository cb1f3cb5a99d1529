/** What tests import is compiled; who reads a trace reads the sources. */

import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { parseBench } from '../../hw-fixtures/index.js';

it('a trace leads to the line of the source which threw', () => {
  let trace = '';
  try {
    parseBench('[[');
  } catch (error) {
    trace = (error as Error).stack!;
  }
  const [, path, line, column] = /at parseToml \((\/.*\/hw-fixtures\/.*\.ts):(\d+):(\d+)\)/.exec(trace)!;
  const text = readFileSync(path!, 'utf8').split('\n')[Number(line) - 1]!;
  expect(text.slice(Number(column) - 1)).toMatch(/^new MctpError/);
});

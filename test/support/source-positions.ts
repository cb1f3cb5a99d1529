/** The trace of an error names the sources, not what was compiled of them (compiled-rooms.ts). */

import { readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const POSITION = new RegExp(`(?:file://)?${ROOT}dist-test/([^:)]+):(\\d+):(\\d+)`, 'g');

const maps = new Map<string, SourceMap>();

function mapOf(path: string): SourceMap {
  let map = maps.get(path);
  if (map === undefined) {
    map = new SourceMap(JSON.parse(readFileSync(join(ROOT, 'dist-test', `${path}.map`), 'utf8')));
    maps.set(path, map);
  }
  return map;
}

function inSource(position: string, path: string, line: string, column: string): string {
  const entry = mapOf(path).findEntry(Number(line) - 1, Number(column) - 1);
  if (!('originalSource' in entry)) return position;
  return `${ROOT}${path.replace(/js$/, 'ts')}:${entry.originalLine + 1}:${entry.originalColumn + 1}`;
}

// vitest has its own, for the files of tests: it makes the text.
const ofVitest = Error.prepareStackTrace!;
Error.prepareStackTrace = (error, sites) => {
  const text: unknown = ofVitest(error, sites);
  return typeof text === 'string' ? text.replace(POSITION, inSource) : text;
};

/** The trace of an error names the sources, not what was compiled of them (compiled-rooms.ts). */

import { existsSync, readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** A place of a trace: a path or a URL, the line and the column. */
const POSITION = /(?:file:\/\/)?\/[^\s()]*\/dist-test\/([^\s():]+):(\d+):(\d+)/g;

const maps = new Map<string, SourceMap | undefined>();

function mapOf(path: string): SourceMap | undefined {
  if (!maps.has(path)) {
    const file = join(ROOT, 'dist-test', `${path}.map`);
    maps.set(path, existsSync(file) ? new SourceMap(JSON.parse(readFileSync(file, 'utf8'))) : undefined);
  }
  return maps.get(path);
}

function inSource(position: string, path: string, line: string, column: string): string {
  const entry = mapOf(path)?.findEntry(Number(line) - 1, Number(column) - 1);
  if (entry === undefined || !('originalSource' in entry)) return position;
  return `${ROOT}${path.replace(/js$/, 'ts')}:${entry.originalLine + 1}:${entry.originalColumn + 1}`;
}

// vitest has its own, for the files of tests: it makes the text.
const ofVitest = Error.prepareStackTrace!;
Error.prepareStackTrace = (error, sites) => {
  const text: unknown = ofVitest(error, sites);
  return typeof text === 'string' ? text.replace(POSITION, inSource) : text;
};

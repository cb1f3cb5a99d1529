/** The bench that is used when none is named: `default-bench.toml` beside this file's source. */

import { existsSync, readFileSync } from 'node:fs';

const FILE = 'hw-fixtures/bench/description/default-bench.toml';

/**
 * The text of the default bench. The package contains the file under its path in the sources, so that one place serves
 * the sources, what is built from them, and a bundled command: it is looked for from `from` upwards.
 * @throws Error when a copy of the code has left its package
 */
export function readDefaultBench(from: string | URL): string {
  for (let folder = new URL('.', from); ; folder = new URL('..', folder)) {
    const file = new URL(FILE, folder);
    if (existsSync(file)) return readFileSync(file, 'utf8');
    if (folder.pathname === new URL('..', folder).pathname)
      throw new Error(`mctpkit is incomplete: ${FILE} is missing`);
  }
}

export const DEFAULT_BENCH = readDefaultBench(import.meta.url);

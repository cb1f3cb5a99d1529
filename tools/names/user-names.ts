/** Names that a user gave: a file in the user's folder of configurations, which holds where no configuration is given. */

import { existsSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { makeFolder } from '../../bindings/make-folder.js';
import { fileProblem, readOwnTextIfThere } from '../../bindings/read-own-file.js';
import { MctpError } from '../../stack/errors.js';
import { type Naming, writeAddress } from '../../stack/names/index.js';
import { wait } from '../../stack/util/async.js';
import { writeWholeFile } from '../read-file.js';
import type { World } from '../world.js';

const LOCK_RETRY_MS = 20;
const LONGEST_WAIT_MS = 3_000;
/** No change takes so long. */
const STALE_MS = 10_000;

/** `$XDG_CONFIG_HOME/mctpkit/names.toml`, else `~/.config/mctpkit/names.toml`; undefined without a home. */
function userNamesFile(env: World['env']): string | undefined {
  const root = env.XDG_CONFIG_HOME || (env.HOME ? join(env.HOME, '.config') : undefined);
  return root === undefined ? undefined : join(root, 'mctpkit', 'names.toml');
}

/** None where there is no file. @throws MctpError EUSAGE: it cannot be read, with the line of a mistake */
export async function readUserNames(env: World['env']): Promise<readonly Naming[]> {
  const file = userNamesFile(env);
  const text = file === undefined ? undefined : readOwnTextIfThere(file, `names in ${file}`);
  if (file === undefined || text === undefined) return [];
  const { parseNames } = await import('../config/config-parse.js');
  return parseNames(text, file);
}

/**
 * Read the names, and write those that `change` makes of them: nobody else changes them in between. Returns the file.
 * @throws MctpError EUSAGE when it cannot be written, EBUSY when another does not let go of it; what `change` throws
 */
export async function changeUserNames(
  { env, clock, time }: Pick<World, 'env' | 'clock' | 'time'>,
  change: (namings: readonly Naming[]) => Promise<readonly Naming[]>,
): Promise<string> {
  const file = userNamesFile(env);
  if (file === undefined) throw new MctpError('EUSAGE', 'there is no folder for names: set HOME or XDG_CONFIG_HOME');
  // What is refused makes no folder.
  if (!existsSync(dirname(file))) await change(await readUserNames(env));
  const lock = `${file}.lock`;
  for (let waited = 0; !isTaken(file, lock, time()); waited += LOCK_RETRY_MS) {
    if (waited >= LONGEST_WAIT_MS) throw new MctpError('EBUSY', `names in ${file}: another process changes them`);
    await wait(clock, LOCK_RETRY_MS);
  }
  try {
    return writeUserNames(file, await change(await readUserNames(env)));
  } finally {
    rmSync(lock, { force: true });
  }
}

/** The lock is ours now. One which somebody left behind is taken away. @throws MctpError EUSAGE */
function isTaken(file: string, lock: string, now: number): boolean {
  try {
    makeFolder(dirname(file));
    writeFileSync(lock, '', { flag: 'wx' });
    return true;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') {
      throw new MctpError('EUSAGE', `names in ${file}: ${fileProblem(cause)}`, { cause });
    }
    const left = statSync(lock, { throwIfNoEntry: false });
    if (left !== undefined && now - left.mtimeMs > STALE_MS) rmSync(lock, { force: true });
    return false;
  }
}

function writeUserNames(file: string, namings: readonly Naming[]): string {
  const lines = namings.map(({ name, address }) => `${tomlKey(name)} = ${JSON.stringify(writeAddress(address))}`);
  try {
    writeWholeFile(file, `${['# Written by mctpkit name', '[names]', ...lines.sort()].join('\n')}\n`);
  } catch (cause) {
    throw new MctpError('EUSAGE', `names in ${file}: ${fileProblem(cause)}`, { cause });
  }
  return file;
}

/** A dot would make a table of it. */
function tomlKey(name: string): string {
  return name.includes('.') ? JSON.stringify(name) : name;
}

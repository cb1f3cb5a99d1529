/**
 * Which process something belongs to. It is said by a folder, the place, with the name of the process in it. A name is used
 * once: the same process that owns again has another one. A process which was killed leaves its place behind, and the next
 * one clears it.
 *
 * Why two processes never own one place at a time, also when many find it left behind in the same instant:
 * 1. A place is taken by the rename of a folder which has the name in it already. A rename does not replace a folder with
 *    something in it, so one of those which take an empty place gets it, and nobody ever reads half a name.
 * 2. The name of a living process leaves the place only by its own release, a rename too.
 * 3. The name of a dead process is cleared only by the process that owns the right to clear after this name. The right is a place
 *    beside it, called after the name, and is owned in the same way. Whoever has it looks again whether the name is still
 *    there: from then on nobody else can take it away, since the dead do not release, and the right has one owner. So what is
 *    cleared is that name, never that of a successor. A process that is late gets the right, finds another name, and lets go.
 * 4. A process which is killed while it has the right leaves a place behind, for which all of this holds again.
 * When a name has left a place it never comes back, and a right after it allows nothing more: the owner sweeps those away.
 *
 * It holds between processes of one machine which see each other's numbers: not between containers, nor over a network.
 */

import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { MctpError } from '../stack/errors.js';
import { PROCESSES, type Processes } from './processes.js';

export interface Ownership {
  release(): void;
}

/** Each try that fails is one in which another process got further, or has just let go. */
const MOST_TRIES = 100;
/** Processes which were killed, one after another, while they had the right to clear after the one before. */
const MOST_DEPTH = 16;
const NAME_FILE = 'process';
/** What a rename onto something says, by system and by what is there. */
const TAKEN = ['EEXIST', 'ENOTEMPTY', 'ENOTDIR', 'EPERM', 'EACCES'];

/**
 * `path`: of the place; what is called like it, with a dot and more behind it, is ours, too.
 *
 * @throws MctpError EBUSY: it belongs to another process; errors of the system
 */
export function own(path: string, what: string, processes: Processes = PROCESSES): Ownership {
  const { pid } = process;
  const name = `${pid} ${processes.startOf(pid) ?? '-'} ${processes.boot() ?? '-'} ${randomBytes(8).toString('hex')}\n`;
  const other = take(path, path, name, processes);
  if (other !== undefined)
    throw new MctpError('EBUSY', `${what} is in use${other === 0 ? '' : ` by process ${other}`}`);
  sweep(path);
  return {
    release: () => {
      if (nameAt(path) === name) clear(path, path);
    },
  };
}

/** Undefined: the place is ours now. The number of the process which has it, or is about to; 0: not known. */
function take(base: string, place: string, name: string, processes: Processes, depth = 0): number | undefined {
  for (let tries = 0; tries < MOST_TRIES && depth < MOST_DEPTH; tries++) {
    const there = nameAt(place);
    if (there === undefined) {
      if (put(base, place, name)) return undefined;
      continue;
    }
    const pid = livingOne(there, processes);
    if (pid !== undefined) return pid;
    const right = `${base}.${createHash('sha256').update(there).digest('hex').slice(0, 16)}`;
    const other = take(base, right, name, processes, depth + 1);
    if (other !== undefined) return other;
    if (nameAt(place) === there) clear(base, place);
    if (nameAt(right) === name) clear(base, right);
  }
  return 0;
}

/** False: somebody has it. */
function put(base: string, place: string, name: string): boolean {
  const ours = besides(base);
  try {
    mkdirSync(ours);
    writeFileSync(join(ours, NAME_FILE), name);
    renameSync(ours, place);
    return true;
  } catch (error) {
    const { code = '', syscall } = error as NodeJS.ErrnoException;
    rmSync(ours, { force: true, recursive: true });
    // Removed by the process that owns the place now.
    const isSwept = code === 'ENOENT' && syscall !== 'mkdir';
    if (!isSwept && !(syscall === 'rename' && TAKEN.includes(code))) throw error;
    return false;
  }
}

/** Whoever has it, or had it. Undefined: nobody. A file, which is not of ours, and what a power failure left, is nobody's name. */
function nameAt(place: string): string | undefined {
  try {
    return readFileSync(join(place, NAME_FILE), 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    if (code === 'ENOTDIR') return '';
    throw error;
  }
}

/** It is moved away before its name is taken out: where others look there is never a folder which has lost its name. */
function clear(base: string, place: string): void {
  const gone = besides(base);
  try {
    renameSync(place, gone);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  rmSync(gone, { force: true, recursive: true });
}

/** Undefined: it is not there any more. */
function livingOne(name: string, processes: Processes): number | undefined {
  const [, number, start, boot] = /^(\d{1,10}) (\S+) (\S+) /.exec(name) ?? [];
  const pid = Number(number);
  if (number === undefined || pid === 0 || !processes.isThere(pid)) return undefined;
  const isOther = (then: string | undefined, now: string | undefined): boolean => {
    return then !== '-' && now !== undefined && then !== now;
  };
  return isOther(boot, processes.boot()) || isOther(start, processes.startOf(pid)) ? undefined : pid;
}

function besides(base: string): string {
  return `${base}.${randomBytes(8).toString('hex')}`;
}

/** By the owner: whoever is still at work there begins again, and finds it. */
function sweep(base: string): void {
  const folder = dirname(base);
  for (const name of readdirSync(folder)) if (name.startsWith(`${basename(base)}.`)) clear(base, join(folder, name));
}

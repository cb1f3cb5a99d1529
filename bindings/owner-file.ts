/**
 * A file which says which process something belongs to. It ends with the process: one which was killed leaves a file whose
 * process is not there any more, or is another one with the same number, which started at another time.
 */

import { closeSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { MctpError } from '../stack/errors.js';

export interface OwnerFile {
  release(): void;
}

/** @throws MctpError EBUSY: it belongs to another process; errors of the system */
export function ownBy(path: string, what: string): OwnerFile {
  const own = `${process.pid} ${startOf(process.pid) ?? ''}\n`;
  for (let isSecond = false; ; isSecond = true) {
    try {
      const file = openSync(path, 'wx', 0o644);
      writeSync(file, own);
      closeSync(file);
      return { release: () => rmSync(path, { force: true }) };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const pid = livingOwner(path);
    if (pid !== undefined || isSecond) {
      throw new MctpError('EBUSY', `${what} is in use${pid === undefined ? '' : ` by process ${pid}`}`);
    }
    rmSync(path, { force: true });
  }
}

/** Undefined: it is not there any more. */
function livingOwner(path: string): number | undefined {
  const [, pid, start] = /^(\d{1,10}) (\d+)\n/.exec(readFileSync(path, 'utf8')) ?? [];
  if (pid === undefined) return undefined;
  return startOf(Number(pid)) === start ? Number(pid) : undefined;
}

/** In ticks since the machine was started; undefined: there is no such process, or the system does not tell. */
function startOf(pid: number): string | undefined {
  try {
    // Behind the name, which may have anything in it.
    return readFileSync(`/proc/${pid}/stat`, 'latin1')
      .replace(/^.*\) /s, '')
      .split(' ')[19];
  } catch {
    return undefined;
  }
}

/** Whether a process is still there, and the same one: numbers of processes are given again. */

import { readFileSync } from 'node:fs';

export interface Processes {
  /** Of this run of the machine; undefined: the system does not tell. */
  boot(): string | undefined;
  /** Also for one of another user. One which has ended, and whose parent has not noticed, is not. */
  isThere(pid: number): boolean;
  /** In ticks since the machine was started; undefined: the system does not tell. */
  startOf(pid: number): string | undefined;
}

export const PROCESSES: Processes = {
  boot: () => contents('/proc/sys/kernel/random/boot_id')?.trim(),
  isThere: (pid) => {
    try {
      process.kill(pid, 0);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
    }
    return !/^[ZX]$/.test(statOf(pid)?.[0] ?? '');
  },
  startOf: (pid) => statOf(pid)?.[19],
};

/** Behind the name, which may have anything in it: the state is the first, the start the twentieth (`man 5 proc`). */
function statOf(pid: number): readonly string[] | undefined {
  return contents(`/proc/${pid}/stat`)
    ?.replace(/^.*\) /s, '')
    .split(' ');
}

function contents(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return undefined;
  }
}

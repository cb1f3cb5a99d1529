// The board as a process of the host: its command line, its descriptors, and how to end it.

import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BuiltBoard } from './cache.js';

/** Descriptors of the kernel process; 1 and 2 carry its console. */
export const FD = { serial: 3, stdout: 4, stderr: 5 } as const;

export interface KernelOptions {
  readonly board: BuiltBoard;
  readonly job: string;
  readonly memoryMb: number;
  readonly serial: boolean | string;
  readonly kernelArgs: readonly string[];
  /** Number of the only processor that the board runs on. */
  readonly processor: number;
}

function serialChannel(serial: boolean | string): string {
  if (typeof serial === 'string') return `tty:${serial}`;
  return serial ? `fd:${FD.serial}` : 'null';
}

function kernelLine(options: KernelOptions): string[] {
  return [
    `mem=${options.memoryMb}M`,
    'rootfstype=hostfs',
    'rootflags=/',
    'ro', // with rw a guest running as root could write anywhere on the host
    `init=${join(options.board.folder, 'bin', 'board-init')}`,
    'con=null',
    'con0=null,fd:1',
    'ssl=null',
    `ssl0=${serialChannel(options.serial)}`,
    `ssl1=null,fd:${FD.stdout}`,
    `ssl2=null,fd:${FD.stderr}`,
    `uml_dir=${join(options.job, 'uml')}`,
    `BOARD_JOB=${options.job}`,
    'quiet',
    ...options.kernelArgs,
  ];
}

/** The guest's memory is a sparse file; in RAM if there is room (containers often have a tiny /dev/shm). */
function memoryFolder(memoryMb: number): string {
  try {
    const { bavail, bsize } = statfsSync('/dev/shm');
    return bavail * bsize >= memoryMb * 2 ** 20 ? '/dev/shm' : tmpdir();
  } catch {
    return tmpdir();
  }
}

/** Starts the kernel in its own process group. */
export function startKernel(options: KernelOptions): ChildProcess {
  const words = [join(options.board.folder, 'linux'), ...kernelLine(options)];
  const taskset = '/usr/bin/taskset';
  if (existsSync(taskset)) words.unshift(taskset, '--cpu-list', `${options.processor}`);
  // Should we be killed outright, the host's kernel ends the board for us.
  const setpriv = '/usr/bin/setpriv';
  if (existsSync(setpriv)) words.unshift(setpriv, '--pdeathsig', 'TERM', '--');
  return spawn(words[0]!, words.slice(1), {
    stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe', 'pipe'],
    detached: true,
    env: { TMPDIR: memoryFolder(options.memoryMb), PATH: '/usr/bin:/bin' },
  });
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // it is gone already
  }
}

/** Asks the kernel to end; it goes within some 10 ms and takes its programs along. */
export function terminate(pid: number): void {
  send(pid, 'SIGTERM');
}

/** Ends the whole process group, for a kernel that does not listen; its programs may remain as zombies a while. */
export function killGroup(pid: number): void {
  send(-pid, 'SIGKILL');
}

/** Whether it runs; a process that ended but was not waited for does not. */
export function isRunning(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3) !== 'Z';
  } catch {
    return false;
  }
}

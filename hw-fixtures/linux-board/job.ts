// The job folder: how the runner tells process 1 of the board what to do, and hears how it ended.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type BuiltBoard, checkoutFolder, fixtureFolder } from './cache.js';

export type ModuleParameter = string | number | boolean | readonly number[];
/** Kernel modules to load before the command, in this order, each with its parameters. */
export type ModuleList = Readonly<Record<string, Readonly<Record<string, ModuleParameter>>>>;

export interface JobDescription {
  /** A string runs in a shell; an array is a program and its arguments. */
  readonly command: string | readonly string[];
  readonly modules?: ModuleList | undefined;
  readonly env?: Readonly<Record<string, string>> | undefined;
  readonly cwd?: string | undefined;
}

/** Exit status of the command when the board could not be prepared for it. */
const SETUP_FAILED = 125;

function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

function moduleLine(name: string, parameters: Readonly<Record<string, ModuleParameter>>): string {
  const words = Object.entries(parameters).map(([key, value]) => {
    const text = typeof value === 'boolean' ? Number(value) : value;
    return quote(`${key}=${text}`); // an array of numbers prints as "1,2", which is what modules take
  });
  return `load-module ${[quote(name), ...words].join(' ')} || exit ${SETUP_FAILED}`;
}

/** The shell script that process 1 runs. */
function commandScript(board: BuiltBoard, job: JobDescription): string {
  const path = [
    join(fixtureFolder, 'guest', 'bin'),
    join(board.folder, 'bin'),
    dirname(process.execPath),
    '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  ].join(':');
  const env = {
    PATH: path,
    HOME: '/tmp',
    TMPDIR: '/tmp',
    LANG: 'C.UTF-8',
    BOARD_MODULES: join(board.folder, 'modules'),
    ...job.env,
  };
  const words = typeof job.command === 'string' ? ['/bin/sh', '-c', job.command] : job.command;
  return [
    'unset BOARD_JOB TERM',
    ...Object.entries(env).map(([name, value]) => `export ${name}=${quote(value)}`),
    ...Object.entries(job.modules ?? {}).map(([name, parameters]) => moduleLine(name, parameters)),
    `cd ${quote(job.cwd ?? checkoutFolder)} || exit ${SETUP_FAILED}`,
    `exec ${words.map(quote).join(' ')}`,
    '',
  ].join('\n');
}

/** Host folders the command needs that the board's own /tmp and /run would hide. */
function hiddenFolders(board: BuiltBoard, job: JobDescription): string[] {
  const needed = [checkoutFolder, board.folder, dirname(process.execPath), job.cwd ?? checkoutFolder];
  const hidden = needed.filter((folder) => /^\/(tmp|run)\//.test(folder)).sort();
  return hidden.filter((folder, i) => !hidden.slice(0, i).some((outer) => `${folder}/`.startsWith(`${outer}/`)));
}

const PREFIX = 'mctpkit-board-';

/** Makes the folder; the process id in its name tells whose it was, should it ever be left behind. */
export function createJobFolder(board: BuiltBoard, job: JobDescription): string {
  const folder = mkdtempSync(join(tmpdir(), `${PREFIX}${process.pid}-`));
  writeFileSync(join(folder, 'command'), commandScript(board, job));
  writeFileSync(
    join(folder, 'folders'),
    hiddenFolders(board, job)
      .map((path) => `${path}\n`)
      .join(''),
  );
  return folder;
}

/** Process whose job folder has that name; undefined: it is another folder. */
export function jobOwner(name: string): number | undefined {
  return name.startsWith(PREFIX) ? Number.parseInt(name.slice(PREFIX.length), 10) : undefined;
}

/** Exit status of the command; undefined when the board ended before it did. */
export function readStatus(folder: string): number | undefined {
  try {
    return Number(readFileSync(join(folder, 'status'), 'utf8'));
  } catch {
    return undefined;
  }
}

export function removeJobFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 20 });
}

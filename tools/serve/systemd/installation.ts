/** `mctpkit serve --install` and `--uninstall`: what they would do, and doing it. */

import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { makeFolder } from '../../../bindings/make-folder.js';
import { refusal, usageError } from '../../command-error.js';
import type { Config } from '../../config/config-model.js';
import { kindOf } from '../../link-kinds.js';
import { DEVICE_GROUPS, SERVICE, type ServiceFile, serviceFiles } from './unit-files.js';

export interface Installation {
  readonly title: string;
  /** Written, or with `remove` taken away. */
  readonly files: readonly ServiceFile[];
  readonly remove: boolean;
  /** Programs to run before and after the files are written or taken away; none for a folder given as root. */
  readonly before: readonly (readonly string[])[];
  readonly after: readonly (readonly string[])[];
}

export interface InstallOptions {
  /** The folder which stands for the root of the file system. */
  readonly root: string;
  readonly command: readonly string[];
  readonly config: Config;
}

/** @throws CommandError when the command cannot be found again after a start of the machine */
export function planInstall({ root, command, config }: InstallOptions): Installation {
  const relative = command.find((word) => !isAbsolute(word));
  if (relative !== undefined)
    throw usageError(`${relative} is not a whole path: install mctpkit, and call it from there`);
  const isKernel =
    config.links.some(({ url }) => kindOf(url).isKernels === true) ||
    config.serve.some(({ kernel }) => kernel.length > 0);
  const files = serviceFiles({
    command,
    config: resolve(config.file),
    kernel: isKernel,
    http: config.serve.some(({ metrics }) => metrics !== undefined),
    deviceGroups: DEVICE_GROUPS.filter((name) => groupsOf(root).has(name)),
  });
  const after = [
    ['systemd-sysusers', '/etc/sysusers.d/mctpkit.conf'],
    ['systemd-tmpfiles', '--create', '/etc/tmpfiles.d/mctpkit.conf'],
    ['udevadm', 'control', '--reload'],
    ['systemctl', 'daemon-reload'],
    ['systemctl', 'enable', '--now', SERVICE],
  ];
  return { title: 'install', files, remove: false, before: [], after: isReal(root) ? after : [] };
}

/** The user, the group and the state stay. */
export function planUninstall(root: string): Installation {
  const files = serviceFiles({ command: [], config: '', kernel: false, http: false, deviceGroups: [] });
  const reload = [
    ['systemctl', 'daemon-reload'],
    ['udevadm', 'control', '--reload'],
  ];
  return {
    title: 'uninstall',
    files,
    remove: true,
    ...(isReal(root)
      ? { before: [['systemctl', 'disable', '--now', SERVICE]], after: reload }
      : { before: [], after: [] }),
  };
}

/** For people: each file with its text, and each program. */
export function planLines({ title, files, remove, before, after }: Installation, root: string): string[] {
  return [
    ...before.map((words) => `run ${words.join(' ')}`),
    ...files.flatMap(({ path, text }) =>
      remove ? [`remove ${join(root, path)}`] : [`write ${join(root, path)}`, ...indented(text)],
    ),
    ...after.map((words) => `run ${words.join(' ')}`),
    `nothing was done: mctpkit serve --${title} --yes does it`,
  ];
}

/** Done from top to bottom; `say` is told of each step. @throws CommandError: what was refused, and where it ended */
export function carryOut(plan: Installation, root: string, say: (line: string) => void): void {
  if (statSync(root, { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw usageError(`--root ${root} is not a folder: make it first`);
  }
  for (const words of plan.before) run(words, say);
  for (const { path, text } of plan.files) {
    const at = join(root, path);
    try {
      if (plan.remove) rmSync(at, { force: true });
      else {
        makeFolder(dirname(at));
        writeFileSync(at, text, { mode: 0o644 });
      }
    } catch (cause) {
      const { code, message } = cause as NodeJS.ErrnoException;
      const denied = code === 'EACCES' || code === 'EPERM' || code === 'EROFS';
      throw refusal(
        `${at}: ${denied ? 'you may not write there; do it as root, or give another --root' : message}`,
        cause,
      );
    }
    say(`${plan.remove ? 'removed' : 'wrote'} ${at}`);
  }
  for (const words of plan.after) run(words, say);
}

function run([program, ...args]: readonly string[], say: (line: string) => void): void {
  const { status, error, stderr } = spawnSync(program!, args, { encoding: 'utf8' });
  const line = [program, ...args].join(' ');
  if (status === 0) say(`ran ${line}`);
  else throw refusal(`${line}: ${error?.message ?? (stderr.trim().split('\n')[0] || `exit code ${status}`)}`);
}

function groupsOf(root: string): ReadonlySet<string> {
  try {
    const text = readFileSync(join(root, '/etc/group'), 'utf8');
    return new Set(text.split('\n').map((line) => line.split(':')[0]!));
  } catch {
    // A folder which is only being filled has none.
    return new Set();
  }
}

const isReal = (root: string): boolean => resolve(root) === '/';
const indented = (text: string): string[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => (line === '' ? '' : `    ${line}`));

/** The package, made by `npm pack` and installed by `npm install` in a folder that is thrown away. */

import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const QUIET = ['--no-audit', '--no-fund', '--prefer-offline'];
const run = promisify(execFile);

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The path of the archive. `npm pack` builds first. */
export async function packed(folder: string): Promise<string> {
  const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', folder], { cwd: ROOT });
  // What the build prints comes before.
  const [made] = JSON.parse(stdout.slice(stdout.search(/^[[{]/m))) as [{ readonly filename: string }];
  return join(folder, made.filename);
}

/** Packages into a folder of their own: what `npm install` says is in the error when it fails. */
export async function install(folder: string, packages: readonly string[], flags: readonly string[] = []) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{"private":true}');
  await run('npm', ['install', ...QUIET, ...flags, ...packages], { cwd: folder });
}

/** A command that was installed there; `node`: the one to run it, by its path. */
export async function installed(folder: string, words: readonly string[], node = process.execPath): Promise<Ran> {
  const [command = '', ...args] = words;
  // Commands of packages begin with `env node`.
  const path = `${dirname(node)}${delimiter}${process.env.PATH}`;
  const env = { ...process.env, PATH: path, XDG_CACHE_HOME: join(folder, 'cache') };
  return run(join(folder, 'node_modules/.bin', command), args, { cwd: folder, env }).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (error: Ran) => ({ code: error.code, stdout: error.stdout, stderr: error.stderr }),
  );
}

// npm run board:build: build the board unless it is in the cache already.

import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { runBoard } from './boot.js';
import { cacheFolder, findBoard, fixtureFolder, readBoard, targetFolder } from './cache.js';

const script = (name: string) => join(fixtureFolder, 'build', name);

function installedSource(): string | undefined {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg-query has placeholders of this look
  const format = '${db:Status-Status} ${Version}';
  const query = spawnSync('dpkg-query', ['-W', '-f', format, 'linux-source-6.12'], { encoding: 'utf8' });
  return query.status === 0 ? /^installed (.+)$/.exec(query.stdout)?.[1] : undefined;
}

/** Runs a command in a process group of its own, so that our end takes compilers and all along. */
function perform(command: string, args: readonly string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'], detached: true });
    const forward = (signal: NodeJS.Signals) => {
      if (child.pid) process.kill(-child.pid, signal);
    };
    process.on('SIGINT', forward).on('SIGTERM', forward);
    child.once('error', reject);
    child.once('close', (code) => {
      process.off('SIGINT', forward).off('SIGTERM', forward);
      resolve(code ?? 1);
    });
  });
}

async function build(): Promise<number> {
  const source = installedSource();
  // Without the source package any board of this recipe will do: it may have been copied here.
  const present = source ? readBoard(targetFolder(source)) : findBoard();
  if (present) {
    console.log(`board: already built: ${present.folder}`);
    return 0;
  }
  const packages = await perform('bash', [script('packages.sh')]);
  if (packages !== 0) return packages;

  const version = installedSource();
  if (!version) throw new Error('the package linux-source-6.12 is not installed');
  const cache = cacheFolder();
  mkdirSync(cache, { recursive: true });
  // flock(1) waits for another build and lets go however we end.
  const status = await perform('flock', [join(cache, 'lock'), 'bash', script('build.sh'), targetFolder(version)]);
  if (status !== 0) return status;

  const trial = await runBoard({ command: 'uname -r', timeoutMs: 20_000 });
  console.log(`board: boots Linux ${trial.stdout.trim()} in ${trial.durationMs} ms`);
  return trial.exitCode;
}

try {
  process.exitCode = await build();
} catch (error) {
  console.error(`board: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}

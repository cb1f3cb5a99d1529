/** The built command as a child process. */

import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { endWithUs } from './end-with-us.js';

/** Where this file was compiled to somewhere else, as for the board, that is where we run. */
const SOURCE = fileURLToPath(new URL('../../', import.meta.url));
const ROOT = existsSync(join(SOURCE, 'package.json')) ? SOURCE : process.cwd();
export const COMMAND = join(ROOT, 'dist/tools/mctpkit.js');

export interface Finished {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly stdin?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Standard output is bytes: a character each. */
  readonly binary?: boolean;
  /** Another copy of the command. */
  readonly command?: string;
}

/** One run from start to end. */
export async function mctpkit(args: readonly string[], options: RunOptions = {}): Promise<Finished> {
  const command = new RunningCommand(args, options);
  command.child.stdin.end(options.stdin ?? '');
  return command.finished;
}

/** A run that is watched: for verbs that go on until they are stopped. */
export class RunningCommand {
  readonly child: ChildProcessWithoutNullStreams;
  readonly finished: Promise<Finished>;
  #stdout = '';
  #stderr = '';
  readonly #watchers = new Set<() => void>();

  constructor(args: readonly string[], { env, binary, command = COMMAND }: RunOptions = {}) {
    this.child = endWithUs(spawn(process.execPath, [command, ...args], { cwd: ROOT, env: { ...process.env, ...env } }));
    this.child.stdin.on('error', () => {});
    this.child.stdout.setEncoding(binary ? 'latin1' : 'utf8').on('data', (text: string) => {
      this.#stdout += text;
      for (const watcher of this.#watchers) watcher();
    });
    this.child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text;
      for (const watcher of this.#watchers) watcher();
    });
    this.finished = once(this.child, 'close').then(([code, signal]: unknown[]) => ({
      code: code as number | null,
      signal: signal as NodeJS.Signals | null,
      stdout: this.#stdout,
      stderr: this.#stderr,
    }));
  }

  /** Resolves with the first line of stdout that matches; rejects when the command ends before. */
  async line(pattern: RegExp): Promise<string> {
    return this.#find(pattern, () => this.#stdout);
  }

  /** The same of stderr. */
  async note(pattern: RegExp): Promise<string> {
    return this.#find(pattern, () => this.#stderr);
  }

  #find(pattern: RegExp, text: () => string): Promise<string> {
    const found = (): string | undefined =>
      text()
        .split('\n')
        .find((line) => pattern.test(line));
    return new Promise((resolve, reject) => {
      const watcher = (): void => {
        const line = found();
        if (line === undefined) return;
        this.#watchers.delete(watcher);
        resolve(line);
      };
      this.#watchers.add(watcher);
      watcher();
      void this.finished.then(({ stderr }) =>
        reject(new Error(`the command ended without a line like ${pattern}: ${stderr}`)),
      );
    });
  }

  async stop(): Promise<Finished> {
    this.child.kill('SIGINT');
    return this.finished;
  }
}

/** Run a program without a shell: what it prints is not kept, and nothing of it stays when its time is over. */

import { spawn } from 'node:child_process';
import { onAbort } from '../stack/util/abort.js';

export interface ProgramRun {
  /** The program and its arguments. */
  readonly command: readonly string[];
  /** A character 0, which no environment can have, is left out. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** On its standard input; a program which does not read it is in its right. */
  readonly input: string;
  /** Ends it, with all that it started, whatever they think of signals. */
  readonly signal: AbortSignal;
}

/** Of what it complains about. */
const MOST_COMPLAINT = 1024;

/** Done when the program has ended well. @throws Error it cannot be run (with a `code`), is ended, or says no: with its first words about that */
export function runProgram({ command, env, input, signal }: ProgramRun): Promise<void> {
  const [file, ...args] = command;
  const clean = Object.entries(env).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value.replaceAll('\0', '')]],
  );
  return new Promise((resolve, reject) => {
    // A group of its own: a script is ended with the programs which it waits for.
    const child = spawn(file!, args, {
      env: Object.fromEntries(clean) as NodeJS.ProcessEnv,
      detached: true,
      windowsHide: true,
      stdio: ['pipe', 'ignore', 'pipe'],
    });
    let complaint = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      complaint = (complaint + text).slice(0, MOST_COMPLAINT);
    });
    const end = (): void => {
      if (child.pid !== undefined) killGroup(child.pid);
      child.stderr.destroy();
      reject(new Error('it was ended'));
    };
    child.once('error', reject);
    child.once('exit', (code, by) => {
      stopListening?.();
      // What it left running may hold this open forever.
      setImmediate(() => child.stderr.destroy());
      if (code === 0) return resolve();
      const how = code === null ? `ended by ${by}` : `exit code ${code}`;
      const why = complaint.trim().split('\n')[0]!;
      reject(new Error(`${file} failed, ${how}${why === '' ? '' : `: ${why}`}`));
    });
    child.stdin.on('error', () => {});
    child.stdin.end(input);
    const stopListening = onAbort(signal, end);
  });
}

function killGroup(leader: number): void {
  try {
    process.kill(-leader, 'SIGKILL');
  } catch {
    // It has just ended.
  }
}

// npm run board -- [options] command...: run a command in a fresh board.

import { BoardError, type BoardOptions, type BoardResult, bootBoard } from './boot.js';
import type { ModuleParameter } from './job.js';

const usage = `usage: npm run board -- [options] COMMAND [ARGUMENT]...
A single COMMAND word runs in a shell; several are a program and its arguments.
  -m, --module NAME[:PARAMETER=VALUE]...   load a kernel module first (i2c-wire:ports=2,3:byte_us=90)
  -e, --env NAME=VALUE                     set a variable
  -s, --serial TTY                         connect the board's /dev/ttyS0 to this tty
  -M, --memory MB                          memory of the board (256)
  -t, --timeout SECONDS                    end it after that time (exit status 124)
  -k, --kernel-arg WORD                    add to the kernel's command line
  -v, --verbose                            show what the kernel says
Exit status: the command's; 124 after a timeout; 125 when the board could not run it; 2 for wrong usage.
`;

class UsageError extends Error {}

interface Parsed {
  options: BoardOptions;
  verbose: boolean;
}

function splitPair(text: string): [string, string] {
  const at = text.indexOf('=');
  if (at < 1) throw new UsageError(`expected NAME=VALUE, not ${text}`);
  return [text.slice(0, at), text.slice(at + 1)];
}

function positive(text: string): number {
  const number = Number(text);
  if (!(number > 0)) throw new UsageError(`expected a number, not ${text}`);
  return number;
}

function parse(words: readonly string[]): Parsed {
  const rest = [...words];
  const modules: Record<string, Record<string, ModuleParameter>> = {};
  const env: Record<string, string> = {};
  const kernelArgs: string[] = [];
  const more: { serial?: string; memory?: number; timeoutMs?: number } = {};
  let verbose = false;

  while (rest[0]?.startsWith('-')) {
    const option = rest.shift()!;
    if (option === '--') break;
    if (option === '-v' || option === '--verbose') {
      verbose = true;
      continue;
    }
    const value = rest.shift();
    if (value === undefined) throw new UsageError(`${option} is unknown or lacks its value`);
    if (option === '-m' || option === '--module') {
      const [name, ...parameters] = value.split(':');
      modules[name!] = Object.fromEntries(parameters.map(splitPair));
    } else if (option === '-e' || option === '--env') {
      const [name, text] = splitPair(value);
      env[name] = text;
    } else if (option === '-s' || option === '--serial') more.serial = value;
    else if (option === '-M' || option === '--memory') more.memory = positive(value);
    else if (option === '-t' || option === '--timeout') more.timeoutMs = positive(value) * 1000;
    else if (option === '-k' || option === '--kernel-arg') kernelArgs.push(value);
    else throw new UsageError(`unknown option ${option}`);
  }
  const [first] = rest;
  if (first === undefined) throw new UsageError('no command');
  const command = rest.length === 1 ? first : rest;
  return { options: { command, modules, env, kernelArgs, ...more }, verbose };
}

function exitStatus(result: BoardResult): number {
  if (result.exitCode !== undefined) return result.exitCode;
  if (result.ending === 'timeout') {
    console.error('board: the command did not end in time');
    return 124;
  }
  console.error('board: the board ended before the command did; the kernel said:');
  console.error(result.console.trim().split('\n').slice(-10).join('\n'));
  return 125;
}

try {
  const { options, verbose } = parse(process.argv.slice(2));
  const run = await bootBoard(options);
  run.stdout.pipe(process.stdout, { end: false });
  run.stderr.pipe(process.stderr, { end: false });
  const result = await run.finished;
  if (verbose) process.stderr.write(result.console);
  process.exitCode = exitStatus(result);
} catch (error) {
  if (error instanceof UsageError) {
    process.stderr.write(`board: ${error.message}\n${usage}`);
    process.exitCode = 2;
  } else if (error instanceof BoardError) {
    console.error(`board: ${error.message}`);
    process.exitCode = 125;
  } else throw error;
}

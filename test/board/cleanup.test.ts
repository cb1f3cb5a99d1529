import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { BoardError, bootBoard, runBoard } from '../../hw-fixtures/linux-board/index.js';
import { describeOnBoard } from './support.js';

/** A board has booted by then on any machine, and its command has begun. */
const TIME_OUT_MS = 10_000;

const jobPrefix = (runner: number) => `mctpkit-board-${runner}-`;

function jobFolders(runner: number): string[] {
  return readdirSync(tmpdir()).filter((name) => name.startsWith(jobPrefix(runner)));
}

/** Processes of boards that this runner booted: the kernel's command line names the job folder. */
function processes(runner: number): string[] {
  return readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      return words.includes('BOARD_JOB=') && words.includes(jobPrefix(runner));
    } catch {
      return false; // ended since
    }
  });
}

async function eventually(check: () => boolean): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!check()) {
    if (Date.now() > deadline) throw new Error('did not come true within 60 s');
    await sleep(20);
  }
}

function cli(...args: string[]): ChildProcess {
  return spawn(process.execPath, ['--import', 'tsx', 'hw-fixtures/linux-board/cli.ts', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** A command line runner whose board is up: its command said so. */
async function runningCli(): Promise<ChildProcess & { pid: number }> {
  const child = cli('echo up; sleep 600');
  await once(child.stdout!, 'data');
  expect(processes(child.pid!).length).toBeGreaterThan(0);
  return child as ChildProcess & { pid: number };
}

function expectNothingLeft(runner: number): void {
  expect(processes(runner)).toEqual([]);
  expect(jobFolders(runner)).toEqual([]);
}

describeOnBoard('cleaning up', () => {
  it('leaves nothing after an ordinary run', async () => {
    const run = await bootBoard({ command: 'sleep 1' });
    // A process shows its command line a moment after it is there.
    await eventually(() => processes(process.pid).length > 0);
    expect(jobFolders(process.pid)).toHaveLength(1);
    await run.finished;
    expectNothingLeft(process.pid);
  });

  it('ends a command at its time-out, and says so', async () => {
    const failure = runBoard({ command: 'echo begun; sleep 600', timeoutMs: TIME_OUT_MS });
    const error = await failure.catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(BoardError);
    const { result } = error as BoardError;
    expect(result).toMatchObject({ ending: 'timeout', exitCode: undefined, stdout: 'begun\n' });
    expect(result?.durationMs).toBeLessThan(TIME_OUT_MS + 60_000);
    expectNothingLeft(process.pid);
  });

  it('ends a board that spins', async () => {
    const run = await bootBoard({ command: 'echo begun; while :; do :; done', timeoutMs: TIME_OUT_MS });
    expect(await run.finished).toMatchObject({ ending: 'timeout', stdout: 'begun\n' });
    expectNothingLeft(process.pid);
  });

  it('ends at an abort', async () => {
    const abort = new AbortController();
    const run = await bootBoard({ command: 'echo up; sleep 600', signal: abort.signal });
    run.stdout.once('data', () => abort.abort());
    expect(await run.finished).toMatchObject({ ending: 'aborted' });
    expectNothingLeft(process.pid);
  });

  it('tells what the kernel said when it crashes', async () => {
    const run = await bootBoard({ command: 'true', kernelArgs: ['init=/does/not/exist'] });
    const result = await run.finished;
    expect(result).toMatchObject({ ending: 'crashed', exitCode: undefined });
    expect(result.console).toContain('/does/not/exist');
    expectNothingLeft(process.pid);
  });

  it('leaves no listeners on the process', async () => {
    const count = () => ['exit', 'SIGINT', 'SIGTERM', 'SIGHUP'].map((name) => process.listenerCount(name));
    const before = count();
    await runBoard({ command: 'true' });
    expect(count()).toEqual(before);
  });

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('leaves nothing when the runner gets %s', async (signal) => {
    const child = await runningCli();
    child.kill(signal);
    const [, endedBy] = await once(child, 'exit');
    expect(endedBy).toBe(signal);
    await eventually(() => processes(child.pid).length === 0);
    expectNothingLeft(child.pid);
  });

  it('leaves nothing when the runner dies of an exception', async () => {
    const script = `
      import { bootBoard } from './hw-fixtures/linux-board/index.ts';
      const run = await bootBoard({ command: 'echo up; sleep 600' });
      run.stdout.once('data', () => { throw new Error('oops'); });`;
    const args = ['--import', 'tsx', '--input-type=module', '-e', script];
    const child = spawn(process.execPath, args, { stdio: 'ignore' });
    expect(await once(child, 'exit')).toEqual([1, null]);
    await eventually(() => processes(child.pid!).length === 0);
    expectNothingLeft(child.pid!);
  });

  it('leaves no process, only the job folder, when the runner is killed', async () => {
    const child = await runningCli();
    child.kill('SIGKILL');
    await eventually(() => processes(child.pid).length === 0);
    for (const name of jobFolders(child.pid)) rmSync(join(tmpdir(), name), { recursive: true });
  });
});

describeOnBoard('npm run board', () => {
  it('passes on output and exit code', async () => {
    const child = cli('echo out; echo err >&2; exit 5');
    const text = { out: '', err: '' };
    child.stdout!.on('data', (chunk) => {
      text.out += String(chunk);
    });
    child.stderr!.on('data', (chunk) => {
      text.err += String(chunk);
    });
    expect(await once(child, 'close')).toEqual([5, null]);
    expect(text).toEqual({ out: 'out\n', err: 'err\n' });
  });

  it.each<[number, string[]]>([
    [0, ['-m', 'i2c-wire:ports=1,2', 'test', '-e', '/dev/i2c-2']],
    [124, ['-t', '1', 'sleep 60']],
    [125, ['-m', 'no-such', 'true']],
    [2, ['--nonsense', 'x', 'true']],
    [2, []],
  ])('exits with %i for %j', async (status, args) => {
    expect((await once(cli(...args), 'exit'))[0]).toBe(status);
  });
});

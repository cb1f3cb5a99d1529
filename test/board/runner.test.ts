import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { type BoardRun, bootBoard, runBoard } from '../../hw-fixtures/linux-board/index.js';
import { LONGEST_MS } from './longest.js';
import { boardOutput, describeOnBoard } from './support.js';

describeOnBoard('bootBoard', () => {
  it('gives exit code, standard output and standard error apart', async () => {
    const result = await runBoard({ command: 'echo out; echo err >&2; exit 7' });
    expect(result).toMatchObject({ ending: 'exited', exitCode: 7, stdout: 'out\n', stderr: 'err\n' });
  });

  it('boots well within a second', async () => {
    const runs: number[] = [];
    const plain: number[] = [];
    for (let round = 0; round < 3; round++) {
      runs.push((await runBoard({ command: 'true' })).durationMs);
      const started = performance.now();
      execFileSync(process.execPath, ['-e', '']);
      plain.push(performance.now() - started);
    }
    // More is allowed only where Node, which starts in some 40 ms, is as slow, as other work has the processor.
    expect(Math.min(...runs)).toBeLessThan(Math.max(1000, 25 * Math.max(...plain)));
  });

  it('reports death by a signal as a shell does', async () => {
    expect(await runBoard({ command: 'kill -KILL $$' })).toMatchObject({ exitCode: 137 });
  });

  it('passes arguments and variables as they are', async () => {
    const odd = `a 'b' "c" $d \\ \n*`;
    const command = ['printf', '%s|', odd, '', '$HOME'];
    expect(await boardOutput({ command })).toBe(`${odd}||$HOME|`);
    expect(await boardOutput({ command: 'printf %s "$ODD"', env: { ODD: odd } })).toBe(odd);
  });

  it('carries every byte, also many of them', async () => {
    const script =
      'for (let i = 0; i < 4096; i++) process.stdout.write(Buffer.from(Array.from({length: 256}, (_, b) => b)))';
    const run = await bootBoard({ command: ['node', '-e', script], timeoutMs: LONGEST_MS });
    const chunks: Buffer[] = [];
    run.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    expect((await run.finished).exitCode).toBe(0);
    const expected = Buffer.from(Array.from({ length: 256 * 4096 }, (_, i) => i % 256));
    expect(Buffer.concat(chunks).equals(expected)).toBe(true);
  });

  it('streams while the command runs', async () => {
    const run = await bootBoard({ command: 'echo first; sleep 600' });
    await new Promise((resolve) => run.stdout.once('data', resolve));
    expect(await run.stop()).toMatchObject({ ending: 'stopped', exitCode: undefined, stdout: 'first\n' });
  });

  it('does not wait for daemons the command leaves behind', async () => {
    const result = await runBoard({ command: '(sleep 600; echo late) & echo now' });
    expect(result).toMatchObject({ exitCode: 0, stdout: 'now\n' });
    expect(result.durationMs).toBeLessThan(60_000);
  });

  it('runs in the checkout, cannot write to it, and has a /tmp of its own', async () => {
    const output = await boardOutput({
      command: `[ -f hw-fixtures/linux-board/README.md ] && echo here
        touch package.json 2>&1; touch $TMPDIR/file && ls /tmp/file`,
    });
    expect(output).toMatch(/^here\n.*Read-only file system\n\/tmp\/file\n$/);
  });

  it('runs Node, with timers, files and sockets', async () => {
    const script = `
      const net = require('net'), fs = require('fs');
      const server = net.createServer((c) => c.end('hello')).listen('/tmp/s', () => {
        net.connect('/tmp/s').on('data', (d) => { fs.writeFileSync('/tmp/f', d); server.close(); });
      });
      const watcher = fs.watch('/tmp', (event, name) => {
        // It is there before what is in it.
        const text = name === 'f' ? fs.readFileSync('/tmp/f', 'utf8') : '';
        if (text !== '') setTimeout(() => { console.log(text); watcher.close(); }, 20);
      });`;
    expect(await boardOutput({ command: ['node', '-e', script] })).toMatch(/hello\n/);
  });

  it('takes kernel arguments and memory', async () => {
    const command = 'cat /proc/cmdline; grep MemTotal /proc/meminfo';
    const output = await boardOutput({ command, kernelArgs: ['audit=0'], memory: 128 });
    expect(output).toContain(' audit=0');
    expect(Number(/MemTotal: *(\d+)/.exec(output)?.[1])).toBeLessThan(128 * 1024);
  });

  it('says which module would not load', async () => {
    const result = await runBoard({ command: 'echo not reached', modules: { 'no-such': {} } });
    expect(result).toMatchObject({ exitCode: 125, stdout: '' });
    expect(result.stderr).toMatch(/load-module: .*no-such\.ko: ENOENT/);
  });

  it('can be several at once', async () => {
    const outputs = await Promise.all([1, 2, 3].map((n) => boardOutput({ command: `sleep 0.2; echo ${n}` })));
    expect(outputs).toEqual(['1\n', '2\n', '3\n']);
  });

  it('gives each a processor to itself, and never two', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'boards-'));
    // Boards of others are not counted.
    vi.stubEnv('TMPDIR', folder);
    const runs: BoardRun[] = [];
    for (let at = 0; at < 3; at++) {
      const run = await bootBoard({ command: 'echo up; sleep 600' });
      runs.push(run);
      await once(run.stdout, 'data');
    }
    const processors = runs.map(({ pid }) =>
      Number(/^Cpus_allowed_list:\s*(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]),
    );
    const distinct = Math.min(availableParallelism(), runs.length);
    await Promise.all(runs.map((run) => run.stop()));
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true });
    expect(processors).not.toContain(Number.NaN);
    expect(new Set(processors).size).toBeGreaterThanOrEqual(distinct);
  });

  it('connects both directions of the serial line, binary clean', async () => {
    const run = await bootBoard({
      serial: true,
      timeoutMs: LONGEST_MS,
      command: 'exec 3<>/dev/ttyS0; printf R >&3; head -c 256 <&3 >&3',
    });
    const sent = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
    let received = Buffer.alloc(0);
    run.serial!.on('data', (chunk: Buffer) => {
      if (received.length === 0) run.serial!.write(sent);
      received = Buffer.concat([received, chunk]);
    });
    expect((await run.finished).exitCode).toBe(0);
    expect(received).toEqual(Buffer.concat([Buffer.from('R'), sent]));
  });
});

/** The server and the client of the documentation, as programs: a served network and a serial line at once. */

import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildExamples } from '../../test/support/build-examples.js';
import { RunningCommand } from '../../test/support/cli.js';
import { type NullModem, nullModem } from '../../test/support/null-modem.js';

const folder = mkdtempSync(join(tmpdir(), 'mctpkit-families-'));
/** Below the packages that the programs take. */
const programs = mkdtempSync(fileURLToPath(new URL('../../node_modules/.mctpkit-families-', import.meta.url)));

function example(name: string, ...args: string[]): ChildProcessWithoutNullStreams {
  return spawn(process.execPath, [join(programs, `${name}.mjs`), ...args]);
}

async function run(name: string, ...args: string[]) {
  const child = example(name, ...args);
  const texts = { stdout: '', stderr: '' };
  child.stdout.on('data', (data: Buffer) => (texts.stdout += String(data)));
  child.stderr.on('data', (data: Buffer) => (texts.stderr += String(data)));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, ...texts };
}

describe('one socket on a served network and a serial line', () => {
  let network: RunningCommand;
  let line: NullModem;
  let server: ChildProcessWithoutNullStreams;
  const lab = `shared:${folder}/t`;

  beforeAll(async () => {
    await buildExamples(['families-server.ts', 'families-client.ts'], programs);
    line = await nullModem();
    network = new RunningCommand(['serve', '--link', 'bench:', '--name', 't', '--dir', folder, '--json']);
    await network.line(/"ready"/);
    server = example('families-server', lab, `serial:${line.ends[0]}`);
    await new Promise<void>((resolve, reject) => {
      server.stdout.on('data', (data: Buffer) => (/ready in/.test(String(data)) ? resolve() : undefined));
      server.once('close', () => reject(new Error('the server ended')));
    });
  });
  afterAll(async () => {
    const ended = once(server, 'close');
    server.kill('SIGINT');
    expect(await ended).toEqual([0, null]);
    expect(await network.stop()).toMatchObject({ code: 0 });
    await line.close();
    for (const made of [folder, programs]) rmSync(made, { recursive: true });
  });

  it('the same client reaches the same server by both', async () => {
    const wire = `serial:${line.ends[1]}`;
    const [byNetwork, byWire] = await Promise.all([
      run('families-client', `${lab}/8`, lab),
      run('families-client', wire, wire),
    ]);
    expect(byNetwork).toMatchObject({ code: 0, stderr: '' });
    expect(byNetwork.stdout).toContain(`${lab}: ${lab}/8 is ${lab}/8\n`);
    expect(byNetwork.stdout).toContain(`hello from ${lab}\n`);
    expect(byWire).toMatchObject({ code: 0, stderr: '' });
    expect(byWire.stdout).toContain('hello from own\n');
  });

  it('an address that leads nowhere is one line', async () => {
    const { code, stderr } = await run('families-client', 'kernel:9', lab);
    expect(code).toBe(1);
    expect(stderr).toBe('EHOSTUNREACH: nothing that is open leads to kernel:9\n');
  });
});

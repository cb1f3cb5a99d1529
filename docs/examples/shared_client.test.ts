/** The Python client of the documentation, against the command as it is built. */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RunningCommand } from '../../test/support/cli.js';

const SCRIPT = 'docs/examples/shared_client.py';
const folder = mkdtempSync(join(tmpdir(), 'mctpkit-python-'));
const hasPython = spawnSync('python3', ['--version']).status === 0;

describe.skipIf(!hasPython)('a client in Python', () => {
  let server: RunningCommand;
  beforeAll(async () => {
    server = new RunningCommand(['serve', '--link', 'bench:', '--name', 't', '--dir', folder, '--json']);
    await server.line(/"ready"/);
  });
  afterAll(async () => {
    expect(await server.stop()).toMatchObject({ code: 0 });
    rmSync(folder, { recursive: true });
  });

  const python = (...args: string[]) => {
    const { status, stdout, stderr } = spawnSync('python3', [SCRIPT, ...args], { encoding: 'utf8', timeout: 100_000 });
    return { status, stdout, stderr };
  };

  it('lists nodes, and asks an endpoint for its EID', () => {
    expect(python(`${folder}/t/use`, '9')).toEqual({
      status: 0,
      stdout: 'node 1: shared_client.py\nEID 9 says that it has EID 9, completion code 0\n',
      stderr: '',
    });
  });

  it('is told why not: nobody answers, the wrong right, nobody serves', () => {
    const nobody = python(`${folder}/t/use`, '77');
    expect(nobody.status).toBe(1);
    expect(nobody.stderr).toMatch(/^shared_client.py: EHOSTUNREACH: .*77/);
    expect(python(`${folder}/t/receive`, '9').stderr).toMatch(/EACCES: this needs the socket use/);
    expect(python(`${folder}/none/use`, '9').stderr).toMatch(/No such file/);
  });

  it('has less than 100 lines, and imports only the standard library', () => {
    const text = readFileSync(SCRIPT, 'utf8');
    expect(text.trimEnd().split('\n').length).toBeLessThan(100);
    expect([...text.matchAll(/^(?:import|from) .*$/gm)].map(String)).toEqual(['import json, socket, struct, sys']);
  });
});

/** Clients of mctp-demux as the field's libraries are (libmctp, libpldm), in Python, against the command as it is built. */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SharedNode } from '../../bindings/shared/shared-protocol.js';
import { RunningCommand } from '../support/cli.js';
import { mctpkit } from '../support/in-process.js';

const folder = mkdtempSync(join(tmpdir(), 'mctpkit-demux-'));
const name = `mctp-mux-test-${process.pid}`;
const hasPython = spawnSync('python3', ['--version']).status === 0;

/** Connects as libpldm does: type first, then one record for each message; two clients of one type at the same time. */
const CLIENT = `
import os, socket, sys
def client(kind):
    s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    s.connect("\\0" + sys.argv[1])
    s.settimeout(25)
    s.send(bytes([kind]))
    return s
if len(sys.argv) > 2: os.setuid(int(sys.argv[2]))
pldm, other, control = client(1), client(1), client(5)
# GetTID of EID 9: EID, type, instance 1 with the request bit, type of PLDM, command
pldm.send(bytes([9, 1, 0x81, 0, 2]))
print(pldm.recv(65536)[:6].hex())
# Many at a time, each is answered.
for i in range(100): other.send(bytes([9, 1, 0x80 | i % 32, 0, 2]))
print(sum(other.recv(65536)[0] == 9 for i in range(100)))
control.close()
if sys.stdin.readline() == "": pass
`;

describe.skipIf(!hasPython)('mctp-demux (demux = true)', () => {
  let server: RunningCommand;
  const config = join(folder, 's.toml');
  const url = `shared:${folder}/t`;

  beforeAll(async () => {
    writeFileSync(
      config,
      `[links.a]\nurl = "bench:serial0"\n[serve.t]\ndemux = true\ndemux-socket = "@${name}"\nmode = "0700"\n`,
    );
    writeFileSync(join(folder, 'client.py'), CLIENT);
    server = new RunningCommand(['serve', '--config', config, '--dir', folder, '--json']);
    await server.line(/"ready"/);
    await server.line(/"appeared"/);
  });
  afterAll(async () => {
    expect(await server.stop()).toMatchObject({ code: 0 });
    rmSync(folder, { recursive: true });
  });

  const python = (...args: string[]) =>
    spawnSync('python3', [join(folder, 'client.py'), name, ...args], { encoding: 'utf8', timeout: 100_000, input: '' });

  it('a client program sends its type, then messages, and reads answers; several at a time', async () => {
    const { status, stdout, stderr } = python();
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const [answer, count] = stdout.trim().split('\n');
    // EID 9, PLDM, instance 1, the same command, success
    expect(answer).toBe('090101000200');
    expect(count).toBe('100');
    const shown = await mctpkit(['network', 'nodes', '--json', '--link', url], { realTime: true });
    expect((JSON.parse(shown.stdout) as { nodes: SharedNode[] }).nodes).toEqual([]);
  });

  it.skipIf(process.getuid?.() !== 0)('without the right nobody connects, although the socket has no mode', () => {
    const refused = python('65534');
    expect(refused.status).not.toBe(0);
    expect(refused.stdout).toBe('');
    expect(refused.stderr).toMatch(/BrokenPipe|ConnectionReset|Broken pipe|reset by peer/);
  });

  it('a second server is told that the socket is in use; nothing is half made', async () => {
    const other = join(folder, 'other.toml');
    writeFileSync(other, `[links.a]\nurl = "bench:serial0"\n[serve.o]\ndemux = true\ndemux-socket = "@${name}"\n`);
    const { code, stderr } = await mctpkit(['serve', '--config', other, '--dir', folder], { realTime: true });
    expect(stderr.trim()).toBe(
      `mctpkit: the socket @${name} is in use: end mctp-demux-daemon or the other server, or name another with demux-socket`,
    );
    expect(code).not.toBe(0);
    const listed = await mctpkit(['network', 'list', '--dir', folder], { realTime: true });
    expect(listed.stdout).not.toContain('/o');
  });
});

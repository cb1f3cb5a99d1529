/** `mctpkit serve` as a service of systemd: the files, into a folder given as root, and what systemd is told. */

import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { serviceFiles } from '../../tools/serve/systemd/unit-files.js';
import { RunningCommand } from '../support/cli.js';
import { mctpkit } from '../support/in-process.js';

const folder = mkdtempSync(join(tmpdir(), 'mctpkit-systemd-'));
afterAll(() => rmSync(folder, { recursive: true }));
const hasAnalyze = spawnSync('systemd-analyze', ['--version']).status === 0;
const hasPython = spawnSync('python3', ['--version']).status === 0;
const real = { realTime: true };

const config = join(folder, 'mctpkit.toml');
writeFileSync(config, '[links.a]\nurl = "bench:serial0"\n[serve.lab]\nmetrics = "127.0.0.1:9464"\n');
const FILES = [
  'etc/systemd/system/mctpkit.service',
  'etc/sysusers.d/mctpkit.conf',
  'etc/tmpfiles.d/mctpkit.conf',
  'etc/udev/rules.d/60-mctpkit.rules',
];
const needs = {
  command: ['/usr/bin/true'],
  config: '/etc/mctpkit.toml',
  kernel: false,
  http: false,
  deviceGroups: ['dialout', 'i2c'],
};
const unitOf = (more: Partial<typeof needs>): string => serviceFiles({ ...needs, ...more })[0]!.text;

describe('serve --install and --uninstall', () => {
  it('print what they would do, and do it with --yes', async () => {
    const root = join(folder, 'root');
    mkdirSync(join(root, 'etc'), { recursive: true });
    writeFileSync(join(root, 'etc/group'), 'root:x:0:\ni2c:x:998:\n');
    const install = ['serve', '--install', '--config', config, '--root', root];
    const printed = await mctpkit(install, real);
    expect(printed).toMatchObject({ code: 0, stderr: '' });
    expect(printed.stdout).toMatch(/nothing was done: mctpkit serve --install --yes does it\n$/);
    for (const path of FILES) expect(existsSync(join(root, path))).toBe(false);
    const done = await mctpkit([...install, '--yes'], real);
    expect(done).toMatchObject({ code: 0, stderr: '' });
    expect(done.stdout.trim().split('\n')).toEqual(FILES.map((path) => `wrote ${join(root, path)}`));
    const unit = readFileSync(join(root, FILES[0]!), 'utf8');
    expect(unit).toContain('Type=notify\n');
    expect(unit).toContain('SupplementaryGroups=i2c\n');
    expect(unit).toContain('IPAddressAllow=localhost\n');
    for (const line of unit.trimEnd().split('\n')) if (line !== '') expect(printed.stdout).toContain(`    ${line}\n`);
    const uninstall = ['serve', '--uninstall', '--root', root];
    expect((await mctpkit(uninstall, real)).stdout).toContain(`remove ${join(root, FILES[0]!)}\n`);
    expect(existsSync(join(root, FILES[0]!))).toBe(true);
    expect(await mctpkit([...uninstall, '--yes'], real)).toMatchObject({ code: 0, stderr: '' });
    for (const path of FILES) expect(existsSync(join(root, path))).toBe(false);
  });

  it('on the machine itself, programs of systemd would be run', async () => {
    const { stdout } = await mctpkit(['serve', '--install', '--config', config], real);
    expect(stdout.split('\n').filter((line) => line.startsWith('run '))).toEqual([
      'run systemd-sysusers /etc/sysusers.d/mctpkit.conf',
      'run systemd-tmpfiles --create /etc/tmpfiles.d/mctpkit.conf',
      'run udevadm control --reload',
      'run systemctl daemon-reload',
      'run systemctl enable --now mctpkit.service',
    ]);
  });

  it('only what talks to the kernel gets capabilities', () => {
    expect(unitOf({})).toMatch(/^CapabilityBoundingSet=$/m);
    expect(unitOf({ kernel: true })).toMatch(/^AmbientCapabilities=CAP_NET_ADMIN CAP_NET_RAW$/m);
    expect(unitOf({ command: ['/opt/a b/x%y'] })).toContain('ExecStart="/opt/a b/x%%y" serve --config');
  });

  it.skipIf(!hasAnalyze)('systemd verifies the unit, and finds it well protected', () => {
    for (const [name, kernel] of [
      ['plain', false],
      ['kernel', true],
    ] as const) {
      const path = join(folder, `mctpkit-${name}.service`);
      writeFileSync(path, unitOf({ kernel, http: kernel }));
      const verified = spawnSync('systemd-analyze', ['verify', path], { encoding: 'utf8' });
      const ours = verified.stderr.split('\n').filter((line) => line.includes('mctpkit'));
      expect([verified.status, ours]).toEqual([0, []]);
      // 0 is as safe as can be, 10 is not protected at all.
      const args = ['security', '--offline=true', '--no-pager', path];
      const { stdout } = spawnSync('systemd-analyze', args, { encoding: 'utf8' });
      const [, exposure] = /Overall exposure level for \S+: ([\d.]+)/.exec(stdout) ?? [];
      expect(Number(exposure)).toBeLessThan(kernel ? 4 : 3);
    }
  });

  it.each([
    [['serve', '--yes', '--link', 'bench:'], /--yes goes with --install or --uninstall/],
    [['serve', '--install', '--link', 'bench:'], /a service has its links in a file/],
    [['serve', '--install', '--yes', '--config', 'CONFIG', '--root', 'CONFIG'], /mctpkit.toml/],
  ])('%j: one line', async (args, what) => {
    const result = await mctpkit(
      args.map((word) => (word === 'CONFIG' ? config : word)),
      real,
    );
    expect(result.stderr.trim().split('\n')).toEqual([expect.stringMatching(what)]);
    expect(result.code).toBeGreaterThan(0);
  });
});

const RECEIVER = `
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
print("bound", flush=True)
while True: print(repr(s.recv(4096).decode()), flush=True)
`;

describe.skipIf(!hasPython)('systemd is told', () => {
  it.each(['path', 'abstract'])('that it is ready, alive and ending (%s)', async (kind) => {
    const path = join(folder, 'notify');
    const bound = kind === 'path' ? path : `\0${path}`;
    const receiver = spawn('python3', [
      '-c',
      RECEIVER.replace('sys.argv[1]', JSON.stringify(bound).replace('\\u0000', '\\0')),
    ]);
    let heard = '';
    receiver.stdout.on('data', (chunk: Buffer) => {
      heard += String(chunk);
    });
    try {
      await expect.poll(() => heard).toContain('bound');
      const env = { NOTIFY_SOCKET: kind === 'path' ? path : `@${path}`, WATCHDOG_USEC: '100000' };
      const server = new RunningCommand(['serve', '--link', 'bench:serial0', '--name', `n-${kind}`, '--dir', folder], {
        env,
      });
      await server.line(/ready/);
      await expect.poll(() => heard).toMatch(/WATCHDOG=1[\s\S]*WATCHDOG=1/);
      expect(await server.stop()).toMatchObject({ code: 0 });
      await expect.poll(() => heard).toContain("'STOPPING=1'");
      expect(heard.split('\n').slice(0, 2)).toEqual(['bound', `'READY=1\\nSTATUS=serving n-${kind}'`]);
    } finally {
      receiver.kill();
    }
  });
});

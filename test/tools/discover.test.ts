/** `discover` and `ping` on the virtual bench, and between two processes on a line. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openPty } from '../../bindings/serial/pty.js';
import { inVirtualTime } from '../support/auto-clock.js';
import { RunningCommand } from '../support/cli.js';
import { mctpkit, RunningVerb } from '../support/in-process.js';
import { nullModem } from '../support/null-modem.js';

const folder = mkdtempSync(join(tmpdir(), 'mctpkit-discover-'));
afterAll(() => rmSync(folder, { recursive: true }));

interface Discovery {
  readonly links: readonly Readonly<Record<string, unknown>>[];
  readonly endpoints: readonly (Readonly<Record<string, unknown>> & { readonly eid: number })[];
  readonly conflicts: readonly unknown[];
}

/** The contract, key by key. */
function checkContract(found: Discovery): void {
  for (const link of found.links) {
    expect(link).toMatchObject({
      name: expect.any(String),
      url: expect.any(String),
      network: expect.any(Number),
      up: true,
    });
  }
  for (const endpoint of found.endpoints) {
    expect(endpoint).toMatchObject({
      network: expect.any(Number),
      eid: expect.any(Number),
      link: expect.any(String),
      endpointType: expect.any(Number),
      messageTypes: expect.any(Array),
      vendorDefined: expect.any(Array),
      versions: expect.any(Object),
      connectivity: expect.stringMatching(/^(available|degraded)$/),
    });
    expect(endpoint.physicalAddress === null || /^([0-9a-f]{2})+$/.test(String(endpoint.physicalAddress))).toBe(true);
    expect(endpoint.uuid === null || /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(String(endpoint.uuid))).toBe(
      true,
    );
    for (const type of endpoint.messageTypes as unknown[]) expect(type).toEqual(expect.any(Number));
    expect(found.links.map(({ name }) => name)).toContain(endpoint.link);
  }
}

describe('discover on the bench', () => {
  it('shows a tree', async () => {
    const { code, stdout, stderr } = await mctpkit(['discover']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const lines = stdout.trimEnd().split('\n');
    expect(lines[0]).toBe('bench:smbus0  SMBus/I2C, we are EID 8 at 0x10');
    expect(lines[1]).toMatch(
      /^├─ 9 +0x1d +endpoint +7a1c5e10-4c2b-11ee-8d01-001b21000001 +MCTP 1\.3\.1 +PLDM 1\.0\.0, NVMe-MI 1.0, vendor PCI 1ab4:0001/,
    );
    expect(lines).toContainEqual(expect.stringMatching(/^└─ \d+ +0x40 +bridge +.*gives EIDs \d+ to \d+$/));
    expect(lines.filter((line) => /^ {3}[├└]─ \d+ +endpoint/.test(line))).toHaveLength(3);
    expect(lines).toContain('bench:serial0  serial, we are EID 8');
    expect(lines.at(-1)).toBe('7 endpoints, 1 of them a bridge, on 2 links');
    expect(stdout).not.toContain('\u001b');
  });

  it('--json keeps its contract, and every run gives the same EIDs', async () => {
    const [one, other] = await Promise.all([mctpkit(['discover', '--json']), mctpkit(['discover', '--json'])]);
    expect(one.code).toBe(0);
    const found = JSON.parse(one.stdout) as Discovery;
    checkContract(found);
    expect(found.conflicts).toEqual([]);
    expect(found.endpoints).toHaveLength(7);
    const bridge = found.endpoints.find(({ endpointType }) => endpointType === 1)!;
    expect(found.endpoints.filter((endpoint) => endpoint.bridge === bridge.eid)).toHaveLength(3);
    expect(found.endpoints[0]).toMatchObject({
      eid: 9,
      link: 'bench:smbus0',
      physicalAddress: '1d',
      vendorDefined: [{ format: 0, vendorId: 0x1ab4, commandSet: 1 }],
      versions: { 255: ['1.0', '1.1', '1.2', '1.3.1'] },
    });
    const names = (text: string): unknown =>
      (JSON.parse(text) as Discovery).endpoints.map(({ eid, uuid }) => [eid, uuid]);
    expect(names(other.stdout)).toEqual(names(one.stdout));
  });

  it('takes one wire, a file, another EID', async () => {
    const wire = await mctpkit(['discover', '--link', 'bench:serial0', '--own-eid', '20', '--json']);
    expect(JSON.parse(wire.stdout)).toMatchObject({
      links: [{ name: 'bench:serial0', eid: 20 }],
      endpoints: [{ eid: 9 }],
    });
    const path = join(folder, 'quiet.toml');
    writeFileSync(path, '[wires.smbus0]\nkind = "smbus"\nhost = 0x10\n');
    const quiet = await mctpkit(['discover', '--link', `bench:${path}`]);
    expect(quiet).toMatchObject({ code: 1, stderr: '' });
    expect(quiet.stdout).toBe(
      'bench:smbus0  SMBus/I2C, we are EID 8 at 0x10\n└─ no device answers\n0 endpoints, on 1 link\n',
    );
  });

  it('says what is wrong with a bench', async () => {
    const path = join(folder, 'typo.toml');
    writeFileSync(path, '[wires.smbus0]\nknid = "smbus"\nhost = 0x10\n');
    for (const url of [`bench:${path}`, 'bench:smbsu0', `bench:${folder}/none.toml`, 'bench:?sed=1']) {
      const { code, stdout, stderr } = await mctpkit(['discover', '--link', url]);
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toMatch(/^mctpkit: [^\n]+\n$/);
    }
  });
});

describe('ping on the bench', () => {
  it('prints a line per answer and the times', async () => {
    const { code, stdout, stderr } = await mctpkit(['ping', '9', '--count', '3', '--interval', '5ms']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const lines = stdout.trimEnd().split('\n');
    expect(lines[0]).toBe('PING EID 9 (bench:smbus0/0x1d)');
    for (const seq of [1, 2, 3]) {
      expect(lines[seq]).toMatch(new RegExp(`^answer from EID 9 .*: seq=${seq} eid=9 time=\\d+\\.\\d\\d ms$`));
    }
    expect(lines[4]).toBe('--- EID 9 (bench:smbus0/0x1d): 3 sent, 3 received, 0% loss');
    expect(lines[5]).toMatch(/^ {4}min\/avg\/max [\d.]+\/[\d.]+\/[\d.]+ ms$/);
  });

  it.each([['1:9'], ['uuid:7A1C5E10-4c2b-11ee-8d01-001b21000001'], ['bench:smbus0/0x1d'], ['bench:serial0']])(
    'finds %s',
    async (address) => {
      const { code, stdout } = await mctpkit(['ping', address, '-c', '1', '--json']);
      expect(code).toBe(0);
      expect(JSON.parse(stdout)).toMatchObject({
        sent: 1,
        received: 1,
        lossPercent: 0,
        replies: [{ seq: 1, error: null }],
      });
    },
  );

  it('says that nobody is there', async () => {
    const nobody = await mctpkit(['ping', 'bench:smbus0/0x1e', '-c', '1']);
    expect(nobody.code).toBe(1);
    expect(nobody.stdout).toContain('1 sent, 0 received, 100% loss');
    expect(nobody.stdout).toContain('0x1e does not acknowledge');
    const unknown = await mctpkit(['ping', '99']);
    expect(unknown).toMatchObject({ code: 1, stdout: '' });
    expect(unknown.stderr).toMatch(
      /^mctpkit: there is no endpoint with EID 99: those that answer have EID 9, 10, [^\n]*\n$/,
    );
    expect(await mctpkit(['ping', 'bench:smbus0', '-c', '1'])).toMatchObject({
      code: 2,
      stderr: 'mctpkit: "" is not an address on bench:smbus0: write bench:smbus0/0x1d\n',
    });
  });

  it.each([
    ['ping', 'bench:smbus0/0x99', '0x99 is not an address of a device on bench:smbus0: use 0x08 to 0x77'],
    ['validate', 'bench:smbus0/0x99', '0x99 is not an address of a device on bench:smbus0: use 0x08 to 0x77'],
    ['discover', '--address=0x10', '--address 0x10 is our own address on bench:smbus0: name another device'],
    ['sensors', 'bench:smbus0/0x10', '0x10 is our own address on bench:smbus0: name another device'],
    [
      'ping',
      'bench:smbus0/1d',
      'smbus0/1d cannot be read: no such file or directory; a device at an address is bench:smbus0/0x1d',
    ],
    [
      'ping',
      'tid:3',
      'there is no terminus with TID 3: those that answer have none assigned (EID 9, 10, 11, 12, 13, 14, 20)',
      1,
    ],
  ])(
    '%s %s: an address which nothing can have is told once, and is not no answer',
    async (verb, address, says, code = 2) => {
      expect(await mctpkit([verb, address])).toEqual({ code, signal: null, stdout: '', stderr: `mctpkit: ${says}\n` });
    },
  );

  it('stops at Ctrl-C with the times so far', async () => {
    const { code, stdout } = await inVirtualTime(async (clock) => {
      const ping = new RunningVerb(['ping', 'bench:smbus0/0x1d', '--count', '0', '--interval', '10ms'], { clock });
      await ping.line(/seq=3/);
      return ping.stop();
    });
    expect(code).toBe(0);
    expect(stdout).toMatch(/ sent, \d+ received, 0% loss\n {4}min\/avg\/max/);
  });
});

describe('two processes on a line', () => {
  it('discover finds what emulate is', async () => {
    const cable = await nullModem();
    const device = new RunningCommand(['emulate', '--link', `serial:${cable.ends[0]}`, '--device', 'nic']);
    try {
      expect(await device.line(/Ctrl-C/)).toBe(`nic is on serial:${cable.ends[0]}; Ctrl-C ends it`);
      const link = `serial:${cable.ends[1]}`;
      const { code, stdout, stderr } = await mctpkit(['discover', '--link', link, '--json']);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      const found = JSON.parse(stdout) as Discovery;
      checkContract(found);
      expect(found.endpoints).toEqual([
        expect.objectContaining({
          eid: 9,
          link,
          physicalAddress: null,
          uuid: '7a1c5e10-4c2b-11ee-8d02-001b21000002',
          messageTypes: [1, 0x7e, 0x7f],
        }),
      ]);
      await device.line(/^EID 9 on /);
      const tree = await mctpkit(['discover', '--link', link]);
      expect(tree.stdout).toContain('1 endpoint, on 1 link');
      const ping = await mctpkit(['ping', link, '-W', '30s', '-c', '2', '-i', '1ms']);
      expect(ping.stdout).toContain('2 sent, 2 received, 0% loss');
    } finally {
      const { code, stderr } = await device.stop();
      await cable.close();
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    }
  });

  it('a bridge that is emulated gets EIDs for what is behind it, and leads there', async () => {
    const cable = await nullModem();
    const device = new RunningCommand(['emulate', '--link', `serial:${cable.ends[0]}`, '-d', 'bridge', '--json']);
    try {
      await device.line(/"started"/);
      const link = `serial:${cable.ends[1]}`;
      const { code, stdout } = await mctpkit(['discover', '--link', link, '--json']);
      expect(code).toBe(0);
      const { endpoints } = JSON.parse(stdout) as Discovery;
      expect(endpoints[0]).toMatchObject({ eid: 9, link, bridge: null, uuid: '7a1c5e10-4c2b-11ee-8d03-001b21000003' });
      const behind = endpoints.slice(1);
      expect(behind.map(({ uuid }) => String(uuid).slice(-1)).sort()).toEqual(['4', '5', '6']);
      for (const { bridge, connectivity } of behind)
        expect({ bridge, connectivity }).toEqual({ bridge: 9, connectivity: 'available' });
      // The devices behind report themselves, with the EIDs the bus owner knows.
      const gpu = JSON.parse(await device.line(/"device":"gpu0"/)) as { link: string; eid: number };
      expect(gpu).toMatchObject({ event: 'address', link: 'riser' });
      expect(behind.find(({ uuid }) => String(uuid).endsWith('4'))?.eid).toBe(gpu.eid);
      // A message of many packets there and back, through the bridge.
      const echo = await mctpkit(['bench', `${gpu.eid}`, '--link', link, '-c', '3', '-s', '200', '--json']);
      expect(JSON.parse(echo.stdout)).toMatchObject({ sent: 3, received: 3, lost: 0 });
    } finally {
      const { code, stderr } = await device.stop();
      await cable.close();
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    }
  });

  it('a busy port is said to be busy', async () => {
    const cable = await nullModem();
    const device = new RunningCommand(['emulate', '--link', `serial:${cable.ends[0]}`]);
    try {
      await device.line(/Ctrl-C/);
      expect(await mctpkit(['discover', '--link', `serial:${cable.ends[0]}`])).toMatchObject({
        code: 1,
        stdout: '',
        stderr: `mctpkit: ${cable.ends[0]} is in use by another program\n`,
      });
    } finally {
      await device.stop();
      await cable.close();
    }
  });

  it('Ctrl-C ends a discovery as it ends any program', async () => {
    const line = await openPty();
    const heard = new Promise<void>((resolve) => {
      void line.port.open({ data: () => resolve(), written: () => {}, closed: () => {} });
    });
    const command = new RunningCommand(['discover', '--link', `serial:${line.path}`]);
    await heard;
    expect(await command.stop()).toEqual({ code: null, signal: 'SIGINT', stdout: '', stderr: '' });
    await line.port.close();
  });
});

/** Verbs and a drive that is on SMBus and on USB at once: one device, which loses a way in the middle of a transfer. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageFor } from '../../support/firmware-package.js';
import { mctpkit } from '../../support/in-process.js';

const UUID = '7a1c5e10-4c2b-11ee-8d01-001b21000001';
const DRIVE = `uuid:${UUID}`;
const LOST = /the way by bench:smbus0\/0x1d is lost \(.*\): going on by bench:usb0/;

const WIRES = `
[wires.smbus0]
kind = "smbus"
speed = 400
host = 0x10

[wires.usb0]
kind = "usb"
host = true
`;
const ABILITIES = (name: string, serial: string): string => `
files = true

[devices.${name}.nvme]
model = "Acme NV-3840"
serial = "${serial}"
firmware = "1.4.2"

[devices.${name}.pldm]
entity = "solid state drive"
sensors = [{ id = 1, name = "Temperature", unit = "°C", value = 41, upperCritical = 80 }]

[devices.${name}.pldm.firmware]
version = "1.4.2"
iana = 412
components = [{ id = 1, version = "1.4.2" }]
`;
const ONE_DRIVE = `${WIRES}
[devices.ssd]
wire = "smbus0"
address = 0x1d
ways = [{ wire = "usb0" }]
uuid = "${UUID}"
${ABILITIES('ssd', 'S1')}`;
const TWO_DRIVES = `${WIRES}
[devices.one]
wire = "smbus0"
address = 0x1d
uuid = "${UUID}"
${ABILITIES('one', 'S1')}
[devices.two]
wire = "usb0"
uuid = "${UUID}"
${ABILITIES('two', 'S2')}`;

/** After so many writes of the host nobody acknowledges any more; or what the device says is lost. */
const refuses = (skip: number): string =>
  `\n[[faults]]\nwire = "smbus0"\nkind = "nack"\nto = 0x1d\nskip = ${skip}\nevery = 1\n`;
const mute = (skip: number): string =>
  `\n[[faults]]\nwire = "smbus0"\nkind = "drop"\nfrom = "ssd"\nskip = ${skip}\nevery = 1\n`;

/** What the search, and the look for serial numbers, take. */
const AFTER_DISCOVERY = 16;

const folder = mkdtempSync(join(tmpdir(), 'mctpkit-ways-'));
afterAll(() => rmSync(folder, { recursive: true }));

let benches = 0;
function bench(text: string): string {
  const path = join(folder, `${benches++}.toml`);
  writeFileSync(path, text);
  return `bench:${path}`;
}
const run = (link: string, ...args: string[]) => mctpkit([...args, '--link', link]);

describe('a drive on two links', () => {
  it('discover shows one device with its ways', async () => {
    const { stdout, code } = await run(bench(ONE_DRIVE), 'discover');
    expect(code).toBe(0);
    expect(stdout).toContain(`${UUID}: one device, EID 9 by bench:smbus0/0x1d, EID 10 by bench:usb0\n`);
    expect(stdout).toContain('2 endpoints of 1 device, on 2 links');
    const json = JSON.parse((await run(bench(ONE_DRIVE), 'discover', '--json')).stdout) as Record<string, unknown>;
    const way = { network: 1, backup: false };
    expect(json.devices).toEqual([
      {
        uuid: UUID,
        name: null,
        ways: [
          { ...way, eid: 9, link: 'bench:smbus0', physicalAddress: '1d' },
          { ...way, eid: 10, link: 'bench:usb0', physicalAddress: null },
        ],
      },
    ]);
  });

  it('all drives are each named once', async () => {
    const { stdout } = await run(bench(ONE_DRIVE), 'nvme', 'list');
    expect(stdout.match(/Acme/g)).toHaveLength(1);
  });

  it('two drives with one UUID are told and kept apart, and the UUID names neither', async () => {
    const link = bench(TWO_DRIVES);
    const { stdout, stderr } = await run(link, 'discover');
    expect(stdout).toContain('2 endpoints, on 2 links');
    expect(stderr).toMatch(/have the same UUID .* and different serial numbers, S1 and S2: they are two devices/);
    const named = await run(link, 'ping', DRIVE);
    expect(named).toMatchObject({
      code: 2,
      stderr: `mctpkit: two devices have the UUID ${UUID}: write one of their EIDs, 9 or 10\n`,
    });
    expect((await run(link, 'nvme', 'list')).stdout.match(/Acme/g)).toHaveLength(2);
  });

  it.each([
    ['PDRs', ['pdr', DRIVE], /telemetry\.csv/],
    ['a file', ['file', DRIVE, 'get', 'boot.log', '-'], /terminus started/],
    ['sensors', ['sensors', DRIVE], /Temperature +41/],
    ['all of a drive', ['nvme', 'list', DRIVE], /good/],
  ])('%s are read by the other way when the first is lost', async (_what, args, shows) => {
    const whole = await run(bench(ONE_DRIVE), ...args);
    for (const fault of [refuses(AFTER_DISCOVERY), mute(AFTER_DISCOVERY)]) {
      const { stdout, stderr, code } = await run(bench(ONE_DRIVE + fault), ...args);
      expect(code).toBe(0);
      expect(stderr).toMatch(LOST);
      expect(stdout).toMatch(shows);
      expect(stdout).toBe(whole.stdout);
    }
  });
});

describe('a firmware update which loses its way', () => {
  let path: string;
  beforeAll(async () => {
    path = await packageFor(folder, 'drive', [30_000]);
  });

  // Everything from the first look at the inventory to the last report of the device.
  it.each([...Array.from({ length: 11 }, (_, i) => mute(14 + i)), refuses(60), refuses(300), refuses(480)])(
    'at any moment: %j',
    async (fault) => {
      const { stdout, stderr, code } = await run(bench(ONE_DRIVE + fault), 'fw', 'update', path, DRIVE, '-y');
      expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining('1.4.2 to 2.0: updated') as string });
      expect(stderr).toMatch(LOST);
    },
  );

  it('the download goes on where it was', async () => {
    const args = ['fw', 'update', path, DRIVE, '-y', '--json'];
    const { stdout } = await run(bench(ONE_DRIVE + mute(22)), ...args);
    const events = stdout.split('\n').flatMap((line) => (line.startsWith('{') ? [JSON.parse(line)] : []));
    const done = events.find(({ event }) => event === 'done') as { readonly served: number; readonly outcome: string };
    expect(done.outcome).toBe('updated');
    // All of it once, and what was lost on its way.
    expect(done.served).toBeLessThan(30_000 + 3 * 4096);
  });

  it('every device is updated once', async () => {
    const { stdout, code } = await run(bench(ONE_DRIVE), 'fw', 'update', path, '-y');
    expect(code).toBe(0);
    expect(stdout.match(/1\.4\.2 to 2\.0: updated/g)).toHaveLength(1);
  });
});

describe('[multipath] of the configuration', () => {
  const config = (section: string): string => {
    const link = bench(ONE_DRIVE);
    const file = join(folder, `${benches}.config.toml`);
    const links = '[links.i2c]\nurl = "bench:smbus0"\n[links.usb]\nurl = "bench:usb0"\n';
    writeFileSync(file, `${links}[multipath]\n${section}\n`);
    return `${link} ${file}`;
  };
  const discover = (section: string) => {
    const [link, file] = config(section).split(' ');
    return run(link!, 'discover', '--config', file!);
  };

  it('the order of links, and a backup', async () => {
    expect((await discover('links = ["usb"]')).stdout).toContain('EID 10 by bench:usb0, EID 9 by bench:smbus0/0x1d\n');
    const { stdout } = await discover('backup = ["i2c"]');
    expect(stdout).toContain('EID 10 by bench:usb0, EID 9 by bench:smbus0/0x1d (backup)\n');
  });

  it('what it does not know is wrong usage, with the line', async () => {
    const { code, stderr } = await discover('policy = "best"');
    expect(stderr).toMatch(/config\.toml:6: unknown policy "best": use "?fixed/);
    expect(code).toBe(2);
  });
});

/** The verb fw: packages on disk, and updates on the virtual bench. */

import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { SCHEMAS } from '../../../tools/schema/index.js';
import { inVirtualTime } from '../../support/auto-clock.js';
import { updatable } from '../../support/emulated-device.js';
import { mctpkit, RunningVerb } from '../../support/in-process.js';
import { misfits } from '../../support/json-schema.js';

const PACKAGES = fileURLToPath(new URL('../../vectors/packages/', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'mctpkit-fw-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const image = (size: number): Uint8Array => Uint8Array.from({ length: size }, (_, at) => (7 * at + (at >> 8)) & 0xff);
const at = (name: string): string => join(folder, name);

async function packageFile(name: string, mcu: Uint8Array, ssd: Uint8Array): Promise<string> {
  writeFileSync(at('mcu.bin'), mcu);
  writeFileSync(at('ssd.bin'), ssd);
  const description = {
    version: '9.0',
    devices: [
      { descriptors: [{ type: 'ianaEnterpriseId', data: 412 }], version: '9.1', components: [0] },
      {
        descriptors: [
          { type: 'pciDeviceId', data: 0x3840 },
          { type: 'pciVendorId', data: 0x1ab4 },
        ],
        components: [1],
      },
    ],
    components: [
      { file: 'mcu.bin', identifier: 1, version: '9.1' },
      { file: 'ssd.bin', identifier: 1, version: '9.0' },
    ],
  };
  writeFileSync(at('package.json'), JSON.stringify(description));
  const { code, stdout, stderr } = await mctpkit(['fw', 'build', at('package.json'), at(name)]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/2 components for 2 devices/);
  return at(name);
}

describe('packages', () => {
  it('inspect --json prints the fields of the shared packages', async () => {
    const names = readdirSync(PACKAGES).filter((name) => name.endsWith('.pldm'));
    expect(names).toHaveLength(5);
    for (const name of names.map((each) => each.replace(/\.pldm$/, ''))) {
      const { source: _source, ...expected } = JSON.parse(readFileSync(`${PACKAGES}${name}.json`, 'utf8'));
      const { code, stdout } = await mctpkit(['fw', 'inspect', '--json', `${PACKAGES}${name}.pldm`]);
      const { findings, ...document } = JSON.parse(stdout);
      expect(code).toBe(0);
      expect(document).toEqual(expected);
      expect(findings.filter(({ severity }: { severity: string }) => severity === 'error')).toEqual([]);
    }
  });

  it('inspect explains, and refuses what is broken with the reason', async () => {
    const good = await mctpkit(['fw', 'inspect', `${PACKAGES}pldm-fwup-1.0-two-devices.pldm`]);
    expect(good.code).toBe(0);
    expect(good.stdout).toMatch(/device 0 {2}image set/);
    expect(good.stdout).toMatch(/header and images are in order/);
    const bytes = readFileSync(`${PACKAGES}pldm-fwup-1.3-manifest.pldm`);
    bytes[bytes.length - 1]! ^= 1;
    writeFileSync(at('flipped.pldm'), bytes);
    const flipped = await mctpkit(['fw', 'inspect', at('flipped.pldm')]);
    expect(flipped.code).toBe(1);
    expect(flipped.stderr).toMatch(/payload checksum/);
    writeFileSync(at('cut.pldm'), bytes.subarray(0, 100));
    const cut = await mctpkit(['fw', 'inspect', at('cut.pldm')]);
    expect(cut.code).toBe(1);
    expect(cut.stderr).toMatch(/^mctpkit: .*cut\.pldm: .*the header has 249 bytes, but the file ends after 100\n$/);
    expect((await mctpkit(['fw', 'inspect', at('nowhere.pldm')])).code).toBe(2);
    expect((await mctpkit(['fw', 'explode'])).code).toBe(2);
    const number = await mctpkit(['fw', 'update', at('cut.pldm'), '--component', 'x', '-y']);
    expect(number.stderr).toBe('mctpkit: --component x: write the number of a component, as inspect shows\n');
    expect(number.code).toBe(2);
  });

  it('build and extract give the images back', async () => {
    const path = await packageFile('both.pldm', image(3000), image(70_001));
    const { code, stdout } = await mctpkit(['fw', 'extract', path, '-o', folder]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/both\.1\.9\.0\.bin: component 1, 9\.0, 70\.0 kB/);
    expect(new Uint8Array(readFileSync(at('both.0.9.1.bin')))).toEqual(image(3000));
    expect(new Uint8Array(readFileSync(at('both.1.9.0.bin')))).toEqual(image(70_001));
  });
});

describe('devices', () => {
  it('inventory shows what runs on the bench', async () => {
    const { code, stdout } = await mctpkit(['fw', 'inventory', '--json']);
    expect(code).toBe(0);
    const { devices } = JSON.parse(stdout);
    expect(devices.map(({ name }: { name: string }) => name)).toHaveLength(3);
    expect(devices[0]).toMatchObject({
      firmwareParameters: { activeCompImageSetVersionString: '1.4.2' },
      status: { state: 'IDLE' },
    });
  });

  it('update: several devices, the new version runs', async () => {
    const path = await packageFile('update.pldm', image(600), image(6000));
    const dry = await mctpkit(['fw', 'update', path, '--dry-run']);
    expect(dry.code).toBe(0);
    expect(dry.stdout).toMatch(/component 1, firmware 1: 1\.4\.2 to 9\.0/);
    const plan = await mctpkit(['fw', 'update', path, '--dry-run', '--json']);
    for (const line of plan.stdout.trim().split('\n')) expect(misfits(JSON.parse(line), SCHEMAS.fw!)).toEqual([]);
    const twice = await mctpkit([
      'fw',
      'update',
      path,
      '9',
      'uuid:7a1c5e10-4c2b-11ee-8d01-001b21000001',
      '9',
      '--dry-run',
    ]);
    const once = await mctpkit(['fw', 'update', path, '9', '--dry-run']);
    expect(twice).toEqual(once);
    const unasked = await mctpkit(['fw', 'update', path]);
    expect(unasked.code).toBe(2);
    expect(unasked.stderr).toMatch(/--yes/);
    const { code, stdout } = await mctpkit(['fw', 'update', path, '--yes', '--json']);
    expect(code).toBe(0);
    const events = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    for (const event of events) expect(misfits(event, SCHEMAS.fw!)).toEqual([]);
    const done = events.filter(({ event }) => event === 'done');
    expect(done).toHaveLength(2);
    for (const report of done) {
      expect(report).toMatchObject({ outcome: 'updated', leftInUpdateMode: false, components: [{ state: 'active' }] });
    }
    expect(events.some(({ event, phase }) => event === 'progress' && phase === 'downloading')).toBe(true);
  });

  it('update: what is below a device, after the device itself', async () => {
    const bench = updatable(
      'components = [{ id = 1, version = "1.0" }]',
      'downstream = [{ index = 3, version = "0.9", iana = 413 }, { index = 4, version = "0.8", iana = 414 }]',
    );
    writeFileSync(at('below.toml'), bench);
    for (const name of ['own.bin', 'below.bin']) writeFileSync(at(name), image(name.length * 100));
    const description = {
      version: '2.0',
      devices: [{ descriptors: [{ type: 'ianaEnterpriseId', data: 412 }], components: [0] }],
      downstream: [{ descriptors: [{ type: 'ianaEnterpriseId', data: 413 }], components: [1] }],
      components: [
        { file: 'own.bin', identifier: 1, version: '2.0' },
        { file: 'below.bin', identifier: 3, version: '1.1', classification: 0xffff },
      ],
    };
    writeFileSync(at('below.json'), JSON.stringify(description));
    await mctpkit(['fw', 'build', at('below.json'), at('below.pldm')]);
    const link = `bench:${at('below.toml')}`;
    const inventory = JSON.parse((await mctpkit(['fw', 'inventory', '-l', link, '--assign', '--json'])).stdout);
    expect(inventory.devices[0].firmwareParameters.componentParameterTable).toHaveLength(1);
    expect(inventory.devices[0].downstreamDevices).toMatchObject([
      { downstreamDeviceIndex: 3, firmwareParameters: { activeCompVersionString: '0.9' } },
      { downstreamDeviceIndex: 4, firmwareParameters: { activeCompVersionString: '0.8' } },
    ]);
    const { code, stdout } = await mctpkit(['fw', 'update', at('below.pldm'), '-l', link, '--assign', '-y']);
    expect(stdout).toMatch(/\): updated in .*the new firmware runs\n/);
    expect(stdout).toMatch(/, downstream device 3: component 1, 0\.9 to 1\.1: updated\n/);
    expect(stdout).toMatch(/, downstream device 3: updated in .*the new firmware runs\n$/);
    expect(code).toBe(0);
  });

  it('update: for nobody, and why', async () => {
    const { code, stderr } = await mctpkit(['fw', 'update', `${PACKAGES}pldm-fwup-1.0-one-component.pldm`, '--yes']);
    expect(code).toBe(1);
    expect(stderr).toMatch(/record 0 wants UUID .*, the device has none/);
    expect(stderr).toMatch(/is for none of the devices here/);
  });

  it('update: Ctrl-C cancels it at the device', async () => {
    const path = await packageFile('long.pldm', image(60_000), image(600));
    const { code, stdout } = await inVirtualTime(async (clock) => {
      const running = new RunningVerb(['fw', 'update', path, '-l', 'bench:serial0', '--yes', '--json'], { clock });
      running.stdin.end();
      await running.line(/"phase":"downloading".*"done":4096/);
      return running.stop();
    });
    expect(code).toBe(1);
    const report = JSON.parse(stdout.trim().split('\n').at(-1)!);
    expect(report).toMatchObject({ event: 'done', outcome: 'cancelled', leftInUpdateMode: false });
  });
});

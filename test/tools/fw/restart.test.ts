/** `fw update` of devices that restart to activate: they forget their EID, get it again, and show the new version. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { inVirtualTime } from '../../support/auto-clock.js';
import { updatable, virtualDevice } from '../../support/emulated-device.js';
import { packageFor } from '../../support/firmware-package.js';
import { mctpkit, RunningVerb } from '../../support/in-process.js';

const folder = mkdtempSync(join(tmpdir(), 'mctpkit-restart-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const COMPONENTS = 'components = [{ id = 1, version = "1.0" }]';

it('on a serial line: it is given an EID again, and runs the new version', () =>
  inVirtualTime(async (clock) => {
    const run = (...args: readonly string[]) => new RunningVerb(args, { clock }).finished;
    const device = await virtualDevice(clock, updatable(COMPONENTS, 'restartMs = 1500'));
    try {
      const path = await packageFor(folder, 'serial', [2000]);
      const { code, stdout, stderr } = await run(
        'fw',
        'update',
        path,
        '-l',
        device.link,
        '--assign',
        '-y',
        '-W',
        '300ms',
      );
      expect(stderr).toBe('');
      expect(stdout).toMatch(/: updated in [\d.]+ s.*: the new firmware runs\n$/);
      expect(code).toBe(0);
      // It was away, and came back without an EID.
      await device.verb.line(/"event":"reset"/);
      const inventory = await run('fw', 'inventory', '-l', device.link, '--assign', '--json');
      expect(JSON.parse(inventory.stdout).devices[0]).toMatchObject({
        eid: 9,
        firmwareParameters: { activeCompImageSetVersionString: '2.0', pendingCompImageSetVersionString: '' },
        status: { state: 'IDLE', reasonCode: 0 },
      });
    } finally {
      await device.close();
    }
  }));

it('on a bus, several at once, one of which comes back with an EID of its own', async () => {
  const device = (index: number, more: readonly string[]): string[] => [
    `[devices.dev${index}]`,
    'wire = "bus"',
    `address = ${0x20 + index}`,
    `uuid = "7a1c5e10-4c2b-11ee-8d07-00000000000${index}"`,
    ...more,
    `[devices.dev${index}.pldm]`,
    `[devices.dev${index}.pldm.firmware]`,
    'version = "1.0"',
    'iana = 412',
    COMPONENTS,
    'restartMs = 1000',
  ];
  const bench = join(folder, 'bus.toml');
  const wires = ['[wires.bus]', 'kind = "smbus"', 'speed = 400', 'host = 0x10'];
  writeFileSync(bench, [...wires, ...device(0, []), ...device(1, []), ...device(2, ['eid = 44'])].join('\n'));
  const path = await packageFor(folder, 'bus', [2000]);
  const { code, stdout } = await mctpkit(['fw', 'update', path, '-l', `bench:${bench}`, '-y', '-j', '-W', '300ms']);
  const done = stdout
    .split('\n')
    .filter((line) => line.includes('"event":"done"'))
    .map((line) => JSON.parse(line));
  expect(done).toHaveLength(3);
  for (const report of done) expect(report).toMatchObject({ outcome: 'updated', components: [{ state: 'active' }] });
  expect(code).toBe(0);
});

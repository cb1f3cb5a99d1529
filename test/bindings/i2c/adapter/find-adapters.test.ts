/** Picos are found by what their USB device calls itself. */

import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { findAdapter, findAdapters, PRODUCT } from '../../../../bindings/i2c/adapter/find-adapters.js';
import { createLink } from '../../../../bindings/link-registry.js';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'mctpkit-sys-'));
});
afterEach(() => rmSync(root, { recursive: true }));

/** As the kernel lays it out: class/tty/NAME/device leads to the interface, in the folder of its USB device. */
function plug(name: string, product: string, serial: string): void {
  const device = join(root, 'devices', serial);
  mkdirSync(join(device, 'interface'), { recursive: true });
  writeFileSync(join(device, 'product'), `${product}\n`);
  writeFileSync(join(device, 'serial'), `${serial}\n`);
  writeFileSync(join(device, 'bcdDevice'), '0101\n');
  mkdirSync(join(root, 'class/tty', name), { recursive: true });
  symlinkSync(join(device, 'interface'), join(root, 'class/tty', name, 'device'));
}

const options = () => ({ sysRoot: root, devRoot: '/dev', platform: 'linux' });

it('finds those with our firmware, and the one that is meant', async () => {
  await expect(findAdapter(undefined, options())).rejects.toMatchObject({
    code: 'ENODEV',
    message: expect.stringContaining('no Pico adapter is plugged in'),
  });
  plug('ttyACM0', 'a modem', 'M1');
  plug('ttyACM1', PRODUCT, 'E660B');
  expect(await findAdapter(undefined, options())).toEqual({
    path: '/dev/ttyACM1',
    serialNumber: 'E660B',
    firmware: '1.1',
  });
  plug('ttyACM2', PRODUCT, 'E660A');
  expect((await findAdapters(options())).map(({ serialNumber }) => serialNumber)).toEqual(['E660A', 'E660B']);
  await expect(findAdapter(undefined, options())).rejects.toMatchObject({
    code: 'EUSAGE',
    message: '2 Pico adapters are plugged in: say which: i2c:pico?serial=E660A, i2c:pico?serial=E660B',
  });
  expect((await findAdapter('60b', options())).path).toBe('/dev/ttyACM1');
  await expect(findAdapter('77', options())).rejects.toMatchObject({
    message: expect.stringContaining('E660A, E660B'),
  });
});

it.each([
  ['i2c:tty:', /write i2c:pico/],
  ['i2c:exec:x?serial=1', /serial= is for i2c:pico only/],
  ['i2c:pico?mode=play', /use sniff/],
  ['i2c:pico?mode=sniff&address=0x10', /address= means nothing with mode=sniff/],
  ['i2c:pico?force=1', /no option "force"/],
  ['i2c:nano', /or an adapter: i2c:pico/],
])('%s is refused in one line', async (url, why) => {
  await expect(createLink(url)).rejects.toMatchObject({ code: 'EUSAGE', message: expect.stringMatching(why) });
});

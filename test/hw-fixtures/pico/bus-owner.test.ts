/** End to end: a bus owner behind `i2c:unix:` finds, through the real image, a device of the bench on the wire. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createLink } from '../../../bindings/link-registry.js';
import { SmbusLink } from '../../../bindings/smbus/smbus-link.js';
import { systemClock } from '../../../bindings/system-clock.js';
import { Device } from '../../../hw-fixtures/index.js';
import { servePico } from '../../../hw-fixtures/pico/emulator/serve-pico.js';
import { WirePort } from '../../../hw-fixtures/pico/emulator/wire-port.js';
import { BusOwner } from '../../../stack/bus-owner/index.js';
import { Mctp } from '../../../stack/mctp.js';
import { startedPico } from './support.js';

const UUID = '7a1c5e10-4c2b-11ee-8d01-001b21000001';

it('discovers a bench device through two adapters in turn', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'mctpkit-pico-'));
  const found: (string | undefined)[] = [];
  for (const name of ['one', 'two']) {
    const pico = await startedPico();
    const stopServing = await servePico(pico, join(folder, name));
    const device = new Device({
      name: 'device',
      clock: systemClock,
      uuid: UUID,
      port: {
        kind: 'link',
        create: () => new SmbusLink({ port: new WirePort(pico.bus), clock: systemClock, ownAddress: 0x1d }),
      },
    });
    await device.powerOn();
    const link = await createLink(`i2c:unix:${join(folder, name)}?probe=0x1d,0x1e&speed=400`);
    const mctp = new Mctp({ clock: systemClock });
    mctp.addLink(link);
    mctp.addAddress(8, link.name);
    await mctp.open();
    const owner = new BusOwner({ host: mctp, clock: systemClock });
    await owner.discover();
    found.push(...owner.endpoints().map(({ uuid, physicalAddress }) => `${physicalAddress} ${uuid}`));
    owner.close();
    await mctp.close();
    await device.powerOff();
    await stopServing();
    pico.stop();
  }
  rmSync(folder, { recursive: true });
  expect(found).toEqual([`1d ${UUID}`, `1d ${UUID}`]);
});

it('finds the devices of two adapters at once', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'mctpkit-pico-'));
  const ends: (() => Promise<void>)[] = [];
  const mctp = new Mctp({ clock: systemClock });
  const uuids = [UUID, UUID.replace(/1$/, '2')];
  for (const [index, uuid] of uuids.entries()) {
    const pico = await startedPico();
    const path = join(folder, String(index));
    const stopServing = await servePico(pico, path);
    const device = new Device({
      name: 'device',
      clock: systemClock,
      uuid,
      port: {
        kind: 'link',
        create: () => new SmbusLink({ port: new WirePort(pico.bus), clock: systemClock, ownAddress: 0x1d }),
      },
    });
    await device.powerOn();
    const link = await createLink(`i2c:unix:${path}?probe=0x1d&speed=400`);
    mctp.addLink(link);
    mctp.addAddress(8, link.name);
    ends.push(async () => {
      await device.powerOff();
      await stopServing();
      pico.stop();
    });
  }
  await mctp.open();
  const owner = new BusOwner({ host: mctp, clock: systemClock });
  const found = await owner.discover();
  expect(found.map(({ uuid }) => uuid).sort()).toEqual(uuids);
  expect(new Set(found.map(({ eid }) => eid)).size).toBe(2);
  owner.close();
  await mctp.close();
  for (const end of ends) await end();
  rmSync(folder, { recursive: true });
});

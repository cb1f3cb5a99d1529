/** End to end: through the real image of the Pico, two devices at one address behind a mux, whose register we write. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createLink } from '../../../bindings/link-registry.js';
import { type I2cPort, type I2cPortHost, NackError } from '../../../bindings/smbus/i2c-port.js';
import { SmbusLink } from '../../../bindings/smbus/smbus-link.js';
import { systemClock } from '../../../bindings/system-clock.js';
import { Device } from '../../../hw-fixtures/index.js';
import type { EmulatedPico } from '../../../hw-fixtures/pico/emulator/pico.js';
import { servePico } from '../../../hw-fixtures/pico/emulator/serve-pico.js';
import { WirePort } from '../../../hw-fixtures/pico/emulator/wire-port.js';
import { BusOwner } from '../../../stack/bus-owner/index.js';
import { Mctp } from '../../../stack/mctp.js';
import { startedPico } from './support.js';

const UUIDS = ['7a1c5e10-4c2b-11ee-8d01-001b21000001', '7a1c5e10-4c2b-11ee-8d01-001b21000002'];

/** A mux at 0x70 on the emulated wire, and a place on each of its channels. */
function muxOn({ bus }: EmulatedPico) {
  let register = 0;
  const selections: number[] = [];
  const ends = new Map<number, { readonly select: () => void; readonly deselect: () => void }>();
  bus.addTarget(0x70, {
    received: (bytes) => {
      register = bytes.at(-1)!;
      selections.push(register);
      for (const { deselect } of ends.values()) deselect();
      for (const { select } of ends.values()) select();
    },
  });
  const placeOn = (channel: number): I2cPort => {
    const wire = new WirePort(bus);
    const selected = (): boolean => (register >> channel) % 2 === 1;
    let host: I2cPortHost | undefined;
    let address = 0;
    return {
      name: `channel ${channel}`,
      capabilities: wire.capabilities,
      functionality: wire.functionality,
      maxWrite: wire.maxWrite,
      open: async (given, own) => {
        [host, address] = [given, own];
        await wire.open(given, own);
        const select = (): void => {
          if (selected()) bus.addTarget(own, { received: (bytes) => given.received(bytes, 0, bytes.length, own) });
        };
        const deselect = (): void => bus.removeTarget(own);
        deselect();
        ends.set(channel, { select, deselect });
      },
      write: (to, buffer, start, end) => {
        if (selected()) wire.write(to, buffer, start, end);
        else systemClock.schedule(0, () => host?.written(new NackError('address', 'nobody on this channel')));
      },
      close: async () => {
        ends.delete(channel);
        await wire.close();
        bus.removeTarget(address);
      },
    };
  };
  return { placeOn, selections };
}

it('finds devices behind a mux, each on its own link', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'mctpkit-pico-'));
  const pico = await startedPico();
  const path = join(folder, 'pico');
  const stopServing = await servePico(pico, path);
  const { placeOn, selections } = muxOn(pico);
  const devices = UUIDS.map((uuid, index) => {
    const create = () => new SmbusLink({ port: placeOn(2 * index), clock: systemClock, ownAddress: 0x1d });
    return new Device({ name: `drive${index}`, clock: systemClock, uuid, port: { kind: 'link', create } });
  });
  for (const device of devices) await device.powerOn();
  const mctp = new Mctp({ clock: systemClock });
  for (const channel of [0, 1, 2]) {
    const link = await createLink(`i2c:unix:${path}:70.${channel}?probe=0x1d&speed=400`);
    mctp.addLink(link);
    mctp.addAddress(8, link.name);
  }
  await mctp.open();
  const owner = new BusOwner({ host: mctp, clock: systemClock });
  await owner.discover();
  const found = owner.endpoints().map(({ link, uuid }) => `${link.slice(-4)} ${uuid}`);
  expect(found).toEqual([`70.0 ${UUIDS[0]}`, `70.2 ${UUIDS[1]}`]);
  expect(new Set(selections)).toEqual(new Set([1, 2, 4]));
  owner.close();
  await mctp.close();
  for (const device of devices) await device.powerOff();
  await stopServing();
  pico.stop();
  rmSync(folder, { recursive: true });
});

/** Devices on each wire of the bench: a USB cable is one, and behaviours change frames on all of them. */

import { describe, expect, it } from 'vitest';
import { type Behaviour, type FrameKind, parseBench } from '../../hw-fixtures/index.js';
import { pass, settle, settleError } from '../../hw-fixtures/testing/virtual-time.js';
import { GetEndpointID } from '../../stack/control/index.js';
import { hex } from '../support/vectors.js';
import { type World, world } from './support.js';

const KINDS: readonly FrameKind[] = ['smbus', 'serial', 'usb'];
const HOST: Readonly<Record<FrameKind, string>> = { smbus: 'host = 0x10', serial: 'host = true', usb: 'host = true' };

function on(kind: FrameKind, behaviours: readonly Behaviour[] = []): Promise<World> {
  const address = kind === 'smbus' ? 'address = 0x1d' : '';
  const text = `[wires.w]\nkind = "${kind}"\n${HOST[kind]}\n[devices.dut]\nwire = "w"\n${address}`;
  const description = parseBench(text);
  const [device] = description.devices;
  return world({ description: { ...description, devices: [{ ...device!, behaviours: () => [...behaviours] }] } });
}

const placeOn = (kind: FrameKind) => ({ eid: 0, link: 'bench:w', physicalAddress: kind === 'smbus' ? '1d' : '' });

describe.each(KINDS)('frames of a device on %s', (kind) => {
  const to = placeOn(kind);

  it('pass behaviours in both directions, as they are on the wire', async () => {
    const seen: string[] = [];
    const looks: Behaviour = {
      name: 'looks',
      frameIn: (frame, on) => {
        seen.push(`${on} in ${hex(frame)}`);
        return [frame];
      },
      frameOut: (frame, on) => {
        seen.push(`${on} out ${hex(frame)}`);
        return frame;
      },
    };
    const { clock, client } = await on(kind, [looks]);
    await settle(clock, client.request(to, GetEndpointID, {}));
    expect(seen).toHaveLength(2);
    const starts = { smbus: ['3a0f0821', '200f'], serial: ['7e010701', '7e01'], usb: ['1ab4000b', '1ab400'] }[kind];
    expect(seen.map((one, index) => one.includes(starts[index]!))).toEqual([true, true]);
  });

  it('may be lost, and come twice', async () => {
    const { clock, client } = await on(kind, [{ name: 'loses', frameOut: () => undefined }]);
    expect(await settleError(clock, client.request(to, GetEndpointID, {}))).toMatchObject({ code: 'ETIMEDOUT' });
    const twice = await on(kind, [{ name: 'twice', frameIn: (frame) => [frame, frame] }]);
    await settle(twice.clock, twice.client.request(to, GetEndpointID, {}));
    await pass(twice.clock, 50);
    expect(twice.bench.device('dut').counters.packetsIn).toBe(2);
  });
});

describe('a USB device on the bench', () => {
  const to = placeOn('usb');

  it('is gone while it is off, and answers when it is back', async () => {
    const { clock, client, bench, host } = await on('usb');
    await settle(clock, client.request(to, GetEndpointID, {}));
    await settle(clock, bench.device('dut').powerOff());
    expect(host.links()[0]).toMatchObject({ up: false });
    await pass(clock, 2000);
    await settle(clock, bench.device('dut').powerOn());
    await pass(clock, 2000);
    expect(host.links()[0]).toMatchObject({ up: true });
    expect(await settle(clock, client.request(to, GetEndpointID, {}))).toMatchObject({ eid: 0 });
  });

  it.each([
    ['address = 0x1d', 'the USB cable w has no addresses'],
    ['\n[devices.other]\nwire = "w"', 'the USB cable w has two ends'],
    ['\n[[faults]]\nwire = "w"\nkind = "drop"', 'the USB cable w has no faults'],
  ])('is described without %j', (more, message) => {
    expect(() => parseBench(`[wires.w]\nkind = "usb"\n[devices.dut]\nwire = "w"\n${more}`)).toThrow(message);
  });
});

import { describe, expect, it } from 'vitest';
import { SerialLink } from '../../../bindings/serial/serial-link.js';
import { UsbLink } from '../../../bindings/usb/usb-link.js';
import { memoryPortPair } from '../../../hw-fixtures/testing/memory-port.js';
import { memoryUsbPair } from '../../../hw-fixtures/testing/memory-usb.js';
import { pass, settle } from '../../../hw-fixtures/testing/virtual-time.js';
import { BusOwner } from '../../../stack/bus-owner/index.js';
import { Mctp, VirtualClock } from '../../../stack/index.js';
import { BridgeRole, EndpointRole } from '../../../stack/roles/index.js';
import { uuidOf } from '../../support/topology.js';

/** A bus owner on a USB cable, a bridge at its other end, and an endpoint on a serial line below that. */
async function chain() {
  const clock = new VirtualClock();
  const cable = memoryUsbPair(clock);
  const line = memoryPortPair({ clock });

  const device = new Mctp({ clock });
  device.addLink(new SerialLink({ port: line[1], clock }));
  await device.open();
  const endpoint = new EndpointRole({ mctp: device, clock, uuid: uuidOf(2) });
  endpoint.types.add(5, { versions: ['f1f0ff00'] });
  const echo = device.socket();
  echo.bind({ type: 5 });
  echo.onMessage((message) => void echo.reply(message, message.payload));

  const middle = new Mctp({ clock });
  const up = new UsbLink({ port: cable[1], clock });
  middle.addLink(up);
  middle.addLink(new SerialLink({ port: line[0], clock }));
  await middle.open();
  const bridge = new BridgeRole({ mctp: middle, clock, upstream: up.name, poolSize: 4, uuid: uuidOf(1) });

  const host = new Mctp({ clock });
  const down = new UsbLink({ port: cable[0], clock });
  host.addLink(down);
  host.addAddress(8, down.name);
  await host.open();
  const owner = new BusOwner({ host, clock });
  const close = async (): Promise<void> => {
    owner.close();
    bridge.close();
    for (const mctp of [host, middle, device]) await settle(clock, mctp.close());
  };
  return { clock, cable, host, owner, close };
}

describe('a bridge between USB and a serial line', () => {
  it('is discovered through: what is below has an EID of its pool, and takes long messages', async () => {
    const { clock, host, owner, close } = await chain();
    await settle(clock, owner.discover());
    owner.monitor();
    await pass(clock, 10_000);
    const found = owner.endpoints().map(({ eid, uuid, bridge }) => ({ eid, uuid, bridge }));
    expect(found).toEqual([
      { eid: 9, uuid: uuidOf(1), bridge: undefined },
      { eid: 10, uuid: uuidOf(2), bridge: 9 },
    ]);
    const payload = Uint8Array.from({ length: 4000 }, (_, index) => index & 0xff);
    const answer = host.socket().request({ eid: 10 }, payload, { type: 5, timeoutMs: 5000 });
    expect((await settle(clock, answer)).payload).toEqual(payload);
    await close();
  });

  it('is lost with all that is below when the cable is pulled, and found again when it is back', async () => {
    const { clock, cable, host, owner, close } = await chain();
    await settle(clock, owner.discover());
    owner.monitor();
    await pass(clock, 10_000);
    const ask = () => host.socket().request({ eid: 10 }, Uint8Array.of(1), { type: 5, timeoutMs: 500 });
    cable[0].unplug();
    await expect(settle(clock, ask())).rejects.toMatchObject({ code: 'ENETDOWN' });
    await pass(clock, 20_000);
    expect((await settle(clock, ask())).payload).toEqual(Uint8Array.of(1));
    await close();
  });
});

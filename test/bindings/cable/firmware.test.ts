/** A firmware update over a cable whose sub-paths are cut while it runs: the device and the agent notice nothing. */

import { describe, expect, it } from 'vitest';
import { CableLink } from '../../../bindings/cable/cable-link.js';
import { settle } from '../../../hw-fixtures/testing/virtual-time.js';
import { PldmClient, PldmResponder } from '../../../pldm/base/index.js';
import { UpdateAgent } from '../../../pldm/firmware/index.js';
import { Terminus } from '../../../pldm/terminus/index.js';
import { VirtualClock } from '../../../stack/clock.js';
import { Mctp } from '../../../stack/mctp.js';
import { firmwareDevice, imageOfSize, packageOf, runUpdate } from '../../pldm/firmware/bench.js';
import { CableWires } from '../../support/cable-wires.js';

const KEY = new Uint8Array(32).fill(7);

describe('a firmware update over a cable', () => {
  it('survives the loss of one way after the other', async () => {
    const clock = new VirtualClock();
    const network = new CableWires(clock);
    const common = { clock, network, key: KEY };
    const places = ['a', 'b'];
    const end = new CableLink({ ...common, name: 'cable:device', listen: places });
    const connect = places.map((place) => ({ place, backup: place === 'b' }));
    const near = new CableLink({ ...common, name: 'cable:agent', connect, patient: true });
    const stacks = [
      [near, 8],
      [end, 9],
    ].map(([link, eid]) => {
      const mctp = new Mctp({ clock });
      mctp.addLink(link as CableLink);
      mctp.addAddress(eid as number, (link as CableLink).name);
      mctp.addRoute({ start: 8, end: 9, link: (link as CableLink).name });
      return mctp;
    });
    const [agentStack, deviceStack] = stacks as [Mctp, Mctp];
    await settle(clock, Promise.all([deviceStack.open(), agentStack.open()]));
    for (let ms = 0; ms < 200; ms++) {
      clock.advance(1);
      await new Promise((resolve) => setImmediate(resolve));
    }
    const device = firmwareDevice(deviceStack, clock);
    const client = new PldmClient({ transport: agentStack, clock });
    const responder = new PldmResponder({ transport: agentStack, clock }).start();
    const agent = new UpdateAgent({ handlers: responder.handlers });
    const image = imageOfSize(400_000);
    const cuts: string[] = [];
    const cut = (place: string, heal?: string) => () => {
      cuts.push(`${place} after ${near.counters.txPackets} packets`);
      network.cut(place);
      if (heal !== undefined) network.heal(heal);
    };
    const atPackets = (count: number, what: () => void): void => {
      const look = (): void => {
        if ((near.counters.txPackets ?? 0) < count) clock.schedule(1, look);
        else what();
      };
      clock.schedule(1, look);
    };
    const start = near.counters.txPackets ?? 0;
    atPackets(start + 1000, cut('a'));
    atPackets(start + 3000, cut('b', 'a'));
    const update = runUpdate(agent, new Terminus(client, { eid: 9 }), await packageOf([image]));
    const { report } = await settle(clock, update, { maxSteps: 50_000_000 });
    expect(cuts).toEqual([expect.stringMatching(/^a after/), expect.stringMatching(/^b after/)]);
    expect(report).toMatchObject({ outcome: 'updated', reason: '' });
    expect(device.hardware.components[0]!.active.image).toEqual(image);
    device.close();
    client.close();
    responder.close();
    await settle(clock, Promise.all(stacks.map((stack) => stack.close())));
  });
});

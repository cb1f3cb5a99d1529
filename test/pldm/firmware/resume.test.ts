/** The agent is killed at any packet, and a new one goes on: in every state of the device. */

import { describe, expect, it } from 'vitest';
import { pass, settle } from '../../../hw-fixtures/testing/virtual-time.js';
import { PldmClient } from '../../../pldm/base/index.js';
import { type ResumePoint, readStatus } from '../../../pldm/firmware/index.js';
import { Terminus } from '../../../pldm/terminus/index.js';
import { World } from '../world.js';
import { agentOf, type DeviceSetup, firmwareDevice, imageOfSize, packageOf, runUpdate } from './bench.js';

const IMAGES = [imageOfSize(2500, 1), imageOfSize(1200, 2)];
const SETUP: DeviceSetup = {
  components: [1, 2].map((identifier) => ({ identifier, version: '1.0' })),
  verifyMs: 50,
  applyMs: 50,
  activateMs: 400,
};

/** One agent up to this packet; then nothing is left of it but the point. */
async function killedAt(stopAt: number, setup: DeviceSetup = SETUP, options: { readonly force?: boolean } = {}) {
  const world = await World.make();
  const device = firmwareDevice(await world.device(9), world.clock, setup);
  const pkg = await packageOf(IMAGES);
  let point: ResumePoint | undefined;
  let packets = 0;
  let dead = false;
  const died = new Promise<void>((resolve) => {
    world.wire.faults = () => {
      if (packets++ === stopAt) {
        dead = true;
        resolve();
      }
      return dead ? 'drop' : 'deliver';
    };
  });
  const first = runUpdate(agentOf(world), world.at(9), pkg, {
    ...options,
    onResumePoint: (next) => {
      if (!dead) point = next;
    },
    maximumTransferSize: 128,
  });
  const over = first.then(
    () => true,
    () => false,
  );
  const finished = await settle(world.clock, Promise.race([died.then(() => false), over]));
  world.client.close();
  world.wire.faults = undefined;
  const terminus = new Terminus(new PldmClient({ transport: world.bmc, clock: world.clock }), { eid: 9 });
  return { world, device, pkg, point, terminus, finished };
}

describe('an agent that was killed at any packet', () => {
  it.each([false, true])('goes on wherever the device is (forced: %s)', async (force) => {
    const found = new Set<number>();
    for (let stopAt = 6; ; stopAt++) {
      const { world, device, pkg, point, terminus, finished } = await killedAt(stopAt, SETUP, { force });
      if (finished) break;
      const { currentState } = await settle(world.clock, readStatus(terminus));
      if (point !== undefined) found.add(currentState);
      const options = { resume: point, maximumTransferSize: 64, force };
      const { report } = await settle(world.clock, runUpdate(agentOf(world), terminus, pkg, options));
      expect([stopAt, report.reason]).toEqual([stopAt, report.outcome === 'updated' ? '' : NOTHING_TO_DO]);
      expect(device.hardware.components.map(({ active }) => active.image)).toEqual(IMAGES);
      expect(device.firmware.status.state).toBe(0);
      // LEARN COMPONENTS is left and entered again; from there on one update is all it takes.
      const updates = device.firmware.counters.updates;
      expect(updates).toBeLessThanOrEqual(currentState === 1 || (force && currentState === 0) ? 2 : 1);
      device.close();
      terminus.client.close();
    }
    expect([...found].sort()).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });

  it('begins anew when the device was restarted since, and when the package is another one', async () => {
    const { world, device, pkg, point, terminus } = await killedAt(60);
    device.reset();
    const again = runUpdate(agentOf(world), terminus, pkg, { resume: point });
    expect((await settle(world.clock, again)).report.outcome).toBe('updated');
    expect(device.hardware.components.map(({ active }) => active.image)).toEqual(IMAGES);
    const second = await killedAt(60);
    const other = [imageOfSize(400, 7), imageOfSize(300, 8)];
    const components = [1, 2].map((identifier) => ({ identifier, version: '3.0' }));
    const mixed = runUpdate(agentOf(second.world), second.terminus, await packageOf(other, { components }), {
      resume: second.point,
    });
    expect((await settle(second.world.clock, mixed)).report.outcome).toBe('updated');
    expect(second.device.hardware.components.map(({ active }) => active.image)).toEqual(other);
  });

  it('sends a component again that the device has given up since', async () => {
    const { world, device, pkg, point, terminus } = await killedAt(60, {
      ...SETUP,
      // What it stores of the first try gets lost.
      check: (() => {
        let checks = 0;
        return () => (checks++ === 0 ? 1 : 0);
      })(),
    });
    const { report, events } = await settle(
      world.clock,
      runUpdate(agentOf(world), terminus, pkg, { resume: point, force: true }),
    );
    expect(report.outcome).toBe('updated');
    expect(events.filter(({ type }) => type === 'note')).toMatchObject([
      { text: 'going on with component 0 where the device is: DOWNLOAD' },
      { text: 'component 0: the device refuses the image: verification failure (0x01); once more' },
    ]);
    expect(device.hardware.components.map(({ active }) => active.image)).toEqual(IMAGES);
  });

  it('gives the device its metadata back', async () => {
    const metaData = imageOfSize(500, 5);
    const { world, device, pkg, point, terminus } = await killedAt(60, { ...SETUP, metaData });
    expect(point?.metaData).toEqual(metaData);
    let back: Uint8Array | undefined;
    const { GetMetaData } = await import('../../../pldm/firmware/index.js');
    const again = runUpdate(agentOf(world), terminus, pkg, { resume: point });
    await pass(world.clock, 5);
    const asking = new Terminus(new PldmClient({ transport: device.transport, clock: world.clock }), { eid: 8 });
    const first = { dataTransferHandle: 0, transferOperationFlag: 'getFirstPart' } as const;
    const answer = await settle(world.clock, asking.exchange(GetMetaData, first));
    if (GetMetaData.succeeded(answer)) back = answer.portionOfMetaData;
    expect(back).toEqual(metaData.subarray(0, back?.length));
    expect(back).not.toHaveLength(0);
    expect((await settle(world.clock, again)).report.outcome).toBe('updated');
  });
});

const NOTHING_TO_DO = 'no component of the device needs an update';

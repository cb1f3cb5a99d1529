/** Devices that activate by a restart: away for a while, without their EID, or before they have said so. */

import { describe, expect, it } from 'vitest';
import { settle } from '../../../hw-fixtures/testing/virtual-time.js';
import type { Mctp } from '../../../stack/mctp.js';
import { World } from '../world.js';
import { agentOf, type DeviceUnderTest, firmwareDevice, imageOfSize, packageOf, runUpdate } from './bench.js';

const AWAY_MS = 4000;

/** A device that restarts to activate; `back` is what happens to its stack while it restarts; false: it does not come back. */
async function restarting(back: (stack: Mctp) => boolean = () => true) {
  const world = await World.make();
  const stack = await world.device(9);
  let away = false;
  world.wire.faults = () => (away ? 'drop' : 'deliver');
  const device: DeviceUnderTest = firmwareDevice(stack, world.clock, {
    restart: {
      ms: AWAY_MS,
      now: () => {
        away = true;
        device.close();
        world.clock.schedule(AWAY_MS, () => {
          if (!back(stack)) return;
          device.reset();
          away = false;
        });
      },
    },
  });
  return { world, device };
}

describe('a restart', () => {
  it('with the same EID afterwards is waited for', async () => {
    const { world, device } = await restarting();
    let looked = 0;
    const onUnreachable = async () => {
      looked++;
      return undefined;
    };
    const update = runUpdate(agentOf(world), world.at(9), await packageOf([imageOfSize(640)]), { onUnreachable });
    const { report } = await settle(world.clock, update);
    expect(report).toMatchObject({ outcome: 'updated', components: [{ result: 'updated', state: 'active' }] });
    expect(device.hardware.components[0]!.active.version).toBe('2.0');
    expect(looked).toBeGreaterThan(0);
  });

  it('with another EID afterwards: the versions are read there', async () => {
    const { world } = await restarting((stack) => {
      stack.removeAddress(9, stack.links()[0]!.name);
      stack.addAddress(21, stack.links()[0]!.name);
      return true;
    });
    const update = runUpdate(agentOf(world), world.at(9), await packageOf([imageOfSize(640)]), {
      onUnreachable: async () => {
        world.bmc.removeNeighbour(21, 'dev8');
        world.bmc.addNeighbour(21, 'dev8', '09');
        return world.at(21);
      },
    });
    const { report } = await settle(world.clock, update);
    expect(report).toMatchObject({ outcome: 'updated', components: [{ state: 'active' }] });
  });

  it('from which it does not come back is told, and when it is given up', async () => {
    const { world } = await restarting(() => false);
    const start = world.clock.now();
    const { report } = await settle(
      world.clock,
      runUpdate(agentOf(world), world.at(9), await packageOf([imageOfSize(640)])),
    );
    expect(report).toMatchObject({ outcome: 'failed', leftInUpdateMode: false });
    expect(report.reason).toBe('the device does not answer 64 s after the activation');
    expect(world.clock.now() - start).toBeLessThan(80_000);
  });

  it('before ActivateFirmware was answered: its versions tell that it was done', async () => {
    const { world, device } = await restarting();
    const lost = world.wire.faults!;
    const activate = device.hardware.activate.bind(device.hardware);
    let answers = 1;
    device.hardware.activate = (selfContained) => {
      // Its answer is the next packet.
      world.wire.faults = (...packet) => (answers-- > 0 ? 'drop' : lost(...packet));
      return activate(selfContained);
    };
    const { report } = await settle(
      world.clock,
      runUpdate(agentOf(world), world.at(9), await packageOf([imageOfSize(640)])),
    );
    expect(report).toMatchObject({ outcome: 'updated', components: [{ state: 'active' }] });
  });

  it('instead of an activation is not a success', async () => {
    const { world, device } = await restarting();
    const pass = world.wire.faults!;
    device.hardware.activate = () => {
      // Whatever was pending is gone, as is the answer.
      let answers = 1;
      world.wire.faults = (...packet) => (answers-- > 0 ? 'drop' : pass(...packet));
      device.hardware.components[0]!.pending = undefined;
      device.hardware.pendingSetVersion = undefined;
      world.clock.schedule(1, () => device.reset());
      return { completionCode: 0, done: new Promise(() => undefined) };
    };
    const { report } = await settle(
      world.clock,
      runUpdate(agentOf(world), world.at(9), await packageOf([imageOfSize(640)])),
    );
    expect(report).toMatchObject({
      outcome: 'failed',
      reason: 'the device left update mode, and does not show the new firmware',
      components: [{ state: undefined }],
    });
  });

  it('ActivateFirmware that is lost on its way is sent again', async () => {
    const world = await World.make();
    const device = firmwareDevice(await world.device(9), world.clock, { verifyMs: 10 });
    const activate = device.hardware.activate.bind(device.hardware);
    let asked = 0;
    device.hardware.activate = (selfContained) => {
      asked++;
      return activate(selfContained);
    };
    let loseNext = 0;
    world.wire.faults = () => (loseNext-- > 0 ? 'drop' : 'deliver');
    const { report } = await settle(
      world.clock,
      runUpdate(agentOf(world), world.at(9), await packageOf([imageOfSize(640)]), {
        onEvent: (event) => {
          if (event.type === 'progress' && event.phase === 'activating') loseNext = 1;
        },
      }),
    );
    expect(report).toMatchObject({ outcome: 'updated', components: [{ state: 'active' }] });
    expect(asked).toBe(1);
    device.close();
  });
});

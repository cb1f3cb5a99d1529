/** Our agent and our device: whole updates. */

import { describe, expect, it } from 'vitest';
import { pass, settle, settleError } from '../../../hw-fixtures/testing/virtual-time.js';
import { PldmClient } from '../../../pldm/base/index.js';
import {
  planUpdates,
  RequestUpdate,
  type ResumePoint,
  readInventory,
  UpdateAgent,
  type UpdateEvent,
} from '../../../pldm/firmware/index.js';
import { Terminus } from '../../../pldm/terminus/index.js';
import { MctpError } from '../../../stack/errors.js';
import { World } from '../world.js';
import { agentOf, type DeviceSetup, firmwareDevice, imageOfSize, packageOf, runUpdate } from './bench.js';

async function setUp(setup: Parameters<typeof firmwareDevice>[2] = {}) {
  const world = await World.make();
  const device = firmwareDevice(await world.device(9), world.clock, setup);
  return { world, device, agent: agentOf(world), terminus: world.at(9) };
}

describe('an update', () => {
  it('of one component: the new version runs, the image is the same', async () => {
    const { world, device, agent, terminus } = await setUp({ activateMs: 3000, verifyMs: 700, applyMs: 300 });
    const image = imageOfSize(100_001);
    const { report, events } = await settle(world.clock, runUpdate(agent, terminus, await packageOf([image])));
    expect(report).toMatchObject({ outcome: 'updated', reason: '', leftInUpdateMode: false });
    expect(report.components).toMatchObject([
      { index: 0, result: 'updated', version: '2.0', previousVersion: '1.0', state: 'active' },
    ]);
    expect(device.hardware.components[0]!.active).toMatchObject({ version: '2.0', image });
    expect(device.hardware.setVersion).toBe('2.0');
    expect(device.firmware.status.fields).toMatchObject({ currentState: 0, previousState: 6, reasonCode: 1 });
    const phases = events.flatMap((event) => (event.type === 'progress' ? [event.phase] : []));
    expect([...new Set(phases)]).toEqual([
      'learning',
      'offering',
      'downloading',
      'verifying',
      'applying',
      'activating',
      'done',
    ]);
    const done = events.flatMap((event) =>
      event.type === 'progress' && event.phase === 'downloading' ? [event.done] : [],
    );
    expect(done).toEqual([...done].sort((a, b) => a - b));
    device.close();
    world.client.close();
  });

  it.each([0, 1, 31, 32, 33, 63, 64, 65, 4095, 4096, 4097, 4127, 4128])('of %i bytes beyond 8192', async (extra) => {
    const { world, device, agent, terminus } = await setUp();
    for (const size of extra === 0 ? [8192] : [extra, 8192 + extra]) {
      const image = imageOfSize(size);
      const { report } = await settle(
        world.clock,
        runUpdate(agent, terminus, await packageOf([image]), { force: true }),
      );
      expect(report.outcome).toBe('updated');
      expect(device.hardware.components[0]!.active.image).toEqual(image);
    }
  });

  it('says why a package is not for a device', async () => {
    const { world, terminus } = await setUp();
    const uuid = { type: 'uuid', data: '00000000-0000-0000-0000-000000000001' } as const;
    const pkg = await packageOf([imageOfSize(64)], {
      devices: [
        { descriptors: [{ type: 'pciVendorId', data: 0x1ab4 }] },
        { descriptors: [{ type: 'ianaEnterpriseId', data: 412 }, uuid] },
      ],
    });
    const { plans, reasons } = planUpdates(pkg, await settle(world.clock, readInventory(terminus)));
    expect(plans).toEqual([]);
    expect(reasons).toEqual([
      'record 0 wants PCI vendor 0x1ab4, the device has none',
      'record 1 wants UUID 00000000-0000-0000-0000-000000000001, the device has 01020304-0506-0708-090a-0b0c0d0e0f10',
    ]);
  });

  it('does nothing when there is nothing to do, and does it again when forced', async () => {
    const { world, agent, terminus } = await setUp({ components: [{ identifier: 1, version: '2.0' }] });
    const pkg = await packageOf([imageOfSize(64)]);
    const { report } = await settle(world.clock, runUpdate(agent, terminus, pkg));
    expect(report).toMatchObject({
      outcome: 'nothing-to-do',
      components: [{ result: 'skipped', reason: '2.0 is active already' }],
    });
    const forced = await settle(world.clock, runUpdate(agent, terminus, pkg, { force: true }));
    expect(forced.report.outcome).toBe('updated');
  });

  it('of several devices at once', async () => {
    const world = await World.make();
    const agent = agentOf(world);
    const eids = [9, 10, 11, 12, 13];
    const devices = await Promise.all(eids.map(async (eid) => firmwareDevice(await world.device(eid), world.clock)));
    const pkgs = await Promise.all(eids.map((eid) => packageOf([imageOfSize(5000 + eid, eid)])));
    const all = Promise.all(eids.map((eid, index) => runUpdate(agent, world.at(eid), pkgs[index]!)));
    for (const { report } of await settle(world.clock, all)) expect(report.outcome).toBe('updated');
    for (const [index, eid] of eids.entries()) {
      expect(devices[index]!.hardware.components[0]!.active.image).toEqual(imageOfSize(5000 + eid, eid));
    }
  });

  it('of a device which is being updated already, or of one too many, is refused before anything is asked', async () => {
    const { world, device, terminus } = await setUp({ activateMs: 3000 });
    const other = firmwareDevice(await world.device(10), world.clock);
    const agent = new UpdateAgent({ handlers: world.responder.handlers, maxUpdates: 1 });
    const pkg = await packageOf([imageOfSize(10_000)]);
    const first = runUpdate(agent, terminus, pkg);
    await pass(world.clock, 100);
    const again = runUpdate(agent, world.at(9), pkg, { force: true });
    const oneMore = runUpdate(agent, world.at(10), pkg, { force: true });
    const refused = Promise.all([settleError(world.clock, again), settleError(world.clock, oneMore)]);
    expect(await refused).toMatchObject([
      {
        code: 'EBUSY',
        message: `${terminus.name} is being updated already: wait for that update to end, or cancel it`,
      },
      { code: 'ENOBUFS', message: '1 updates are under way already: wait for one of them to end' },
    ]);
    expect((await settle(world.clock, first)).report.outcome).toBe('updated');
    expect(other.firmware.status.fields).toMatchObject({ currentState: 0, previousState: 0 });
    // Afterwards it may be updated again.
    const last = await settle(world.clock, runUpdate(agent, terminus, pkg, { force: true }));
    expect(last.report.outcome).toBe('updated');
    device.close();
    other.close();
  });

  it('gives package data, keeps metadata and gives it back', async () => {
    const seen: Uint8Array[] = [];
    const metaData = imageOfSize(9000, 3);
    const { world, device, agent, terminus } = await setUp({
      metaData,
      packageData: (data) => {
        seen.push(data);
        return true;
      },
    });
    let back: Uint8Array | undefined;
    const begin = device.hardware.begin.bind(device.hardware);
    device.hardware.begin = (component) => {
      const offer = begin(component);
      const sink = offer.sink!;
      return {
        ...offer,
        sink: {
          write: (offset, data) => sink.write(offset, data),
          verify: async (context) => {
            back = await context.metaData();
            return sink.verify(context);
          },
          apply: (context) => sink.apply(context),
          abort: () => sink.abort(),
        },
      };
    };
    const packageData = Buffer.from(imageOfSize(5000, 9)).toString('hex');
    const pkg = await packageOf([imageOfSize(64)], {
      devices: [{ descriptors: [{ type: 'ianaEnterpriseId', data: 412 }], packageData }],
    });
    const { report } = await settle(world.clock, runUpdate(agent, terminus, pkg));
    expect(report.outcome).toBe('updated');
    expect(seen).toEqual([imageOfSize(5000, 9)]);
    expect(back).toEqual(metaData);
  });

  it('stays pending where only a reset activates, and runs after it', async () => {
    const { world, device, agent, terminus } = await setUp({
      components: [{ identifier: 1, version: '1.0', activationMethods: 1 << 3 }],
    });
    const { report } = await settle(world.clock, runUpdate(agent, terminus, await packageOf([imageOfSize(64)])));
    expect(report).toMatchObject({ outcome: 'updated', components: [{ state: 'pending', activationMethods: 8 }] });
    expect(device.hardware.components[0]!.active.version).toBe('1.0');
    device.reset();
    expect(device.hardware.components[0]!.active.version).toBe('2.0');
  });
});

describe('trouble', () => {
  it('a failed verification ends in IDLE, and the old firmware runs', async () => {
    const { world, device, agent, terminus } = await setUp({ check: () => 3 });
    const { report } = await settle(world.clock, runUpdate(agent, terminus, await packageOf([imageOfSize(640)])));
    expect(report).toMatchObject({ outcome: 'failed', leftInUpdateMode: false });
    expect(report.reason).toBe('component 0: the device refuses the image: security checks (0x03)');
    expect(device.firmware.status.fields).toMatchObject({ currentState: 0, reasonCode: 2 });
    expect(device.hardware.components[0]!).toMatchObject({ active: { version: '1.0' }, pending: undefined });
  });

  it('a device which cannot have a component again without leaving update mode is not tried again (DSP0267 §11, GetFirmwareParameters)', async () => {
    const begins = async (setup: DeviceSetup): Promise<number> => {
      const { world, device, agent, terminus } = await setUp(setup);
      const begin = device.hardware.begin.bind(device.hardware);
      let count = 0;
      device.hardware.begin = (component) => {
        const offer = begin(component);
        if (count++ > 0) return offer;
        const write = (): void => {
          throw new Error('the flash is worn');
        };
        const sink = offer.sink!;
        const abort = (): void => sink.abort();
        return { ...offer, sink: { write, verify: () => 0, apply: () => ({ result: 0 }), abort } };
      };
      const { report } = await settle(world.clock, runUpdate(agent, terminus, await packageOf([imageOfSize(640)])));
      expect(report.outcome).toBe(count > 1 ? 'updated' : 'failed');
      expect(device.firmware.status.state).toBe(0);
      device.close();
      return count;
    };
    expect(await begins({ capabilities: 0b10 })).toBe(1);
    // Bit 1 of what a component can means nothing.
    expect(await begins({ components: [{ identifier: 1, version: '1.0', capabilities: 0b10 }] })).toBe(2);
  });

  it('goes on after a failed component where the record says so', async () => {
    const { world, device, agent, terminus } = await setUp({
      components: [1, 2, 3].map((identifier) => ({ identifier, version: '1.0' })),
      check: (_image, { componentIdentifier }) => (componentIdentifier === 2 ? 1 : 0),
    });
    const images = [imageOfSize(100, 1), imageOfSize(100, 2), imageOfSize(100, 3)];
    const pkg = await packageOf(images, {
      devices: [{ descriptors: [{ type: 'ianaEnterpriseId', data: 412 }], continueAfterFailure: true }],
    });
    const { report } = await settle(world.clock, runUpdate(agent, terminus, pkg));
    expect(report.outcome).toBe('failed');
    expect(report.components.map(({ result, state }) => [result, state])).toEqual([
      ['updated', 'active'],
      ['failed', undefined],
      ['updated', 'active'],
    ]);
    expect(device.hardware.components.map(({ active }) => active.version)).toEqual(['2.0', '1.0', '2.0']);
  });

  it('Ctrl-C at any moment ends in IDLE', async () => {
    for (let at = 0; at < 60; at++) {
      const { world, device, agent, terminus } = await setUp({ verifyMs: 20, applyMs: 20, activateMs: 20 });
      const abort = new AbortController();
      let packets = 0;
      world.wire.faults = () => {
        if (packets++ === 60 + 3 * at) abort.abort();
        return 'deliver';
      };
      const { report } = await settle(
        world.clock,
        runUpdate(agent, terminus, await packageOf([imageOfSize(5000)]), {
          signal: abort.signal,
          maximumTransferSize: 128,
        }).catch((error: Error) => ({ report: { outcome: error.message, components: [], leftInUpdateMode: false } })),
      );
      expect(['cancelled', 'updated']).toContain(report.outcome);
      expect(report.leftInUpdateMode).toBe(false);
      if (device.firmware.status.state === 6) world.clock.advance(100);
      await new Promise((resolve) => setImmediate(resolve));
      expect(device.firmware.status.state).toBe(0);
      device.close();
    }
  });

  it('stuck-in-update-mode: the agent vanishes, the device is back in IDLE within FD_T1 and says why', async () => {
    const changes: { from: number; to: number; reason: number }[] = [];
    const { world, device, agent, terminus } = await setUp({ onState: (change) => changes.push(change) });
    const pkg = await packageOf([imageOfSize(100_000)]);
    let packets = 0;
    world.wire.faults = () => (packets++ > 300 ? 'drop' : 'deliver');
    const updating = runUpdate(agent, terminus, pkg);
    const { report } = await settle(world.clock, updating);
    expect(report).toMatchObject({ outcome: 'failed', leftInUpdateMode: true });
    // It asks for no data, and does not say how it is either: that is not waited for until UA_T2.
    expect(report.reason).toMatch(/the device does not answer any more: silent for \d+ s/);
    expect(report.elapsedMs).toBeLessThan(60_000);
    world.clock.advance(121_000);
    await new Promise((resolve) => setImmediate(resolve));
    expect(device.firmware.status.fields).toMatchObject({ currentState: 0, previousState: 3, reasonCode: 5 });
    expect(changes.at(-1)).toEqual({ from: 3, to: 0, reason: 5 });
    expect(device.firmware.counters.idleTimeouts).toBe(1);
    device.close();
    world.client.close();
  });

  it('goes on after half a minute without its link: a device which cannot be asked is not silent', async () => {
    const { world, device, agent, terminus } = await setUp();
    const port = world.ports.get(8)!;
    let cutAt: number | undefined;
    const onEvent = (event: UpdateEvent): void => {
      if (event.type !== 'progress' || event.phase !== 'downloading' || event.done < 20_000 || cutAt !== undefined)
        return;
      cutAt = event.done;
      port.unplug(new MctpError('ENODEV', 'the cable was pulled'));
      world.clock.schedule(30_000, () => port.plug());
    };
    const pkg = await packageOf([imageOfSize(100_000)]);
    const { report } = await settle(world.clock, runUpdate(agent, terminus, pkg, { onEvent }));
    expect(cutAt).toBeLessThan(100_000);
    expect(report).toMatchObject({ outcome: 'updated', reason: '' });
    expect(report.elapsedMs).toBeGreaterThan(30_000);
    device.close();
    world.client.close();
  });

  it('stuck-in-update-mode: the device vanishes, the agent notices, and updates it once it is back', async () => {
    const { world, device, agent, terminus } = await setUp();
    const pkg = await packageOf([imageOfSize(100_000)]);
    let packets = 0;
    world.wire.faults = () => {
      if (packets++ === 500) world.clock.schedule(1, () => device.reset());
      return packets === 501 ? 'drop' : 'deliver';
    };
    const { report } = await settle(world.clock, runUpdate(agent, terminus, pkg));
    expect(report).toMatchObject({ outcome: 'failed', leftInUpdateMode: false });
    expect(report.reason).toMatch(/left update mode while downloading, after it was started/);
    world.wire.faults = undefined;
    expect((await settle(world.clock, runUpdate(agent, terminus, pkg))).report.outcome).toBe('updated');
  });

  it('pldm-timeout-too-short: a device that takes minutes to verify, apply and activate is waited for', async () => {
    const { world, agent, terminus } = await setUp({
      verifyMs: 150_000,
      applyMs: 170_000,
      activateMs: 240_000,
      eraseMs: 200_000,
    });
    const { report } = await settle(world.clock, runUpdate(agent, terminus, await packageOf([imageOfSize(64)])));
    expect(report).toMatchObject({ outcome: 'updated', components: [{ state: 'active' }] });
  });

  it('a device in update mode is not taken over unless asked', async () => {
    const { world, agent, terminus } = await setUp();
    const pkg = await packageOf([imageOfSize(10_000)]);
    // An earlier run, of which nothing is left but the state of the device.
    await settle(world.clock, terminus.call(RequestUpdate, REQUEST));
    const refused = await settle(world.clock, runUpdate(agent, terminus, pkg));
    expect(refused.report).toMatchObject({ outcome: 'failed' });
    expect(refused.report.reason).toMatch(/in update mode already \(LEARN COMPONENTS\)/);
    const taken = await settle(world.clock, runUpdate(agent, terminus, pkg, { takeOver: true }));
    expect(taken.report.outcome).toBe('updated');
  });

  it('after a restart of ours, goes on where the device is', async () => {
    for (const stopAt of [40, 120, 200, 225, 260, 300, 340]) {
      const world = await World.make();
      const setup = {
        components: [1, 2].map((identifier) => ({ identifier, version: '1.0' })),
        verifyMs: 50,
        applyMs: 50,
      };
      const device = firmwareDevice(await world.device(9), world.clock, setup);
      const images = [imageOfSize(10_000, 1), imageOfSize(8_000, 2)];
      const pkg = await packageOf(images);
      let point: ResumePoint | undefined;
      let packets = 0;
      const died = new Promise<void>((resolve) => {
        world.wire.faults = () => {
          if (packets++ === stopAt) resolve();
          return packets > stopAt ? 'drop' : 'deliver';
        };
      });
      const onResumePoint = (next: ResumePoint): void => {
        point = next;
      };
      const first = runUpdate(agentOf(world), world.at(9), pkg, { onResumePoint, maximumTransferSize: 512 });
      first.catch(() => undefined);
      await settle(world.clock, died);
      world.client.close();
      world.wire.faults = undefined;
      const client = new PldmClient({ transport: world.bmc, clock: world.clock });
      const again = runUpdate(agentOf(world), new Terminus(client, { eid: 9 }), pkg, {
        resume: point,
        maximumTransferSize: 512,
      });
      const { report } = await settle(world.clock, again);
      expect(report.outcome).toBe('updated');
      expect(device.hardware.components.map(({ active }) => active.image)).toEqual(images);
      expect([stopAt, device.firmware.counters.updates]).toEqual([stopAt, 1]);
    }
  });
});

const REQUEST = {
  maximumTransferSize: 128,
  numberOfComponents: 1,
  maximumOutstandingTransferRequests: 1,
  packageDataLength: 0,
  componentImageSetVersionStringType: 1,
  componentImageSetVersionString: '2.0',
};

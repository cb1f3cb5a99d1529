/** Every answer of the firmware device that is not a success, what is below it, and hooks that misbehave. */

import { describe, expect, it } from 'vitest';
import { pass, settle } from '../../../hw-fixtures/testing/virtual-time.js';
import {
  ActivateFirmware,
  ActivatePendingComponentImageSet,
  CancelUpdate,
  CancelUpdateComponent,
  GetDeviceMetaData,
  type MemoryFirmware,
  PassComponentTable,
  planUpdates,
  QueryDownstreamIdentifiers,
  RequestUpdate,
  readInventory,
  UpdateComponent,
  UpdateSecurityRevision,
} from '../../../pldm/firmware/index.js';
import { bytesOf } from '../vector-files.js';
import { World } from '../world.js';
import { agentOf, type DeviceSetup, firmwareDevice, imageOfSize, packageOf, runUpdate } from './bench.js';

const REQUEST = {
  maximumTransferSize: 128,
  numberOfComponents: 1,
  maximumOutstandingTransferRequests: 1,
  packageDataLength: 0,
  componentImageSetVersionStringType: 1,
  componentImageSetVersionString: '2.0',
} as const;
const ID = { componentClassification: 10, componentIdentifier: 1, componentClassificationIndex: 0 } as const;
const VERSION = { componentComparisonStamp: 0, componentVersionStringType: 1, componentVersionString: '2.0' } as const;
const TABLE = { transferFlag: 'startAndEnd', ...ID, ...VERSION } as const;
const COMPONENT = { ...ID, ...VERSION, componentImageSize: 64, updateOptionFlags: 0 } as const;
const FIRST = { dataTransferHandle: 0, transferOperationFlag: 'getFirstPart' } as const;

async function setUp(setup: DeviceSetup = {}) {
  const world = await World.make();
  const device = firmwareDevice(await world.device(9), world.clock, setup);
  const terminus = world.at(9);
  const code = async (call: Promise<{ readonly completionCode: number }>) =>
    (await settle(world.clock, call)).completionCode;
  return { world, device, terminus, code };
}

describe('completion codes', () => {
  it('in IDLE: not in update mode', async () => {
    const { terminus, code } = await setUp();
    expect(await code(terminus.exchange(PassComponentTable, TABLE))).toBe(0x80);
    expect(await code(terminus.exchange(UpdateComponent, COMPONENT))).toBe(0x80);
    expect(await code(terminus.exchange(ActivateFirmware, { selfContainedActivationRequest: true }))).toBe(0x80);
    expect(await code(terminus.exchange(CancelUpdateComponent, {}))).toBe(0x80);
    expect(await code(terminus.exchange(CancelUpdate, {}))).toBe(0x80);
    expect(await code(terminus.exchange(GetDeviceMetaData, FIRST))).toBe(0x80);
    expect(await code(terminus.exchange(ActivatePendingComponentImageSet, {}))).toBe(0x92);
    expect(await code(terminus.exchange(UpdateSecurityRevision, ID))).toBe(0x95);
  });

  it('in the wrong state, in update mode already, without metadata, with nothing to activate', async () => {
    const { terminus, code } = await setUp();
    expect(await code(terminus.exchange(RequestUpdate, REQUEST))).toBe(0);
    expect(await code(terminus.exchange(RequestUpdate, REQUEST))).toBe(0x81);
    expect(await code(terminus.exchange(UpdateComponent, COMPONENT))).toBe(0x84);
    expect(await code(terminus.exchange(GetDeviceMetaData, FIRST))).toBe(0x8d);
    expect(await code(terminus.exchange(PassComponentTable, TABLE))).toBe(0);
    expect(await code(terminus.exchange(PassComponentTable, TABLE))).toBe(0x84);
    const other = { ...COMPONENT, componentIdentifier: 7 };
    expect(await code(terminus.exchange(UpdateComponent, other))).toBe(0);
    expect(await code(terminus.exchange(ActivateFirmware, { selfContainedActivationRequest: true }))).toBe(0x8b);
  });

  it('wrong handles and operations of metadata', async () => {
    const { terminus, code } = await setUp({ metaData: imageOfSize(300) });
    await code(terminus.exchange(RequestUpdate, REQUEST));
    const next = { dataTransferHandle: 900, transferOperationFlag: 'getNextPart' } as const;
    expect(await code(terminus.exchange(GetDeviceMetaData, next))).toBe(0x90);
    expect(await code(terminus.exchange(GetDeviceMetaData, { ...next, transferOperationFlag: 7 }))).toBe(0x91);
  });

  it('only the agent that began is heard', async () => {
    const { world, device, terminus, code } = await setUp();
    await code(terminus.exchange(RequestUpdate, REQUEST));
    const far = await world.device(20);
    const { PldmClient } = await import('../../../pldm/base/index.js');
    const { Terminus } = await import('../../../pldm/terminus/index.js');
    const stranger = new Terminus(new PldmClient({ transport: far, clock: world.clock }), { eid: 9 });
    expect(await code(stranger.exchange(RequestUpdate, REQUEST))).toBe(0x81);
    expect(await code(stranger.exchange(CancelUpdate, {}))).toBe(0x84);
    expect(await code(stranger.exchange(PassComponentTable, TABLE))).toBe(0x84);
    expect(device.firmware.counters.strangers).toBe(2);
    // And does not keep it in update mode.
    await pass(world.clock, 119_000);
    await code(stranger.exchange(CancelUpdate, {}));
    await pass(world.clock, 2000);
    expect(device.firmware.status.fields).toMatchObject({ currentState: 0, reasonCode: 3 });
  });

  it('busy with what must not be disturbed', async () => {
    const { world, device, terminus, code } = await setUp();
    const begin = device.hardware.begin.bind(device.hardware);
    device.hardware.begin = (component) => {
      const offer = begin(component);
      return { ...offer, sink: Object.assign(offer.sink!, { busy: () => true }), ready: new Promise(() => undefined) };
    };
    await code(terminus.exchange(RequestUpdate, REQUEST));
    await code(terminus.exchange(PassComponentTable, TABLE));
    await code(terminus.exchange(UpdateComponent, COMPONENT));
    expect(await code(terminus.exchange(CancelUpdateComponent, {}))).toBe(0x86);
    expect(await code(terminus.exchange(CancelUpdate, {}))).toBe(0x86);
    // A hook without an end has one all the same, and then the idle timer.
    await pass(world.clock, 600_000 + 121_000);
    expect(device.firmware.status.state).toBe(0);
  });
});

describe('what a device may want', () => {
  it('to be asked later (RETRY_REQUEST_UPDATE), or not at all', async () => {
    const { world, device, terminus } = await setUp();
    let asked = 0;
    device.hardware.readiness = () => (asked++ < 3 ? 0x8e : 0);
    const agent = agentOf(world);
    const pkg = await packageOf([imageOfSize(64)]);
    expect((await settle(world.clock, runUpdate(agent, terminus, pkg))).report.outcome).toBe('updated');
    expect(asked).toBe(4);
    device.hardware.readiness = () => 0x8a;
    const { report } = await settle(world.clock, runUpdate(agent, terminus, pkg, { force: true }));
    expect(report.reason).toMatch(/UNABLE_TO_INITIATE_UPDATE/);
    expect(report.leftInUpdateMode).toBe(false);
  });

  it('no self-contained activation', async () => {
    const { world, device, terminus } = await setUp();
    const activate = device.hardware.activate.bind(device.hardware);
    device.hardware.activate = (selfContained) => (selfContained ? { completionCode: 0x8c } : activate(selfContained));
    const { report, events } = await settle(
      world.clock,
      runUpdate(agentOf(world), terminus, await packageOf([imageOfSize(64)])),
    );
    expect(report).toMatchObject({ outcome: 'updated', components: [{ state: 'pending' }] });
    expect(events).toContainEqual({ type: 'note', text: expect.stringMatching(/does not permit a self-contained/) });
  });

  it.each(['write', 'verify', 'apply', 'begin'] as const)('a %s hook that throws ends in IDLE', async (hook) => {
    const { world, device, terminus } = await setUp();
    const begin = device.hardware.begin.bind(device.hardware);
    device.hardware.begin = (component) => {
      if (hook === 'begin') throw new Error('no');
      const offer = begin(component);
      const broken = () => {
        throw new Error('no');
      };
      return { ...offer, sink: Object.assign(offer.sink!, { [hook]: broken }) };
    };
    const pkg = await packageOf([imageOfSize(640)]);
    const { report } = await settle(world.clock, runUpdate(agentOf(world), terminus, pkg));
    expect(report).toMatchObject({ outcome: 'failed', leftInUpdateMode: false });
    expect(device.firmware.status.fields).toMatchObject({ currentState: 0, reasonCode: 2 });
    expect(device.hardware.components[0]!.active.version).toBe('1.0');
  });
});

describe('downstream devices', () => {
  const uuid = (n: number) => bytesOf(n.toString(16).padStart(32, '0'));
  const below = (count: number) =>
    Array.from({ length: count }, (_, index) => ({
      downstreamDeviceIndex: index,
      descriptors: [{ descriptorType: 2, descriptorData: uuid(0x1000 + index) }],
      parameters: () => ({
        downstreamDeviceIndex: index,
        activeCompComparisonStamp: 0,
        activeCompVersionStringType: 1,
        activeCompVersionString: `0.${index}`,
        activeCompReleaseDate: '0000000000000000',
        pendingCompComparisonStamp: 0,
        pendingCompVersionStringType: 0,
        pendingCompVersionString: '',
        pendingCompReleaseDate: '0000000000000000',
        compActivationMethods: 2,
        capabilitiesDuringUpdate: 0,
      }),
    }));

  it('are listed, however many', async () => {
    const { world, terminus, code } = await setUp({ downstream: below(200) });
    const { downstream } = await settle(world.clock, readInventory(terminus));
    expect(downstream).toHaveLength(200);
    expect(downstream[137]).toMatchObject({
      downstreamDeviceIndex: 137,
      parameters: { activeCompVersionString: '0.137' },
    });
    const wrong = { dataTransferHandle: 999, transferOperationFlag: 'getNextPart' } as const;
    expect(await code(terminus.exchange(QueryDownstreamIdentifiers, wrong))).toBe(0x90);
  });

  it('are updated through the device above them', async () => {
    let hardware: MemoryFirmware | undefined;
    const { world, device, terminus } = await setUp({
      // Index 2 is the component below.
      downstream: below(3).map((each, index) =>
        index === 2 ? { ...each, parameters: () => hardware!.downstreamParameters(2) } : each,
      ),
      components: [{ identifier: 2, classification: 0xffff, version: '0.2' }],
    });
    hardware = device.hardware;
    const image = imageOfSize(3000);
    const pkg = await packageOf([image], {
      devices: [{ descriptors: [{ type: 'pciVendorId', data: 1 }] }],
      downstream: [{ descriptors: [{ type: 'uuid', data: Buffer.from(uuid(0x1002)).toString('hex') }] }],
    });
    const { plans, reasons } = planUpdates(pkg, await settle(world.clock, readInventory(terminus)));
    expect(plans).toHaveLength(1);
    expect(reasons).toHaveLength(3);
    const { report } = await settle(world.clock, runUpdate(agentOf(world), terminus, pkg));
    expect(report.outcome).toBe('updated');
    expect(device.hardware.components[0]!.active).toMatchObject({ version: '2.0', image });
  });
});

/** What each completion code of the update agent makes of a device, those the agent gives, and every timer of both sides. */

import { describe, expect, it } from 'vitest';
import { pass, settle } from '../../../hw-fixtures/testing/virtual-time.js';
import { PldmClient } from '../../../pldm/base/index.js';
import {
  ApplyComplete,
  GetComponentOpaqueData,
  GetDeviceMetaData,
  GetMetaData,
  GetPackageData,
  PassComponentTable,
  QueryDownstreamIdentifiers,
  RequestFirmwareData,
  RequestUpdate,
  readInventory,
  readStatus,
  TransferComplete,
  UpdateComponent,
  VerifyComplete,
} from '../../../pldm/firmware/index.js';
import { Terminus } from '../../../pldm/terminus/index.js';
import { fail } from '../../../stack/protocol/index.js';
import { World } from '../world.js';
import { agentOf, type DeviceSetup, firmwareDevice, imageOfSize, packageOf, runUpdate } from './bench.js';

const ID = { componentClassification: 10, componentIdentifier: 1, componentClassificationIndex: 0 } as const;
const VERSION = { componentComparisonStamp: 0, componentVersionStringType: 1, componentVersionString: '2.0' } as const;
const FIRST = { dataTransferHandle: 0, transferOperationFlag: 'getFirstPart' } as const;
const SIZE = 200;

async function setUp(setup: DeviceSetup = {}) {
  const world = await World.make();
  const device = firmwareDevice(await world.device(9), world.clock, { chunk: 64, ...setup });
  const terminus = world.at(9);
  const asked: { readonly at: number; readonly what: string }[] = [];
  const { handlers } = world.responder;
  const note = (what: string): void => void asked.push({ at: world.clock.now(), what });
  /** An agent that only says what a test wants. */
  const agent = (answers: { data?: (count: number) => number; verify?: boolean; apply?: boolean }): void => {
    let count = 0;
    handlers.on(RequestFirmwareData, ({ length }) => {
      note('RequestFirmwareData');
      const code = answers.data?.(count++) ?? 0;
      return code === 0 ? { componentImagePortion: new Uint8Array(length) } : fail(code);
    });
    handlers.on(TransferComplete, ({ transferResult }) => {
      note(`TransferComplete ${transferResult}`);
      return {};
    });
    const silent = () => new Promise<Record<string, never>>(() => undefined);
    handlers.on(VerifyComplete, () => (answers.verify === false ? silent() : {}));
    handlers.on(ApplyComplete, () => (answers.apply === false ? silent() : {}));
  };
  const begin = async (packageDataLength = 0): Promise<void> => {
    const set = { componentImageSetVersionStringType: 1, componentImageSetVersionString: '2.0' };
    const sizes = { maximumTransferSize: 64, numberOfComponents: 1, maximumOutstandingTransferRequests: 1 };
    await settle(world.clock, terminus.call(RequestUpdate, { ...set, ...sizes, packageDataLength }));
  };
  const offer = async (): Promise<void> => {
    await settle(world.clock, terminus.call(PassComponentTable, { transferFlag: 'startAndEnd', ...ID, ...VERSION }));
  };
  const send = async (): Promise<void> => {
    const component = { ...ID, ...VERSION, componentImageSize: SIZE, updateOptionFlags: 0 };
    await settle(world.clock, terminus.call(UpdateComponent, component));
  };
  return { world, device, terminus, asked, agent, begin, offer, send };
}

describe('a device hears from its agent', () => {
  it.each([
    ['CANCEL_PENDING: it stops asking', 0x87, ['RequestFirmwareData'], { currentState: 3, auxState: 2 }],
    ['COMMAND_NOT_EXPECTED: so too', 0x88, ['RequestFirmwareData'], { currentState: 3, auxState: 2 }],
    [
      'DATA_OUT_OF_RANGE: it gives up, and says so',
      0x82,
      ['RequestFirmwareData', 'TransferComplete 3'],
      { auxState: 2 },
    ],
    ['INVALID_TRANSFER_LENGTH: so too', 0x83, ['RequestFirmwareData', 'TransferComplete 3'], { auxState: 2 }],
    [
      'another error: it asks five times',
      0x01,
      [...Array(5).fill('RequestFirmwareData'), 'TransferComplete 10'],
      { auxState: 2, auxStateStatus: 0x0a },
    ],
  ])('%s', async (_what, code, expected, status) => {
    const { world, terminus, asked, agent, begin, offer, send } = await setUp();
    agent({ data: () => code });
    await begin();
    await offer();
    await send();
    await pass(world.clock, 30_000);
    expect(asked.map(({ what }) => what)).toEqual(expected);
    expect(await settle(world.clock, readStatus(terminus))).toMatchObject(status);
  });

  it('RETRY_REQUEST_FW_DATA: it asks again after FD_T2, as often as it takes', async () => {
    const { world, device, asked, agent, begin, offer, send } = await setUp();
    agent({ data: (count) => (count >= 1 && count <= 7 ? 0x89 : 0) });
    await begin();
    await offer();
    await send();
    await pass(world.clock, 30_000);
    const times = asked.map(({ at }) => at);
    const gaps = times.slice(1).map((at, index) => at - times[index]!);
    for (const gap of gaps.slice(1, 8)) expect(gap).toBeGreaterThanOrEqual(1000);
    for (const gap of gaps.slice(1, 8)) expect(gap).toBeLessThanOrEqual(5000);
    expect(device.hardware.components[0]!.pending?.version).toBe('2.0');
  });

  it('no package data, or some it does not understand: PACKAGE_DATA_ERROR for its metadata', async () => {
    for (const refusing of [true, false]) {
      const { world, terminus, begin } = await setUp({ packageData: () => false, metaData: imageOfSize(100) });
      world.responder.handlers.on(GetPackageData, () =>
        refusing
          ? fail(0x8f)
          : {
              nextDataTransferHandle: 0,
              transferFlag: 'startAndEnd' as const,
              portionOfPackageData: new Uint8Array(20),
            },
      );
      await begin(20);
      await pass(world.clock, 100);
      expect((await settle(world.clock, terminus.exchange(GetDeviceMetaData, FIRST))).completionCode).toBe(0x93);
    }
  });
});

describe('an agent says', () => {
  it('what there is not: package data, opaque data, metadata; and what it does not expect', async () => {
    const world = await World.make();
    const transport = await world.device(9);
    const device = firmwareDevice(transport, world.clock);
    const begin = device.hardware.begin.bind(device.hardware);
    device.hardware.begin = (component) => ({ ...begin(component), ready: new Promise(() => undefined) });
    const client = new PldmClient({ transport, clock: world.clock });
    const agent = new Terminus(client, { eid: 8 });
    const code = async (call: Promise<{ readonly completionCode: number }>) =>
      (await settle(world.clock, call)).completionCode;
    const update = agentOf(world);
    // Nobody is being updated.
    expect(await code(agent.exchange(RequestFirmwareData, { offset: 0, length: 32 }))).toBe(0x88);
    expect(await code(agent.exchange(TransferComplete, { transferResult: 0 }))).toBe(0x88);
    const abort = new AbortController();
    const running = runUpdate(update, world.at(9), await packageOf([imageOfSize(SIZE)]), { signal: abort.signal });
    await pass(world.clock, 20);
    expect(await code(agent.exchange(GetPackageData, FIRST))).toBe(0x8f);
    expect(await code(agent.exchange(GetComponentOpaqueData, FIRST))).toBe(0x94);
    expect(await code(agent.exchange(GetMetaData, FIRST))).toBe(0x88);
    expect(
      await code(agent.exchange(ApplyComplete, { applyResult: 0, componentActivationMethodsModification: 0 })),
    ).toBe(0x88);
    abort.abort();
    expect((await settle(world.clock, running)).report.leftInUpdateMode).toBe(false);
  });

  it('CANCEL_PENDING from the moment of the cancel on', async () => {
    const { world, device, terminus } = await setUp();
    const busy = { now: true };
    const begin = device.hardware.begin.bind(device.hardware);
    device.hardware.begin = (component) => {
      const offer = begin(component);
      return {
        ...offer,
        sink: Object.assign(offer.sink!, { busy: () => busy.now }),
        ready: new Promise(() => undefined),
      };
    };
    const abort = new AbortController();
    const running = runUpdate(agentOf(world), terminus, await packageOf([imageOfSize(SIZE)]), { signal: abort.signal });
    await pass(world.clock, 20);
    abort.abort();
    const asking = new Terminus(new PldmClient({ transport: device.transport, clock: world.clock }), { eid: 8 });
    const answer = await settle(world.clock, asking.exchange(RequestFirmwareData, { offset: 0, length: 64 }));
    expect(answer.completionCode).toBe(0x87);
    busy.now = false;
    expect((await settle(world.clock, running)).report).toMatchObject({
      outcome: 'cancelled',
      leftInUpdateMode: false,
    });
  });

  it('why an activation was refused (INCOMPLETE_UPDATE)', async () => {
    const { world, device, terminus } = await setUp();
    device.hardware.activate = () => ({ completionCode: 0x85 });
    const { report } = await settle(
      world.clock,
      runUpdate(agentOf(world), terminus, await packageOf([imageOfSize(SIZE)])),
    );
    expect(report).toMatchObject({ outcome: 'failed', leftInUpdateMode: false });
    expect(report.reason).toMatch(/INCOMPLETE_UPDATE/);
  });

  it('once more from the start, when the list of downstream devices has changed', async () => {
    const version = { activeCompVersionStringType: 1, activeCompVersionString: '0.1', activeCompComparisonStamp: 0 };
    const parameters = () => ({
      downstreamDeviceIndex: 0,
      ...version,
      activeCompReleaseDate: '0000000000000000',
      pendingCompComparisonStamp: 0,
      pendingCompVersionStringType: 0,
      pendingCompVersionString: '',
      pendingCompReleaseDate: '0000000000000000',
      compActivationMethods: 2,
      capabilitiesDuringUpdate: 0,
    });
    const descriptors = [{ descriptorType: 1, descriptorData: new Uint8Array(4) }];
    const { world, terminus } = await setUp({ downstream: [{ downstreamDeviceIndex: 0, descriptors, parameters }] });
    let changed = 2;
    const exchange = terminus.exchange.bind(terminus) as (...all: unknown[]) => unknown;
    terminus.exchange = ((command: { readonly name: string }, ...rest: unknown[]) =>
      command.name === QueryDownstreamIdentifiers.name && changed-- > 0
        ? Promise.resolve({ completionCode: 0x96 })
        : exchange(command, ...rest)) as typeof terminus.exchange;
    const { downstream } = await settle(world.clock, readInventory(terminus));
    expect(downstream).toMatchObject([{ parameters: { activeCompVersionString: '0.1' } }]);
    expect(changed).toBe(-1);
    changed = 1000;
    await expect(settle(world.clock, readInventory(terminus))).rejects.toThrow(/QueryDownstreamIdentifiers/);
  });
});

describe('FD_T1 in', () => {
  it.each([
    ['LEARN COMPONENTS', 1, 3],
    ['READY XFER', 2, 4],
    ['DOWNLOAD', 3, 5],
    ['VERIFY', 4, 6],
    ['APPLY', 5, 7],
  ])('%s: IDLE within 60 to 120 s, with its reason', async (_name, state, reason) => {
    const { world, device, agent, begin, offer, send } = await setUp();
    if (state === 3) world.responder.handlers.on(RequestFirmwareData, () => new Promise(() => undefined));
    else agent({ verify: state !== 4, apply: state !== 5 });
    await begin();
    if (state >= 2) await offer();
    if (state >= 3) await send();
    await pass(world.clock, 50);
    expect(device.firmware.status.state).toBe(state);
    await pass(world.clock, 60_000);
    expect(device.firmware.status.state).toBe(state);
    await pass(world.clock, 60_000);
    expect(device.firmware.status.fields).toMatchObject({ currentState: 0, previousState: state, reasonCode: reason });
    device.close();
  });
});

describe('the agent waits', () => {
  it('UA_T2: 60 to 90 s for a request for data', async () => {
    const { world, device, terminus } = await setUp();
    const begin = device.hardware.begin.bind(device.hardware);
    device.hardware.begin = (component) => ({ ...begin(component), ready: new Promise(() => undefined) });
    const { report } = await settle(
      world.clock,
      runUpdate(agentOf(world), terminus, await packageOf([imageOfSize(SIZE)])),
    );
    expect(report.reason).toMatch(/asked for no data for 90 s/);
    expect(report.elapsedMs).toBeGreaterThanOrEqual(60_000);
    expect(report.elapsedMs).toBeLessThan(95_000);
  });

  it.each(['verifying', 'applying'])('UA_T3: 180 s for progress while %s', async (phase) => {
    const slow = phase === 'verifying' ? { verifyMs: 500_000 } : { applyMs: 500_000 };
    const { world, terminus } = await setUp(slow);
    const { report } = await settle(
      world.clock,
      runUpdate(agentOf(world), terminus, await packageOf([imageOfSize(SIZE)])),
    );
    expect(report.reason).toBe(`component 0: the device did not get on with ${phase} for 180 s`);
    expect(report.elapsedMs).toBeGreaterThanOrEqual(180_000);
    expect(report.elapsedMs).toBeLessThan(190_000);
  });

  it('UA_T1 and UA_T4: 0.5 to 5 s between cancels, 1 to 5 s between requests for an update', async () => {
    const { world, device, terminus } = await setUp();
    const at: number[] = [];
    device.hardware.readiness = () => {
      at.push(world.clock.now());
      return 0x8e;
    };
    const pkg = await packageOf([imageOfSize(SIZE)]);
    await settle(world.clock, runUpdate(agentOf(world), terminus, pkg));
    expect(at.length).toBeGreaterThan(2);
    for (const gap of at.slice(1).map((time, index) => time - at[index]!)) {
      expect(gap).toBeGreaterThanOrEqual(1000);
      expect(gap).toBeLessThanOrEqual(5000);
    }
    device.hardware.readiness = () => 0;
    const cancels: number[] = [];
    const begin = device.hardware.begin.bind(device.hardware);
    device.hardware.begin = (component) => {
      const offer = begin(component);
      const busy = (): boolean => cancels.push(world.clock.now()) < 4;
      return { ...offer, sink: Object.assign(offer.sink!, { busy }), ready: new Promise(() => undefined) };
    };
    const abort = new AbortController();
    const running = runUpdate(agentOf(world), terminus, pkg, { signal: abort.signal });
    await pass(world.clock, 20);
    abort.abort();
    await settle(world.clock, running);
    expect(cancels.length).toBeGreaterThanOrEqual(4);
    for (const gap of cancels.slice(1, 4).map((time, index) => time - cancels[index]!)) {
      expect(gap).toBeGreaterThanOrEqual(500);
      expect(gap).toBeLessThanOrEqual(5000);
    }
  });

  it('UA_T5: 1 to 5 s for a device to fetch its package data', async () => {
    const { world, terminus } = await setUp({ packageData: () => true });
    const pkg = await packageOf([imageOfSize(SIZE)], {
      devices: [{ descriptors: [{ type: 'ianaEnterpriseId', data: 412 }], packageData: '0102030405' }],
    });
    const agent = agentOf(world);
    world.responder.handlers.on(GetPackageData, () => new Promise(() => undefined));
    const { report } = await settle(world.clock, runUpdate(agent, terminus, pkg));
    expect(report.reason).toBe('the device wanted the package data and did not fetch it');
    expect(report.elapsedMs).toBeGreaterThanOrEqual(1000);
    expect(report.elapsedMs).toBeLessThan(7000);
  });

  it('UA_T5 begins anew with each part: a slow wire takes longer than that for all of the package data', async () => {
    let taken = 0;
    const { world, device, terminus } = await setUp({
      packageData: (data) => {
        taken = data.length;
        return true;
      },
    });
    const image = packageOf([imageOfSize(64)], {
      devices: [
        {
          descriptors: [{ type: 'ianaEnterpriseId', data: 412 }],
          packageData: '5a'.repeat(2000),
        },
      ],
    });
    // Each packet takes its time.
    world.wire.faults = () => ({ delayMs: 200 });
    const options = { maximumTransferSize: 64 };
    const { report } = await settle(world.clock, runUpdate(agentOf(world), terminus, await image, options));
    expect(report).toMatchObject({ outcome: 'updated' });
    expect(taken).toBe(2000);
    device.close();
  });
});

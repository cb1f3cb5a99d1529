/** Field, rows 9, 11 and 13: an update that ends, and says what became of it. */

import { describe, expect, it } from 'vitest';
import { pass, settle } from '../../../hw-fixtures/testing/virtual-time.js';
import { ComponentTransfer } from '../../../pldm/firmware/agent/component-transfer.js';
import { ImageWindow } from '../../../pldm/firmware/agent/image-window.js';
import { AGENT_TIMING } from '../../../pldm/firmware/firmware-timing.js';
import { bytesSource, CancelUpdateComponent } from '../../../pldm/firmware/index.js';
import { VirtualClock } from '../../../stack/clock.js';
import { fail } from '../../../stack/protocol/index.js';
import { World } from '../world.js';
import { agentOf, type DeviceSetup, firmwareDevice, imageOfSize, packageOf, runUpdate } from './bench.js';

const SIZE = 100_000;

function transferOf(clock: VirtualClock) {
  const transfer = new ComponentTransfer({
    clock,
    timing: AGENT_TIMING,
    image: new ImageWindow(bytesSource(imageOfSize(SIZE))),
    maximumTransferSize: 4096,
    resumed: false,
    changed: () => {},
    waits: () => {},
    status: async () => ({
      completionCode: 0 as const,
      currentState: 3,
      previousState: 2,
      auxState: 0,
      auxStateStatus: 0,
      progressPercent: 101,
      reasonCode: 0,
      updateOptionFlagsEnabled: 0,
    }),
  });
  transfer.start(0);
  return transfer;
}

describe('row 9: a device that asks forever', () => {
  it('is given four times the image and a little, and no more', async () => {
    const clock = new VirtualClock();
    const transfer = transferOf(clock);
    let given = 0;
    for (let at = 0; at < 1_000_000; at++) {
      const answer = await transfer.request((at % 24) * 4096, 4096);
      if (!('componentImagePortion' in answer)) break;
      given += answer.componentImagePortion.length;
    }
    expect(given).toBeGreaterThan(4 * SIZE);
    expect(given).toBeLessThanOrEqual(4 * SIZE + 65_536);
    const { good, reason } = await transfer.outcome;
    expect(good).toBe(false);
    expect(reason).toMatch(/^the device asked for \d+ bytes of an image of 100000, and for more and more$/);
  });

  it('for the same bytes stands still, and is told so after five minutes', async () => {
    const clock = new VirtualClock();
    const transfer = transferOf(clock);
    let reason: string | undefined;
    void transfer.outcome.then((outcome) => {
      reason = outcome.reason;
    });
    let asked = 0;
    for (; reason === undefined && asked < 1000; asked++) {
      await transfer.request(0, 64);
      await pass(clock, 10_000);
    }
    expect(reason).toBe('the device asked for nothing new for 300 s: it stands still at byte 64');
    expect(asked).toBeLessThan(33);
  });
});

async function setUp(setup: DeviceSetup = {}) {
  const world = await World.make();
  const device = firmwareDevice(await world.device(9), world.clock, setup);
  return { world, device, agent: agentOf(world), terminus: world.at(9) };
}

describe('row 11: an activation with an estimated time', () => {
  it.each([
    ['is over when the versions say so, though GetStatus says IDLE at once', 4000, 'updated', 'active'],
    ['and is a failure when the time is up and they do not', 60_000, 'failed', undefined],
  ])('%s', async (_, takesMs, outcome, state) => {
    const { world, device, agent, terminus } = await setUp();
    const { hardware } = device;
    const own = hardware.activate.bind(hardware);
    // As libpldm's device: no state of its own for it, and the new version only later.
    hardware.activate = (selfContained) => {
      const pending = hardware.components[0]!.pending;
      hardware.components[0]!.pending = undefined;
      world.clock.schedule(takesMs, () => {
        hardware.components[0]!.pending = pending;
        void own(selfContained);
      });
      return { completionCode: 0, estimatedSeconds: 10 };
    };
    const { report } = await settle(world.clock, runUpdate(agent, terminus, await packageOf([imageOfSize(640)])));
    expect(report).toMatchObject({ outcome, components: [{ result: 'updated', state }] });
    expect(report.elapsedMs).toBeLessThan(15_000);
    if (outcome === 'failed') expect(report.reason).toBe('the device does not show the new version of component 0');
  });
});

describe('row 13: outcomes', () => {
  const three = { components: [1, 2, 3].map((identifier) => ({ identifier, version: '1.0' })) };

  it('one component refused of two is not a success', async () => {
    const { world, device, agent, terminus } = await setUp(three);
    device.hardware.consider = ({ componentIdentifier }) => (componentIdentifier === 2 ? 6 : 0);
    const pkg = await packageOf([imageOfSize(100, 1), imageOfSize(100, 2)]);
    const { report } = await settle(world.clock, runUpdate(agent, terminus, pkg));
    expect(report).toMatchObject({
      outcome: 'failed',
      reason: 'component 1 was refused: the device does not support it',
      components: [
        { result: 'updated', state: 'active' },
        { result: 'refused', state: undefined },
      ],
    });
  });

  it('a component is not updated when a later one fails: it was applied, and not activated', async () => {
    const { world, agent, terminus } = await setUp({
      ...three,
      check: (_image, { componentIdentifier }) => (componentIdentifier === 2 ? 1 : 0),
    });
    const pkg = await packageOf([imageOfSize(100, 1), imageOfSize(100, 2), imageOfSize(100, 3)]);
    const { report, events } = await settle(world.clock, runUpdate(agent, terminus, pkg));
    expect(report.outcome).toBe('failed');
    expect(report.components.map(({ result }) => result)).toEqual(['applied', 'failed', 'untouched']);
    expect(report.components[0]!.reason).toMatch(/^applied and not activated: component 1: the device refuses/);
    expect(events.flatMap((event) => (event.type === 'component' ? [event.report.result] : []))).not.toContain(
      'updated',
    );
  });

  it('a device that dies in the middle costs seconds, and is told to cancel in case it hears', async () => {
    const { world, agent, terminus } = await setUp();
    let packets = 0;
    world.wire.faults = () => (packets++ > 300 ? 'drop' : 'deliver');
    const { report } = await settle(world.clock, runUpdate(agent, terminus, await packageOf([imageOfSize(100_000)])));
    expect(report).toMatchObject({ outcome: 'failed', leftInUpdateMode: true });
    expect(report.reason).toMatch(/^component 0: the device does not answer any more: silent for (\d+) s$/);
    expect(report.elapsedMs).toBeLessThan(45_000);
  });
});

describe('a device that has given up a component by itself', () => {
  it.each([
    ['BUSY_IN_BACKGROUND', 0x86],
    ['INVALID_STATE_FOR_COMMAND', 0x84],
  ])('and answers %s to a cancel of it is given the component once more at once', async (_, code) => {
    let begun = 0;
    let cancels = 0;
    const { world, agent, terminus, device } = await setUp({
      answers: (handlers) => {
        const own = handlers.find({ pldmType: 5, command: CancelUpdateComponent.code } as never)!.handler;
        handlers.on(CancelUpdateComponent, (fields, context) => {
          cancels++;
          void own(fields as never, context);
          return fail(code);
        });
      },
    });
    const begin = device.hardware.begin.bind(device.hardware);
    device.hardware.begin = (component) => {
      const offer = begin(component);
      const write = (): void => {
        throw new Error('worn out');
      };
      return begun++ > 0 ? offer : { ...offer, sink: Object.assign(offer.sink!, { write }) };
    };
    const { report } = await settle(world.clock, runUpdate(agent, terminus, await packageOf([imageOfSize(640)])));
    expect(report).toMatchObject({ outcome: 'updated', components: [{ result: 'updated' }] });
    expect([begun, cancels]).toEqual([2, 1]);
    expect(report.elapsedMs).toBeLessThan(1000);
    device.close();
  });
});

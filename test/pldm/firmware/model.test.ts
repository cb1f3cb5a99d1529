/**
 * Random histories: a wire that loses, repeats, delays and reorders, a device that is reset, an agent that is restarted,
 * cancels at any moment. However it goes, both sides end in a legal state within their timers, every change of state is
 * one that the standard knows, and what runs or waits on the device is a whole image or what was there before.
 */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { WireAction } from '../../../hw-fixtures/bench/wires/packet-wire.js';
import { flush, pass, settle } from '../../../hw-fixtures/testing/virtual-time.js';
import { PldmClient } from '../../../pldm/base/index.js';
import {
  type FdState,
  LEGAL_CHANGES,
  RequestFirmwareData,
  type ResumePoint,
  type UpdateReport,
} from '../../../pldm/firmware/index.js';
import { Terminus } from '../../../pldm/terminus/index.js';
import { World } from '../world.js';
import { agentOf, firmwareDevice, imageOfSize, packageOf, runUpdate } from './bench.js';

type EndpointChange = 'reset' | 'cancel' | 'restart';

const actions: fc.Arbitrary<WireAction> = fc.oneof(
  { weight: 6, arbitrary: fc.constant<WireAction>('drop') },
  { weight: 3, arbitrary: fc.constant<WireAction>('duplicate') },
  { weight: 2, arbitrary: fc.constant<WireAction>('reorder') },
  { weight: 2, arbitrary: fc.constant<WireAction>('nack') },
  { weight: 3, arbitrary: fc.integer({ min: 1, max: 9000 }).map((delayMs): WireAction => ({ delayMs })) },
);

const histories = fc.record({
  sizes: fc.array(fc.integer({ min: 1, max: 3000 }), { minLength: 1, maxLength: 3 }),
  chunk: fc.constantFrom(32, 64, 100, 512, 4096),
  faults: fc.array(fc.tuple(fc.nat(400), actions), { maxLength: 12 }),
  silence: fc.option(fc.tuple(fc.nat(300), fc.integer({ min: 20, max: 400 }))),
  happenings: fc.array(fc.tuple(fc.nat(400), fc.constantFrom<EndpointChange>('reset', 'cancel', 'restart')), {
    maxLength: 3,
  }),
  /** The second agent goes on where the first one was. */
  resumes: fc.boolean(),
  slow: fc.boolean(),
  bad: fc.boolean(),
});

describe('random histories', () => {
  it('end well', { timeout: 300_000 }, async () => {
    await fc.assert(fc.asyncProperty(histories, play), { numRuns: 300 });
  });

  it('an UpdateComponent which is late by seconds starts no component with the bytes of another', async () => {
    const quiet = { silence: null, happenings: [], resumes: false, slow: false, bad: false };
    // Sent in the first update, it arrives in the second, in the moment in which the device waits for the next component.
    for (const delayMs of [1001, 2000, 3000, 3001]) {
      for (let packet = 40; packet < 62; packet++) {
        await play({
          ...quiet,
          sizes: [892, 1, 1],
          chunk: 512,
          faults: [
            [packet, { delayMs }],
            [0, 'drop'],
          ],
        });
      }
    }
  });
});

async function play(history: typeof histories extends fc.Arbitrary<infer T> ? T : never): Promise<void> {
  const world = await World.make();
  const illegal: string[] = [];
  const components = history.sizes.map((_, index) => ({ identifier: index + 1, version: '1.0' }));
  const device = firmwareDevice(await world.device(9), world.clock, {
    components,
    chunk: history.chunk,
    ...(history.slow ? { verifyMs: 3000, applyMs: 4000, activateMs: 5000, writeMs: 7, eraseMs: 2500 } : {}),
    ...(history.bad ? { check: (_image, { componentIdentifier }) => (componentIdentifier === 2 ? 1 : 0) } : {}),
    onState: ({ from, to }) => {
      if (!LEGAL_CHANGES[from as FdState].includes(to as FdState)) illegal.push(`${from} to ${to}`);
    },
  });
  const images = history.sizes.map((size, index) => imageOfSize(size, index + 1));
  const pkg = await packageOf(images);
  const faults = new Map(history.faults);
  const happenings = new Map(history.happenings);
  const abort = new AbortController();
  let client = world.client;
  let packets = 0;
  const happen = (what: EndpointChange): void => {
    if (what === 'reset') device.reset();
    else if (what === 'cancel') abort.abort();
    else client.close();
  };
  world.wire.faults = () => {
    const index = packets++;
    const happening = happenings.get(index);
    // Not from inside of what the wire is doing.
    if (happening !== undefined) world.clock.schedule(0, () => happen(happening));
    const { silence } = history;
    if (silence !== null && index >= silence[0] && index < silence[0] + silence[1]) return 'drop';
    return faults.get(index) ?? 'deliver';
  };
  let point: ResumePoint | undefined;
  const attempt = async (): Promise<UpdateReport | string> => {
    const terminus = new Terminus(client, { eid: 9 });
    const resume = history.resumes ? point : undefined;
    const onResumePoint = (next: ResumePoint): void => {
      point = next;
    };
    const abortable = { signal: abort.signal, takeOver: true, maximumTransferSize: 512, force: true };
    const options = { ...abortable, resume, onResumePoint };
    try {
      return (await runUpdate(agentOf(world), terminus, pkg, options)).report;
    } catch (error) {
      return (error as Error).message;
    }
  };
  await settle(world.clock, attempt(), { maxSteps: 500_000 });
  // A second agent after it, on the same wire with what is left of its faults.
  client = new PldmClient({ transport: world.bmc, clock: world.clock });
  await settle(world.clock, attempt(), { maxSteps: 500_000 });
  // Nobody does anything any more: within FD_T1 the device is at rest.
  world.wire.faults = undefined;
  // No wire keeps a packet for minutes: what was to be overtaken and was not arrives now.
  world.wire.releaseHeld();
  await pass(world.clock, 140_000);
  expect(illegal).toEqual([]);
  expect(device.firmware.status.state).toBe(0);
  for (const [index, { active, pending }] of device.hardware.components.entries()) {
    for (const stored of [active, pending]) {
      if (stored === undefined || stored.image === undefined) continue;
      expect(Buffer.compare(stored.image, images[index]!)).toBe(0);
      expect(stored.version).toBe('2.0');
    }
    expect(active.image === undefined ? '1.0' : '2.0').toBe(active.version);
  }
  // And it can be updated: nothing is wedged.
  const last = new Terminus(new PldmClient({ transport: world.bmc, clock: world.clock }), { eid: 9 });
  const { report } = await settle(world.clock, runUpdate(agentOf(world), last, pkg, { force: true }));
  expect(report.leftInUpdateMode).toBe(false);
  expect(report.outcome).toBe(history.bad && images.length > 1 ? 'failed' : 'updated');
  expect(device.firmware.status.state).toBeOneOf([0, 6]);
  device.close();
  client.close();
  world.client.close();
  world.responder.close();
  await flush();
}

describe('a device that asks for nonsense', () => {
  it('gets exactly what it asks for, or a code that says no; never other bytes', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 2000 }),
        fc.array(
          fc.tuple(
            fc.oneof(fc.nat(2100), fc.nat(0xffff_ffff)),
            fc.oneof(fc.integer({ min: 1, max: 600 }), fc.nat(0xffff_ffff)),
          ),
          { minLength: 1, maxLength: 20 },
        ),
        async (size, requests) => {
          const world = await World.make();
          const transport = await world.device(9);
          const image = imageOfSize(size);
          const device = firmwareDevice(transport, world.clock);
          // It asks for nothing by itself.
          const begin = device.hardware.begin.bind(device.hardware);
          device.hardware.begin = (component) => ({ ...begin(component), ready: new Promise(() => undefined) });
          const abort = new AbortController();
          const options = { maximumTransferSize: 512, signal: abort.signal };
          const update = runUpdate(agentOf(world), world.at(9), await packageOf([image]), options);
          await pass(world.clock, 10);
          const rogue = new Terminus(new PldmClient({ transport, clock: world.clock }), { eid: 8 });
          for (const [offset, length] of requests) {
            if (length === 0) continue;
            const answer = await settle(world.clock, rogue.exchange(RequestFirmwareData, { offset, length }));
            const short = length < 32 && offset + length !== size;
            if (length > 512 || short) expect(answer.completionCode).toBe(0x83);
            else if (offset >= size || offset + length > size + 32) expect(answer.completionCode).toBe(0x82);
            else {
              expect(answer.completionCode).toBe(0);
              const expected = new Uint8Array(length);
              expected.set(image.subarray(offset, offset + length));
              expect((answer as unknown as { componentImagePortion: Uint8Array }).componentImagePortion).toEqual(
                expected,
              );
            }
          }
          abort.abort();
          const { report } = await settle(world.clock, update);
          expect(report).toMatchObject({ outcome: 'cancelled', leftInUpdateMode: false });
          device.close();
        },
      ),
      { numRuns: 60 },
    );
  });
});

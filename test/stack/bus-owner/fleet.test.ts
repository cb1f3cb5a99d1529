/** Whole worlds from seeds: every endpoint right in the end, no EID twice at any instant, hardly slower than the wires. */

import { describe, expect, it } from 'vitest';
import type { BusOwner, EndpointInfo } from '../../../stack/bus-owner/index.js';
import { VirtualClock } from '../../../stack/index.js';
import { Fleet, type FleetDevice, type FleetOptions, STUBBORN_FIRST } from '../../support/fleet.js';
import { idealDiscoveryMs } from '../../support/ideal-discovery.js';
import { addOwner } from '../../support/topology.js';

const WHOLE = { buses: 8, endpoints: 200, chains: 4 };

async function world(options: FleetOptions, monitoring = {}) {
  const clock = new VirtualClock();
  const fleet = await Fleet.build(clock, options);
  const wires = fleet.wires.map((wire, bus) => ({ wire, name: `bus${bus}` }));
  const { owner, mctp, events, close } = await addOwner(clock, wires, {
    dynamic: [9, STUBBORN_FIRST - 1],
    maxBridgePool: 40,
    ...monitoring,
  });
  return { clock, fleet, owner, mctp, events, close };
}
/** All promises have reacted. Nothing here waits for the world outside, so no turn of the event loop is needed. */
const reactions = (): Promise<void> => new Promise((resolve) => process.nextTick(resolve));

type World = Awaited<ReturnType<typeof world>>;

/** Run until `done`, or for so long, looking at all EIDs in use after every step. */
async function run({ clock, fleet }: World, until: { done?: Promise<unknown>; ms?: number }): Promise<void> {
  let settled = false;
  const settle = (): void => {
    settled = true;
  };
  until.done?.then(settle, settle);
  const end = clock.now() + (until.ms ?? Number.POSITIVE_INFINITY);
  await reactions();
  while (!settled && clock.nextAt !== undefined && clock.nextAt <= end) {
    clock.step();
    await reactions();
    fleet.checkUnique();
  }
  if (until.ms !== undefined) clock.advance(end - clock.now());
}

const found = (owner: BusOwner, { device, place }: FleetDevice): EndpointInfo | undefined =>
  owner
    .endpoints()
    .find((e) => e.eid === device.eid && (place.above !== undefined || e.physicalAddress === place.address));

/** What the bus owner believes is what is. */
function expectTruth({ fleet, owner, mctp }: World, except: (device: FleetDevice) => boolean = () => false): void {
  const there = fleet.devices.filter((d) => fleet.isThere(d) && d.kind !== 'silent' && !except(d));
  const wrong = there.flatMap((d) => {
    const info = found(owner, d);
    const named = d.kind === 'nilUuid' || d.kind === 'noOptionalCommands' ? undefined : d.uuid;
    const right = info !== undefined && info.uuid === named && info.connectivity === 'available';
    return right && info.messageTypes.includes(1)
      ? []
      : [`${d.kind} ${d.device.name} depth ${d.place.depth} ${d.device.eid} ${JSON.stringify(info)}`];
  });
  expect(wrong).toEqual([]);
  const eids: number[] = owner.endpoints().map((e) => e.eid);
  expect(new Set(eids).size).toBe(eids.length);
  const real = new Set(fleet.devices.filter((d) => fleet.isThere(d)).map((d) => d.device.eid));
  expect(eids.filter((eid) => !real.has(eid))).toEqual([]);
  const ghosts = mctp.routes().filter(({ start, end }) => start === end && !eids.includes(start));
  expect(ghosts.filter(({ gateway }) => gateway === undefined)).toEqual([]);
  const held = owner.pool.entries().filter(([eid]) => eid !== 8 && !eids.includes(eid));
  expect(held.filter(([, holder]) => !holder.startsWith('the pool of '))).toEqual([]);
  const reachable = owner.endpoints().filter((e) => mctp.lookupRoute(e.eid)?.link !== e.link);
  expect(reachable).toEqual([]);
}

describe('the look at all EIDs', () => {
  it('sees when one is used twice', async () => {
    const fleet = await Fleet.build(new VirtualClock(), { seed: 1, bad: 0, buses: 2, endpoints: 4, chains: 0 });
    const [one, two] = fleet.devices.map(({ device }) => device.mctp!);
    one!.addAddress(50, one!.links()[0]!.name);
    fleet.checkUnique();
    two!.addAddress(50, two!.links()[0]!.name);
    expect(() => fleet.checkUnique()).toThrow('EID 50 is used by good 1@');
    await fleet.close();
  });
});

describe('discovery of 8 buses, 200 endpoints, bridges three deep', () => {
  it.each([1, 2])('of good devices takes at most 1.2 times what the wires need (seed %i)', async (seed) => {
    const w = await world({ seed, bad: 0, ...WHOLE });
    await run(w, { done: w.owner.discover() });
    expectTruth(w);
    expect(w.events.filter(({ type }) => type === 'conflict')).toEqual([]);
    const last = Math.max(...w.events.filter(({ type }) => type === 'appeared').map(({ at }) => at));
    const ideal = idealDiscoveryMs(w.fleet);
    expect(last / ideal).toBeLessThan(1.2);
    await w.close();
    await w.fleet.close();
    expect(w.clock.pending).toBe(0);
  });

  it.each([1, 2])('finds what can be found among bad ones, and the rest by and by (seed %i)', async (seed) => {
    const w = await world({ seed, bad: 0.3, ...WHOLE }, { pollMs: 5000, scanMs: 10_000 });
    await run(w, { done: w.owner.discover() });
    w.owner.monitor();
    await run(w, { ms: 30_000 });
    expectTruth(w);
    await w.close();
    await w.fleet.close();
    expect(w.clock.pending).toBe(0);
  });
});

describe('a fleet in which devices and bridges are reset, pulled out and put back', () => {
  it.each([11, 12])('is right again once it is left alone (seed %i)', async (seed) => {
    const options = { seed, bad: 0.15, buses: 4, endpoints: 80, chains: 2 };
    const w = await world(options, { pollMs: 3000, scanMs: 4000 });
    const { fleet, clock } = w;
    await run(w, { done: w.owner.discover() });
    w.owner.monitor();
    for (let round = 0; round < 40; round++) {
      const { device } = fleet.pick(fleet.devices);
      const what = fleet.random();
      if (what < 0.4) device.reset();
      else if (what < 0.8 && device.running) await device.powerOff();
      else await device.powerOn();
      await run(w, { ms: Math.floor(fleet.random() * 3000) });
    }
    for (const { device } of fleet.devices) if (fleet.random() < 0.8) await device.powerOn();
    await run(w, { ms: 45_000 });
    expectTruth(w);
    await w.close();
    await fleet.close();
    expect(clock.pending).toBe(0);
  });
});

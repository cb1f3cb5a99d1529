/** Drives behind I2C muxes, on the virtual clock: how long polls take, and what becomes of answers that come late. */

import { describe, expect, it } from 'vitest';
import { GOOD_DRIVE } from '../../hw-fixtures/bench/nvme/drive-description.js';
import { i2cTiming } from '../../hw-fixtures/bench/wires/i2c-timing.js';
import { pass, settleError } from '../../hw-fixtures/testing/virtual-time.js';
import { COMMIT_ACTION, DriveEvents, DriveManager } from '../../stack/nvme-mi/index.js';
import { driveWorld, type MuxPlace, type Place } from './drive-world.js';

const EIGHT = [0, 1, 2, 3, 4, 5, 6, 7];

async function pollMs(
  wires: Readonly<Record<string, number>>,
  muxes: readonly MuxPlace[],
  places: readonly Place[],
  which: readonly Place[] = places,
) {
  const { client, clock, ask, bench } = await driveWorld(wires, places, GOOD_DRIVE, { muxes });
  const start = clock.now();
  const found = await ask(Promise.all(which.map(({ eid }) => client.health({ eid }))));
  const taken = clock.now() - start;
  for (const { compositeTemperature } of found) expect(compositeTemperature).toBe(38);
  client.close();
  const selections = muxes.reduce((sum, _mux, index) => sum + bench.mux(`mux${index}`).counters.selections, 0);
  return { taken, selections };
}

describe('64 drives behind 8 buses with a mux each, one drive to a channel', () => {
  const wires = Object.fromEntries(EIGHT.map((bus) => [`bus${bus}`, bus === 3 ? 100 : 400]));
  const muxes = EIGHT.map((bus) => ({ wire: `bus${bus}`, channels: EIGHT.map((slot) => `bus${bus}-${slot}`) }));
  const places = EIGHT.flatMap((bus) =>
    EIGHT.map((slot) => ({ wire: `bus${bus}-${slot}`, address: 0x1d, eid: 20 + 8 * bus + slot })),
  );

  it('are polled in at most 1.2 times what the slowest bus takes', async () => {
    const slowest = await pollMs(
      wires,
      muxes,
      places,
      places.filter(({ wire }) => wire.startsWith('bus3-')),
    );
    const all = await pollMs(wires, muxes, places);
    expect(all.taken).toBeGreaterThanOrEqual(slowest.taken);
    expect(all.taken / slowest.taken).toBeLessThanOrEqual(1.2);
    expect(all.selections).toBe(64);
  });
});

describe('64 drives behind one mux, eight to a channel', () => {
  it.each([100, 400] as const)('are polled at %i kHz in at most 1.2 times what the wire takes', async (khz) => {
    const places = EIGHT.flatMap((channel) =>
      EIGHT.map((slot) => ({ wire: `bay${channel}`, address: 0x20 + slot, eid: 20 + 8 * channel + slot })),
    );
    const muxes = [{ wire: 'bus', channels: EIGHT.map((channel) => `bay${channel}`) }];
    const { taken, selections } = await pollMs({ bus: khz }, muxes, places);
    const timing = i2cTiming(khz);
    // Command, count, source, MCTP header, PEC; type byte to MIC.
    const frame = (bytes: number): number => timing.transfer(8 + bytes) + timing.free;
    const bound = 64 * (frame(20) + frame(20)) + selections * (timing.transfer(1) + timing.free);
    expect(taken / bound).toBeGreaterThanOrEqual(1);
    expect(taken / bound).toBeLessThanOrEqual(1.2);
    // It is not switched to and fro: each channel has its turn, at 100 kHz with a second one.
    expect(selections).toBeLessThanOrEqual(16);
  });
});

it('a drive manager polls drives behind one mux in their rhythm, also with a silent one among them', async () => {
  const places = EIGHT.map((channel) => ({
    wire: `bay${channel}`,
    address: 0x1d,
    eid: 20 + channel,
    more: channel === 3 ? 'behaviours = ["silent"]' : '',
  }));
  const muxes = [{ wire: 'bus', channels: EIGHT.map((channel) => `bay${channel}`) }];
  const { host, clock } = await driveWorld({ bus: 100 }, places, GOOD_DRIVE, { muxes });
  const manager = new DriveManager({ transport: host, clock, intervalMs: 10_000 });
  const polled = new Map<number, number[]>();
  manager.subscribe((event) => {
    if (event.kind !== 'reading' || event.sensor.key !== 'temperature') return;
    polled.set(event.device.eid, [...(polled.get(event.device.eid) ?? []), clock.now()]);
  });
  for (const { wire, eid } of places) {
    const place = { link: `bench:${wire}`, physicalAddress: '1d', uuid: undefined };
    manager.put({ network: 1, eid, ...place, messageTypes: [0, 4] });
  }
  await pass(clock, 120_000);
  expect(manager.drives().map(({ state }) => state)).toEqual(
    places.map(({ eid }) => (eid === 23 ? 'silent' : 'watched')),
  );
  // A poll of the silent one and the question what it does hold a channel for a second each.
  for (const times of polled.values()) {
    const gaps = times.slice(1).map((at, index) => at - times[index]!);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(12_500);
    expect(gaps.length).toBeGreaterThanOrEqual(10);
  }
  expect(polled.size).toBe(7);
  manager.close();
});

const TWO = [
  { wire: 'bay0', address: 0x1d, eid: 9 },
  { wire: 'bay1', address: 0x1d, eid: 10 },
];
const MUX = [{ wire: 'bus', channels: ['bay0', 'bay1'] }];

describe('a drive behind a mux', () => {
  it('which asks for more time keeps its channel until its answer is there', async () => {
    const slow = { ...GOOD_DRIVE, commitMs: 2500 };
    const { client, ask, clock, states } = await driveWorld({ bus: 400 }, TWO, slow, { muxes: MUX });
    await ask(client.downloadFirmware({ eid: 9 }, 0, new Uint8Array(4096).fill(1)));
    const start = clock.now();
    const commit = client.commitFirmware({ eid: 9 }, 0, 2, COMMIT_ACTION.storeAndActivateAtReset);
    const other = new Promise<number>((resolve, reject) => {
      clock.schedule(50, () => client.health({ eid: 10 }).then(() => resolve(clock.now() - start), reject));
    });
    const [status, polledAt] = await ask(Promise.all([commit, other]));
    expect(status).toMatchObject({ statusCode: 0 });
    expect(states.get('d9')!.flash.nextSlot).toBe(2);
    // The other one has waited, and its time-out of a second with it.
    expect(polledAt).toBeGreaterThan(2500);
    client.close();
  });

  it('which is silent holds the others up for a second, not forever', async () => {
    const silent = [{ ...TWO[0]!, more: 'behaviours = ["silent"]' }, TWO[1]!];
    const { client, ask, clock } = await driveWorld({ bus: 400 }, silent, GOOD_DRIVE, { muxes: MUX, recover: false });
    const start = clock.now();
    const outcome = settleError(clock, client.health({ eid: 9 }, false, { timeoutMs: 3000 }));
    const polled = client.health({ eid: 10 }).then(() => clock.now() - start);
    expect(await outcome).toMatchObject({ code: 'ETIMEDOUT' });
    const after = await ask(polled);
    expect(after).toBeGreaterThan(1000);
    expect(after).toBeLessThan(1010);
    client.close();
  });

  it('which answers when its channel is not selected any more finds nobody, and is asked again', async () => {
    const late = [{ ...TWO[0]!, more: 'behaviours = ["lateReply(1500, 1)"]' }, TWO[1]!];
    const { client, ask, clock, bench } = await driveWorld({ bus: 400 }, late, GOOD_DRIVE, {
      muxes: MUX,
      recover: false,
    });
    const lost = settleError(clock, client.health({ eid: 9 }, false, { timeoutMs: 3000 }));
    const polled = client.health({ eid: 10 });
    expect(await lost).toMatchObject({ code: 'ETIMEDOUT' });
    await ask(polled);
    // The device has found that nobody acknowledges, and has tried it as often as it has to.
    expect(bench.i2c('bay0').counters).toMatchObject({ transfers: 0, nacks: 9 });
    expect(await ask(client.health({ eid: 9 }))).toMatchObject({ compositeTemperature: 38 });
    client.close();
  });

  it('tells an event when its channel is selected, and repeats it until then', async () => {
    const telling = { ...GOOD_DRIVE, events: true };
    const { host, client, ask, clock, states } = await driveWorld({ bus: 400 }, TWO, telling, { muxes: MUX });
    const events = new DriveEvents({ transport: host, client, clock });
    const told: number[] = [];
    events.subscribe(({ drive }) => told.push(drive.eid));
    for (const { eid } of TWO) await ask(events.enable({ eid }));
    await ask(client.health({ eid: 10 }));
    states.get('d9')!.spare = 50;
    await pass(clock, 3000);
    expect(told).toEqual([]);
    await ask(client.health({ eid: 9 }));
    await pass(clock, 1500);
    expect(told).toEqual([9]);
    expect(events.counters).toMatchObject({ received: 1, acknowledged: 1 });
    events.close();
    client.close();
  });

  it('which is never ready does not hold the others up for longer than half a minute', async () => {
    const never = [{ ...TWO[0]!, more: 'behaviours = ["neverReady(1000)"]' }, TWO[1]!];
    const { client, ask, clock } = await driveWorld({ bus: 400 }, never, GOOD_DRIVE, { muxes: MUX });
    const waiting = client.health({ eid: 9 });
    waiting.catch(() => {});
    await pass(clock, 100);
    const start = clock.now();
    await ask(client.health({ eid: 10 }));
    expect(clock.now() - start).toBeGreaterThan(25_000);
    expect(clock.now() - start).toBeLessThan(31_500);
    client.close();
  });

  it('behind a second mux is reached through both', async () => {
    const muxes = [...MUX, { wire: 'bay1', channels: ['deep0', 'deep1'], address: 0x71 }];
    const places = [
      { wire: 'bay0', address: 0x1d, eid: 9 },
      { wire: 'bay1', address: 0x20, eid: 10 },
      { wire: 'deep0', address: 0x1d, eid: 11 },
      { wire: 'deep1', address: 0x1d, eid: 12 },
    ];
    const { client, ask, bench } = await driveWorld({ bus: 400 }, places, GOOD_DRIVE, { muxes });
    for (const eid of [9, 12, 10, 11, 9, 11, 12]) {
      expect(await ask(client.identify({ eid }, 0))).toMatchObject({ serialNumber: `SN-d${eid}` });
    }
    expect(bench.mux('mux1').register).toBe(2);
    client.close();
  });

  it('whose register has the number of a channel is reached, also behind one which has a bit for each', async () => {
    const names = (count: number, what: string) => Array.from({ length: count }, (_, index) => `${what}${index}`);
    const muxes = [
      { wire: 'bus', channels: names(4, 'bay'), kind: 'pca9544' },
      { wire: 'bay3', channels: names(8, 'deep'), address: 0x71, kind: 'pca9547' },
      { wire: 'deep7', channels: names(4, 'end'), address: 0x72, kind: 'pca9545' },
    ] as const;
    const places = ['bay0', 'bay3', 'deep0', 'deep5', 'end3'].map((wire, index) => ({
      wire,
      eid: 9 + index,
      // What is in front of a mux is on its channels, too.
      address: wire === 'bay3' ? 0x20 : 0x1d,
    }));
    const { client, ask, bench } = await driveWorld({ bus: 400 }, places, GOOD_DRIVE, { muxes });
    expect(bench.mux('mux1').register).toBe(0x08);
    const registers: number[][] = [];
    for (const eid of [9, 10, 11, 12, 13, 9]) {
      expect(await ask(client.identify({ eid }, 0))).toMatchObject({ serialNumber: `SN-d${eid}` });
      registers.push([0, 1, 2].map((index) => bench.mux(`mux${index}`).register));
    }
    expect(registers).toEqual([
      [0x04, 0x08, 0x00],
      [0x07, 0x00, 0x00],
      [0x07, 0x08, 0x00],
      [0x07, 0x0d, 0x00],
      [0x07, 0x0f, 0x08],
      [0x04, 0x0f, 0x08],
    ]);
    client.close();
  });
});

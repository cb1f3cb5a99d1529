/** The drive manager: drives polled for their health in their own rhythm, silent ones and returning ones. */

import { expect, it } from 'vitest';
import { GOOD_DRIVE } from '../../hw-fixtures/bench/nvme/drive-description.js';
import { pass } from '../../hw-fixtures/testing/virtual-time.js';
import { DriveManager, type DriveManagerOptions, NvmeMiResponder } from '../../stack/nvme-mi/index.js';
import { BusShare, type WatchEvent, type WatchedEndpoint } from '../../stack/watch/index.js';
import { driveWorld } from './drive-world.js';

const QUIET = { ...GOOD_DRIVE, swing: 0, temperature: 40 };
const TELLING = { ...QUIET, events: true };

function endpoint(eid: number): WatchedEndpoint {
  return { network: 1, eid, link: 'bench:bus', physicalAddress: '1d', uuid: undefined, messageTypes: [0, 4] };
}

async function scene(eids: readonly number[], description = QUIET, options: Partial<DriveManagerOptions> = {}) {
  const places = eids.map((eid) => ({ wire: 'bus', address: 0x10 + eid, eid }));
  const made = await driveWorld({ bus: 100 }, places, description);
  const manager = new DriveManager({ transport: made.host, clock: made.clock, intervalMs: 5000, ...options });
  const events: WatchEvent[] = [];
  manager.subscribe((event) => events.push(event));
  for (const eid of eids) manager.put({ ...endpoint(eid), physicalAddress: (0x10 + eid).toString(16) });
  const told = (eid: number): string[] =>
    events.flatMap((event) => {
      if (event.device.eid !== eid) return [];
      if (event.kind === 'watchState') return [`${event.from} -> ${event.to}`];
      if (event.kind === 'platformEvent') return [`${event.eventClass}: ${event.what}`];
      if (event.kind === 'trouble') return [event.what];
      return event.kind === 'sensorState' ? [`${event.sensor.key}: ${event.from} -> ${event.to}`] : [];
    });
  return { ...made, manager, events, told };
}

it('knows what a drive is and how it does, and tells when it gets too warm', async () => {
  const { clock, manager, states, told } = await scene([9]);
  await pass(clock, 20_000);
  expect(manager.drives()).toMatchObject([
    {
      state: 'watched',
      model: QUIET.model,
      error: null,
      firmware: [{ component: 'firmware' }],
      sensors: [
        { key: 'temperature', value: 40, unit: '°C', severity: 'ok', limits: { upperWarning: 70 } },
        { key: 'used', unit: '%' },
        { key: 'spare', unit: '%' },
        { key: 'health', state: 'Normal', severity: 'ok' },
      ],
    },
  ]);
  states.get('d9')!.temperature = 75;
  await pass(clock, 10_000);
  expect(told(9).slice(2)).toEqual([
    'temperature: normal -> upperWarning',
    expect.stringMatching(/^health: Normal -> Warning/),
  ]);
  manager.close();
});

it('shows the spare of now, when nothing but that changed (NVMe-MI 1.2, CCS bit SPARE)', async () => {
  const { clock, manager, states, client, ask } = await scene([9]);
  await ask(client.health({ eid: 9 }, true));
  await pass(clock, 20_000);
  const spare = () => manager.drives()[0]!.sensors.find(({ key }) => key === 'spare');
  for (const percent of [60, 40]) {
    states.get('d9')!.spare = percent;
    await pass(clock, 10_000);
    expect(spare()).toMatchObject({ value: percent, state: 'normal' });
  }
  manager.close();
});

it('polls the others in their rhythm while one is silent, and finds it again', async () => {
  const { clock, manager, events, told, device } = await scene([9, 10]);
  await pass(clock, 20_000);
  await device(10).powerOff();
  await pass(clock, 300_000);
  expect(manager.drives().map(({ state }) => state)).toEqual(['watched', 'silent']);
  const polls = events.flatMap((event) =>
    event.kind === 'reading' && event.device.eid === 9 && event.sensor.key === 'temperature' ? [event.at] : [],
  );
  const gaps = polls.slice(1).map((at, index) => at - polls[index]!);
  expect(Math.max(...gaps)).toBeLessThan(6000);
  await device(10).powerOn();
  await pass(clock, 120_000);
  expect(manager.drives().map(({ state }) => state)).toEqual(['watched', 'watched']);
  expect(told(10)).toEqual(['waiting -> asking', 'asking -> watched', 'watched -> silent', 'silent -> watched']);
  manager.close();
});

it('polls in another interval from now on', async () => {
  const { clock, manager, events } = await scene([9]);
  const polls = async (ms: number): Promise<number> => {
    const before = events.length;
    await pass(clock, ms);
    return events.slice(before).filter((event) => event.kind === 'reading' && event.sensor.key === 'used').length;
  };
  await pass(clock, 20_000);
  manager.retime(2000);
  expect(await polls(20_000)).toBeGreaterThanOrEqual(9);
  manager.retime(60_000);
  expect(await polls(59_000)).toBe(0);
  expect(await polls(2_000)).toBe(1);
  manager.close();
});

it('hears of a change from the drive itself, long before the next poll, also after the drive was reset', async () => {
  const { clock, manager, states, told, device } = await scene([9], TELLING, { intervalMs: 600_000 });
  await pass(clock, 10_000);
  states.get('d9')!.temperature = 75;
  await pass(clock, 1000);
  const hot = ['temperature: normal -> upperWarning', expect.stringMatching(/^health: Normal -> Warning/)];
  expect(told(9).slice(2)).toEqual(['nvmeMi: temperature, warnings', ...hot]);
  device(9).reset();
  // It tells nobody any more, and its temperature is as at first: seen by a poll, with which its events are on again.
  await pass(clock, 700_000);
  expect(manager.drives()[0]).toMatchObject({
    state: 'watched',
    sensors: [{ value: 40 }, {}, {}, { state: 'Normal' }],
  });
  const before = told(9).length;
  states.get('d9')!.spare = 5;
  await pass(clock, 2000);
  expect(told(9).slice(before)[0]).toBe('nvmeMi: spare, warnings');
  manager.close();
});

it('finds a drive which is never ready silent after three polls of half a minute, and polls the other as ever', async () => {
  const places = [
    { wire: 'bus', address: 0x19, eid: 9, more: 'behaviours = ["neverReady(1000)"]' },
    { wire: 'bus', address: 0x1a, eid: 10 },
  ];
  const { host, clock } = await driveWorld({ bus: 400 }, places, QUIET);
  const share = new BusShare({ clock, percent: 20 });
  const manager = new DriveManager({ transport: host, clock, intervalMs: 5000, shareOf: () => share });
  const readAt: number[] = [];
  let silentAt: number | undefined;
  manager.subscribe((event) => {
    if (event.kind === 'watchState' && event.to === 'silent') silentAt = clock.now();
    if (event.kind === 'reading' && event.device.eid === 10 && event.sensor.key === 'temperature') {
      readAt.push(clock.now());
    }
  });
  for (const eid of [9, 10]) manager.put({ ...endpoint(eid), physicalAddress: (0x10 + eid).toString(16) });
  await pass(clock, 120_000);
  expect(silentAt).toBeGreaterThan(89_000);
  expect(silentAt).toBeLessThan(92_000);
  expect(manager.drives()[0]!.error).toMatch(/it asked for more time, and then there was no answer$/);
  const gaps = readAt.slice(1).map((at, index) => at - readAt[index]!);
  expect(gaps).toHaveLength(23);
  expect(Math.max(...gaps)).toBeLessThanOrEqual(5100);
  manager.close();
});

it('tells two drives with one UUID on two links apart by their serial numbers, and one drive on two links is one', async () => {
  const uuid = '7a1c5e10-4c2b-11ee-8d01-001b21000001';
  const places = [
    { wire: 'a', address: 0x1d, eid: 9 },
    { wire: 'b', address: 0x1d, eid: 10 },
  ];
  const watch = async (description: typeof QUIET) => {
    const { host, clock } = await driveWorld({ a: 400, b: 400 }, places, description);
    const manager = new DriveManager({ transport: host, clock, intervalMs: 5000 });
    const troubles: string[] = [];
    manager.subscribe((event) => {
      if (event.kind === 'trouble') troubles.push(event.what);
    });
    const put = (): void => {
      for (const { wire, eid } of places) manager.put({ ...endpoint(eid), link: `bench:${wire}`, uuid });
    };
    put();
    await pass(clock, 12_000);
    // Seen again, as with the next discovery.
    put();
    await pass(clock, 12_000);
    const drives = manager.drives().map(({ key, serial, state, ways }) => [key, serial, state, ways.length]);
    manager.close();
    return { drives, troubles };
  };
  expect(await watch(QUIET)).toEqual({
    drives: [
      [uuid, 'SN-d9', 'watched', 1],
      ['bench:b/1d', 'SN-d10', 'watched', 1],
    ],
    troubles: [
      `EID 9 (bench:a/0x1d) and EID 10 (bench:b/0x1d) have the same UUID ${uuid} and different serial numbers, SN-d9 and SN-d10: they are two devices`,
    ],
  });
  expect(await watch({ ...QUIET, serial: 'S1' })).toEqual({ drives: [[uuid, 'S1', 'watched', 2]], troubles: [] });
});

it('polls a drive whose events it may not switch on, or cannot receive, and says why once', async () => {
  const quiet = await scene([9], TELLING, { events: false });
  await pass(quiet.clock, 7000);
  quiet.states.get('d9')!.temperature = 75;
  await pass(quiet.clock, 5000);
  expect(quiet.told(9).slice(2)[0]).toBe('temperature: normal -> upperWarning');
  quiet.manager.close();
  const taken = await scene([9], TELLING);
  const other = new NvmeMiResponder({ transport: taken.host, clock: taken.clock }).start();
  await pass(taken.clock, 1_000_000);
  const troubles = taken.told(9).filter((what) => what.startsWith('its events are not received'));
  expect(troubles).toHaveLength(1);
  expect(taken.manager.drives()[0]).toMatchObject({ state: 'watched', error: null });
  taken.manager.close();
  other.close();
});

it('does not poll a drive without end which sends events without end', async () => {
  const places = [{ wire: 'bus', address: 0x19, eid: 9, more: 'behaviours = ["floodEvents(20)"]' }];
  const { host, clock } = await driveWorld({ bus: 400 }, places, TELLING);
  const manager = new DriveManager({ transport: host, clock, intervalMs: 5000 });
  let readings = 0;
  let heard = 0;
  manager.subscribe(({ kind }) => {
    if (kind === 'reading') readings++;
    else if (kind === 'platformEvent') heard++;
  });
  manager.put(endpoint(9));
  await pass(clock, 20_000);
  // Four readings a poll, a poll a second.
  expect(readings).toBeLessThanOrEqual(4 * 22);
  expect(heard).toBeGreaterThan(30);
  expect(heard).toBeLessThanOrEqual(32 + 4 * 20 + 4);
  manager.close();
});

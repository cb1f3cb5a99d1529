/** The drive manager: drives polled for their health in their own rhythm, silent ones and returning ones. */

import { expect, it } from 'vitest';
import { GOOD_DRIVE } from '../../hw-fixtures/bench/nvme/drive-description.js';
import { pass } from '../../hw-fixtures/testing/virtual-time.js';
import { DriveManager } from '../../stack/nvme-mi/index.js';
import type { WatchEvent, WatchedEndpoint } from '../../stack/watch/index.js';
import { driveWorld } from './drive-world.js';

const QUIET = { ...GOOD_DRIVE, swing: 0, temperature: 40 };

function endpoint(eid: number): WatchedEndpoint {
  return { network: 1, eid, link: 'bench:bus', physicalAddress: '1d', uuid: undefined, messageTypes: [0, 4] };
}

async function scene(eids: readonly number[]) {
  const places = eids.map((eid) => ({ wire: 'bus', address: 0x10 + eid, eid }));
  const made = await driveWorld({ bus: 100 }, places, QUIET);
  const manager = new DriveManager({ transport: made.host, clock: made.clock, intervalMs: 5000 });
  const events: WatchEvent[] = [];
  manager.subscribe((event) => events.push(event));
  for (const eid of eids) manager.put({ ...endpoint(eid), physicalAddress: (0x10 + eid).toString(16) });
  const told = (eid: number): string[] =>
    events.flatMap((event) => {
      if (event.device.eid !== eid) return [];
      if (event.kind === 'watchState') return [`${event.from} -> ${event.to}`];
      return event.kind === 'sensorState' ? [`${event.sensor.key}: ${event.from} -> ${event.to}`] : [];
    });
  return { ...made, manager, events, told };
}

it('knows what a drive is and how it does, and tells when it gets too warm', async () => {
  const { clock, manager, states, told } = await scene([9]);
  await pass(clock, 20_000);
  expect(manager.drives()).toMatchObject([
    {
      ...{ state: 'watched', model: QUIET.model, error: null, firmware: [{ component: 'firmware' }] },
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

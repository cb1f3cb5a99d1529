/** A server which watches a drive on two buses: one device with one history, whichever way it is reached by. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { wait } from '../../../stack/util/async.js';
import { parseConfig } from '../../../tools/config/config-parse.js';
import { inVirtualTime } from '../../support/auto-clock.js';
import { startServing } from './watching-server.js';

const folder = mkdtempSync(join(tmpdir(), 'watched-ways-'));
afterAll(() => rmSync(folder, { recursive: true }));

const UUID = '7a1c5e10-4c2b-11ee-8d01-001b21000001';
const BENCH = join(folder, 'two-ways.toml');
writeFileSync(
  BENCH,
  `[wires.smbus0]
kind = "smbus"
speed = 400
host = 0x10
[wires.smbus1]
kind = "smbus"
speed = 100
host = 0x10
[devices.ssd]
wire = "smbus0"
address = 0x1d
ways = [{ wire = "smbus1", address = 0x1e }]
uuid = "${UUID}"
[devices.ssd.nvme]
model = "Acme NV-3840"
serial = "S7A1C5E100001"
firmware = "1.4.2"
[[faults]]
wire = "smbus0"
kind = "nack"
to = 0x1d
skip = 120
every = 1
`,
);
const CONFIG = `[links.two]
url = "bench:${BENCH}"
[bus-owner]
poll-ms = 500
[serve.lab]
dir = "${folder}"
[watch]
history = "${join(folder, 'history.db')}"
drive-interval-ms = 1000
[watch.hooks.lost]
command = ["/nowhere/program"]
on = ["lost-device"]
`;

it('which loses the way in use is still there, is read on by the other, and is not told as lost', () =>
  inVirtualTime(async (clock) => {
    const { serving, problems } = await startServing(clock, parseConfig(CONFIG, 'the file'));
    const stop = new AbortController();
    const working = serving.work(stop.signal);
    const watch = serving.watch!;
    const events: string[] = [];
    watch.subscribe((event) => {
      if (event.kind === 'reading' || event.kind === 'sensorState' || event.kind === 'firmware') return;
      events.push(`${event.kind} ${'what' in event ? event.what : ''}`.trim());
    });
    while (watch.drives().every(({ state }) => state !== 'watched')) await wait(clock, 100);
    const [before, ...more] = watch.drives();
    expect(more).toEqual([]);
    expect(before).toMatchObject({ key: UUID, link: expect.stringContaining('smbus0') });
    expect(before!.ways.map(({ isUsed, isUp }) => [isUsed, isUp])).toEqual([
      [true, true],
      [false, true],
    ]);
    while (watch.drives()[0]!.eid === before!.eid) await wait(clock, 100);
    await wait(clock, 5_000);
    const [after] = watch.drives();
    expect(after).toMatchObject({ key: UUID, state: 'watched', link: expect.stringContaining('smbus1'), error: null });
    expect(after!.ways.find(({ isUsed }) => isUsed)).toMatchObject({ eid: after!.eid, isUp: true });
    expect(events.filter((text) => text.startsWith('vanished'))).toEqual([]);
    expect(events.filter((text) => text.includes('going on by'))).toEqual([
      expect.stringMatching(/^way the way by .*smbus0\/0x1d is lost \(.*\): going on by .*smbus1\/0x1e$/),
    ]);
    const devices = watch.history!.devices();
    expect(devices).toMatchObject([{ key: UUID }]);
    const [series] = watch.history!.readings({ device: UUID, sensor: 'temperature' });
    const gaps = series!.points.slice(1).map(({ at }, index) => at - series!.points[index]!.at);
    // Readings of before and after are one series, with no hole but that in which the loss was noticed.
    expect(Math.max(...gaps)).toBeLessThan(65_000);
    expect(problems.filter((text) => text.includes('hook'))).toEqual([]);
    stop.abort();
    await working;
    await serving.close();
  }));

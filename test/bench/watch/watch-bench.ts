/**
 * 200 termini with 20 sensors on 8 buses for 30 days of virtual time, with faults: does memory stay flat, is every sensor read, does
 * the history stay within its bound? `npm run bench:watch`; MCTPKIT_WATCH_DAYS says for how many days, MCTPKIT_WATCH_SPEED
 * divides all intervals; Ctrl-C ends it with what was found until then. Exit code 1 where something is not as it should be.
 */

import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { HistoryReader } from '../../../tools/history/history-model.js';
import { loadSqlite } from '../../../tools/history/open-database.js';
import { type SceneResult, WatchScene } from './watch-scene.js';

const DAYS = Number(process.env.MCTPKIT_WATCH_DAYS ?? 30);
const SPEED = Number(process.env.MCTPKIT_WATCH_SPEED ?? 1);
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Little: after a few days there must be room made. */
const MOST_BYTES = 32_000_000;
/** Of the heap, from the end of the first third to the end. */
const MOST_GROWTH = 1.1;

/** Most each 10 minutes, four of each terminus each 5 minutes; of every second one each minute, of every twentieth each 10 s. */
function intervalOf(terminus: number, sensor: number): number {
  if (sensor === 0 && terminus % 20 === 0) return 10 / SPEED;
  if (sensor === 1 && terminus % 2 === 0) return 60 / SPEED;
  return (sensor >= 2 && sensor < 6 ? 300 : 600) / SPEED;
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

function showDay(day: number, result: SceneResult, heap: number): void {
  const worst = Object.values(result.classes).map(({ worstGap }) => worstGap);
  const { user, system } = process.cpuUsage();
  const each = ((user + system) / result.readings).toFixed(0);
  console.log(
    `day ${day.toFixed(1)}: ${result.readings} readings (${each} us of processor each), worst gap ${Math.max(...worst).toFixed(2)} intervals, ` +
      `${result.starved} starved, ${result.watched} watched, heap ${megabytes(heap)}, rss ${megabytes(process.memoryUsage().rss)}, history ${megabytes(result.fileBytes)}`,
  );
}

/** How far back it goes at the end, and in how many points. */
function showHistory(reader: HistoryReader, now: number): void {
  const device = reader.devices()[0]!;
  for (const sensor of [device.sensors[0]!, device.sensors.at(-1)!]) {
    const points = reader.readings({ device: device.key, sensor: sensor.key, points: 10_000 })[0]?.points ?? [];
    const days = points.length === 0 ? 0 : (now - points[0]!.at) / DAY_MS;
    const single = points.filter(({ count }) => count === 1).length;
    console.log(
      `history of ${sensor.name}: ${days.toFixed(1)} days in ${points.length} points, ${single} of them single readings`,
    );
  }
  console.log(`history: ${reader.events({ limit: 10_000 }).length} events or more`);
}

const folder = mkdtempSync(join(tmpdir(), 'mctpkit-watch-'));
const path = join(folder, 'history.db');
const scene = await WatchScene.open({
  buses: 8,
  termini: 200,
  sensors: 20,
  intervalOf,
  faultEveryMs: HOUR_MS / (4 * SPEED),
  checkSeconds: 600 / SPEED,
  heartbeatSeconds: 300 / SPEED,
  mostBytes: MOST_BYTES,
  open: await loadSqlite(),
  path,
});
const began = performance.now();
const memory: number[] = [];
const hours = Math.round(DAYS * 24);
const step = Math.max(1, Math.round(hours / 30));
let hour = 1;
let interrupted = false;
process.once('SIGINT', () => (interrupted = true));
for (; hour <= hours && !interrupted; hour++) {
  await scene.run(HOUR_MS);
  if (hour % step !== 0) continue;
  globalThis.gc?.();
  memory.push(process.memoryUsage().heapUsed);
  showDay(hour / 24, scene.result(), memory.at(-1)!);
}
const result = scene.result();
showHistory(scene.history, scene.time());
await scene.close();
const file = statSync(path).size;
rmSync(folder, { recursive: true });

for (const [seconds, { sensors, readings, excused, worstGap }] of Object.entries(result.classes)) {
  console.log(
    `each ${seconds} s: ${sensors} sensors, ${readings} readings, worst gap ${worstGap.toFixed(3)} intervals, ${excused} gaps excused`,
  );
}
const shares = result.shares.map((share) => `${(100 * share).toFixed(1)} %`).join(', ');
console.log(`faults: ${JSON.stringify(result.faults)}; of the buses' time: ${shares}; file ${megabytes(file)}`);
const { user, system } = process.cpuUsage();
console.log(
  `${((hour - 1) / 24).toFixed(1)} days in ${Math.round((performance.now() - began) / 1000)} s, ${Math.round((user + system) / 1e6)} s of processor`,
);

const settled = memory.slice(Math.floor(memory.length / 3));
const growth = settled.at(-1)! / settled[0]!;
const faults = [
  interrupted && 'it was interrupted',
  result.starved > 0 && `${result.starved} gaps were longer than 1.5 intervals`,
  growth > MOST_GROWTH && `the heap grew to ${growth.toFixed(2)} of what it was`,
  file > MOST_BYTES && `the history has ${file} bytes`,
  result.lost > 0 && `${result.lost} readings or events were not recorded`,
  result.problems.length > 0 && result.problems.join('; '),
  Object.values(result.classes).some(({ readings, excused }) => excused > readings / 5) && 'too many gaps were excused',
].filter((fault) => fault !== false);
for (const fault of faults) console.error(fault);
process.exitCode = faults.length > 0 ? 1 : 0;

/**
 * 200 termini with 20 sensors on 8 buses, in virtual time, with faults: is memory flat, is no sensor starved, does the
 * history stay within its bound? `npm run bench:watch`; MCTPKIT_WATCH_DAYS (30) and MCTPKIT_WATCH_FACTOR (intervals of
 * sensors, 60 to 600 s, of checks and of heartbeats times this; 60) say how much. Exit code 1 where something is not as it should be.
 */

import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadSqlite } from '../../../tools/history/open-database.js';
import { WatchScene } from './watch-scene.js';

const DAYS = Number(process.env.MCTPKIT_WATCH_DAYS ?? 30);
const FACTOR = Number(process.env.MCTPKIT_WATCH_FACTOR ?? 60);
const HOUR_MS = 3_600_000;
const MOST_BYTES = 64_000_000;
const MOST_GROWTH = 1.3;

const folder = mkdtempSync(join(tmpdir(), 'mctpkit-watch-'));
const path = join(folder, 'history.db');
const scene = await WatchScene.open({
  ...{ buses: 8, termini: 200, sensors: 20, faultEveryMs: HOUR_MS / 4, mostBytes: MOST_BYTES },
  factor: FACTOR,
  intervals: [60, 120, 300, 600].map((seconds) => seconds * FACTOR),
  ...{ open: await loadSqlite(), path },
});
const began = performance.now();
const memory: number[] = [];
const hours = DAYS * 24;
for (let hour = 1; hour <= hours; hour++) {
  await scene.run(HOUR_MS);
  if (hour % Math.max(1, Math.round(hours / 30)) !== 0) continue;
  globalThis.gc?.();
  memory.push(process.memoryUsage().heapUsed);
  const { readings, worstGap, starved, watched, fileBytes } = scene.result();
  const seconds = (performance.now() - began) / 1000;
  const rate = Math.round(readings / seconds);
  console.log(
    `day ${(hour / 24).toFixed(1)}: ${readings} readings (${rate}/s), worst gap ${worstGap.toFixed(2)} intervals, ${starved} starved, ${watched} watched, heap ${(memory.at(-1)! / 1e6).toFixed(1)} MB, rss ${(process.memoryUsage().rss / 1e6).toFixed(0)} MB, history ${(fileBytes / 1e6).toFixed(1)} MB`,
  );
}
const result = scene.result();
await scene.close();
const file = statSync(path).size;
console.log(JSON.stringify({ ...result, file, seconds: Math.round((performance.now() - began) / 1000) }));
rmSync(folder, { recursive: true });
const settled = memory.slice(Math.floor(memory.length / 3));
const growth = settled.at(-1)! / settled[0]!;
const faults = [
  result.starved > 0 && `${result.starved} gaps were longer than 1.5 intervals`,
  growth > MOST_GROWTH && `the heap grew to ${growth.toFixed(2)} of what it was`,
  file > MOST_BYTES && `the history has ${file} bytes`,
  result.lost > 0 && `${result.lost} readings or events were not recorded`,
  result.problems.length > 0 && result.problems.join('; '),
].filter((fault) => fault !== false);
for (const fault of faults) console.error(fault);
process.exitCode = faults.length > 0 ? 1 : 0;

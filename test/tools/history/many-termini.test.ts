/** The bench of the watch in short: many termini on eight buses with faults. `npm run bench:watch` is the long one. */

import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { loadSqlite } from '../../../tools/history/open-database.js';
import { WatchScene } from '../../bench/watch/watch-scene.js';

const MINUTE = 60_000;

it('no sensor is starved, no bus is taken for more than its share, and all is recorded within its bound', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'many-'));
  const path = join(folder, 'history.db');
  const scene = await WatchScene.open({
    ...{ buses: 8, termini: 8, sensors: 20, intervals: [30, 60], factor: 1, faultEveryMs: 4 * MINUTE },
    ...{ mostBytes: 4_000_000, open: await loadSqlite(), path },
  });
  await scene.run(25 * MINUTE);
  const { readings, worstGap, starved, shares, lost, problems, faults } = scene.result();
  await scene.close();
  expect(readings).toBeGreaterThan(3_000);
  expect(Object.keys(faults).length).toBeGreaterThan(1);
  expect(worstGap).toBeGreaterThan(0.9);
  expect(starved).toBe(0);
  expect(Math.max(...shares)).toBeLessThan(0.25);
  expect([lost, problems]).toEqual([0, []]);
  expect(statSync(path).size).toBeLessThan(4_000_000);
  rmSync(folder, { recursive: true });
});

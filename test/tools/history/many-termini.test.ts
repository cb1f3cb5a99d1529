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
    buses: 8,
    termini: 16,
    sensors: 6,
    faultEveryMs: MINUTE,
    checkSeconds: 60,
    heartbeatSeconds: 30,
    intervalOf: (terminus, sensor) => (sensor > 0 ? 60 : terminus % 4 === 0 ? 10 : 30),
    mostBytes: 4_000_000,
    open: await loadSqlite(),
    path,
  });
  await scene.run(40 * MINUTE);
  const { readings, classes, starved, shares, lost, problems, faults } = scene.result();
  await scene.close();
  expect(readings).toBeGreaterThan(3_000);
  expect(Object.keys(faults).sort()).toEqual([
    ...['away', 'cut', 'moved', 'records', 'restart', 'silent', 'slow', 'storm'],
  ]);
  for (const { readings, excused, worstGap } of Object.values(classes)) {
    expect(worstGap).toBeGreaterThan(0.9);
    expect(excused).toBeLessThan(readings);
  }
  expect(starved).toBe(0);
  expect(Math.max(...shares)).toBeLessThan(0.25);
  expect([lost, problems]).toEqual([0, []]);
  expect(statSync(path).size).toBeLessThan(4_000_000);
  rmSync(folder, { recursive: true });
});

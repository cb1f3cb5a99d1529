/** `[watch]` follows a reload: what may change while a server runs does, and the rest needs a new start. */

import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { wait } from '../../../stack/util/async.js';
import { parseConfig } from '../../../tools/config/config-parse.js';
import { inVirtualTime } from '../../support/auto-clock.js';
import { startServing } from './watching-server.js';

const folder = mkdtempSync(join(tmpdir(), 'watch-reload-'));
afterAll(() => rmSync(folder, { recursive: true }));

const config = (watch: string) =>
  parseConfig(`[links.bench]\nurl = "bench:"\n[serve.lab]\ndir = "${folder}"\n${watch}`, 'the file');
const HISTORY = `[watch]\nhistory = "${join(folder, 'history.db')}"\n`;
it('intervals, share, hooks, retention and recorder, one by one and by their names', () =>
  inVirtualTime(async (clock) => {
    const { serving, problems } = await startServing(
      clock,
      config(`${HISTORY}min-interval-ms = 100\ninterval-ms = 100\nmax-bus-share = 100\n`),
    );
    const stop = new AbortController();
    const working = serving.work(stop.signal);
    let readings = 0;
    serving.watch!.subscribe(({ kind }) => void (kind === 'reading' && readings++));
    await wait(clock, 20_000);
    const readingsIn = async (ms: number): Promise<number> => {
      const before = readings;
      await wait(clock, ms);
      return readings - before;
    };
    const fast = await readingsIn(10_000);
    expect(
      await serving.reload(config(`${HISTORY}min-interval-ms = 100\ninterval-ms = 100\nmax-bus-share = 100\n`)),
    ).toEqual({
      changed: [],
      needsRestart: [],
    });
    const slow = `${HISTORY}min-interval-ms = 10000\ndrive-interval-ms = 20000\nkeep-days = 2000\nrecorder-packets = 10\n`;
    expect(await serving.reload(config(slow))).toEqual({
      changed: expect.arrayContaining([
        ...['watch max-bus-share', 'watch interval-ms', 'watch min-interval-ms', 'watch drive-interval-ms'],
        ...['watch keep-days', 'watch recorder-packets'],
      ]),
      needsRestart: [],
    });
    expect(await readingsIn(10_000)).toBeLessThan(fast / 3);
    expect((await serving.dump('small'))!.packets).toBeLessThanOrEqual(10 * 8);
    const hooked = `${slow}events = "poll"\n[watch.hooks.h]\ncommand = ["/nowhere/program"]\non = ["link-down"]\n`;
    expect(await serving.reload(config(hooked))).toEqual({ changed: ['watch hooks'], needsRestart: ['watch events'] });
    // It is told again as long as it is not in force.
    expect(await serving.reload(config(hooked))).toEqual({ changed: [], needsRestart: ['watch events'] });
    expect(
      await serving.reload(config(`${slow}recorder-faults = ["timeout"]\nrecorder-dir = "${folder}"\n`)),
    ).toMatchObject({
      changed: expect.arrayContaining(['watch recorder-faults', 'watch recorder-dir', 'watch hooks']),
    });
    expect(await serving.reload(config(''))).toEqual({ changed: [], needsRestart: ['watch'] });
    expect(readdirSync(folder).filter((name) => name.endsWith('.pcapng'))).toHaveLength(1);
    stop.abort();
    await working;
    await serving.close();
    expect(problems).toEqual([]);
  }));

it('a wrong section is one line, and no configuration', () => {
  expect(() => config(`${HISTORY}interval-ms = 5\n`)).toThrow(/^the file:.*interval-ms.*100/);
  expect(() => config(`${HISTORY}[watch.hooks.h]\nurl = "ftp://x"\n`)).toThrow(/only http: and https: can/);
  expect(() => config(`${HISTORY}[watch.hooks.h]\nurl = "http://me:pass@x/"\n`)).toThrow(
    /url has a user or a password/,
  );
  expect(() => config(`${HISTORY}[watch.hooks.h]\ncommand = [""]\n`)).toThrow(/command is empty: name a program/);
  expect(() => config(`${HISTORY}[watch.hooks.h]\ncommand = ["a\\u0000"]\n`)).toThrow(/the character 0/);
});

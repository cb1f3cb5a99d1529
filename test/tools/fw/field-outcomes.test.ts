/** Field, row 13: what `fw update` prints, and how it exits, for each way in which an update can end. */

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { SCHEMAS } from '../../../tools/schema/index.js';
import { inVirtualTime } from '../../support/auto-clock.js';
import { updatable, virtualDevice } from '../../support/emulated-device.js';
import { packageFor } from '../../support/firmware-package.js';
import { RunningVerb } from '../../support/in-process.js';
import { misfits } from '../../support/json-schema.js';

const folder = mkdtempSync(join(tmpdir(), 'mctpkit-outcomes-'));
afterAll(() => rmSync(folder, { recursive: true }));
const TWO = 'components = [{ id = 1, version = "1.0" }, { id = 2, version = "1.0" }]';

function documents(stdout: string): Record<string, unknown>[] {
  const all = stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  for (const one of all) expect(misfits(one, SCHEMAS.fw!)).toEqual([]);
  return all;
}

it('nothing to do: a document that says so, and exit 0', () =>
  inVirtualTime(async (clock) => {
    const device = await virtualDevice(clock, updatable(TWO));
    try {
      const path = await packageFor(folder, 'same', [600, 300]);
      const args = ['fw', 'update', path, device.link, '--assign', '-y', '-j'];
      expect((await new RunningVerb(args, { clock }).finished).code).toBe(0);
      const { code, stdout, stderr } = await new RunningVerb(args, { clock }).finished;
      expect(documents(stdout)).toMatchObject([
        {
          event: 'done',
          outcome: 'nothing-to-do',
          reason: 'no component of the device needs an update',
          components: [{ result: 'skipped' }, { result: 'skipped' }],
        },
      ]);
      expect(stderr).toMatch(/nothing to do/);
      expect(code).toBe(0);
    } finally {
      await device.close();
    }
  }));

it('a package none of whose components fits: no success', () =>
  inVirtualTime(async (clock) => {
    const device = await virtualDevice(clock, updatable('components = [{ id = 7, version = "1.0" }]'));
    try {
      const path = await packageFor(folder, 'other', [600, 300]);
      const { code, stdout, stderr } = await new RunningVerb(
        ['fw', 'update', path, device.link, '--assign', '-y', '-j'],
        { clock },
      ).finished;
      expect(documents(stdout)).toMatchObject([
        { event: 'done', outcome: 'failed', reason: 'the package has no component of the device' },
      ]);
      expect(stderr).toMatch(/has no component that a device here has/);
      expect(code).toBe(1);
    } finally {
      await device.close();
    }
  }));

it('a journal of another package: that update is not cancelled without --take-over, and its journal stays', async () => {
  // Before the time of the device begins: it does not wait forever for what we build.
  const first = await packageFor(folder, 'first', [90_000, 300]);
  const second = await packageFor(folder, 'second', [700, 400]);
  await inVirtualTime(async (clock) => {
    const device = await virtualDevice(clock, updatable(TWO, 'writeMs = 20'));
    try {
      const journal = join(folder, 'journal');
      const begun = [
        'fw',
        'update',
        first,
        device.link,
        '--assign',
        '-y',
        '-j',
        '--journal',
        journal,
        '--transfer-size',
        '512',
      ];
      const { verb, kill } = device.cable.mortal(begun);
      await verb.line(/"phase":"downloading","component":0,"done":[1-9]/);
      await kill();
      const kept = readFileSync(journal, 'utf8');
      const args = ['fw', 'update', second, device.link, '--assign', '-y', '-j', '--journal', journal];
      const { code, stdout } = await new RunningVerb(args, { clock }).finished;
      const all = documents(stdout);
      expect(all[0]).toMatchObject({ event: 'note', text: 'the journal is about an update with another package' });
      expect(all.at(-1)).toMatchObject({
        outcome: 'failed',
        reason: 'the device is in update mode already (DOWNLOAD): cancel that, or take over',
      });
      expect(code).toBe(1);
      expect(readFileSync(journal, 'utf8')).toBe(kept);
      expect((await new RunningVerb([...args, '--take-over'], { clock }).finished).code).toBe(0);
    } finally {
      await device.close();
    }
  });
});

it('a version that ends in NUL is the same version (behaviour nulVersion)', () =>
  inVirtualTime(async (clock) => {
    const device = await virtualDevice(clock, updatable(TWO), ['-b', 'nulVersion']);
    try {
      const path = await packageFor(folder, 'nul', [600, 300]);
      const args = ['fw', 'update', path, device.link, '--assign', '-y', '-j'];
      const { code, stdout } = await new RunningVerb(args, { clock }).finished;
      expect(documents(stdout).at(-1)).toMatchObject({
        outcome: 'updated',
        components: [{ state: 'active' }, { state: 'active' }],
      });
      expect(code).toBe(0);
    } finally {
      await device.close();
    }
  }));

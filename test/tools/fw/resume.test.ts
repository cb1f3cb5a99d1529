/** `fw update --journal` against a device on the other end of a line: killed in every state of the device, it goes on each time. */

import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Clock } from '../../../stack/clock.js';
import { wait } from '../../../stack/util/async.js';
import { inVirtualTime } from '../../support/auto-clock.js';
import { type Finished, RunningCommand } from '../../support/cli.js';
import { emulatedDevice, updatable, virtualDevice } from '../../support/emulated-device.js';
import { packageFor } from '../../support/firmware-package.js';
import { mctpkit, RunningVerb } from '../../support/in-process.js';

const folder = mkdtempSync(join(tmpdir(), 'mctpkit-resume-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const at = (name: string): string => join(folder, name);

const COMPONENTS = 'components = [{ id = 1, version = "1.0" }, { id = 2, version = "1.0" }]';

interface Event {
  readonly event: string;
  readonly text?: string;
  readonly outcome?: string;
  readonly components?: readonly { readonly state?: string }[];
}

const eventsOf = (stdout: string): Event[] =>
  stdout
    .split('\n')
    .filter((line) => line.startsWith('{') && line.endsWith('}'))
    .map((line) => JSON.parse(line));
const notesOf = (stdout: string): string[] => eventsOf(stdout).flatMap(({ text }) => text ?? []);

/** Runs a verb to its end, on the clock of the test. */
const whole = (args: readonly string[], clock: Clock): Promise<Finished> => new RunningVerb(args, { clock }).finished;

describe('killed and run again', () => {
  it('goes on where the device is: download, verify, apply, the next component, activate', () =>
    inVirtualTime(async (clock) => {
      const slow = ['writeMs = 15', 'verifyMs = 2500', 'applyMs = 2500', 'activateMs = 4000'];
      const device = await virtualDevice(clock, updatable(COMPONENTS, ...slow));
      try {
        const path = await packageFor(folder, 'chain', [40_000, 3000]);
        const journal = at('chain.journal');
        const update = ['fw', 'update', path, '-l', device.link, '--assign', '-y', '-j'];
        const args = [...update, '--journal', journal, '--transfer-size', '512'];
        /** One run up to a line like this; returns what it noted. */
        const killedAt = async (line: RegExp): Promise<string[]> => {
          const { verb, kill } = device.cable.mortal(args);
          await verb.line(line);
          // The device gets to hear what the line is about.
          await wait(clock, 100);
          await kill();
          return notesOf(verb.output);
        };
        expect(await killedAt(/"phase":"downloading","component":0,"done":[1-9]/)).toEqual([]);
        // What was agreed with the device counts, whatever this run would like.
        args[args.length - 1] = '64';
        expect(await killedAt(/"phase":"verifying","component":0/)).toEqual([
          'going on with component 0 where the device is: DOWNLOAD',
        ]);
        expect(await killedAt(/"phase":"applying","component":0/)).toEqual([
          expect.stringMatching(/^going on with component 0 where the device is: (DOWNLOAD|VERIFY)$/),
        ]);
        expect(await killedAt(/"phase":"verifying","component":1/)).toEqual([
          expect.stringMatching(/^going on with component 0 where the device is: (VERIFY|APPLY)$/),
        ]);
        expect(JSON.parse(readFileSync(journal, 'utf8')).updates).toMatchObject({
          [device.link]: { begun: { index: 1 }, applied: [{ index: 0 }], maximumTransferSize: 512 },
        });
        expect(await killedAt(/"phase":"activating"/)).toEqual([
          'going on with component 1 where the device is: VERIFY',
        ]);
        const { code, stdout } = await whole(args, clock);
        expect(notesOf(stdout)[0]).toMatch(/ACTIVATE$|READY XFER$/);
        expect(eventsOf(stdout).at(-1)).toMatchObject({
          event: 'done',
          outcome: 'updated',
          components: [{ state: 'active' }, { state: 'active' }],
        });
        expect(code).toBe(0);
        expect(existsSync(journal)).toBe(false);
      } finally {
        await device.close();
      }
    }));

  it('before anything was sent: begins anew, or goes on ready to transfer', () =>
    inVirtualTime(async (clock) => {
      // Answers late, so that there is time to be killed between a request and its answer.
      const device = await virtualDevice(clock, updatable(COMPONENTS), ['-b', 'lateReply(200)']);
      try {
        const path = await packageFor(folder, 'early', [600, 300]);
        const args = ['fw', 'update', path, device.link, '--assign', '-y', '-j', '--journal', at('early.journal')];
        for (const phase of ['learning', 'offering']) {
          const { verb, kill } = device.cable.mortal(args);
          await verb.line(new RegExp(`"phase":"${phase}"`));
          await kill();
          expect(existsSync(at('early.journal'))).toBe(true);
        }
        const { code, stdout } = await whole(args, clock);
        expect(notesOf(stdout)[0]).toMatch(
          /^the device was in state LEARN COMPONENTS: that update is cancelled$|READY XFER/,
        );
        expect(eventsOf(stdout).at(-1)).toMatchObject({ outcome: 'updated' });
        expect(code).toBe(0);
      } finally {
        await device.close();
      }
    }));

  it('without a journal, a device in update mode is left alone', () =>
    inVirtualTime(async (clock) => {
      const device = await virtualDevice(clock, updatable(COMPONENTS, 'writeMs = 20'));
      try {
        const args = [
          'fw',
          'update',
          await packageFor(folder, 'alone', [90_000, 300]),
          '-l',
          device.link,
          '--assign',
          '-y',
          '-j',
        ];
        const { verb, kill } = device.cable.mortal([...args, '--transfer-size', '512']);
        await verb.line(/"phase":"downloading","component":0,"done":[1-9]/);
        await kill();
        const { code, stdout } = await whole(args, clock);
        expect(eventsOf(stdout).at(-1)).toMatchObject({
          outcome: 'failed',
          reason: 'the device is in update mode already (DOWNLOAD): cancel that, or take over',
        });
        expect(code).toBe(1);
        expect((await whole([...args, '--take-over'], clock)).code).toBe(0);
      } finally {
        await device.close();
      }
    }));

  it('a process, by SIGKILL: what it wrote before is on disk', async () => {
    const device = await emulatedDevice(updatable(COMPONENTS, 'writeMs = 15'));
    try {
      const path = await packageFor(folder, 'killed', [6000, 300]);
      const journal = at('killed.journal');
      const args = ['fw', 'update', path, '-l', device.link, '--assign', '-y', '-j', '--journal', journal];
      const running = new RunningCommand([...args, '--transfer-size', '64']);
      await running.line(/"phase":"downloading","component":0,"done":[1-9]/);
      running.child.kill('SIGKILL');
      expect((await running.finished).signal).toBe('SIGKILL');
      expect(JSON.parse(readFileSync(journal, 'utf8')).updates).toMatchObject({
        [device.link]: { begun: { index: 0 }, maximumTransferSize: 64 },
      });
      const { code, stdout } = await mctpkit(args);
      expect(notesOf(stdout)).toEqual(['going on with component 0 where the device is: DOWNLOAD']);
      expect(eventsOf(stdout).at(-1)).toMatchObject({ event: 'done', outcome: 'updated' });
      expect(code).toBe(0);
      expect(existsSync(journal)).toBe(false);
    } finally {
      await device.close();
    }
  });
});

describe('a journal', () => {
  it('that is none, or cannot be written, is refused before anything begins', async () => {
    const path = await packageFor(folder, 'refused', [600, 300]);
    writeFileSync(at('text'), 'dear diary');
    writeFileSync(at('other.json'), '{"format":9}');
    for (const [journal, why] of [
      [at('text'), /is not a journal of fw update/],
      [at('other.json'), /another version/],
      [at('no/such/folder'), /cannot be written/],
    ] as const) {
      const { code, stderr } = await mctpkit(['fw', 'update', path, '-l', 'bench:', '-y', '--journal', journal]);
      expect(stderr).toMatch(why);
      expect(stderr.trimEnd().split('\n')).toHaveLength(1);
      expect(code).toBe(2);
    }
  });
});

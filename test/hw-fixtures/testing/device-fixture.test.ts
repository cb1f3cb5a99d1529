/** The hardware test kit as its users see it: a run of vitest of their own, with the virtual bench as the hardware. */

import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hilEnvironment, splitUrls } from '../../../hw-fixtures/testing/hardware/hil-environment.js';
import { readPcap } from '../../../tools/capture/pcap-read.js';
import { runVitest, type VitestCase, type VitestRun } from '../../support/run-vitest.js';

const CASES = 'test/hw-fixtures/testing/cases/vitest.config.ts';
/** The ssd of the default bench. */
const UUID = '7a1c5e10-4c2b-11ee-8d01-001b21000001';

const folder = mkdtempSync(join(tmpdir(), 'mctpkit-kit-'));
const captures = join(folder, 'captures');
afterAll(() => rmSync(folder, { recursive: true }));

const FILES = ['device', 'no-hardware', 'no-power', 'no-device', 'unplugged'].map((name) => `${name}.spec.ts`);

const statuses = (cases: ReadonlyMap<string, VitestCase>): Record<string, string> =>
  Object.fromEntries([...cases].map(([title, { status }]) => [title, status]));

describe('the hardware test kit', { timeout: 120_000 }, () => {
  let run: VitestRun;
  beforeAll(async () => {
    run = await runVitest(CASES, FILES, {
      MCTPKIT_HIL: 'bench:',
      MCTPKIT_HIL_POWER: 'true',
      MCTPKIT_HIL_CAPTURES: captures,
      CASE_UUID: UUID,
    });
  }, 120_000);

  it('says of each test what came of it, and keeps the packets of those which fail', () => {
    const cases = run.casesOf('device.spec.ts');
    expect(statuses(cases)).toEqual({
      conforms: 'passed',
      'does not have the command': 'failed',
      'is within its time': 'passed',
      'is not within its time': 'failed',
      'is switched off and on': 'passed',
    });
    const lacking = cases.get('does not have the command')!.failureMessages[0];
    expect(lacking).toMatch(/ResolveEndpointID to EID \d+ \(DSP0236 .*\) was not answered as it should/);
    expect(lacking).toContain('its completion code is 0x05 (ERROR_UNSUPPORTED_CMD)');
    expect(lacking).toMatch(/sent {5}8[0-9a-f]0709\n {2}received 0[0-9a-f]0705/);
    expect(cases.get('is not within its time')!.failureMessages[0]).toContain('within the 5 ms that it may take');
    const kept = readdirSync(captures);
    expect(kept).toHaveLength(2);
    const name = kept.find((file) => file.includes('does-not-have-the-command'))!;
    expect(run.output).toContain(join(captures, name));
    const packets = [...readPcap(readFileSync(join(captures, name)))];
    expect(packets.length).toBeGreaterThan(1);
  });

  it('skips, and says why', () => {
    const none = run.casesOf('no-hardware.spec.ts');
    expect(none.size).toBe(5);
    expect(new Set(Object.values(statuses(none)))).toEqual(new Set(['skipped']));
    expect(run.output).toContain('no hardware: set MCTPKIT_HIL to the URL of its link');
    expect(run.casesOf('no-power.spec.ts').get('is switched off and on')!.status).toBe('skipped');
    expect(run.output).toContain('no power switch: set MCTPKIT_HIL_POWER');
  });

  it('fails where hardware is named and is not there', () => {
    const noDevice = run.casesOf('no-device.spec.ts');
    expect(new Set(Object.values(statuses(noDevice)))).toEqual(new Set(['failed']));
    expect(noDevice.get('conforms')!.failureMessages[0]).toMatch(
      /no device with the UUID 0{8}-.*ff on bench:; there is EID 9 at bench:smbus0\/0x1d \(UUID 7a1c5e10/,
    );
    const unplugged = run.casesOf('unplugged.spec.ts');
    expect(unplugged.get('conforms')!.failureMessages[0]).toContain('/dev/ttyNone0');
  });
});

describe('the environment', () => {
  it('may have several links, and commands with blanks in a link', () => {
    expect(splitUrls(' i2c:exec:python3 adapter.py --x  serial:/dev/ttyUSB0?baud=9600 bench: ')).toEqual([
      'i2c:exec:python3 adapter.py --x',
      'serial:/dev/ttyUSB0?baud=9600',
      'bench:',
    ]);
    expect(hilEnvironment({})).toEqual({ links: [], powerCommand: undefined, captures: 'hil-captures' });
  });
});

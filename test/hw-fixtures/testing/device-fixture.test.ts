/** The hardware test kit as its users see it: a run of vitest of their own, with the virtual bench as the hardware. */

import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hilEnvironment, splitUrls } from '../../../hw-fixtures/testing/hardware/hil-environment.js';
import { readPcap } from '../../../tools/capture/pcap-read.js';
import { runVitest, type VitestRun } from '../../support/run-vitest.js';

const CASES = 'test/hw-fixtures/testing/cases/vitest.config.ts';
/** The ssd of the default bench. */
const UUID = '7a1c5e10-4c2b-11ee-8d01-001b21000001';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mctpkit-kit-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const run = (env: Readonly<Record<string, string>>): Promise<VitestRun> =>
  runVitest(CASES, ['device.spec'], {
    ...{ MCTPKIT_HIL: '', MCTPKIT_HIL_POWER: '', CASE_UUID: UUID },
    ...env,
  });

const statuses = ({ cases }: Pick<VitestRun, 'cases'>): Record<string, string> =>
  Object.fromEntries([...cases].map(([title, { status }]) => [title, status]));

describe('the hardware test kit', { timeout: 120_000 }, () => {
  it('says of each test what came of it, and keeps the packets of those which fail', async () => {
    const captures = join(folder, 'captures');
    const { cases, output } = await run({
      MCTPKIT_HIL: 'bench:',
      MCTPKIT_HIL_POWER: 'true',
      MCTPKIT_HIL_CAPTURES: captures,
    });
    expect(statuses({ cases })).toEqual({
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
    expect(output).toContain(join(captures, name));
    const packets = [...readPcap(readFileSync(join(captures, name)))];
    expect(packets.length).toBeGreaterThan(1);
  });

  it('skips, and says why', async () => {
    const none = await run({});
    expect(new Set(Object.values(statuses(none)))).toEqual(new Set(['skipped']));
    expect(none.output).toContain('no hardware: set MCTPKIT_HIL to the URL of its link');
    const noPower = await run({ MCTPKIT_HIL: 'bench:', MCTPKIT_HIL_CAPTURES: folder });
    expect(noPower.cases.get('is switched off and on')!.status).toBe('skipped');
    expect(noPower.output).toContain('no power switch: set MCTPKIT_HIL_POWER');
  });

  it('fails where hardware is named and is not there', async () => {
    const elsewhere = await run({
      MCTPKIT_HIL: 'bench:',
      CASE_UUID: '00000000-0000-0000-0000-0000000000ff',
      MCTPKIT_HIL_CAPTURES: folder,
    });
    expect(new Set(Object.values(statuses(elsewhere)))).toEqual(new Set(['failed']));
    expect(elsewhere.cases.get('conforms')!.failureMessages[0]).toMatch(
      /no device with the UUID 0{8}-.*ff on bench:; there is EID 9 at bench:smbus0\/0x1d \(UUID 7a1c5e10/,
    );
    const unplugged = await run({ MCTPKIT_HIL: 'i2c:tty:/dev/ttyNone0', MCTPKIT_HIL_CAPTURES: folder });
    expect(unplugged.cases.get('conforms')!.failureMessages[0]).toContain('/dev/ttyNone0');
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

/** `validate()` as its users see it: a run of vitest of their own, with a test for each check. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ValidateOptions, validate } from '../../../hw-fixtures/testing/index.js';
import { allChecks } from '../../../hw-fixtures/validator/registry.js';
import { runVitest, type VitestCase, type VitestRun } from '../../support/run-vitest.js';

/** The ssd of the default bench. */
const UUID = '7a1c5e10-4c2b-11ee-8d01-001b21000001';
const control = { groups: ['control'] };
const CONTROL = allChecks().filter(({ group }) => group === 'control');
const idOf = ({ title }: VitestCase): string => title.split(':')[0]!;

const folder = mkdtempSync(join(tmpdir(), 'mctpkit-validate-'));
const baseline = join(folder, 'baseline.json');
const profile = join(folder, 'own.toml');
writeFileSync(baseline, JSON.stringify({ checks: [{ id: 'MCTP-CTRL-012', verdict: 'fail' }] }));
writeFileSync(profile, 'groups = ["control"]\n[checks]\nMCTP-CTRL-012 = "recommended"\nMCTP-CTRL-013 = "off"\n');
afterAll(() => rmSync(folder, { recursive: true }));

const CASES: readonly { readonly name: string; readonly device: string; readonly options: ValidateOptions }[] = [
  { name: 'good', device: 'good', options: control },
  { name: 'broken', device: 'MCTP-CTRL-012', options: control },
  { name: 'known', device: 'MCTP-CTRL-012', options: { ...control, baseline } },
  { name: 'lenient', device: 'MCTP-CTRL-012', options: { profile } },
  { name: 'silent', device: 'silent', options: control },
  { name: 'vanishing', device: 'vanishing', options: control },
  { name: 'stack', device: 'stack', options: { groups: ['transport', 'control'] } },
  { name: 'transport', device: 'transport', options: { groups: ['transport', 'control'] } },
  { name: 'hardware', device: 'hardware', options: { groups: ['fru'] } },
  { name: 'nowhere', device: 'no hardware', options: { groups: ['fru'] } },
];

let whole: VitestRun;
beforeAll(async () => {
  whole = await runVitest('test/hw-fixtures/testing/cases/vitest.config.ts', ['validated.spec'], {
    CASES: JSON.stringify(CASES),
    CASE_UUID: UUID,
    MCTPKIT_HIL: 'bench:smbus0',
    MCTPKIT_HIL_POWER: '',
  });
}, 120_000);

function testsOf(name: string): readonly VitestCase[] {
  return whole.all.filter(({ ancestorTitles }) => ancestorTitles[0] === `${name} does what the standards require`);
}
const idsOf = (name: string, status: string): string[] =>
  testsOf(name)
    .filter((one) => one.status === status)
    .map(idOf);

/** The line of the output for that check. */
const lineOf = (name: string, id: string): string =>
  whole.output.split('\n').find((line) => line.includes(`${name} does what`) && line.includes(`${id}:`)) ?? '';

describe('validate()', () => {
  it('makes one test of each check; what does not apply is skipped with its reason, and does not pass', () => {
    const tests = testsOf('good');
    expect(tests.map(({ title }) => title)).toEqual(CONTROL.map(({ id, title }) => `${id}: ${title}`));
    expect(tests[0]!.ancestorTitles[1]).toBe('Control protocol');
    const skipped = idsOf('good', 'skipped');
    expect(skipped).toContain('MCTP-CTRL-034');
    expect(idsOf('good', 'passed')).toHaveLength(CONTROL.length - skipped.length);
    expect(lineOf('good', 'MCTP-CTRL-034')).toContain('[does not apply: the device has no vendor-defined sets]');
  });

  it('fails where a check fails, and says which clause, why it matters, how to mend it, and what passed', () => {
    expect(whole.exitCode).toBe(1);
    expect(idsOf('broken', 'failed')).toEqual(['MCTP-CTRL-012']);
    const message = testsOf('broken').find(({ status }) => status === 'failed')!.failureMessages[0]!;
    expect(message).toContain('MCTP-CTRL-012 (DSP0236 §12.2, mandatory): command 0x02');
    expect(message).toContain('with two bytes too many is answered with 0x00');
    expect(message).toContain('it matters: a requester of another version must be told that it was not understood');
    expect(message).toContain('to mend it: compare the length of the request');
    expect(message).toMatch(
      /sent {5}010908[0-9a-f]{2}00[89][0-9a-f]020000\n {2}received 010809[0-9a-f]{2}00[01][0-9a-f]0200/,
    );
  });

  it('skips what did not pass in the baseline either, and a recommendation which is not followed', () => {
    expect(idsOf('known', 'failed')).toEqual([]);
    expect(lineOf('known', 'MCTP-CTRL-012')).toContain('[does not pass in the baseline either: command 0x02');
    expect(idsOf('lenient', 'failed')).toEqual([]);
    expect(lineOf('lenient', 'MCTP-CTRL-012')).toContain('[only recommended: command 0x02');
    expect(testsOf('lenient')).toHaveLength(CONTROL.length - 1);
  });

  it('fails when the device does not answer, and when it stops to', () => {
    expect(idsOf('silent', 'passed')).toEqual([]);
    expect(whole.output).toContain('EID 9 (bench:w/0x1d) does not answer anything');
    expect(idsOf('vanishing', 'failed')).toEqual([]);
    expect(whole.output).toMatch(/does not answer anything since MCTP-CTRL-\d{3}: /);
    expect(lineOf('vanishing', 'MCTP-CTRL-047')).toContain('[inconclusive: the device does not answer anything]');
  });

  it('takes a stack, and a transport which carries whole messages only', () => {
    expect(idsOf('stack', 'failed')).toEqual([]);
    expect(idsOf('stack', 'passed')).toContain('MCTP-TRAN-001');
    expect(idsOf('transport', 'failed')).toEqual([]);
    expect(idsOf('transport', 'passed')).toContain('MCTP-CTRL-032');
    expect(lineOf('transport', 'MCTP-TRAN-012')).toContain('sends whole messages only, not packets]');
  });

  it('takes a device on the links which MCTPKIT_HIL names, and skips without them', () => {
    expect(idsOf('hardware', 'failed')).toEqual([]);
    expect(idsOf('hardware', 'passed').length).toBeGreaterThan(10);
    expect(new Set(testsOf('nowhere').map(({ status }) => status))).toEqual(new Set(['skipped']));
    expect(whole.output).toContain('no hardware: set MCTPKIT_HIL to the URL of its link');
  });

  it.each([
    [{ groups: ['contrl'] }, 'there is no group "contrl" (did you mean control?)'],
    [{ profile: 'ocp-nik' }, 'there is no profile "ocp-nik" (did you mean ocp-nic?)'],
    [{ baseline: '/nowhere/b.json' }, '/nowhere/b.json'],
    [{ allow: ['everything'] } as unknown as ValidateOptions, 'allow everything is wrong: use update, reset, write'],
  ])('refuses %j at once', (options, says) => {
    expect(() => validate('our device', { eid: 9 }, options)).toThrow(says);
  });
});

/** The verb as a user has it: against the bench, in this process. */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { allChecks } from '../../../hw-fixtures/validator/registry.js';
import { SCHEMAS } from '../../../tools/schema/index.js';
import { inVirtualTime } from '../../support/auto-clock.js';
import { mctpkit, RunningVerb } from '../../support/in-process.js';
import { misfits } from '../../support/json-schema.js';
import { readCapture } from '../../support/pcapng-reader.js';
import { plain } from '../../support/terminal.js';

interface Report {
  readonly device: Readonly<Record<string, unknown>>;
  readonly summary: Readonly<Record<string, number>>;
  readonly checks: readonly Readonly<Record<string, unknown>>[];
}

let folder: string;
const file = (name: string): string => join(folder, name);
const written = (name: string, text: string): string => {
  writeFileSync(file(name), text);
  return file(name);
};
const bench = (name: string, behaviours: readonly string[]): string =>
  written(
    `${name}.toml`,
    `[wires.w]\nkind = "smbus"\nspeed = 400\nhost = 0x10\n\n[devices.dut]\nwire = "w"\naddress = 0x1d\neid = 9\nuuid = "7a1c5e10-4c2b-11ee-8d01-001b21000001"\nbehaviours = ${JSON.stringify(behaviours)}\n`,
  );

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mctpkit-validate-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('mctpkit validate', () => {
  it('prints the report as JSON, and ends with 0 without a fail', async () => {
    const { code, stdout } = await mctpkit(['validate', '9', '--group', 'control', '--group', 'transport', '--json']);
    const report = JSON.parse(stdout) as Report;
    expect(misfits(report, SCHEMAS.validate!)).toEqual([]);
    expect(Object.keys(report)).toEqual(['device', 'summary', 'checks']);
    expect(Object.keys(report.summary).sort()).toEqual(['fail', 'inconclusive', 'notApplicable', 'pass', 'warning']);
    for (const check of report.checks) {
      const contract = ['id', 'clause', 'level', 'group', 'verdict', 'sent', 'received', 'why'];
      expect(Object.keys(check)).toEqual(expect.arrayContaining(contract));
    }
    const expected = allChecks().filter(({ group }) => group === 'control' || group === 'transport');
    expect(report.checks.map(({ id }) => id)).toEqual(expected.map(({ id }) => id));
    expect(report.summary.fail).toBe(0);
    expect(code).toBe(0);
  });

  it('lists all checks, and explains one', async () => {
    const list = JSON.parse((await mctpkit(['validate', '--list', '--json'])).stdout) as Pick<Report, 'checks'>;
    expect(misfits(list, SCHEMAS['validate-list']!)).toEqual([]);
    expect(list.checks.map(({ id }) => id)).toEqual(allChecks().map(({ id }) => id));
    const { stdout } = await mctpkit(['validate', '--explain', 'mctp-ctrl-011']);
    expect(stdout).toContain('MCTP-CTRL-011  It answers commands that it does not know with ERROR_UNSUPPORTED_CMD');
    expect(stdout).toContain('to mend it: ');
  });

  it('ends with 1 with a fail, which comes first with both sides explained, in every report', async () => {
    const link = `bench:${bench('nil', ['nilUuid'])}`;
    const reports = ['--report', file('r.json'), '--junit', file('r.xml'), '--html', file('r.html')];
    const run = await mctpkit([
      ...['validate', '9', '--link', link, '--group', 'control'],
      ...[...reports, '--capture', file('r.pcapng')],
    ]);
    expect(run.code).toBe(1);
    const lines = run.stdout.split('\n');
    expect(lines[1]).toBe('fail  MCTP-CTRL-033  Its UUID is one, and is the same each time  (DSP0236 §12.5)');
    expect(run.stdout).toContain('GetEndpointUUID request #');
    expect(run.stdout).toContain('uuid: 00000000-0000-0000-0000-000000000000');

    const report = JSON.parse(readFileSync(file('r.json'), 'utf8')) as Report;
    const failed = report.checks.filter(({ verdict }) => verdict === 'fail');
    expect(failed.map(({ id }) => id)).toEqual(['MCTP-CTRL-033']);
    const xml = readFileSync(file('r.xml'), 'utf8');
    expect(xml).toContain(`<testsuite name="control" hostname="EID 9 (bench:w/0x1d)" tests="${report.checks.length}"`);
    expect(xml.match(/<failure /g)).toHaveLength(1);
    const html = readFileSync(file('r.html'), 'utf8');
    expect(html.match(/<details /g)).toHaveLength(report.checks.length);
    expect(html.match(/<svg /g)).toHaveLength(1);
    const packets = readCapture(readFileSync(file('r.pcapng'))).packets.length;
    const kept = report.checks.flatMap(({ sent, received }) => [...(sent as string[]), ...(received as string[])]);
    expect(packets).toBeGreaterThanOrEqual(kept.length);

    const baseline = await mctpkit(['validate', '9', '--group', 'control', '--baseline', file('r.json')]);
    expect(baseline.code).toBe(0);
    expect(baseline.stdout).toContain('mended since the baseline: MCTP-CTRL-033');
  });

  it('explains packets of PLDM, too', async () => {
    const link = `bench:${bench('twice', ['answerTwice'])}`;
    const run = await mctpkit(['validate', '9', '--link', link, '--group', 'transport', '--html', file('p.html')]);
    expect(run.stderr).toBe('');
  });

  it('takes profiles: built in, and of a file with levels of its own', async () => {
    for (const name of ['ocp-nic', 'nvme-ssd']) {
      const { stdout } = await mctpkit(['validate', '--list', '--profile', name, '--json']);
      expect((JSON.parse(stdout) as Pick<Report, 'checks'>).checks.length).toBeGreaterThan(60);
    }
    const own = written(
      'own.toml',
      'groups = ["control"]\n\n[checks]\nMCTP-CTRL-033 = "recommended"\nMCTP-CTRL-001 = "off"\n',
    );
    const link = `bench:${bench('nil2', ['nilUuid'])}`;
    const { code, stdout } = await mctpkit(['validate', '9', '--link', link, '--profile', own, '--json']);
    const report = JSON.parse(stdout) as Report;
    expect(code).toBe(0);
    expect(report.checks.filter(({ verdict }) => verdict === 'warning').map(({ id }) => id)).toEqual(['MCTP-CTRL-033']);
    expect(report.checks.some(({ id }) => id === 'MCTP-CTRL-001')).toBe(false);
  });

  it('says in which line of a profile the TOML is wrong, without the text around it', async () => {
    const own = written('wrong.toml', 'groups = ["control"\n[checks]\n');
    const { code, stderr } = await mctpkit(['validate', '9', '--profile', own]);
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: `mctpkit: ${own}:2: not TOML: expected comma or end of structure\n`,
    });
  });

  it('ends with 1 when no device is there, in bounded time, and says it once', async () => {
    const { code, stdout } = await mctpkit(['validate', 'bench:smbus0/0x44']);
    expect(code).toBe(1);
    expect(stdout.match(/the device does not answer anything/g)).toHaveLength(1);
    const asked = allChecks().filter(({ needs }) => needs === undefined);
    expect(stdout).toContain(`and ${asked.length - 8} more`);
  });

  it.each([
    [['validate'], /which device\?/],
    [['validate', '9', '--group', 'contrl'], /no group "contrl".*control/],
    [['validate', '9', '--profile', 'ocp-nik'], /no profile "ocp-nik".*ocp-nic/],
    [['validate', '9', '--allow', 'everything'], /--allow everything is wrong: use update, reset, write/],
    [['validate', '--explain', 'MCTP-CTRL-999'], /no check MCTP-CTRL-999/],
    [['validate', '9', '--baseline', '/nowhere/b.json'], /baseline \/nowhere\/b.json/],
  ])('refuses %j with one line', async (args, says) => {
    const { code, stdout, stderr } = await mctpkit(args);
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(stderr).toMatch(says);
  });

  it('shows what runs, how many of how many, and the verdicts so far', async () => {
    await inVirtualTime(async (clock) => {
      const terminal = { columns: 120, rows: 30 };
      const verb = new RunningVerb(['validate', '9', '--group', 'control'], { clock, terminal });
      await verb.shows(/20 of \d+ {2}\d+ pass {2}MCTP-CTRL-020/);
      await verb.stop();
    });
  });

  it.each(['--report', '--junit', '--html'])(
    '%s to a place that cannot be written is told before anything is sent',
    async (option) => {
      const { code, stdout, stderr } = await mctpkit(['validate', '9', option, '/nowhere/report']);
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toBe('mctpkit: /nowhere/report cannot be written: no such file or directory\n');
    },
  );

  it('Ctrl-C in the middle: what was found until then is shown and reported', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'mctpkit-validate-'));
    try {
      const args = ['validate', '9', '--capture', join(folder, 'run.pcapng'), '--junit', join(folder, 'run.xml')];
      const { signal, stdout } = await inVirtualTime(async (clock) => {
        const verb = new RunningVerb(args, { clock, terminal: { columns: 80, rows: 24 } });
        await verb.shows(/4 of \d+/);
        return verb.stop();
      });
      expect(signal).toBe('SIGINT');
      expect(plain(stdout)).toMatch(/VALIDATE EID 9/);
      expect(plain(stdout)).toMatch(/interrupted after \d+ of \d+ checks; the device was put back/);
      expect(readFileSync(join(folder, 'run.xml'), 'utf8')).toMatch(/<testcase [^>]*MCTP-TRAN-001/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

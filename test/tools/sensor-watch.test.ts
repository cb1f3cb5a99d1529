/** `sensors --watch` as people see it: on a terminal of any size, on one that cannot draw, and in a pipe. */

import { describe, expect, it } from 'vitest';
import { coloursFor, visibleWidth } from '../../tools/format/colours.js';
import { sensorLines } from '../../tools/format/sensors.js';
import type { NumericRow } from '../../tools/pldm/readings.js';
import { watchPicture } from '../../tools/pldm/sensor-screen.js';
import { mctpkit } from '../support/cli.js';
import { pictures, plain, TerminalRun } from '../support/terminal.js';

const ENTER = '\u001b[?1049h\u001b[?25l';
const LEAVE = '\u001b[?25h\u001b[?1049l';
/** What comes behind each escape character. */
function sequences(text: string): string[] {
  return text
    .split('\u001b')
    .slice(1)
    .map((piece) => /^\[[\d;?]*[a-zA-Z]/.exec(piece)?.[0] ?? piece);
}

const plainColours = coloursFor(false, {});

describe('on a terminal', () => {
  it('tables stay in place, none wider or higher than it, whatever its size; Ctrl-C gives it back', async () => {
    const run = await TerminalRun.start(['sensors', '--watch', '-i', '100ms'], { columns: 60, rows: 16 });
    try {
      await run.shows(
        /Composite temperature +4\d\.\d +°C +normal +[▁-█]{3}[\s\S]*1 to \d+ of \d+ lines {2}up\/down scroll {2}q quit/,
      );
      const before = run.output.length;
      for (const lines of pictures(run.output)) {
        expect(lines.length).toBeLessThanOrEqual(16);
        expect(Math.max(...lines.map(visibleWidth))).toBeLessThanOrEqual(60);
      }
      run.type('\u001b[6~\u001b[6~');
      await run.shows(/Chassis power[\s\S]* to (\d+) of \1 lines/);
      run.resize(130, 50);
      await run.shows(
        /NVMe drive[\s\S]*lower critical 0, warning 70, critical 80, fatal 90[\s\S]*Chassis power[\s\S]*q quit/,
      );
      expect(Math.max(...pictures(run.output.slice(before)).map((lines) => lines.length))).toBe(50);
      run.type('\u0003');
      expect(await run.finished).toEqual({ code: 0, signal: null });
      const [start, end] = [run.output.indexOf(ENTER), run.output.indexOf(LEAVE)];
      expect(run.output.slice(0, start)).not.toContain('Composite');
      expect(sequences(run.output).filter((one) => one === '[?1049h')).toHaveLength(1);
      // The last values stay.
      const rest = run.output.slice(end + LEAVE.length);
      expect(plain(rest)).toMatch(/^EID 9 .*NVMe drive\n[\s\S]*Chassis power +On +System Power State\n/);
      expect(sequences(rest).filter((one) => !one.endsWith('m'))).toEqual([]);
      expect(rest).not.toContain('MaxListeners');
    } finally {
      await run.close();
    }
  }, 40_000);

  it('ends at a signal, too, without colours where nobody wants any', async () => {
    const run = await TerminalRun.start(['sensors', 'bench:serial0', '-w'], { env: { NO_COLOR: '1' } });
    try {
      await run.shows(/Fan speed +6\d{3} +RPM/);
      run.child.kill('SIGTERM');
      expect(await run.finished).toEqual({ code: 0, signal: null });
      expect(run.output).toContain(LEAVE);
      expect(sequences(run.output).filter((one) => one.endsWith('m'))).toEqual([]);
    } finally {
      await run.close();
    }
  });

  it('that cannot draw gets lines', async () => {
    const run = await TerminalRun.start(['sensors', 'bench:serial0', '-w', '-c', '1'], { env: { TERM: 'dumb' } });
    try {
      expect(await run.finished).toEqual({ code: 0, signal: null });
      expect(run.output).toMatch(
        /^\d\d:\d\d:\d\d\.\d{3} {2}EID \d+ \(bench:serial0\) {2}Fan speed {2}6\d{3} RPM {2}normal\r?$/m,
      );
      expect(run.output).not.toContain('\u001b');
    } finally {
      await run.close();
    }
  });
});

it('in a pipe there is a line for every value, and nothing drawn', async () => {
  const { code, stdout, stderr } = await mctpkit(['sensors', 'bench:serial0', '--watch', '-c', '2', '-i', '1ms']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout.split('\n').filter((line) => line.includes('Chassis power'))).toHaveLength(1);
  expect(stdout).toMatch(/ {2}Chassis power {2}On$/m);
  expect(stdout).not.toContain('\u001b');
});

describe('the picture', () => {
  const tables = Array.from({ length: 20 }, (_, line) => `line ${line + 1}`);
  const events = ['one', 'two', 'three', 'four', 'five', 'six'];

  it('fills the screen, the latest events at its foot', () => {
    const { lines, top } = watchPicture(tables, events, 99, { columns: 80, rows: 12 }, plainColours);
    expect(lines).toHaveLength(12);
    expect(lines.slice(-5)).toEqual(['three', 'four', 'five', 'six', '14 to 20 of 20 lines  up/down scroll  q quit']);
    expect([lines[0], top]).toEqual(['line 14', 13]);
    expect(watchPicture(tables, [], -5, { columns: 80, rows: 30 }, plainColours)).toEqual({
      lines: [...tables, ...new Array(9).fill(''), 'q quit'],
      top: 0,
    });
    expect(watchPicture(tables, events, 0, { columns: 80, rows: 1 }, plainColours).lines[0]).toBe('line 1');
  });

  it('keeps its columns when a value has fewer decimals than those before', () => {
    const row = { kind: 'numeric', id: 1, name: 'Power', value: 3.5, unit: 'W', limits: {}, error: null } as const;
    const full = { ...row, operationalState: 'enabled', presentState: 'normal' } as NumericRow;
    const look = { colours: plainColours, bars: true, history: new Map([[1, [3.42, undefined, 3.5]]]) };
    expect(sensorLines('it', [full], look)[1]).toContain('3.50  W');
    expect(sensorLines('it', [full], { colours: plainColours, bars: false })[1]).toContain('3.5  W');
    expect(sensorLines('it', [{ ...full, value: null }], look)[1]).toContain('-  W');
  });
});

/** `sensors --watch` on a terminal, and elsewhere. */

import { describe, expect, it } from 'vitest';
import { TestClock } from '../../hw-fixtures/testing/test-clock.js';
import { MctpError } from '../../stack/errors.js';
import { coloursFor, visibleWidth } from '../../tools/format/colours.js';
import { cut, LiveScreen } from '../../tools/format/live-screen.js';
import { sensorLines } from '../../tools/format/sensor-table.js';
import type { Size } from '../../tools/io.js';
import type { Pldm } from '../../tools/pldm/open-termini.js';
import type { NumericRow, SensorRow, SensorSource } from '../../tools/pldm/readings.js';
import { watchSensors } from '../../tools/pldm/sensor-watch.js';
import { type Output, terminalOf } from '../../tools/stream-io.js';
import type { World } from '../../tools/world.js';
import { mctpkit } from '../support/in-process.js';
import { plain, TerminalRun } from '../support/terminal.js';

const ENTER = '\u001b[?1049h\u001b[?25l';
const LEAVE = '\u001b[?25h\u001b[?1049l';

/** The frames that were drawn, each as its lines. */
function framesOf(output: string): string[][] {
  const live = output.slice(output.indexOf(ENTER) + ENTER.length, output.lastIndexOf(LEAVE));
  return live
    .split('\u001b[H')
    .slice(1)
    .map((frame) => plain(frame).split('\n'));
}

describe('on a terminal', () => {
  it('draws tables with sparklines and events in place, fits any size, and gives the terminal back', async () => {
    const run = await TerminalRun.start(['sensors', 'bench:smbus0/0x32', '-w', '-i', '200ms'], {
      columns: 100,
      rows: 30,
    });
    try {
      await run.shows(
        /ASIC temperature +\d+ +°C +\S+ +[▁▂▃▄▅▆▇█]{3,}[\s\S]* event {2}ASIC temperature {2}normal -> upperWarning/,
        30_000,
      );
      run.resize(30, 5);
      await run.shows(/more lines: name fewer[^\n]*\n[^\n]*EID 9[^\n]*\nCtrl-C ends it/);
      const wide = framesOf(`${run.output}${LEAVE}`);
      expect(wide[0]!.at(-1)).toBe('Ctrl-C ends it');
      run.child.kill('SIGINT');
      expect(await run.finished).toEqual({ code: 0, signal: null });
    } finally {
      await run.close();
    }
    const frames = framesOf(run.output);
    for (const lines of frames) expect(lines.length).toBeLessThanOrEqual(30);
    const small = frames.at(-1)!;
    expect(small.length).toBeLessThanOrEqual(5);
    for (const line of small) expect([...line].length).toBeLessThanOrEqual(30);
    // Nothing was drawn before the second screen, and what was seen last is on the first, whole, behind it.
    expect(run.output.split(ENTER)).toHaveLength(2);
    const after = plain(run.output.slice(run.output.lastIndexOf(LEAVE)));
    expect(after).toMatch(/ASIC temperature[\s\S]*Port 0 link[\s\S]*event {2}ASIC temperature/);
  });

  it('that cannot be drawn on gets lines', async () => {
    const run = await TerminalRun.start(['sensors', 'bench:serial0', '-w', '-c', '2', '-i', '50ms'], {
      env: { TERM: 'dumb' },
    });
    try {
      expect(await run.finished).toEqual({ code: 0, signal: null });
      expect(run.output).not.toContain('\u001b');
      expect(run.output).toMatch(/^\d\d:\d\d:\d\d\.\d{3} {2}EID 9 \(bench:serial0\) {2}Fan speed {2}\d/m);
    } finally {
      await run.close();
    }
  });
});

describe('elsewhere', () => {
  it('a line for everything that is new, and one JSON object per line with --json', async () => {
    const args = ['sensors', 'bench:serial0', '--watch', '--count', '2', '--interval', '50ms'];
    const [text, json] = await Promise.all([mctpkit(args), mctpkit([...args, '--json'])]);
    expect(text).toMatchObject({ code: 0, stderr: '' });
    expect(text.stdout).not.toContain('\u001b');
    // What does not change is said once.
    expect(text.stdout.match(/Chassis power {2}On/g)).toHaveLength(1);
    const lines = json.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines.filter(({ event }) => event === 'readings')).toHaveLength(2);
    expect(lines[0]).toMatchObject({ target: expect.stringContaining('bench:serial0'), sensors: expect.any(Array) });
  });
});

describe('LiveScreen', () => {
  function screen(size: Size, lines: readonly string[]) {
    const written: string[] = [];
    const listeners = new Set<() => void>();
    const out = {
      ...size,
      write: (text: string) => written.push(text),
      on: (_event: string, listener: () => void) => listeners.add(listener),
      off: (_event: string, listener: () => void) => listeners.delete(listener),
    };
    const live = new LiveScreen(
      () => lines,
      terminalOf({ stdin: process.stdin, stdout: out as unknown as Output, atExit: () => () => {} }),
    );
    return { live, written, listeners, out };
  }

  it('cuts to the size there is now, and draws again when it changes', () => {
    const { live, written, listeners, out } = screen({ columns: 4, rows: 2 }, ['abcdefgh', 'x', 'y']);
    live.draw();
    expect(written).toEqual([ENTER, '\u001b[H\u001b[Kabcd\r\n\u001b[Jx']);
    out.columns = 6;
    for (const listener of [...listeners]) listener();
    expect(written.at(-1)).toBe('\u001b[H\u001b[Kabcdef\r\n\u001b[Jx');
    live.close();
    live.close();
    expect(written.filter((text) => text === LEAVE)).toHaveLength(1);
    expect(listeners.size).toBe(0);
  });

  it('a terminal that does not know its size is 80 by 24', () => {
    const { live, written } = screen({ columns: 0, rows: 0 }, ['x'.repeat(100)]);
    live.draw();
    expect(written.at(-1)).toBe(`\u001b[H\u001b[J${'x'.repeat(80)}`);
    live.close();
  });

  it('never drawn there is nothing to give back', () => {
    const { live, written } = screen({ columns: 80, rows: 24 }, []);
    live.close();
    expect(written).toEqual([]);
  });

  it('colours take no room', () => {
    const { bad } = coloursFor(true, {});
    const line = `${bad('red')} and ${bad('more')}`;
    for (let columns = 0; columns < 12; columns++) expect(visibleWidth(cut(line, columns))).toBe(columns);
    expect(cut(line, 12)).toBe(line);
  });
});

it('columns stay where they are when a value has fewer decimals than those before', () => {
  const row = { kind: 'numeric', id: 1, name: 'Power', value: 3.5, unit: 'W', limits: {}, error: null } as const;
  const full = { ...row, operationalState: 'enabled', presentState: 'normal' } as NumericRow;
  const colours = coloursFor(false, {});
  const look = { colours, bars: true, history: new Map([[1, [3.42, undefined, 3.5]]]) };
  expect(sensorLines('it', [full], look)[1]).toContain('3.50  W');
  expect(sensorLines('it', [full], { colours, bars: false })[1]).toContain('3.5  W');
  expect(sensorLines('it', [{ ...full, value: null }], look)[1]).toContain('-  W');
});

it('a link which goes down is told once, and its sensors are read again when it is up', async () => {
  const clock = new TestClock();
  const lines: string[] = [];
  const say = (text: string): void => void lines.push(text);
  const io = { print: say, note: say, endUnread() {}, drained: async () => {}, colours: coloursFor(false, {}) };
  const world = { io, clock, time: () => 0, signal: new AbortController().signal } as unknown as World;
  const row: SensorRow = { kind: 'state', id: 1, name: 'Drive', entity: '', states: [], error: null };
  let round = 0;
  const source: SensorSource = {
    target: { name: 'EID 9', to: { eid: 9 } } as SensorSource['target'],
    key: '9',
    title: 'EID 9',
    read: async () => {
      round++;
      if (round === 2 || round === 3) throw new MctpError('ENETDOWN', 'the link is down');
      return [{ ...row, error: `round ${round}` }];
    },
  };
  const options = { json: false, interval: 1000, count: 4, eventsWanted: 'off', world } as const;
  await clock.run(watchSensors(undefined as unknown as Pldm, [], [source], options));
  expect(lines.map((line) => line.replace(/^\S+ {2}/, '').trim())).toEqual([
    'EID 9  Drive  round 1',
    'EID 9: the link is down',
    'EID 9  Drive  round 4',
  ]);
});

/** What `fw update` shows while it runs: where lines can be redrawn, where they cannot, and in how little room. */

import { describe, expect, it } from 'vitest';
import type { UpdateProgress } from '../../../pldm/firmware/index.js';
import { VirtualClock } from '../../../stack/clock.js';
import { UpdateDisplay } from '../../../tools/fw/display.js';
import { type DeviceProgress, progressLines } from '../../../tools/fw/progress-lines.js';
import type { Io } from '../../../tools/io.js';

const downloading = (served: number, at = 0): UpdateProgress & { readonly type: 'progress' } => ({
  type: 'progress',
  phase: 'downloading',
  component: 0,
  done: served,
  size: 100_000,
  percent: undefined,
  served,
  total: 100_000,
  at,
});

class FakeIo {
  readonly printed: string[] = [];
  readonly noted: string[] = [];
  drawn = '';
  draws = 0;
  constructor(private readonly room: { columns: number; rows: number } | undefined) {}
  print = (text: string): void => void this.printed.push(text);
  note = (text: string): void => void this.noted.push(text);
  progress = (text: string): void => {
    this.drawn = text;
    this.draws++;
  };
  progressRoom = () => this.room;
}

const display = (room: { columns: number; rows: number } | undefined, json = false) => {
  const clock = new VirtualClock();
  const io = new FakeIo(room);
  return { clock, io, display: new UpdateDisplay(io as unknown as Io, json, clock) };
};

describe('without a terminal', () => {
  it('a line per device every ten seconds, and none for a short update', () => {
    const { clock, io, display: shown } = display(undefined);
    for (let ms = 0; ms < 35_000; ms += 50) {
      for (const eid of [9, 10]) shown.event(`EID ${eid}`, eid, downloading(ms, clock.now()));
      clock.advance(50);
    }
    expect(io.noted.filter((line) => line.startsWith('EID 9:'))).toEqual([
      'EID 9: component 0 downloading, 10 %, 1.0 kB/s, 1 min 30 s left',
      'EID 9: component 0 downloading, 20 %, 1.0 kB/s, 1 min 20 s left',
      'EID 9: component 0 downloading, 30 %, 1.0 kB/s, 1 min 10 s left',
    ]);
    expect(io.noted).toHaveLength(6);
    expect(io.draws).toBe(0);
  });

  it('JSON: at most a document every 100 ms and device, and each change of phase', () => {
    const { clock, io, display: shown } = display({ columns: 80, rows: 24 }, true);
    for (let ms = 0; ms < 1000; ms += 10) {
      shown.event('EID 9', 9, downloading(ms, clock.now()));
      clock.advance(10);
    }
    shown.event('EID 9', 9, { ...downloading(1000, clock.now()), phase: 'verifying' });
    const documents = io.printed.map((line) => JSON.parse(line));
    expect(documents).toHaveLength(11);
    expect(documents.at(-1)).toMatchObject({ event: 'progress', phase: 'verifying', device: 'EID 9', eid: 9 });
    expect(io.draws).toBe(0);
  });
});

describe('on a terminal', () => {
  it('devices are in the order of their EIDs, whichever begins first', () => {
    const { clock, io, display: shown } = display({ columns: 100, rows: 24 });
    for (const eid of [10, 11, 9]) shown.event(`EID ${eid}`, eid, downloading(0, clock.now()));
    clock.advance(200);
    expect([...io.drawn.matchAll(/EID (\d+)/g)].map(([, eid]) => eid)).toEqual(['9', '10', '11']);
    shown.close();
  });

  it('says when nothing is asked for any more, and stops when it is closed', () => {
    const { clock, io, display: shown } = display({ columns: 100, rows: 24 });
    for (let ms = 0; ms <= 2000; ms += 50) {
      shown.event('EID 9', 9, downloading(ms, clock.now()));
      clock.advance(50);
    }
    expect(io.drawn).toBe('EID 9  component 0 downloading  [................]  2 %  1.0 kB/s  1 min 38 s left');
    // Nothing comes, and time goes on.
    clock.advance(9000);
    expect(io.drawn).toBe('EID 9  component 0 downloading  [................]  2 %  no data');
    shown.close();
    const { draws } = io;
    clock.advance(60_000);
    expect(io.draws).toBe(draws);
    expect(io.drawn).toBe('');
  });

  it('is redrawn ten times a second at most', () => {
    const { clock, io, display: shown } = display({ columns: 100, rows: 24 });
    for (let ms = 0; ms < 1000; ms++) {
      shown.event('EID 9', 9, downloading(ms, clock.now()));
      clock.advance(1);
    }
    expect(io.draws).toBeLessThanOrEqual(11);
    shown.close();
  });
});

describe('a line per device', () => {
  const one = (name: string, served: number): DeviceProgress => ({
    name,
    progress: downloading(served),
    rate: 12_000,
    leftMs: 8000,
    stalled: false,
  });
  const devices = [one('EID 9 (bench:smbus0/0x1d)', 5000), one('EID 10 (bench:serial0)', 100_000)];

  it.each([
    [120, 'EID 9 (bench:smbus0/0x1d)  component 0 downloading  [................]    5 %  12.0 kB/s  8 s left'],
    [85, 'EID 9   component 0 downloading  [................]    5 %  12.0 kB/s  8 s left'],
    [70, 'EID 9   component 0 downloading    5 %  12.0 kB/s  8 s left'],
    [45, 'EID 9   downloading    5 %  8 s left'],
    [20, 'EID 9     5 %'],
  ])('in %i columns', (columns, first) => {
    const lines = progressLines(devices, { columns, rows: 24 });
    expect(lines[0]).toBe(first);
    expect(lines).toHaveLength(2);
    for (const line of lines) expect(line.length).toBeLessThan(columns);
    expect(lines[1]).toMatch(/^EID 10.*100 %/);
  });

  it('as many as there are rows for', () => {
    const many = Array.from({ length: 30 }, (_, index) => one(`EID ${9 + index}`, 0));
    expect(progressLines(many, { columns: 80, rows: 10 })).toHaveLength(9);
    expect(progressLines(many, { columns: 80, rows: 10 }).at(-1)).toBe('and 22 more');
    expect(progressLines(many, { columns: 80, rows: 2 })).toHaveLength(1);
    expect(progressLines([], { columns: 80, rows: 10 })).toEqual([]);
  });
});

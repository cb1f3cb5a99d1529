/** The history of devices: what is recorded, thinned, bounded, and what survives a kill and damage. */

import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { VirtualClock } from '../../../stack/clock.js';
import type { SensorSnapshot, WatchEvent } from '../../../stack/watch/index.js';
import { History, type HistoryOptions } from '../../../tools/history/history.js';
import { HistoryJournal } from '../../../tools/history/history-journal.js';
import { HistoryQueries } from '../../../tools/history/history-queries.js';
import { loadSqlite, openForReading, ownHistory } from '../../../tools/history/open-database.js';
import { SqlFile } from '../../../tools/history/sql-file.js';
import { BOARD, inlet, inletReading } from '../../support/inlet-sensor.js';

const open = await loadSqlite();
const folder = mkdtempSync(join(tmpdir(), 'history-'));
afterAll(() => rmSync(folder, { recursive: true }));

const START = Date.UTC(2026, 0, 1);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const RETENTION = { readingsMs: DAY, minutesMs: 10 * DAY, allMs: 1000 * DAY, mostBytes: 4_000_000 };

let clock: VirtualClock;
let path: string;
let problems: string[];
let files = 0;

beforeEach(() => {
  clock = new VirtualClock();
  path = join(folder, `h${files++}.db`);
  problems = [];
});

function time(): number {
  return START + clock.now();
}

function history(more: Partial<HistoryOptions> = {}): History {
  return new History({
    path,
    open,
    clock,
    time,
    retention: RETENTION,
    waitsForDisk: false,
    onProblem: (what) => problems.push(what),
    ...more,
  });
}

function reading(value: number, more: Partial<SensorSnapshot> = {}): WatchEvent {
  return inletReading(value, time(), more);
}

/** One reading every so often, for so long. */
function record(into: History, forMs: number, everyMs: number, value: (at: number) => number): void {
  for (const until = clock.now() + forMs; clock.now() < until; clock.advance(everyMs))
    into.append(reading(value(clock.now())));
}

describe('a history', () => {
  it('gives back readings as they were, and events with words', () => {
    const recorded = history();
    record(recorded, 10 * MINUTE, 1000, (at) => 20 + at / 1000);
    const from = 'normal';
    recorded.append({
      kind: 'sensorState',
      at: time(),
      device: BOARD,
      sensor: inlet(95, time()),
      from,
      to: 'upperCritical',
      severity: 'critical',
    });
    recorded.note('linkDown', 'i2c:1 is down', 'critical');
    clock.advance(1000);
    const [series] = recorded.reader.readings({ device: 'aaaa', points: 10_000 });
    expect(series!.sensor).toEqual({ key: '1', name: 'Inlet', kind: 'numeric', unit: '°C', states: {} });
    expect(series!.points).toHaveLength(600);
    expect(series!.points[599]).toEqual({ at: START + 599_000, min: 619, mean: 619, max: 619, last: 619, count: 1 });
    expect(recorded.reader.events()).toMatchObject([
      {
        kind: 'sensorState',
        device: 'aaaa',
        deviceName: 'Board',
        sensor: '1',
        severity: 'critical',
        text: 'Inlet: normal -> upperCritical at 95 °C',
      },
      { kind: 'linkDown', device: null, text: 'i2c:1 is down' },
    ]);
    expect(recorded.reader.devices()).toMatchObject([
      { key: 'aaaa', name: 'Board', firstAt: START, sensors: [{ key: '1' }] },
    ]);
    recorded.close();
    expect(problems).toEqual([]);
  });

  it('keeps numbers which need 64 bits exactly', () => {
    const recorded = history();
    const values = [0.1, 1e300, -1234.000001, 2 ** 53];
    for (const value of values) {
      recorded.append(reading(value));
      clock.advance(1000);
    }
    recorded.close();
    const again = history();
    expect(again.reader.readings({ device: 'aaaa' })[0]!.points.map(({ last }) => last)).toEqual(values);
    again.close();
  });

  it('cuts the time into as many parts as were asked for, and loses no peak', () => {
    const recorded = history();
    record(recorded, HOUR, 1000, (at) => (at === 1_800_000 ? 99 : 20 + (at % 7)));
    const [series] = recorded.reader.readings({ device: 'aaaa', points: 60 });
    expect(series!.points.length).toBeLessThanOrEqual(60);
    expect(Math.max(...series!.points.map(({ max }) => max))).toBe(99);
    expect(series!.points.reduce((sum, { count }) => sum + count, 0)).toBe(3600);
    const part = recorded.reader.readings({ device: 'aaaa', from: START + 60_000, to: START + 119_000 });
    expect(part[0]!.points).toHaveLength(60);
    expect(() => recorded.reader.readings({ device: 'nobody' })).toThrow('nothing is recorded of a device nobody');
    expect(() => recorded.reader.readings({ device: 'aaaa', points: 0 })).toThrow('points is a whole number');
    recorded.close();
  });

  it('writes a value which stays once a minute', () => {
    const recorded = history();
    record(recorded, 10 * MINUTE, 1000, () => 7);
    expect(recorded.reader.readings({ device: 'aaaa' })[0]!.points).toHaveLength(10);
    recorded.close();
  });

  it('bounds devices which call themselves otherwise each time', () => {
    const recorded = history();
    for (let index = 0; index < 5000; index++) {
      recorded.append({ kind: 'restarted', at: time(), device: { ...BOARD, key: `k${index}` }, what: 'x' });
    }
    expect(recorded.reader.devices()).toHaveLength(4096);
    expect(recorded.lost).toBe(904);
    recorded.close();
  });
});

describe('old readings', () => {
  it('become points of five minutes, then of an hour, and keep their count and their peaks', () => {
    const recorded = history({ flushMs: 6 * HOUR, commitMs: 6 * HOUR });
    record(recorded, 25 * DAY, MINUTE, (at) => (at === 3 * DAY ? 88 : 20 + ((at / MINUTE) % 10)));
    const [series] = recorded.reader.readings({ device: 'aaaa', points: 10_000 });
    const { points } = series!;
    const gap = (index: number): number => points[index + 1]!.at - points[index]!.at;
    expect(gap(2)).toBe(HOUR);
    expect(gap(points.length - 2)).toBe(MINUTE);
    expect(points.some((_point, index) => index + 1 < points.length && gap(index) === 5 * MINUTE)).toBe(true);
    expect(Math.max(...points.map(({ max }) => max))).toBe(88);
    expect(points.reduce((sum, { count }) => sum + count, 0)).toBe(25 * 24 * 60);
    recorded.close();
    expect(problems).toEqual([]);
  });

  it('are forgotten in the end, events too', () => {
    const recorded = history({
      flushMs: 6 * HOUR,
      commitMs: 6 * HOUR,
      retention: { ...RETENTION, readingsMs: HOUR, minutesMs: DAY, allMs: 30 * DAY },
    });
    recorded.note('linkDown', 'long ago', 'critical');
    record(recorded, 60 * DAY, 10 * MINUTE, (at) => at / DAY);
    const [series] = recorded.reader.readings({ device: 'aaaa' });
    expect(series!.points[0]!.at).toBeGreaterThan(START + 18 * DAY);
    expect(series!.points[0]!.at).toBeLessThan(START + 31 * DAY);
    expect(recorded.reader.events()).toEqual([]);
    recorded.close();
  });

  it('go sooner when the file grows towards its bound, which it never exceeds', () => {
    const retention = { ...RETENTION, mostBytes: 1_000_000 };
    const recorded = history({ flushMs: MINUTE, commitMs: 10 * MINUTE, retention });
    for (let round = 0; round < 600; round++) {
      for (let index = 0; index < 100; index++)
        recorded.append(reading(Math.sin(round + index) * 100, { key: `s${index}` }));
      clock.advance(MINUTE);
    }
    expect(statSync(path).size).toBeLessThanOrEqual(retention.mostBytes);
    expect(problems).toEqual([]);
    const [series] = recorded.reader.readings({ device: 'aaaa', sensor: 's7', points: 10_000 });
    expect(series!.points.at(-1)!.at).toBe(START + 599 * MINUTE);
    recorded.close();
  });
});

describe('a file', () => {
  it('which was left by a kill has all but the last second', () => {
    const recorded = history();
    record(recorded, 10_500, 500, (at) => at);
    const killed = history({ path });
    const [series] = killed.reader.readings({ device: 'aaaa' });
    expect(series!.points.length).toBeGreaterThanOrEqual(19);
    expect(recorded.reader.readings({ device: 'aaaa' })[0]!.points.length - series!.points.length).toBeLessThanOrEqual(
      2,
    );
    killed.close();
  });

  it('whose lock was left by a process which was killed within a transaction is opened', () => {
    history().close();
    mkdirSync(`${path}.lock`);
    clock.advance(3000 * DAY);
    const again = history();
    again.append(reading(1));
    again.close();
    expect(problems).toEqual([]);
    expect(existsSync(`${path}.lock`)).toBe(false);
  });

  it('which cannot be written for a while has all of it afterwards, and says both', () => {
    let isFull = true;
    const full: HistoryOptions['open'] = (file, readOnly) => {
      const database = open(file, readOnly);
      const { exec } = database;
      database.exec = (sql: string) => {
        if (isFull && sql === 'COMMIT') throw new Error('database or disk is full');
        return exec.call(database, sql);
      };
      return database;
    };
    const recorded = history({ open: full });
    record(recorded, 100_000, 1000, (at) => at);
    const pointsOf = (one: History): readonly number[] =>
      one.reader.readings({ device: 'aaaa' })[0]!.points.map(({ last }) => last);
    const all = Array.from({ length: 100 }, (_, index) => index * 1000);
    expect(pointsOf(recorded)).toEqual(all);
    expect(problems).toEqual([`history ${path}: database or disk is full`]);
    isFull = false;
    clock.advance(31_000);
    expect(problems[1]).toBe(`history ${path}: it is written again`);
    expect(pointsOf(recorded)).toEqual(all);
    recorded.close();
    const again = history();
    expect(pointsOf(again)).toEqual(all);
    again.close();
    expect(problems).toHaveLength(2);
  });

  it('has what is said after the time of day was set back, and each at its time', () => {
    let back = 0;
    const recorded = history({ time: () => time() - back });
    for (let index = 0; index < 100; index++) {
      if (index === 40) back = 10 * HOUR;
      const at = time() - back;
      recorded.append({ ...reading(7, { readAt: at }), at });
      clock.advance(61_000);
    }
    const timesOf = (one: History): readonly number[] =>
      one.reader.readings({ device: 'aaaa' })[0]!.points.map(({ at }) => at);
    const times = Array.from({ length: 100 }, (_, index) => START + index * 61_000 - (index < 40 ? 0 : 10 * HOUR));
    times.sort((a, b) => a - b);
    expect(timesOf(recorded)).toEqual(times);
    recorded.close();
    const database = openForReading(open, path, time());
    expect(
      HistoryQueries.of(new SqlFile(database))
        .readings({ device: 'aaaa' })[0]!
        .points.map(({ at }) => at),
    ).toEqual(times);
    database.close();
  });

  it('whose journal ends within a line goes on behind the last whole one', () => {
    const tail = `${path}.tail`;
    writeFileSync(tail, '[1,2,3]\n[1,3,');
    const { journal, left } = HistoryJournal.open<number[]>(tail);
    expect(left).toEqual([[1, 2, 3]]);
    journal.write([...left, [1, 4, 5]]);
    journal.write([...left, [1, 4, 5], [1, 5, 6]]);
    expect(HistoryJournal.open(tail).left).toEqual([
      [1, 2, 3],
      [1, 4, 5],
      [1, 5, 6],
    ]);
    journal.clear();
    expect(HistoryJournal.open(tail).left).toEqual([]);
    journal.close();
  });

  it('which is damaged is set aside, and a new one begun', () => {
    const recorded = history();
    record(recorded, MINUTE, 1000, (at) => at);
    recorded.close();
    writeFileSync(path, Buffer.alloc(40_000, 'not a database'));
    const again = history();
    expect(problems).toEqual([
      expect.stringMatching(/was damaged: it is set aside as .*damaged-.*, and a new one is begun/),
    ]);
    expect(readdirSync(folder).some((name) => name.includes('.damaged-'))).toBe(true);
    again.append(reading(1));
    clock.advance(1000);
    expect(again.reader.events()).toMatchObject([{ kind: 'history', severity: 'critical' }]);
    again.close();
  });

  it('which is damaged or taken away while it is written is begun anew, whatever reads it', () => {
    const recorded = history();
    record(recorded, MINUTE, 1000, (at) => at);
    writeFileSync(path, Buffer.alloc(57_344, 'x'));
    record(recorded, MINUTE, 1000, (at) => at);
    expect(problems).toEqual([expect.stringMatching(/was damaged: it is set aside/)]);
    expect(recorded.reader.readings({ device: 'aaaa' })[0]!.points.length).toBeGreaterThan(20);
    rmSync(path);
    record(recorded, MINUTE, 1000, (at) => at);
    expect(problems.slice(1)).toEqual([`the history ${path} was taken away: a new one is begun`]);
    recorded.close();
    const again = history();
    expect(again.reader.readings({ device: 'aaaa' })[0]!.points.length).toBeGreaterThan(20);
    again.close();
  });

  it('which cannot be begun anew stops nothing, and is begun when that is possible', () => {
    const inside = join(folder, 'inside');
    path = join(inside, 'h.db');
    const recorded = history();
    record(recorded, MINUTE, 1000, (at) => at);
    renameSync(inside, `${inside}-away`);
    writeFileSync(inside, 'a file in the place of the folder');
    record(recorded, MINUTE, 1000, (at) => at);
    expect(problems).toEqual([expect.stringMatching(/h\.db cannot be opened: /)]);
    expect(() => recorded.reader.devices().length + recorded.usedBytes).not.toThrow();
    expect(() => recorded.reader.readings({ device: 'aaaa' })).toThrow(/the history cannot be read just now/);
    rmSync(inside);
    record(recorded, MINUTE, 1000, (at) => at);
    expect(problems.slice(1)).toContainEqual(expect.stringMatching(/was taken away: a new one is begun/));
    expect(recorded.reader.readings({ device: 'aaaa' })[0]!.points.length).toBeGreaterThan(20);
    recorded.close();
  });

  it('belongs to one server', () => {
    const owner = ownHistory(path);
    expect(() => ownHistory(path)).toThrow(
      `the history ${path} is in use by process ${process.pid}: choose another file with history in [watch]`,
    );
    owner.release();
    // Killed: there is no such process, another one has its number, or it could not even write it.
    for (const left of ['4294967 123\n', `${process.pid} 1\n`, '']) {
      writeFileSync(`${path}.owner`, left);
      ownHistory(path).release();
    }
    expect(existsSync(`${path}.owner`)).toBe(false);
  });

  it('is read by others while it is written', () => {
    const recorded = history();
    record(recorded, MINUTE, 1000, (at) => at);
    const database = openForReading(open, path, time());
    expect(HistoryQueries.of(new SqlFile(database)).readings({ device: 'aaaa' })[0]!.points.length).toBeGreaterThan(30);
    database.close();
    recorded.close();
  });

  it('of something else is refused in one sentence', () => {
    expect(() => openForReading(open, join(folder, 'missing.db'), 0)).toThrow(/there is no history .*missing.db/);
    expect(() => history({ path: '/proc/nothing/h.db' })).toThrow(/cannot be opened/);
  });
});

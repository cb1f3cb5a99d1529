/** A time of day which jumps: nothing is forgotten by a wrong one, and the events say what it did. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { VirtualClock } from '../../../stack/clock.js';
import type { WatchEvent } from '../../../stack/watch/index.js';
import { BelievedTime, wordsOfLook } from '../../../tools/history/believed-time.js';
import { History } from '../../../tools/history/history.js';
import { loadSqlite } from '../../../tools/history/open-database.js';
import { inletReading } from '../../support/inlet-sensor.js';

const open = await loadSqlite();
const folder = mkdtempSync(join(tmpdir(), 'clock-jump-'));
afterAll(() => rmSync(folder, { recursive: true }));

const START = Date.UTC(2026, 0, 1);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const YEAR = 365 * DAY;
const RETENTION = { readingsMs: DAY, minutesMs: 10 * DAY, allMs: 100 * DAY, mostBytes: 4_000_000 };

let clock: VirtualClock;
let path: string;
let problems: string[];
let files = 0;
/** How far the time of day is from the right one. */
let wrongMs: number;

beforeEach(() => {
  clock = new VirtualClock();
  path = join(folder, `h${files++}.db`);
  problems = [];
  wrongMs = 0;
});

const time = (): number => START + clock.now() + wrongMs;

function history(retention = RETENTION): History {
  const usual = { path, open, clock, time, retention, flushMs: 10 * MINUTE, commitMs: 10 * MINUTE };
  return new History({ ...usual, waitsForDisk: false, onProblem: (what) => problems.push(what) });
}

function reading(value: number, key = '1'): WatchEvent {
  return inletReading(value, time(), { key });
}

function record(into: History, forMs: number): void {
  for (const until = clock.now() + forMs; clock.now() < until; clock.advance(20 * MINUTE))
    into.append(reading(clock.now()));
}

function counted(from: History): number {
  const [series] = from.reader.readings({ device: 'aaaa', points: 10_000 });
  return series!.points.reduce((sum, { count }) => sum + count, 0);
}

const clockEvents = (from: History): string[] => from.reader.events({ kinds: ['clock'] }).map(({ text }) => text);

describe('a history', () => {
  it('forgets nothing when the time of day is ten years ahead for an hour, and is set right again', () => {
    const recorded = history();
    record(recorded, 3 * DAY);
    const before = counted(recorded);
    expect(before).toBe(3 * 72);
    wrongMs = 10 * YEAR;
    record(recorded, HOUR);
    wrongMs = 0;
    record(recorded, DAY);
    expect(counted(recorded)).toBe(before + 3 + 72);
    expect(clockEvents(recorded)).toEqual([
      'the time of day went ahead by 3650 days: until it has stayed so for a day, nothing is forgotten by it',
      'the time of day went back by 3650 days: what was recorded just before has later times',
    ]);
    expect(problems).toEqual(clockEvents(recorded));
    recorded.close();
  });

  it('forgets nothing when it is started before the network tells the time of day', () => {
    const first = history();
    record(first, 2 * DAY);
    first.close();
    // Off for a week, then on in 1970.
    clock.advance(7 * DAY);
    wrongMs = -START - clock.now();
    const again = history();
    record(again, HOUR);
    wrongMs = 0;
    record(again, HOUR);
    expect(counted(again)).toBe(2 * 72 + 6);
    expect(clockEvents(again)).toEqual([
      'the time of day is 20456 days before what was recorded last: it may not be set yet',
      'the time of day went ahead by 20463 days: until it has stayed so for a day, nothing is forgotten by it',
    ]);
    record(again, DAY);
    // Nor what was recorded in 1970, when all of it is by then in blocks.
    expect(counted(again)).toBe(2 * 72 + 6 + 72);
    expect(clockEvents(again)[2]).toBe(
      'the time of day has stayed for a day as it is: old readings are forgotten by it again',
    );
    again.close();
  });

  it('forgets by a time of day which is far ahead when it has stayed so for a day of running, in several runs', () => {
    const first = history();
    record(first, 2 * DAY);
    first.close();
    clock.advance(200 * DAY);
    let runs = 0;
    for (let left = 2 * 72; left >= 2 * 72; runs++) {
      const again = history();
      record(again, 7 * HOUR);
      left = counted(again) - (runs + 1) * 21;
      again.close();
    }
    // Four runs of seven hours are more than a day; what is older than a hundred days is gone then.
    expect(runs).toBe(4);
    expect(problems).toEqual(['the time of day has stayed for a day as it is: old readings are forgotten by it again']);
    const last = history();
    expect(clockEvents(last)[0]).toMatch(/^nothing was recorded for 200 days, or the time of day is wrong: until/);
    last.close();
  });

  it('which is full forgets what was recorded at a wrong time first', () => {
    const recorded = history({ ...RETENTION, mostBytes: 650_000 });
    const round = (): void => {
      for (let key = 0; key < 100; key++) recorded.append(reading(Math.sin(clock.now() + key), `s${key}`));
      clock.advance(MINUTE);
    };
    for (let index = 0; index < 70; index++) round();
    wrongMs = 10 * YEAR;
    for (let index = 0; index < 70; index++) round();
    wrongMs = 0;
    for (let index = 0; index < 80; index++) round();
    const { points } = recorded.reader.readings({ device: 'aaaa', sensor: 's7' })[0]!;
    expect(points.filter(({ at }) => at > START + YEAR).length).toBe(0);
    expect(points[0]!.at).toBe(START);
    recorded.close();
  });
});

describe('the time which is believed', () => {
  it('follows the time of day over a sleep of hours and over small steps, and says only what is a jump', () => {
    const time = new BelievedTime(0, START, undefined, undefined);
    const look = (clockMs: number, wall: number): string | undefined =>
      wordsOfLook(time.look(clockMs, wall), time.isDoubted);
    expect(look(1000, START + 1000)).toBeUndefined();
    expect(look(2000, START + 32_000)).toBeUndefined();
    expect(look(3000, START + 8 * HOUR)).toBe('the time of day went ahead by 8 hours');
    expect(time.forAges).toBe(START + 8 * HOUR);
    expect(look(4000, START)).toBe(
      'the time of day went back by 8 hours: what was recorded just before has later times',
    );
    expect(time.forAges).toBe(START);
    expect(look(5000, START + 3 * MINUTE)).toBe('the time of day went ahead by 3 min');
  });

  it('is kept from run to run, with how long the other one has stayed', () => {
    const first = new BelievedTime(0, START, undefined, undefined);
    first.look(HOUR, START + YEAR);
    first.look(11 * HOUR, START + YEAR + 10 * HOUR);
    expect(first.kept).toBe(`${START + 11 * HOUR} ${10 * HOUR}`);
    const second = new BelievedTime(0, START + YEAR, START + 5 * YEAR, first.kept);
    second.look(13 * HOUR, START + YEAR + 13 * HOUR);
    expect(second.isDoubted).toBe(true);
    // A jump: it begins anew.
    second.look(14 * HOUR, START + 2 * YEAR);
    second.look(37 * HOUR, START + 2 * YEAR + 23 * HOUR);
    expect([second.isDoubted, second.forAges]).toEqual([true, START + 48 * HOUR]);
    expect(second.look(38 * HOUR, START + 2 * YEAR + DAY).isSettled).toBe(true);
    expect(second.forAges).toBe(START + 2 * YEAR + DAY);
  });

  it('is that of the last reading where no run has kept one', () => {
    expect(new BelievedTime(0, START, START - 3 * DAY, undefined)).toMatchObject({ aheadMs: 3 * DAY, isDoubted: true });
    expect(new BelievedTime(0, START, START - HOUR, 'what is not one').forAges).toBe(START - HOUR);
  });
});

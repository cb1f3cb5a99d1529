/** Rows which viewers see, each at its own pace. */

import { describe, expect, it } from 'vitest';
import { LiveRing } from '../../../tools/web/live-ring.js';
import { LiveTable, type TableChanges, Versions } from '../../../tools/web/live-table.js';
import { SensorTraces } from '../../../tools/web/sensor-traces.js';

const rowsOf = (changes: TableChanges | undefined): unknown =>
  changes && { ...changes, rows: JSON.parse(changes.rows) as unknown };

describe('a live table', () => {
  it('gives a viewer everything first, then what changed', () => {
    const versions = new Versions();
    const table = new LiveTable<{ value: number }>(versions, 10);
    table.put('a', { value: 1 });
    table.put('b', { value: 2 });
    expect(rowsOf(table.changesSince(-1))).toEqual({ all: true, rows: { a: { value: 1 }, b: { value: 2 } }, gone: [] });
    const seen = versions.last;
    expect(table.changesSince(seen)).toBeUndefined();
    expect(table.put('a', { value: 1 })).toBe(false);
    expect(table.changesSince(seen)).toBeUndefined();
    table.put('a', { value: 3 });
    table.put('a', { value: 4 });
    table.delete('b');
    expect(rowsOf(table.changesSince(seen))).toEqual({ all: false, rows: { a: { value: 4 } }, gone: ['b'] });
  });

  it('tells of a row which went and came back as of one which changed', () => {
    const versions = new Versions();
    const table = new LiveTable<number>(versions, 10);
    table.put('a', 1);
    const seen = versions.last;
    table.delete('a');
    table.put('a', 1);
    expect(rowsOf(table.changesSince(seen))).toEqual({ all: false, rows: { a: 1 }, gone: [] });
  });

  it('gives everything again to a viewer which missed more removals than are remembered', () => {
    const versions = new Versions();
    const table = new LiveTable<number>(versions, 10_000);
    for (let n = 0; n < 600; n++) table.put(`k${n}`, n);
    table.put('stays', 1);
    const seen = versions.last;
    for (let n = 0; n < 600; n++) table.delete(`k${n}`);
    expect(rowsOf(table.changesSince(seen))).toEqual({ all: true, rows: { stays: 1 }, gone: [] });
  });

  it('has room for so many rows, of such a size, and no more', () => {
    const table = new LiveTable<string>(new Versions(), 2);
    expect(['a', 'b', 'c'].map((key) => table.put(key, key))).toEqual([true, true, false]);
    expect(table.put('a', 'x'.repeat(20_000))).toBe(false);
    expect(table.keys()).toEqual(['a', 'b']);
  });

  it('shows a part of it by the beginning of the keys', () => {
    const table = new LiveTable<number>(new Versions(), 9);
    for (const key of ['1:9:x', '1:90:x', '1:9:y']) table.put(key, 1);
    expect(rowsOf(table.changesSince(-1, '1:9:'))).toMatchObject({ rows: { '1:9:x': 1, '1:9:y': 1 } });
  });
});

it('a ring keeps the latest, with their numbers', () => {
  const ring = new LiveRing<string>(3);
  for (const text of ['a', 'b', 'c', 'd']) ring.push(text);
  expect([ring.first, ring.next]).toEqual([1, 4]);
  expect([0, 1, 3, 4, -1, Number.NaN].map((n) => ring.at(n))).toEqual([
    undefined,
    'b',
    'd',
    undefined,
    undefined,
    undefined,
  ]);
});

it('traces keep the last points, and null where there was no value', () => {
  const traces = new SensorTraces();
  for (let n = 0; n < 700; n++) traces.add('a', 1000 * n, n === 699 ? Number.NaN : n);
  const { times, values } = traces.points('a');
  expect([times.length, times[0], times.at(-1), values[0], values.at(-1)]).toEqual([600, 100, 699, 100, null]);
  expect(traces.points('b')).toEqual({ times: [], values: [] });
});

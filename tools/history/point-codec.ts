/**
 * Readings in few bytes. A block is: a byte with flags, the number of points, and each point: the ms since the one before
 * it (a variable-length integer) and its numbers, as 32-bit floats when none of the block needs 64 bits. Points which stand
 * for several readings carry their count, least, mean, greatest and last value.
 */

import { FAR_MS } from './believed-time.js';
import type { HistoryPoint } from './history-model.js';

const WIDE = 1;
const SEVERAL = 2;
/** Flags, count, and the most that a point takes. */
const HEAD = 12;
const MOST_OF_A_POINT = 10 + 10 + 4 * 8;

export function encodePoints(points: readonly HistoryPoint[]): Uint8Array {
  const several = points.some(({ count }) => count !== 1);
  const values = (point: HistoryPoint): readonly number[] =>
    several ? [point.min, point.mean, point.max, point.last] : [point.last];
  const wide = points.some((point) => values(point).some((value) => Math.fround(value) !== value) && !several);
  const bytes = new Uint8Array(HEAD + points.length * MOST_OF_A_POINT);
  const view = new DataView(bytes.buffer);
  bytes[0] = (wide ? WIDE : 0) | (several ? SEVERAL : 0);
  let at = putNumber(bytes, 1, points.length);
  let before = 0;
  for (const point of points) {
    at = putNumber(bytes, at, Math.max(0, point.at - before));
    before = point.at;
    if (several) at = putNumber(bytes, at, point.count);
    for (const value of values(point)) {
      if (wide) view.setFloat64(at, value, true);
      else view.setFloat32(at, value, true);
      at += wide ? 8 : 4;
    }
  }
  return bytes.slice(0, at);
}

/** Of a damaged block, what comes before the damage. */
export function decodePoints(bytes: Uint8Array): HistoryPoint[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const points: HistoryPoint[] = [];
  const wide = (bytes[0]! & WIDE) !== 0;
  const several = (bytes[0]! & SEVERAL) !== 0;
  let place = 1;
  const number = (): number => {
    let value = 0;
    for (let scale = 1; place < bytes.length; scale *= 128) {
      const byte = bytes[place++]!;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) break;
    }
    return value;
  };
  const value = (): number => {
    const found = wide ? view.getFloat64(place, true) : view.getFloat32(place, true);
    place += wide ? 8 : 4;
    return found;
  };
  const size = (wide ? 8 : 4) * (several ? 4 : 1);
  let at = 0;
  for (let left = number(); left > 0; left--) {
    at += number();
    const count = several ? number() : 1;
    if (place + size > bytes.length) break;
    if (several) points.push({ at, min: value(), mean: value(), max: value(), last: value(), count });
    else points.push(single(at, value()));
  }
  return points;
}

export function single(at: number, value: number): HistoryPoint {
  return { at, min: value, mean: value, max: value, last: value, count: 1 };
}

/** One point of all of them; there is at least one. */
export function joined(points: readonly HistoryPoint[]): HistoryPoint {
  let [min, max, sum, count] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, 0];
  for (const point of points) {
    min = Math.min(min, point.min);
    max = Math.max(max, point.max);
    sum += point.mean * point.count;
    count += point.count;
  }
  return { at: points[0]!.at, min, mean: sum / count, max, last: points.at(-1)!.last, count };
}

/** One point for each stretch of `ms` in which there are some. */
export function thinned(points: readonly HistoryPoint[], ms: number): HistoryPoint[] {
  const result: HistoryPoint[] = [];
  let from = 0;
  for (let index = 1; index <= points.length; index++) {
    const same = index < points.length && Math.floor(points[index]!.at / ms) === Math.floor(points[from]!.at / ms);
    if (same) continue;
    result.push(index - from === 1 ? points[from]! : joined(points.slice(from, index)));
    from = index;
  }
  return result;
}

function putNumber(bytes: Uint8Array, start: number, number: number): number {
  let [at, rest] = [start, number];
  for (; rest >= 0x80; rest = Math.floor(rest / 128)) bytes[at++] = (rest % 128) | 0x80;
  bytes[at++] = rest;
  return at;
}

/** The time of day may have been set back in between, or far ahead: then they are several runs. */
export function inOrderOfTime(points: readonly HistoryPoint[]): HistoryPoint[][] {
  const runs: HistoryPoint[][] = [];
  let run: HistoryPoint[] | undefined;
  for (const point of points) {
    const since = run === undefined ? Number.NaN : point.at - run.at(-1)!.at;
    if (run === undefined || since < 0 || since > FAR_MS) runs.push((run = []));
    run.push(point);
  }
  return runs;
}

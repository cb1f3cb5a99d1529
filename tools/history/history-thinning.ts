/**
 * Old readings become fewer: after a while one point of five minutes stands for them, later one of an hour, and in the end
 * they are forgotten. When the file grows towards its bound, all of that happens sooner. What has the time of a clock which was
 * not set is of no age: it stays until the file is full.
 */

import { EARLIEST_MS } from './believed-time.js';
import { decodePoints, encodePoints, thinned } from './point-codec.js';
import type { SqlFile } from './sql-file.js';

export interface Retention {
  /** ms for which every reading is kept, then points of five minutes, then points of an hour. */
  readonly readingsMs: number;
  readonly minutesMs: number;
  readonly allMs: number;
  /** Of the file. */
  readonly mostBytes: number;
}

const PAGE_BYTES = 4096;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** Points of a tier stand for so many ms; so much of them is made at once, so that blocks are large enough. */
const TIERS = [
  { from: 0, to: 1, pointMs: 5 * MINUTE_MS, batchMs: DAY_MS },
  { from: 1, to: 2, pointMs: HOUR_MS, batchMs: 10 * DAY_MS },
] as const;

const SENSORS_AT_ONCE = 128;
const MOST_EVENTS = 200_000;
const EVENTS_AT_ONCE = 1_000;
/** Of the bound: from there on sooner, below that slower again; above that the oldest blocks go at once. */
const FULL = 0.8;
const ROOMY = 0.5;
const OVERFULL = 0.93;
const BLOCKS_AT_ONCE = 200;
/** Each step halves the times. */
const MOST_HASTE = 12;

export class HistoryThinning {
  #next = 0;
  #haste = 0;

  constructor(
    private readonly database: SqlFile,
    /** As it is now. */
    public retention: Retention,
  ) {}

  usedBytes(): number {
    const pages = this.database.get('PRAGMA page_count')?.page_count;
    const free = this.database.get('PRAGMA freelist_count')?.freelist_count;
    return PAGE_BYTES * (Number(pages) - Number(free));
  }

  /** A part of the work, within a transaction. */
  step(sensors: readonly number[], now: number): void {
    const turns = Math.min(sensors.length, SENSORS_AT_ONCE);
    for (let turn = 0; turn < turns; turn++) {
      if (this.#next >= sensors.length) {
        this.#next = 0;
        this.#round(now);
      }
      this.#thin(sensors[this.#next++]!, now);
    }
  }

  /**
   * So many bytes will be written: the oldest blocks make room for them, if there is not enough. Those with a time behind
   * `latest`, which cannot be, go first.
   */
  makeRoom(bytes: number, latest: number): void {
    const most = OVERFULL * this.retention.mostBytes - bytes;
    while (this.usedBytes() > most && this.#dropOldest(latest));
  }

  /** All sensors had their turn. */
  #round(now: number): void {
    const share = this.usedBytes() / this.retention.mostBytes;
    if (share > FULL) this.#haste = Math.min(MOST_HASTE, this.#haste + 1);
    else if (share < ROOMY) this.#haste = Math.max(0, this.#haste - 1);
    this.#forgetEvents(now);
  }

  #thin(sensor: number, now: number): void {
    const { readingsMs, minutesMs, allMs } = this.retention;
    const scale = 2 ** -this.#haste;
    const keep = [readingsMs * scale, minutesMs * scale] as const;
    for (const { from, to, pointMs, batchMs } of TIERS) {
      const until = now - keep[from];
      const batch = Math.max(pointMs, batchMs * scale);
      const oldest = 'SELECT min(first_at) AS oldest FROM block WHERE sensor = ? AND tier = ? AND first_at >= ?';
      const first = this.database.get(oldest, [sensor, from, EARLIEST_MS])?.oldest ?? null;
      if (first === null || (first as number) > until - batch) continue;
      this.#join(sensor, { from, to, pointMs }, until);
    }
    const past = now - allMs * scale;
    const forget = 'DELETE FROM block WHERE sensor = ? AND last_at < ? AND first_at >= ?';
    this.database.run(forget, [sensor, past, EARLIEST_MS]);
  }

  #join(
    sensor: number,
    { from, to, pointMs }: { readonly from: number; readonly to: number; readonly pointMs: number },
    until: number,
  ): void {
    const old = 'block WHERE sensor = ? AND tier = ? AND last_at < ? AND first_at >= ?';
    const values = [sensor, from, until, EARLIEST_MS];
    const rows = this.database.all(`SELECT points FROM ${old} ORDER BY first_at`, values);
    const points = thinned(
      rows.flatMap((row) => decodePoints(row.points as Uint8Array)),
      pointMs,
    );
    // Before anything is added: in a full file there is room only for what takes the place of something.
    this.database.run(`DELETE FROM ${old}`, values);
    if (points.length === 0) return;
    const insert = 'INSERT INTO block(sensor, tier, first_at, last_at, points) VALUES(?, ?, ?, ?, ?)';
    this.database.run(insert, [sensor, to, points[0]!.at, points.at(-1)!.at, encodePoints(points)]);
  }

  /** False: there is none. */
  #dropOldest(latest: number): boolean {
    for (const from of [latest, Number.MIN_SAFE_INTEGER]) {
      for (const tier of [0, 1, 2]) {
        const select = 'SELECT id FROM block WHERE tier = ? AND first_at > ? ORDER BY first_at LIMIT ?';
        const changes = this.database.run(`DELETE FROM block WHERE id IN (${select})`, [tier, from, BLOCKS_AT_ONCE]);
        if (changes > 0) return true;
      }
    }
    return false;
  }

  #forgetEvents(now: number): void {
    const { allMs } = this.retention;
    const forget = (where: string, ...values: number[]): void => {
      const select = `SELECT id FROM event WHERE ${where} ORDER BY id LIMIT ${EVENTS_AT_ONCE}`;
      this.database.run(`DELETE FROM event WHERE id IN (${select})`, values);
    };
    forget('at < ? AND at >= ?', now - allMs, EARLIEST_MS);
    const most = this.database.get('SELECT max(id) AS most FROM event')?.most ?? null;
    if (most !== null) forget('id <= ?', (most as number) - MOST_EVENTS);
  }
}

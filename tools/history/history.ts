/**
 * What devices said, recorded for months in one file of bounded size. What comes is written once a second to a journal, so
 * that a process which is killed loses no more than that second; a transaction of the database follows each half minute.
 * Full blocks of one sensor replace its single readings, and with age they are thinned to points of five minutes and of an
 * hour.
 */

import { existsSync } from 'node:fs';
import type { Clock, Timer } from '../../stack/clock.js';
import { MctpError } from '../../stack/errors.js';
import type { Severity, WatchEvent } from '../../stack/watch/index.js';
import { BelievedTime, wordsOfLook, wordsOfStart } from './believed-time.js';
import { wordsOfEvent } from './event-text.js';
import { HistoryJournal } from './history-journal.js';
import type { HistoryPoint, HistoryReader } from './history-model.js';
import { HistoryQueries } from './history-queries.js';
import { HistoryTables } from './history-tables.js';
import { HistoryThinning, type Retention } from './history-thinning.js';
import { bound, isDamage, isLocked, moveAside, type OpenDatabase, openForWriting } from './open-database.js';
import { encodePoints, inOrderOfTime, single } from './point-codec.js';
import { SqlFile } from './sql-file.js';

export interface HistoryOptions {
  readonly path: string;
  readonly open: OpenDatabase;
  readonly clock: Clock;
  /** ms since 1970 */
  readonly time: () => number;
  readonly retention: Retention;
  /** Between two writes to the journal, and between two transactions; ms, default 1000 and 30000. */
  readonly flushMs?: number;
  readonly commitMs?: number;
  /** False: the file may be damaged when the power fails, and transactions are fast. Default true. */
  readonly waitsForDisk?: boolean;
  /** What goes wrong and stops nothing. */
  onProblem(what: string): void;
  /** The file is closed. */
  closed?(): void;
}

interface Tail {
  /** Not in a block yet. */
  points: HistoryPoint[];
  /** Number in the table `recent` of the first of them. */
  firstRow: number;
  lastValue: number;
}

type WaitingReading = readonly [sensor: number, at: number, value: number];
type WaitingEvent = readonly [
  at: number,
  kind: string,
  device: number | null,
  sensor: string | null,
  severity: Severity,
  text: string,
];
type Waiting = WaitingReading | WaitingEvent;

/** A value which stays is written this often. */
const SAME_VALUE_MS = 60_000;
const POINTS_OF_A_BLOCK = 64;
/** A slow sensor does not keep the others' readings in the table of recent ones. */
const LONGEST_BLOCK_MS = 3_600_000;
const BLOCKS_PER_FLUSH = 256;
/** In the database, with their indexes; rather more than less. */
const BYTES_OF_A_READING = 32;
const BYTES_OF_A_BLOCK = 900;
const ROWS_FORGOTTEN_PER_FLUSH = 20_000;
const BELIEVED_TIME = 'believed-time';
/** Between two writes: more is lost, and counted. */
const MOST_WAITING = 65_536;

export class History {
  readonly #options: HistoryOptions;
  #database: SqlFile;
  #tables: HistoryTables;
  #thinning: HistoryThinning;
  #queries: HistoryQueries;
  readonly #time: BelievedTime;
  readonly #tails = new Map<number, Tail>();
  readonly #journal: HistoryJournal<Waiting>;
  #waiting: Waiting[] = [];
  #waitingReadings = 0;
  #committedAt = 0;
  #nextRow = 1;
  #oldestRow = 1;
  readonly #settings = new Map<string, string>();
  #retention: Retention;
  #lost = 0;
  /** As they were last known. */
  #usedBytes = 0;
  readonly #told = new Set<string>();
  /** Something was told. */
  #failed = false;
  #timer: Timer | undefined;
  #closed = false;
  /** The file cannot be used any more, and there is no new one yet. */
  #isGone = false;

  /** @throws MctpError EACCES, EUSAGE: one line */
  constructor(options: HistoryOptions) {
    this.#options = options;
    this.#retention = options.retention;
    const { open, path, time, retention, waitsForDisk = true } = options;
    const { mostBytes } = retention;
    const { database, setAside } = openForWriting(open, path, { time, mostBytes, waitsForDisk });
    this.#database = new SqlFile(database);
    this.#tables = new HistoryTables(this.#database);
    this.#thinning = new HistoryThinning(this.#database, options.retention);
    this.#queries = this.#newQueries();
    this.#restore();
    const { latest } = this.#tables;
    this.#time = new BelievedTime(options.clock.now(), options.time(), latest, this.setting(BELIEVED_TIME));
    const { journal, left } = HistoryJournal.open<Waiting>(`${options.path}.tail`);
    this.#journal = journal;
    for (const line of left) this.#replay(line);
    if (left.length > 0) this.flush();
    if (setAside !== undefined) this.#tellSetAside(setAside);
    const strange = wordsOfStart(this.#time);
    if (strange !== undefined) this.note('clock', strange, 'warning');
    this.#arm();
  }

  get reader(): HistoryReader {
    return {
      devices: () => this.#read((queries) => queries.devices()),
      readings: (query) => this.#read((queries) => queries.readings(query)),
      // Readings which wait are in memory; events are only in the file.
      events: (query) => {
        if (this.#waiting.length > this.#waitingReadings) this.flush();
        return this.#read((queries) => queries.events(query));
      },
    };
  }

  /** @throws MctpError EAGAIN, EIO; what the question deserves */
  #read<T>(ask: (queries: HistoryQueries) => T): T {
    try {
      return ask(this.#queries);
    } catch (error) {
      if (MctpError.is(error)) throw error;
      // Perhaps it is damaged.
      this.#guarded(() => {
        throw error;
      });
      const what = `the history cannot be read just now: ${(error as Error).message}`;
      throw new MctpError(isLocked(error) ? 'EAGAIN' : 'EIO', what, { cause: error });
    }
  }

  /** From now on so much is kept, for so long. */
  retain(retention: Retention): void {
    this.#retention = retention;
    this.#thinning.retention = retention;
    this.#guarded(() => this.#database.exec(bound(retention.mostBytes)));
  }

  /** Readings and events which could not be written. */
  get lost(): number {
    return this.#lost + this.#tables.leftOut;
  }

  /** Bytes of the file which are in use. */
  get usedBytes(): number {
    this.#guarded(() => {
      this.#usedBytes = this.#thinning.usedBytes();
    });
    return this.#usedBytes;
  }

  append(event: WatchEvent): void {
    if (this.#closed) return;
    this.#guarded(() => {
      const device = this.#tables.seen(event.device, event.at);
      if (device === undefined) return;
      if (event.kind === 'reading') {
        const { value, readAt } = event.sensor;
        if (value === null || readAt === null) return;
        const sensor = this.#tables.sensor(device, event.sensor);
        if (sensor !== undefined) this.#take(sensor.id, readAt, value);
        return;
      }
      const words = wordsOfEvent(event)!;
      this.#put([event.at, event.kind, device.id, words.sensor, words.severity, words.text]);
    });
  }

  /** Something which is not about a device. */
  note(kind: string, text: string, severity: Severity): void {
    if (!this.#closed) this.#put([this.#options.time(), kind, null, null, severity, text]);
  }

  /** A value which the next run reads back. */
  setting(name: string): string | undefined {
    return this.#database.get('SELECT value FROM setting WHERE name = ?', [name])?.value as string | undefined;
  }

  keepSetting(name: string, value: string): void {
    if (!this.#closed) this.#settings.set(name, value);
  }

  /** Write what waits into the database, and thin what is old. */
  flush(): void {
    if (this.#closed) return;
    this.#lookAtTime();
    this.#guarded(() => {
      if (this.#isGone || !existsSync(this.#options.path)) this.#beginAnew();
      const database = this.#database;
      database.exec('BEGIN');
      try {
        this.#thinning.makeRoom(
          BYTES_OF_A_READING * this.#waiting.length + BYTES_OF_A_BLOCK * BLOCKS_PER_FLUSH,
          this.#time.latest,
        );
        this.#tables.flush();
        this.#settings.set(BELIEVED_TIME, this.#time.kept);
        const nextRow = this.#writeWaiting();
        const { written, oldestRow } = this.#writeBlocks(nextRow);
        this.#thinning.step(this.#tables.sensorIds(), this.#time.forAges);
        database.exec('COMMIT');
        // Only now: what was rolled back is written with the next one.
        this.#tables.flushed();
        for (const tail of written) tail.points = [];
        [this.#nextRow, this.#oldestRow] = [nextRow, oldestRow];
      } catch (error) {
        if (database.inTransaction) database.exec('ROLLBACK');
        if (isDamage(error) || this.#waiting.length < MOST_WAITING) throw error;
        // It cannot be written for long now, perhaps because the disk is full: it is not kept in memory without end.
        this.#lost += this.#waiting.length;
        this.#forgetWaiting();
        throw error;
      }
      this.#forgetWaiting();
      this.#committedAt = this.#options.clock.now();
      this.#tellRecovered();
    });
  }

  close(): void {
    if (this.#closed) return;
    this.flush();
    this.#timer?.cancel();
    this.#closed = true;
    if (!this.#isGone) {
      this.#guarded(() => this.#database.exec("UPDATE setting SET value = '0' WHERE name = 'open'"));
      this.#guarded(() => this.#database.close());
    }
    this.#journal.close();
    this.#options.closed?.();
  }

  #forgetWaiting(): void {
    this.#waiting = [];
    this.#waitingReadings = 0;
    this.#settings.clear();
    this.#journal.clear();
  }

  #arm(): void {
    const { clock, flushMs = 1000, commitMs = 30_000 } = this.#options;
    this.#timer = clock.schedule(flushMs, () => {
      this.#lookAtTime();
      // What is about a new device can be read only when the database has it.
      if (this.#tables.hasNew || clock.now() - this.#committedAt >= commitMs) this.flush();
      else this.#guarded(() => this.#journal.write(this.#waiting));
      this.#arm();
    });
  }

  #lookAtTime(): void {
    const look = this.#time.look(this.#options.clock.now(), this.#options.time());
    const words = wordsOfLook(look, this.#time.isDoubted);
    if (words !== undefined) this.#tellNoted('clock', words, look.isSettled ? 'ok' : 'warning');
  }

  #take(sensor: number, at: number, value: number): void {
    const tail = this.#tail(sensor);
    const last = tail.points.at(-1);
    // The time of day may be set back: then it is another reading.
    const sinceMs = last === undefined ? undefined : at - last.at;
    if (sinceMs !== undefined && tail.lastValue === value && sinceMs >= 0 && sinceMs < SAME_VALUE_MS) return;
    if (this.#waiting.length >= MOST_WAITING) {
      this.#lost++;
      return;
    }
    const whole = Math.round(at);
    if (tail.points.length === 0) tail.firstRow = this.#nextRow + this.#waitingReadings;
    tail.points.push(single(whole, value));
    tail.lastValue = value;
    this.#waiting.push([sensor, whole, value]);
    this.#waitingReadings++;
  }

  /** A line of the journal of a run which was killed. */
  #replay(line: Waiting): void {
    if (line.length === 3) this.#take(...(line as WaitingReading));
    else this.#put(line as WaitingEvent);
  }

  #put(event: WaitingEvent): void {
    if (this.#waiting.length >= MOST_WAITING) this.#lost++;
    else this.#waiting.push(event);
  }

  #tail(sensor: number): Tail {
    let tail = this.#tails.get(sensor);
    if (tail === undefined) this.#tails.set(sensor, (tail = { points: [], firstRow: 0, lastValue: Number.NaN }));
    return tail;
  }

  /** Returns the number of the next row. */
  #writeWaiting(): number {
    const reading = 'INSERT INTO recent VALUES(?, ?, ?, ?)';
    const event = 'INSERT INTO event(at, kind, device, sensor, severity, text) VALUES(?, ?, ?, ?, ?, ?)';
    let row = this.#nextRow;
    for (const line of this.#waiting) {
      if (line.length === 3) this.#database.run(reading, [row++, ...line]);
      else this.#database.run(event, [...line]);
    }
    for (const setting of this.#settings) {
      this.#database.run('INSERT OR REPLACE INTO setting VALUES(?, ?)', [...setting]);
    }
    return row;
  }

  /** Full ones, and those which are old enough; then the rows which are in blocks are forgotten. */
  #writeBlocks(nextRow: number): { readonly written: readonly Tail[]; readonly oldestRow: number } {
    const now = this.#options.time();
    const written: Tail[] = [];
    let left = BLOCKS_PER_FLUSH;
    let lowest = nextRow;
    for (const [sensor, tail] of this.#tails) {
      const { points } = tail;
      if (points.length === 0) continue;
      const due = points.length >= POINTS_OF_A_BLOCK || now - points[0]!.at > LONGEST_BLOCK_MS;
      if (!due || left === 0) {
        lowest = Math.min(lowest, tail.firstRow);
        continue;
      }
      left--;
      for (const run of inOrderOfTime(points)) {
        this.#database.run('INSERT INTO block(sensor, tier, first_at, last_at, points) VALUES(?, 0, ?, ?, ?)', [
          ...[sensor, run[0]!.at, run.at(-1)!.at],
          encodePoints(run),
        ]);
      }
      written.push(tail);
    }
    if (lowest <= this.#oldestRow) return { written, oldestRow: this.#oldestRow };
    const until = Math.min(lowest, this.#oldestRow + ROWS_FORGOTTEN_PER_FLUSH);
    this.#database.run('DELETE FROM recent WHERE id < ?', [until]);
    return { written, oldestRow: until };
  }

  /** What a run before left in the table of recent readings. */
  #restore(): void {
    const rows = this.#database.get('SELECT min(id) AS least, max(id) AS most FROM recent');
    if (typeof rows?.least !== 'number') return;
    this.#oldestRow = rows.least;
    this.#nextRow = Number(rows.most) + 1;
    const done = new Map(
      this.#database
        .all('SELECT sensor, max(last_at) AS last FROM block WHERE tier = 0 GROUP BY sensor')
        .map(({ sensor, last }) => [sensor as number, last as number]),
    );
    for (const { id, sensor, at, value } of this.#database.all('SELECT * FROM recent ORDER BY id')) {
      if ((at as number) <= (done.get(sensor as number) ?? -1)) continue;
      const tail = this.#tail(sensor as number);
      if (tail.points.length === 0) tail.firstRow = id as number;
      tail.points.push(single(at as number, value as number));
      tail.lastValue = value as number;
    }
  }

  #newQueries(): HistoryQueries {
    return new HistoryQueries(this.#database, this.#tables, (sensor) => this.#tails.get(sensor)?.points ?? []);
  }

  /** A damaged file is set aside, and a new one begun; whatever else goes wrong is told once. */
  #guarded(run: () => void): void {
    try {
      run();
    } catch (error) {
      const { message } = error as Error;
      if (isDamage(error) && !this.#told.has('aside')) {
        this.#told.add('aside');
        try {
          this.#beginAnew();
        } catch (cause) {
          this.#tell((cause as Error).message);
        }
        return;
      }
      // Somebody reads it just now: it is written with the next second.
      if (!isLocked(error)) this.#tell(message);
    }
  }

  #tell(message: string): void {
    if (this.#told.has(message)) return;
    if (this.#told.size < 64) this.#told.add(message);
    this.#failed = true;
    this.#options.onProblem(`history ${this.#options.path}: ${message}`);
  }

  /** @throws Error the system does not let us; the next transaction tries again */
  #beginAnew(): void {
    const { path, open, time, waitsForDisk = true } = this.#options;
    const retention = this.#retention;
    if (!this.#isGone) this.#database.close();
    this.#isGone = true;
    const aside = existsSync(path) ? moveAside(path, time()) : undefined;
    const { database } = openForWriting(open, path, { time, mostBytes: retention.mostBytes, waitsForDisk });
    this.#database = new SqlFile(database);
    this.#tables = new HistoryTables(this.#database);
    this.#thinning = new HistoryThinning(this.#database, retention);
    this.#tails.clear();
    this.#lost += this.#waiting.length;
    this.#forgetWaiting();
    [this.#nextRow, this.#oldestRow] = [1, 1];
    this.#queries = this.#newQueries();
    this.#isGone = false;
    if (aside !== undefined) this.#tellSetAside(aside);
    else this.#tellNoted('history', `the history ${path} was taken away: a new one is begun`, 'warning');
  }

  /** What was told may be told again when it happens again. */
  #tellRecovered(): void {
    if (!this.#failed) return;
    this.#failed = false;
    const isAside = this.#told.has('aside');
    this.#told.clear();
    if (isAside) this.#told.add('aside');
    this.#options.onProblem(
      `history ${this.#options.path}: it is written again${this.#lost > 0 ? `; ${this.#lost} readings and events are lost` : ''}`,
    );
  }

  #tellSetAside(aside: string): void {
    const what = `the history ${this.#options.path} was damaged: it is set aside as ${aside}, and a new one is begun`;
    this.#tellNoted('history', what, 'critical');
  }

  #tellNoted(kind: string, what: string, severity: Severity): void {
    this.note(kind, what, severity);
    this.#options.onProblem(what);
  }
}

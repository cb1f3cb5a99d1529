/** What is asked of a history, read from the file. */

import { MctpError } from '../../stack/errors.js';
import type { Severity } from '../../stack/watch/index.js';
import type {
  EventsQuery,
  HistoryDevice,
  HistoryEvent,
  HistoryPoint,
  HistoryReader,
  HistorySeries,
  ReadingsQuery,
} from './history-model.js';
import { HistoryTables, shownSensor } from './history-tables.js';
import { decodePoints, joined, single } from './point-codec.js';
import type { SqlFile } from './sql-file.js';

const DEFAULT_POINTS = 1000;
const MOST_POINTS = 10_000;
const DEFAULT_EVENTS = 1000;
const MOST_EVENTS = 10_000;
/** Of the file which one question may look at, in points. */
const MOST_LOOKED_AT = 4_000_000;

/** The readings of a sensor which are not in the file's blocks yet. */
export type RecentPoints = (sensor: number) => readonly HistoryPoint[];

export class HistoryQueries implements HistoryReader {
  constructor(
    private readonly database: SqlFile,
    private readonly tables: HistoryTables,
    private readonly recent: RecentPoints,
  ) {}

  /** Of a file which nobody writes just now, or another process does. */
  static of(database: SqlFile): HistoryQueries {
    // Rows of blocks stay for a while.
    const inBlock = 'FROM block WHERE sensor = recent.sensor AND tier = 0 AND recent.at BETWEEN first_at AND last_at';
    const select = `SELECT at, value FROM recent WHERE sensor = ? AND NOT EXISTS (SELECT 1 ${inBlock}) ORDER BY id`;
    return new HistoryQueries(database, new HistoryTables(database), (sensor) =>
      database.all(select, [sensor]).map(({ at, value }) => single(at as number, value as number)),
    );
  }

  devices(): HistoryDevice[] {
    return this.tables.shown();
  }

  /** @throws MctpError ENOENT: there is no such device or sensor; EINVAL */
  readings({ device: key, sensor, from = 0, to = Number.MAX_SAFE_INTEGER, points }: ReadingsQuery): HistorySeries[] {
    const device = this.tables.device(key);
    if (device === undefined) throw new MctpError('ENOENT', `nothing is recorded of a device ${key}`);
    const sensors = [...device.sensors.values()].filter((one) => sensor === undefined || one.key === sensor);
    if (sensor !== undefined && sensors.length === 0) {
      throw new MctpError('ENOENT', `nothing is recorded of a sensor ${sensor} of ${device.name}`);
    }
    const most = limited('points', points ?? DEFAULT_POINTS, MOST_POINTS);
    let left = MOST_LOOKED_AT;
    return sensors.map((one) => {
      const found = this.#points(one.id, from, to, left);
      left -= found.length;
      return { sensor: shownSensor(one), points: reduced(found, from, to, most) };
    });
  }

  /** @throws MctpError EINVAL */
  events({ since = 0, until = Number.MAX_SAFE_INTEGER, device, kinds, limit }: EventsQuery = {}): HistoryEvent[] {
    const most = limited('limit', limit ?? DEFAULT_EVENTS, MOST_EVENTS);
    const of = device === undefined ? undefined : (this.tables.device(device)?.id ?? -1);
    const conditions = ['at >= ?', 'at <= ?'];
    const values: (number | string)[] = [since, until];
    if (of !== undefined) {
      conditions.push('device = ?');
      values.push(of);
    }
    if (kinds !== undefined) {
      conditions.push(`kind IN (${kinds.map(() => '?').join(', ') || 'NULL'})`);
      for (const kind of kinds) values.push(kind);
    }
    const where = conditions.join(' AND ');
    const select = `SELECT * FROM event WHERE ${where} ORDER BY id DESC LIMIT ${most}`;
    return this.database
      .all(select, values)
      .reverse()
      .map((row) => {
        const about = row.device === null ? undefined : this.tables.deviceOfId(row.device as number);
        return {
          id: row.id as number,
          at: row.at as number,
          kind: row.kind as string,
          sensor: row.sensor as string | null,
          severity: row.severity as Severity,
          text: row.text as string,
          device: about?.key ?? null,
          deviceName: about?.name ?? null,
        };
      });
  }

  #points(sensor: number, from: number, to: number, most: number): HistoryPoint[] {
    const select = `SELECT points FROM block WHERE sensor = ? AND tier = ? AND first_at <= ? AND last_at >= ? ORDER BY first_at`;
    const points: HistoryPoint[] = [];
    const take = (all: readonly HistoryPoint[]): void => {
      for (const point of all) if (point.at >= from && point.at <= to && points.length < most) points.push(point);
    };
    // From the coarsest, which is the oldest.
    for (const tier of [2, 1, 0]) {
      for (const row of this.database.all(select, [sensor, tier, to, from])) {
        take(decodePoints(row.points as Uint8Array));
      }
    }
    take(this.recent(sensor));
    return points.sort((a, b) => a.at - b.at);
  }
}

/** @throws MctpError EINVAL */
function limited(name: string, value: number, most: number): number {
  if (Number.isInteger(value) && value >= 1 && value <= most) return value;
  throw new MctpError('EINVAL', `${name} is a whole number from 1 to ${most}`);
}

/** At most so many: one for each of so many equal parts of the time. */
function reduced(points: readonly HistoryPoint[], from: number, to: number, most: number): readonly HistoryPoint[] {
  if (points.length <= most) return points;
  const first = Math.max(from, points[0]!.at);
  const width = (Math.min(to, points.at(-1)!.at) - first + 1) / most;
  const result: HistoryPoint[] = [];
  let begin = 0;
  const part = (index: number): number => Math.floor((points[index]!.at - first) / width);
  for (let index = 1; index <= points.length; index++) {
    if (index < points.length && part(index) === part(begin)) continue;
    result.push(index - begin === 1 ? points[begin]! : joined(points.slice(begin, index)));
    begin = index;
  }
  return result;
}

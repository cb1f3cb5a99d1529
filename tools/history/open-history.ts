/** The history that a verb asks: that of a running server, or a file. */

import type { SharedMctp } from '../../bindings/shared/shared-mctp.js';
import { MctpError } from '../../stack/errors.js';
import { wait } from '../../stack/util/async.js';
import { openFailure, refusal } from '../command-error.js';
import { servedUrl } from '../link-kinds.js';
import { openShared } from '../stacks/shared-stack.js';
import type { World } from '../world.js';
import type { EventsQuery, HistoryDevice, HistoryEvent, HistorySeries, ReadingsQuery } from './history-model.js';
import { HistoryQueries } from './history-queries.js';
import { loadSqlite, openForReading, readError } from './open-database.js';
import { SqlFile } from './sql-file.js';

export const DEFAULT_HISTORY = 'shared:lab';

/** While its server writes. */
const LOCKED_TRIES = 20;
const LOCKED_MS = 100;

export interface OpenedHistory {
  devices(): Promise<readonly HistoryDevice[]>;
  readings(query: ReadingsQuery): Promise<readonly HistorySeries[]>;
  events(query: EventsQuery): Promise<readonly HistoryEvent[]>;
  close(): void;
}

export interface HistoryPlace {
  /** A served network. */
  readonly link: string;
  /** Instead of it. */
  readonly file: string | undefined;
}

/** Do something with it, and close it. @throws CommandError, MctpError: one line */
export async function withHistory<T>(
  place: HistoryPlace,
  world: World,
  run: (history: OpenedHistory) => Promise<T>,
): Promise<T> {
  const history = place.file === undefined ? await ofServer(place.link, world) : await ofFile(place.file, world);
  try {
    return await run(history);
  } catch (error) {
    throw openFailure(error);
  } finally {
    history.close();
  }
}

async function ofServer(link: string, { clock, env }: World): Promise<OpenedHistory> {
  const url = servedUrl(link, ', or --file with the file of a history');
  const shared = await openShared(url, clock, env, { right: 'receive', description: 'mctpkit history' });
  const ask = <A>(op: string, question: object): Promise<A> => call<A>(shared, op, question);
  return {
    devices: () => ask('historyDevices', {}),
    readings: (query) => ask('historyReadings', query),
    events: (query) => ask('historyEvents', query),
    close: () => shared.close(),
  };
}

async function call<A>(shared: SharedMctp, op: string, question: object): Promise<A> {
  return (await shared.connection.call(op, question as Readonly<Record<string, unknown>>)) as A;
}

async function ofFile(path: string, { time, clock }: World): Promise<OpenedHistory> {
  const open = await loadSqlite();
  let file: SqlFile | undefined;
  for (let tries = LOCKED_TRIES; file === undefined; tries--) {
    try {
      file = new SqlFile(openForReading(open, path, time()));
    } catch (error) {
      if (!MctpError.is(error, 'EAGAIN') || tries === 1) throw openFailure(error);
      await wait(clock, LOCKED_MS);
    }
  }
  const opened = file;
  let queries: HistoryQueries | undefined;
  const ask = async <T>(run: (queries: HistoryQueries) => T): Promise<T> => {
    try {
      return run((queries ??= HistoryQueries.of(opened)));
    } catch (error) {
      throw MctpError.is(error) ? error : readError(path, error);
    }
  };
  return {
    devices: () => ask((them) => them.devices()),
    readings: (query) => ask((them) => them.readings(query)),
    events: (query) => ask((them) => them.events(query)),
    close: () => opened.close(),
  };
}

/** By key, EID, `2:9`, or name in any case. @throws CommandError */
export function deviceNamed(devices: readonly HistoryDevice[], text: string): HistoryDevice {
  const same = (name: string): boolean => name.toLowerCase() === text.toLowerCase();
  const found = devices.filter(({ key, eid, network, name }) => {
    return same(key) || same(name) || text === String(eid) || text === `${network}:${eid}`;
  });
  // The one which has the EID now is the one which was seen last.
  const latest = found.sort((a, b) => b.lastAt - a.lastAt)[0];
  if (latest !== undefined) return latest;
  const known = devices.map(({ eid, name }) => `${eid} (${name})`).slice(0, 20);
  throw refusal(
    `nothing is recorded of a device "${text}"${known.length === 0 ? '' : `: known are ${known.join(', ')}`}`,
  );
}

/** What clients of a served network may ask of the watch: its history, and the packets of the flight recorder. */

import type { JsonObject } from '../../../bindings/shared/frame.js';
import type { MoreOperation } from '../../../bindings/shared/server/network-additions.js';
import { optionalNumberIn, optionalTextIn, textIn } from '../../../bindings/shared/shared-protocol.js';
import { MctpError } from '../../../stack/errors.js';
import type { EventsQuery, HistoryReader, ReadingsQuery } from '../../history/history-model.js';
import type { PacketDumps } from './packet-dumps.js';

const LONGEST_TEXT = 256;
const MOST_KINDS = 32;
const LATEST = Number.MAX_SAFE_INTEGER;

export interface WatchSources {
  readonly history: HistoryReader | undefined;
  readonly dumps: PacketDumps | undefined;
}

/** `sources`: of the server as it is; undefined without `[watch]`. */
export function watchOperations(sources: () => WatchSources | undefined): Readonly<Record<string, MoreOperation>> {
  const history = (run: (reader: HistoryReader, question: JsonObject) => unknown): MoreOperation => ({
    right: 'receive',
    run: (_client, question) => {
      const reader = sources()?.history;
      if (reader === undefined) {
        throw new MctpError('ENOTSUP', 'the server records no history: give its configuration a section [watch]');
      }
      return run(reader, question);
    },
  });
  return {
    historyDevices: history((reader) => reader.devices()),
    historyReadings: history((reader, question) => reader.readings(readingsIn(question))),
    historyEvents: history((reader, question) => reader.events(eventsIn(question))),
    dump: {
      right: 'manage',
      run: (_client, question) => {
        const dumps = sources()?.dumps;
        if (dumps === undefined) {
          throw new MctpError('ENOTSUP', 'the server has no flight recorder: give its configuration a section [watch]');
        }
        const reason = optionalTextIn(question, 'reason', 32) ?? 'asked';
        if (!/^[a-z0-9-]+$/.test(reason)) throw new MctpError('EINVAL', 'reason is a word of letters, digits and -');
        return dumps.dump(reason);
      },
    },
  };
}

function readingsIn(question: JsonObject): ReadingsQuery {
  const sensor = optionalTextIn(question, 'sensor', LONGEST_TEXT);
  const from = optionalNumberIn(question, 'from', 0, LATEST);
  const to = optionalNumberIn(question, 'to', 0, LATEST);
  const points = optionalNumberIn(question, 'points', 1, LATEST);
  return {
    device: textIn(question, 'device', LONGEST_TEXT),
    ...(sensor !== undefined && { sensor }),
    ...(from !== undefined && { from }),
    ...(to !== undefined && { to }),
    ...(points !== undefined && { points }),
  };
}

function eventsIn(question: JsonObject): EventsQuery {
  const since = optionalNumberIn(question, 'since', 0, LATEST);
  const until = optionalNumberIn(question, 'until', 0, LATEST);
  const device = optionalTextIn(question, 'device', LONGEST_TEXT);
  const limit = optionalNumberIn(question, 'limit', 1, LATEST);
  const { kinds } = question;
  const isList = Array.isArray(kinds) && kinds.length <= MOST_KINDS && kinds.every((kind) => typeof kind === 'string');
  if (kinds !== undefined && !isList) throw new MctpError('EINVAL', `kinds is a list of at most ${MOST_KINDS} texts`);
  return {
    ...(since !== undefined && { since }),
    ...(until !== undefined && { until }),
    ...(device !== undefined && { device }),
    ...(limit !== undefined && { limit }),
    ...(isList && { kinds: kinds as string[] }),
  };
}

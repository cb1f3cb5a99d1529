/** The keys of `[watch]` and `[watch.hooks.NAME]`, as those of the other sections in config-keys.ts. */

import { section } from './config-section.js';
import { flag, listOf, milliseconds, oneOf, text, webUrl, whole, wholeDays, words } from './key-kinds.js';

/** `[watch]`: `serve` watches termini and drives, and records what they say. */
export const WATCH = section({
  'max-bus-share': { kind: whole(1, 100), what: 'percent of the time of a wire which watching may take', default: 25 },
  'interval-ms': {
    kind: milliseconds(100),
    what: 'between two readings of a sensor which does not say how often it has new ones',
    default: 10_000 as number,
  },
  'min-interval-ms': {
    kind: milliseconds(100),
    what: 'no sensor is read more often',
    default: 1_000 as number,
  },
  'drive-interval-ms': {
    kind: milliseconds(100),
    what: 'between two health polls of a drive',
    default: 10_000 as number,
  },
  'check-ms': {
    kind: milliseconds(1_000),
    what: 'between two looks whether a device was restarted or has other PDRs',
    default: 60_000 as number,
  },
  events: {
    kind: oneOf('best', 'keepAlive', 'async', 'poll', 'off'),
    what: 'how events of termini come to us; `best`: as well as the terminus can. Drives send theirs, but with `poll` and `off`',
    default: 'best',
  },
  'set-tids': {
    kind: flag,
    what: 'give a TID to a terminus which has none, or that of another',
    default: true as boolean,
  },
  history: {
    kind: text,
    what: 'the file which records readings and events; `"none"`: nothing is recorded',
    otherwise:
      '`$STATE_DIRECTORY/history.db`, `$XDG_STATE_HOME/mctpkit/history.db`, or `~/.local/state/mctpkit/history.db`',
  },
  'history-mb': {
    kind: whole(4, 65_536),
    what: 'most size of that file; 1 MB is 1 000 000 bytes',
    default: 256 as number,
  },
  'keep-readings-days': {
    kind: wholeDays,
    what: 'days for which every reading is kept; then one point of five minutes',
    default: 7 as number,
  },
  'keep-minutes-days': {
    kind: wholeDays,
    what: 'days for which points of five minutes are kept; then one of an hour',
    default: 90 as number,
  },
  'keep-days': { kind: wholeDays, what: 'days after which all is forgotten', default: 1_825 as number },
  'recorder-packets': {
    kind: whole(0, 1_000_000),
    what: 'the latest packets of each link which the flight recorder keeps in memory; 0: none',
    default: 4_096 as number,
  },
  'recorder-dir': {
    kind: text,
    what: 'where the flight recorder writes its files',
    otherwise: 'beside the history',
  },
  'recorder-faults': {
    kind: listOf('pec-storm', 'timeout', 'lost-device', 'link-down'),
    what: 'what makes the flight recorder write a file',
    otherwise: '`[]`',
  },
});

/** `[watch.hooks.NAME]`: what is run when something happens. */
export const HOOK = section({
  command: { kind: words, what: 'a program and its arguments, run without a shell', otherwise: '`url`' },
  url: { kind: webUrl, what: 'where the event is sent to as JSON, by POST', otherwise: '`command`' },
  on: {
    kind: listOf(
      'threshold',
      'state',
      'lost-device',
      'returned',
      'appeared',
      'restarted',
      'firmware',
      'link-down',
      'event',
    ),
    what: 'what it is run for',
    otherwise: '`["threshold", "lost-device"]`',
  },
  'per-minute': {
    kind: whole(1, 1_000),
    what: 'most runs within a minute; the others are left out and counted',
    default: 10,
  },
});

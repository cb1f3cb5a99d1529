/** The verb `events`: what a watching server recorded that happened. */

import { EXIT, usageError } from '../command-error.js';
import { EVENT_KINDS } from '../history/event-text.js';
import { eventLines, eventsDocument } from '../history/history-look.js';
import { DEFAULT_HISTORY, deviceNamed, withHistory } from '../history/open-history.js';
import { allFor } from '../option-actions.js';
import { didYouMean } from '../suggest.js';
import {
  defineVerb,
  JSON_OPTION,
  momentMs,
  momentOption,
  offering,
  repeatedOption,
  textOption,
  wholeNumberOption,
} from '../verb.js';

const DAY_MS = 86_400_000;
/** Not of a file. */
const OF_SERVER = 'without --file';

export const events = defineVerb({
  name: 'events',
  summary: 'what happened to devices, as a watching server recorded it: states, thresholds, restarts, firmware, losses',
  description:
    'mctpkit serve with a section [watch] records what happens to devices: they come and go, fall silent and return, are ' +
    'restarted, have other firmware or other PDRs; sensors pass thresholds and change their state; devices send events.',
  arguments: [{ name: 'device', summary: 'by EID, name or UUID; none: all', required: false, many: false }],
  options: {
    ...allFor([OF_SERVER], {
      link: textOption('-l, --link <url>', `the network whose server watches (${DEFAULT_HISTORY})`, DEFAULT_HISTORY),
    }),
    file: textOption('--file <path>', 'read this history instead of asking a server', undefined),
    since: momentOption('--since <when>', 'from then on: 2h, 30d (before now), or a date (1d)', { ago: DAY_MS }),
    until: momentOption('--until <when>', 'up to then (now)', { ago: 0 }),
    kind: offering(
      repeatedOption('-k, --kind <kind>', 'only these: sensorState, watchState, firmware, ...; repeatable'),
      () => EVENT_KINDS,
    ),
    limit: wholeNumberOption('-n, --limit <n>', 'the latest so many (1000)', 1, 10_000, 1000),
    json: JSON_OPTION,
  },
  examples: [
    ['mctpkit events', 'of the last day'],
    ['mctpkit events --since 30d --kind watchState', 'which devices were silent, and when they came back'],
    ['mctpkit events 9 --since 2026-11-01 --json', 'of one device, for programs'],
  ],
  does: (_args, { file }) => [file === undefined ? OF_SERVER : '--file'],
  async run({ args: [device], options, world }) {
    const { io } = world;
    const { link, file, json, limit, kind } = options;
    const wrong = kind.find((one) => !EVENT_KINDS.includes(one));
    if (wrong !== undefined) {
      throw usageError(
        `there is no kind "${wrong}"${didYouMean(wrong, EVENT_KINDS)}: known are ${EVENT_KINDS.join(', ')}`,
      );
    }
    const now = world.time();
    const [since, until] = [momentMs(options.since, now), momentMs(options.until, now)];
    return await withHistory({ link, file }, world, async (recorded) => {
      const about = device === undefined ? undefined : deviceNamed(await recorded.devices(), device);
      const found = await recorded.events({
        since: Math.round(since),
        until: Math.round(until),
        limit,
        ...(about !== undefined && { device: about.key }),
        ...(kind.length > 0 && { kinds: kind }),
      });
      if (json) io.print(JSON.stringify(eventsDocument(found), null, 2));
      else if (found.length === 0) io.note('nothing happened in this time');
      else for (const line of eventLines(found, io.colours)) io.print(line);
      return found.length > 0 ? EXIT.done : EXIT.refused;
    });
  },
});

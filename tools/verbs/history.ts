/** The verb `history`: readings that a watching server recorded. */

import { EXIT, printable, refusal, usageError } from '../command-error.js';
import { csvLines, deviceLines, historyDocument, pictureOf, seriesLines } from '../history/history-look.js';
import { DEFAULT_HISTORY, deviceNamed, withHistory } from '../history/open-history.js';
import { allFor } from '../option-actions.js';
import { writeWholeFile } from '../read-file.js';
import { defineVerb, flag, JSON_OPTION, momentMs, momentOption, textOption, wholeNumberOption } from '../verb.js';

const DAY_MS = 86_400_000;
/** Not of a file. */
const OF_SERVER = 'without --file';
/** Not of the list of devices. */
const OF_DEVICE = 'DEVICE';
/** Of a sparkline and of a picture. */
const TABLE_POINTS = 48;
const PICTURE_POINTS = 800;
const ROW_POINTS = 24;

export const history = defineVerb({
  name: 'history',
  summary:
    'what a watching server recorded of devices: readings by device, sensor and time, as table, CSV, JSON or picture',
  description:
    'mctpkit serve with a section [watch] records the readings of all sensors. Without a device: which devices there are. ' +
    'With one: its sensors with least, mean and greatest value and a sparkline. With a sensor, too: its readings. ' +
    'Readings of months are as many points as are asked for: each says least, mean and greatest of its time.',
  arguments: [
    { name: 'device', summary: 'by EID, name or UUID', required: false, many: false },
    { name: 'sensor', summary: 'by name or number', required: false, many: false },
  ],
  options: {
    ...allFor([OF_SERVER], {
      link: textOption('-l, --link <url>', `the network whose server watches (${DEFAULT_HISTORY})`, DEFAULT_HISTORY),
    }),
    file: textOption('--file <path>', 'read this history instead of asking a server', undefined),
    ...allFor([OF_DEVICE], {
      since: momentOption('--since <when>', 'from then on: 2h, 30d (before now), or a date (1d)', { ago: DAY_MS }),
      until: momentOption('--until <when>', 'up to then (now)', { ago: 0 }),
      points: wholeNumberOption('-n, --points <n>', 'at most so many points of a sensor', 1, 10_000, undefined),
    }),
    csv: flag('--csv', 'comma-separated values, a line per point'),
    svg: textOption('--svg <file>', 'write a picture', undefined),
    json: JSON_OPTION,
  },
  does: ([device], { file }) => [
    device === undefined ? 'without a device' : OF_DEVICE,
    file === undefined ? OF_SERVER : '--file',
  ],
  examples: [
    ['mctpkit history', 'which devices are recorded'],
    ['mctpkit history 9 --since 7d', 'all sensors of EID 9 in a week'],
    ['mctpkit history "NVMe drive" temperature --since 2026-11-01 --svg drive.svg', ''],
    ['mctpkit history 9 --since 30d --csv > board.csv', 'for a spreadsheet'],
    ['mctpkit history 9 --file /var/lib/mctpkit/history.db', 'without the server'],
  ],
  async run({ args: [device, sensor], options, world }) {
    const { io } = world;
    const { link, file, csv, json, svg } = options;
    if ([csv, json, svg !== undefined].filter(Boolean).length > 1)
      throw usageError('use one of --csv, --json and --svg');
    if (device === undefined && (csv || svg !== undefined)) {
      throw usageError('which device? Name one: mctpkit history lists them');
    }
    const now = world.time();
    const [from, to] = [momentMs(options.since, now), momentMs(options.until, now)];
    if (from > to) throw usageError('--since is after --until');
    return await withHistory({ link, file }, world, async (recorded) => {
      const devices = await recorded.devices();
      if (device === undefined) {
        if (json) io.print(JSON.stringify(historyDocument(devices), null, 2));
        else if (devices.length === 0) throw refusal('nothing is recorded yet');
        else for (const line of deviceLines(devices)) io.print(printable(line));
        return EXIT.done;
      }
      const about = deviceNamed(devices, device);
      const wanted = about.sensors.find(
        ({ key, name }) => sensor !== undefined && (key === sensor || name.toLowerCase() === sensor.toLowerCase()),
      );
      if (sensor !== undefined && wanted === undefined) {
        const known = about.sensors.map(({ name }) => name).join(', ');
        throw refusal(
          `nothing is recorded of a sensor "${sensor}" of ${about.name}${known === '' ? '' : `: known are ${known}`}`,
        );
      }
      const usual = svg !== undefined ? PICTURE_POINTS : sensor !== undefined ? ROW_POINTS : TABLE_POINTS;
      const points = options.points ?? (csv || json ? 1000 : usual);
      const query = { device: about.key, from: Math.round(from), to: Math.round(to), points };
      const series = await recorded.readings({ ...query, ...(wanted !== undefined && { sensor: wanted.key }) });
      if (json) io.print(JSON.stringify(historyDocument(devices, about, series), null, 2));
      else if (csv) for (const line of csvLines(about, series)) io.print(printable(line));
      else if (svg !== undefined) {
        writeWholeFile(svg, pictureOf(about, series));
        io.note(`saved ${svg}`);
      } else for (const line of seriesLines(about, series, wanted !== undefined)) io.print(printable(line));
      return series.some((one) => one.points.length > 0) ? EXIT.done : EXIT.refused;
    });
  },
});

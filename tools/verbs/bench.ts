/** The verb `bench`: how much, how fast, how reliably. */

import { resolveAddress } from '../address.js';
import { addressedSession } from '../addressed-session.js';
import { DATA_HEADER_SIZE } from '../bench/bench-formats.js';
import { benchReport, type Interval, intervalLine, linkChange, reportLines } from '../bench/bench-report.js';
import { type Measured, measureEcho, newMeasured, requestData, sendData } from '../bench/run-bench.js';
import { EXIT, usageError } from '../command-error.js';
import { CONFIG_OPTION } from '../config/find.js';
import { allFor, onlyFor } from '../option-actions.js';
import { writeWholeFile } from '../read-file.js';
import {
  ASSIGN_OPTION,
  CAPTURE_OPTION,
  defineVerb,
  durationOption,
  flag,
  jsonOrLines,
  LINK_OPTION,
  OWN_EID_OPTION,
  offering,
  shortTimeOption,
  textOption,
  valueOption,
  wholeNumberOption,
} from '../verb.js';
import { every, stopWith } from '../wait.js';
import type { World } from '../world.js';
import { checkReplaceable, orUnwritable } from '../writable.js';

const MODES = { echo: measureEcho, send: sendData, request: requestData } as const;
type Mode = keyof typeof MODES;
const DEFAULT_COUNT = 1000;
const MEASURES = 'ADDRESS';
const ONCE = 'without --soak';

export const bench = defineVerb({
  name: 'bench',
  summary: 'measure throughput, loss and latency, once or for days',
  description:
    "Works with Linux's own tools and with itself. Mode echo sends what mctp-req sends and expects it back (the other end: " +
    'mctp-echo, mctpkit echo, the devices of the bench); send streams the data of mctp-bench, which the other end counts; ' +
    'request asks the other end for such a stream and counts it. --serve is the other end of all three.',
  arguments: [{ name: 'address', summary: 'which endpoint', required: false, many: false }],
  options: {
    link: LINK_OPTION,
    ...allFor([MEASURES], {
      mode: offering(
        valueOption(
          '-m, --mode <mode>',
          'echo, send or request (echo)',
          'echo, send or request',
          modeOf,
          'echo' as Mode,
        ),
        () => Object.keys(MODES),
      ),
      size: wholeNumberOption(
        '-s, --size <bytes>',
        'bytes per message, without type byte and prefix for echo (64)',
        0,
        65_000,
        64,
      ),
      count: wholeNumberOption(
        '-c, --count <n>',
        `messages (${DEFAULT_COUNT}, or until the time is over)`,
        1,
        1e12,
        undefined,
      ),
    }),
    ...allFor([ONCE], { for: durationOption('--for <time>', 'end after this time, e.g. 10s', undefined) }),
    ...allFor(['--mode echo', '--mode send'], {
      parallel: wholeNumberOption('-p, --parallel <n>', 'messages under way at a time (1)', 1, 64, 1),
      rate: wholeNumberOption('--rate <n>', 'messages per second at most', 1, 1e6, undefined),
    }),
    ...allFor(['--mode echo', '--mode request'], {
      timeout: shortTimeOption('-W, --timeout <time>', 'to wait for an answer (1s)', 1, 1000),
    }),
    ...allFor([MEASURES], {
      soak: durationOption('--soak <time>', 'run for this long, with a line per interval, e.g. 12h', undefined),
      report: textOption('--report <file>', 'write the report as JSON, also while a soak runs', undefined),
    }),
    every: onlyFor(['--soak'], durationOption('--every <time>', 'interval of a soak (60s)', 60_000)),
    serve: flag('--serve', 'be the other end, on --link, until Ctrl-C'),
    eid: onlyFor(['--serve'], wholeNumberOption('--eid <eid>', 'with --serve: start with this EID', 8, 254, undefined)),
    json: jsonOrLines('--serve'),
    ...allFor([MEASURES], {
      ownEid: OWN_EID_OPTION,
      assign: ASSIGN_OPTION,
      capture: CAPTURE_OPTION,
      config: CONFIG_OPTION,
    }),
  },
  does: (_args, { serve, mode, soak }) =>
    serve ? ['--serve'] : [soak === undefined ? ONCE : '--soak', MEASURES, `--mode ${mode}`],
  examples: [
    ['mctpkit bench 9', 'round trips on the virtual bench'],
    ['mctpkit bench 20 -l serial:/dev/ttyUSB0 --size 1024 --parallel 4 --for 10s', ''],
    ['mctpkit bench --serve --link serial:/dev/ttyUSB1', 'the other end'],
    ['mctpkit bench 20 -l serial:/dev/ttyUSB0 --mode request --size 4000 -c 500', 'let the other end send'],
    ['mctpkit bench i2c:1/0x1d --soak 12h --report soak.json', 'overnight'],
  ],
  async run({ args, options, world }) {
    const { io, signal, clock } = world;
    const { serve, mode, size, json, count, soak } = options;
    if (serve) {
      if (args.length > 0) throw usageError(`--serve waits for others: the address ${args[0]} is too much`);
      const { serveBench } = await import('../bench/serve-verb.js');
      return serveBench({ links: options.link, eid: options.eid, json, world });
    }
    if (args[0] === undefined) throw usageError('which endpoint? give an address such as 9, or --serve');
    if (mode !== 'echo' && size < DATA_HEADER_SIZE)
      throw usageError(`--size ${size} is too small: a message of mctp-bench has at least ${DATA_HEADER_SIZE} bytes`);
    if (options.report !== undefined) checkReplaceable(options.report);
    const { session, addresses } = await addressedSession([args[0]], options, world);
    const stop = stopWith(signal);
    try {
      io.progress('looking for it ...');
      const { to, name } = await resolveAddress(session, addresses[0]!, true);
      if (!json && options.report === undefined) io.endUnread();
      if (!json) io.print(`bench ${mode} with ${name}: ${size} bytes, ${options.parallel} at a time`);
      const measured = newMeasured();
      const counted = () => session.stack.counters(session.links.map(({ name: link }) => link));
      const before = counted();
      const duration = soak ?? options.for;
      const load = {
        size,
        count: count ?? (duration === undefined ? DEFAULT_COUNT : undefined),
        parallel: options.parallel,
        timeoutMs: options.timeout,
        rate: options.rate,
      };
      const intervals: Interval[] = [];
      let failure: unknown;
      const report = () => {
        const links = [...counted()].map(([name, now]) => linkChange(name, before.get(name) ?? {}, now));
        const ended = { ...measured, times: measured.times, endMs: measured.endMs || session.clock.now() };
        return benchReport(ended, { target: name, mode, size, parallel: options.parallel, links, intervals });
      };
      const save = (): void => {
        const file = options.report;
        if (file === undefined) return;
        orUnwritable(file, () => writeWholeFile(file, `${JSON.stringify(report(), null, 2)}\n`));
      };
      const timer = duration === undefined ? undefined : session.clock.schedule(duration, () => stop.abort());
      const stopWatching = watch(measured, load.count, duration, world);
      const stopIntervals =
        soak === undefined
          ? undefined
          : every(clock, options.every, () => {
              intervals.push(nextInterval(measured, intervals.at(-1), clock.now(), world.machine.memory()));
              if (!json) io.print(intervalLine(intervals.at(-1)!));
              try {
                save();
              } catch (error) {
                failure ??= error;
                stop.abort();
              }
            });
      try {
        await MODES[mode]({ transport: session.host, clock: session.clock, to, load, measured, signal: stop.signal });
      } catch (error) {
        // A soak that ends because the link went away has a report, too.
        if (measured.times.count === 0) throw error;
        failure = error;
      } finally {
        timer?.cancel();
        stopWatching();
        stopIntervals?.();
        io.progress('');
      }
      save();
      const result = report();
      if (json) io.print(JSON.stringify(result, null, 2));
      else for (const line of reportLines(result, io.colours)) io.print(line);
      if (failure !== undefined) throw failure;
      const nothing = mode === 'send' ? result.sent === 0 : result.received === 0;
      return nothing || result.invalid > 0 ? EXIT.refused : EXIT.done;
    } finally {
      await session.close();
    }
  },
});

function modeOf(text: string): Mode | undefined {
  return Object.hasOwn(MODES, text) ? (text as Mode) : undefined;
}

function watch(
  measured: Measured,
  count: number | undefined,
  durationMs: number | undefined,
  { io, clock }: World,
): () => void {
  const start = clock.now();
  return every(clock, 500, () => {
    const done = Math.max(measured.received, measured.sent);
    const seconds = (clock.now() - start) / 1000;
    const of =
      count === undefined ? ` (${seconds.toFixed(0)} of ${((durationMs ?? 0) / 1000).toFixed(0)} s)` : ` of ${count}`;
    io.progress(`${done}${of}, ${(done / seconds).toFixed(0)} messages/s, ${measured.lost} lost`);
  });
}

/** What has come since the interval before. */
function nextInterval(measured: Measured, before: Interval | undefined, now: number, memory: number): Interval {
  const seconds = (now - measured.startMs) / 1000;
  const { received, sent, lost, times } = measured;
  const span = seconds - (before?.seconds ?? 0);
  const grown = Math.max(received, sent) - Math.max(before?.received ?? 0, before?.sent ?? 0);
  const p99Ms = times.count > 0 ? times.percentile(0.99) : null;
  const memoryMB = memory / 1024 / 1024;
  return { seconds, sent, received, lost, messagesPerSecond: span > 0 ? grown / span : 0, p99Ms, memoryMB };
}

/** The verb `capture`: packets of links as they pass, into a pcapng file or onto the screen. */

import type { Recorded } from '../../bindings/capture/recorder.js';
import { onAbort } from '../../stack/util/abort.js';
import { wait } from '../../stack/util/async.js';
import { Follower } from '../capture/monitor.js';
import { startCapture } from '../capture/stack-capture.js';
import { EXIT, usageError } from '../command-error.js';
import { CONFIG_OPTION, findConfig, VENDOR_OPTION } from '../config/find.js';
import { FILTER_HELP, Filter } from '../decode/filter.js';
import { messageLine, packetLine } from '../format/live.js';
import type { Io } from '../io.js';
import type { CaptureDocument } from '../schema/traffic-documents.js';
import { Session } from '../session.js';
import {
  defineVerb,
  durationOption,
  flag,
  jsonLines,
  LINK_OPTION,
  repeatedOption,
  sizeOption,
  textOption,
  wholeNumberOption,
} from '../verb.js';
import { every, orStopped, untilStopped } from '../wait.js';

/** Bytes that have arrived are read within this time. */
const TURN_MS = 1;

export const capture = defineVerb({
  name: 'capture',
  summary: 'record the packets of links, in a pcapng file for Wireshark or on the screen',
  description:
    'Passive: sends nothing and records until Ctrl-C. With --discover it finds endpoints while it records. To ' +
    'record what another verb does, give that verb --capture FILE.',
  options: {
    link: LINK_OPTION,
    config: CONFIG_OPTION,
    vendor: VENDOR_OPTION,
    write: textOption('-w, --write <file>', 'pcapng file; - is standard output, for a pipe', undefined),
    print: flag('-p, --print', 'show packets although they are written'),
    messages: flag('-m, --messages', 'show whole messages instead of packets'),
    filter: repeatedOption('-f, --filter <terms>', FILTER_HELP),
    count: wholeNumberOption('-c, --count <n>', 'end after this many packets', 1, 1e12, undefined),
    for: durationOption('--for <time>', 'end after this time, e.g. 30s', undefined),
    rotateSize: sizeOption('--rotate-size <size>', 'begin a new file at this size, e.g. 10M', undefined),
    rotateTime: durationOption('--rotate-time <time>', 'begin a new file after this time, e.g. 1h', undefined),
    files: wholeNumberOption('--files <n>', 'keep this many files; the oldest are deleted', 1, 1e6, undefined),
    discover: flag('--discover', 'be the bus owner and find endpoints while recording'),
    verbose: flag('-v, --verbose', 'also remark on packets for other endpoints'),
    json: jsonLines('packet'),
  },
  examples: [
    ['mctpkit capture --link serial:/dev/ttyUSB0 -w trace.pcapng', ''],
    ['mctpkit capture --link i2c:1 -w - | wireshark -k -i -', 'live in Wireshark'],
    ['mctpkit capture --discover --for 2s', 'what a discovery of the virtual bench looks like'],
    ['mctpkit capture -l i2c:1 -w day.pcapng --rotate-size 10M --files 24', 'the last 240 MB'],
    ['sudo mctpkit capture -l kernel: -w kernel.pcapng', "the kernel's links, whichever program uses them"],
    ['mctpkit ping 9 --capture ping.pcapng', 'what another verb does'],
  ],
  async run({ options, world }) {
    const { io, signal, clock } = world;
    const { write, discover, count } = options;
    const rotation = { bytes: options.rotateSize, ms: options.rotateTime, files: options.files };
    checkOptions(options, rotation);
    const filter = new Filter(options.filter);
    const stop = new AbortController();
    // Ctrl-C ends the opening at once; later the links stay open until what has arrived is read.
    const life = new AbortController();
    let recording = false;
    const stopListening = onAbort(signal, () => {
      stop.abort();
      if (!recording) life.abort();
    });
    const session = await Session.open({
      links: options.link,
      passive: !discover,
      config: await findConfig(options.config, world.env, options.vendor),
      world: { ...world, signal: life.signal },
    });
    try {
      const source = session.packets();
      const follower = new Follower();
      let seen = 0;
      let faults = 0;
      const toScreen = write === undefined || options.print;
      if (write === undefined || write === '-') io.endUnread();
      const wanted = (recorded: Recorded): boolean => {
        if (count !== undefined && seen >= count) return false;
        const found = follower.hear(recorded);
        if (!filter.matches({ ...found, link: recorded.link })) return false;
        seen++;
        if (recorded.fault !== undefined) faults++;
        if (toScreen) show(found, options.messages, options.json, write === '-', io);
        if (seen === count) stop.abort();
        return true;
      };
      const verbose = { verbose: options.verbose };
      const writing =
        write === undefined
          ? undefined
          : await startCapture(source, {
              target: write,
              world,
              rotation,
              wanted,
              ...verbose,
              failed: () => stop.abort(),
            });
      const stopRecording = writing === undefined ? await source.record(wanted, verbose) : () => {};
      recording = true;
      const names = session.links.map(({ name }) => name).join(', ');
      io.note(`${write === undefined ? 'listening on' : 'recording'} ${names}; Ctrl-C ends it`);
      const stopCounting = every(clock, 500, () => {
        if (!toScreen) io.progress(`${seen} packets, ${faults} with faults`);
      });
      if (discover) await discovering(session, stop.signal);
      await untilStopped(clock, stop.signal, options.for);
      stopCounting();
      io.progress('');
      if (!life.signal.aborted) await wait(clock, TURN_MS);
      stopRecording();
      await writing?.close();
      const dropped = writing === undefined || writing.output.dropped === 0 ? '' : `, ${writing.output.dropped} lost`;
      const where = writing === undefined || write === '-' ? '' : ` in ${writing.output.files.join(', ')}`;
      io.note(`${seen} packets, ${faults} with faults${dropped}${where}`);
      return EXIT.done;
    } finally {
      stopListening?.();
      await session.close();
    }
  },
});

/** Until it is done, or stopped: a discovery that Ctrl-C ends has not failed. */
async function discovering(session: Session, signal: AbortSignal): Promise<void> {
  const done = session.discover().catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
  await orStopped(session.clock, signal, done);
}

function checkOptions(
  {
    write,
    print,
    messages,
    json,
  }: Readonly<Record<'print' | 'messages' | 'json', boolean>> & {
    readonly write: string | undefined;
  },
  { bytes, ms, files }: { bytes: number | undefined; ms: number | undefined; files: number | undefined },
): void {
  const rotates = bytes !== undefined || ms !== undefined;
  if (rotates && write === undefined) throw usageError('rotation is for files: name one with --write');
  if (write !== undefined && !print && (messages || json)) {
    throw usageError(`${json ? '--json' : '--messages'} says how packets are shown: with --write add --print`);
  }
  if (files !== undefined && !rotates) throw usageError('--files goes with --rotate-size or --rotate-time');
}

function show(
  seen: ReturnType<Follower['hear']>,
  messages: boolean,
  json: boolean,
  stdoutIsTaken: boolean,
  io: Io,
): void {
  const say = stdoutIsTaken ? io.note : io.print;
  if (json) say(JSON.stringify(packetEvent(seen)));
  else if (!messages) say(packetLine(seen, io.colours));
  else if (seen.message !== undefined) say(messageLine(seen.recorded, seen.message, io.colours));
}

/** One line of `capture --json`. */
export function packetEvent({
  recorded,
  captured,
  dropped,
  lost,
  message,
}: ReturnType<Follower['hear']>): CaptureDocument {
  const { link, direction, physicalAddress, bytes, fault } = recorded;
  return {
    timeUs: Math.round(captured.timeUs!),
    link,
    direction,
    physicalAddress: physicalAddress || null,
    packet: Buffer.from(bytes).toString('hex'),
    fault: fault ?? dropped ?? lost ?? null,
    command: message?.decoded?.command ?? null,
    kind: message?.decoded?.kind ?? null,
  };
}

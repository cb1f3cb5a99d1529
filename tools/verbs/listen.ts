/** The verb `listen`: messages as they come. */

import { monitor, type Seen } from '../capture/monitor.js';
import { EXIT, printable } from '../command-error.js';
import { CONFIG_OPTION, findConfig, VENDOR_OPTION } from '../config/find.js';
import { messageJson } from '../decode/batch.js';
import type { CapturedMessage } from '../decode/captured.js';
import { FILTER_HELP, Filter, messageTypeNumber } from '../decode/filter.js';
import { shortHex } from '../format/hex.js';
import { messageLine } from '../format/live.js';
import type { Io } from '../io.js';
import { allFor } from '../option-actions.js';
import type { ListenDocument } from '../schema/traffic-documents.js';
import { Session } from '../session.js';
import {
  CAPTURE_OPTION,
  defineVerb,
  durationOption,
  flag,
  jsonLines,
  LINK_OPTION,
  OWN_EID_OPTION,
  repeatedOption,
  wholeNumberOption,
} from '../verb.js';
import { stopWith, untilStopped } from '../wait.js';

/** The JSON object has every field. */
const AS_TEXT = 'without --json';

export const listen = defineVerb({
  name: 'listen',
  summary: 'show messages as they arrive, whole and decoded',
  description:
    'Has an EID of its own on the links, so that devices can send to it, and answers the control protocol. ' +
    'Packets are assembled into messages; faults are shown too.',
  arguments: [{ name: 'type', summary: 'message types, by number or name; none: all', required: false, many: true }],
  options: {
    link: LINK_OPTION,
    filter: repeatedOption('-f, --filter <terms>', FILTER_HELP),
    both: flag('--both', 'show what we send, too'),
    ...allFor([AS_TEXT], { long: flag('-v, --verbose', 'every field on a line of its own') }),
    discover: flag('--discover', 'be the bus owner and give EIDs first'),
    count: wholeNumberOption('-c, --count <n>', 'end after this many messages', 1, 1e12, undefined),
    for: durationOption('--for <time>', 'end after this time, e.g. 30s', undefined),
    json: jsonLines('message'),
    ownEid: OWN_EID_OPTION,
    capture: CAPTURE_OPTION,
    config: CONFIG_OPTION,
    vendor: VENDOR_OPTION,
  },
  examples: [
    ['mctpkit listen --link serial:/dev/ttyUSB0', ''],
    ['mctpkit listen pldm --link i2c:1 --discover', 'events of sensors'],
    ['mctpkit listen --discover --both --for 1s -f command=SetEndpointID', 'on the virtual bench'],
    ['mctpkit listen -c 1 0x7e --json', 'wait for one message'],
  ],
  does: (_args, { json }) => [json ? '--json' : AS_TEXT],
  async run({ args, options, world }) {
    const { io, signal, clock } = world;
    const types = new Set(args.map(messageTypeNumber));
    const filter = new Filter(options.filter);
    const { ownEid, capture, count } = options;
    const session = await Session.open({
      links: options.link,
      ownEid,
      capture,
      config: await findConfig(options.config, world.env, options.vendor),
      world,
    });
    const stop = stopWith(signal);
    try {
      io.endUnread();
      let shown = 0;
      const stopMonitor = await monitor(session.packets(), (seen) => {
        const { message, recorded, dropped, lost } = seen;
        if (count !== undefined && shown >= count) return;
        if (recorded.direction === 'tx' && !options.both) return;
        const isFault = dropped !== undefined || lost !== undefined;
        if (message === undefined && !isFault) return;
        if (message !== undefined && types.size > 0 && !types.has(message.type)) return;
        if (!filter.matches({ ...seen, link: recorded.link })) return;
        if (message === undefined) return showFault(seen, options.json, io);
        shown++;
        show(seen, message, options, io);
        if (shown === count) stop.abort();
      });
      io.note(
        `listening on ${session.links.map(({ name }) => name).join(', ')} as EID ${session.ownEid}; Ctrl-C ends it`,
      );
      if (options.discover) {
        await session.discover().catch((error: unknown) => {
          if (!stop.signal.aborted) throw error;
        });
      }
      await untilStopped(clock, stop.signal, options.for);
      stopMonitor();
      // Who waited for messages and got none was told no.
      return count !== undefined && shown < count && !signal.aborted ? EXIT.refused : EXIT.done;
    } finally {
      await session.close();
    }
  },
});

function show(
  { recorded }: Seen,
  message: CapturedMessage,
  options: { readonly json: boolean; readonly long: boolean },
  io: Io,
): void {
  if (options.json) {
    const { link, direction, physicalAddress } = recorded;
    const at = { timeUs: Math.round(message.timeUs!), link, direction, physicalAddress: physicalAddress || null };
    io.print(line({ event: 'message', ...at, ...messageJson(message) }));
    return;
  }
  const { decoded } = message;
  if (!options.long) {
    io.print(messageLine(recorded, message, io.colours));
    return;
  }
  io.print(messageLine(recorded, { ...message, decoded: decoded && { ...decoded, text: [] } }, io.colours));
  for (const line of decoded?.text ?? []) io.print(`    ${printable(line)}`);
}

function line(document: ListenDocument): string {
  return JSON.stringify(document);
}

function showFault({ recorded, dropped, lost }: Seen, json: boolean, io: Io): void {
  const { link, timeNs, bytes } = recorded;
  const what = dropped ?? lost ?? '';
  if (json) {
    const hex = Buffer.from(bytes).toString('hex');
    io.print(line({ event: 'fault', timeUs: Number(timeNs / 1000n), link, fault: what, hex }));
  } else io.note(io.colours.bad(`${link}: ${printable(what)}  ${shortHex(bytes)}`));
}

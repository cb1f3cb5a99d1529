/** The verb `echo`: an endpoint that sends back what it gets; the other end of `bench`, of Linux's mctp-req, of `send`. */

import { type DeviceApp, ECHO_PREFIX } from '../../hw-fixtures/index.js';
import { MESSAGE_TYPE, messageTypeName } from '../../stack/ids.js';
import { EXIT } from '../command-error.js';
import { messageTypeNumber } from '../decode/filter.js';
import { Emulated, tellEvents } from '../emulated.js';
import { shortHex } from '../format/hex.js';
import type { DeviceDocument } from '../schema/network-documents.js';
import { defineVerb, flag, jsonLines, repeatedOption, valueOption, wholeNumberOption } from '../verb.js';
import { untilStopped } from '../wait.js';

export const echo = defineVerb({
  name: 'echo',
  summary: 'be an endpoint that answers every message with the same message, until Ctrl-C',
  description:
    "Answers what Linux's mctp-req sends (type 0x7e, beginning with cc de f0), as mctp-echo does; with --type every message " +
    'of that type. Takes the EID a bus owner gives it.',
  options: {
    link: repeatedOption('-l, --link <url>', 'link to be on, e.g. serial:/dev/ttyUSB0; repeatable'),
    type: valueOption(
      '-t, --type <type>',
      'answer everything of this message type',
      'a type',
      messageTypeNumber,
      undefined,
    ),
    eid: wholeNumberOption('--eid <eid>', 'start with this EID instead of waiting for one', 8, 254, undefined),
    quiet: flag('-q, --quiet', 'do not show the messages'),
    json: jsonLines('event'),
  },
  examples: [
    ['mctpkit echo --link serial:/dev/ttyUSB0', ''],
    ["mctpkit echo --link 'i2c:2?address=0x1d' --eid 20", ''],
    ['mctpkit echo --link serial:/dev/ttyUSB0 --type nvmeMi', 'sends everything of that type back'],
  ],
  async run({ options, world }) {
    const { io, signal, clock } = world;
    const { type, eid, json, quiet } = options;
    let messages = 0;
    let bytes = 0;
    const heard = (source: number, payload: Uint8Array): void => {
      messages++;
      bytes += payload.length;
      if (quiet) return;
      if (json) io.print(JSON.stringify({ event: 'echo', source, bytes: payload.length } satisfies DeviceDocument));
      else io.print(`from ${source}: ${shortHex(payload, 16)}`);
    };
    const emulated = await Emulated.start({
      links: options.link,
      name: 'echo',
      clock,
      env: world.env,
      hear: tellEvents(io, json),
      kind: () => ({ apps: [echoOf(type, heard)], ...(eid !== undefined && { eid }) }),
    });
    try {
      const links = emulated.links;
      const what = type === undefined ? 'mctp-req' : `every ${messageTypeName(type)} message`;
      if (json) io.print(JSON.stringify({ event: 'started', device: 'echo', links } satisfies DeviceDocument));
      else io.print(`echo of ${what} on ${links.join(', ')}; Ctrl-C ends it`);
      io.endUnread();
      await untilStopped(clock, signal);
      if (json) io.print(JSON.stringify({ event: 'ended', messages, bytes } satisfies DeviceDocument));
      else io.print(`${messages} messages, ${bytes} bytes`);
      return EXIT.done;
    } finally {
      await emulated.close();
    }
  },
});

function echoOf(type: number | undefined, heard: (source: number, payload: Uint8Array) => void): DeviceApp {
  return ({ mctp, types }) => {
    const bound = type ?? MESSAGE_TYPE.vendorPci;
    types.add(bound);
    const socket = mctp.socket();
    socket.bind({ type: bound });
    socket.onMessage((message) => {
      const { payload, source } = message;
      if (type === undefined && !ECHO_PREFIX.every((byte, index) => payload[index] === byte)) return;
      heard(source, payload);
      // An echo that cannot be sent is lost, as on a real device.
      socket.reply(message, payload).catch(() => {});
    });
    return undefined;
  };
}

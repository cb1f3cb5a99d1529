/** The verb `ping`: is it there, and how fast does it answer? Asks Get Endpoint ID, which every endpoint has. */

import { ControlClient, GetEndpointID } from '../../stack/control/index.js';
import { MctpError } from '../../stack/errors.js';
import type { MctpAddress } from '../../stack/transport.js';
import { resolveAddress } from '../address.js';
import { addressedSession } from '../addressed-session.js';
import { EXIT, printable } from '../command-error.js';
import { CONFIG_OPTION } from '../config/find.js';
import { PingCounter, type PingStatistics, statisticsLines } from '../format/ping-statistics.js';
import type { PingDocument } from '../schema/traffic-documents.js';
import type { Session } from '../session.js';
import {
  ASSIGN_OPTION,
  CAPTURE_OPTION,
  defineVerb,
  JSON_OPTION,
  LINK_OPTION,
  OWN_EID_OPTION,
  shortTimeOption,
  wholeNumberOption,
} from '../verb.js';
import { pause, stopWith } from '../wait.js';

export interface PingReply {
  /** From 1. */
  readonly seq: number;
  readonly rttMs: number | undefined;
  /** The EID it says it has. */
  readonly eid: number | undefined;
  /** Why there is no answer. */
  readonly error: MctpError | undefined;
}

const DEFAULT_COUNT = 4;

export const ping = defineVerb({
  name: 'ping',
  summary: 'ask an endpoint repeatedly whether it is there, and measure how fast it answers',
  description:
    'The address is an EID (9), NET:EID (1:9), uuid:..., a place such as i2c:1/0x1d, or the link itself when it is ' +
    'point to point. An EID or a UUID is looked for first, by asking every likely address for its identity: nothing on the bus is ' +
    'changed, unless --assign says so.',
  arguments: [{ name: 'address', summary: 'which endpoint', required: true, many: false }],
  options: {
    link: LINK_OPTION,
    count: wholeNumberOption('-c, --count <n>', `requests; 0: until Ctrl-C (${DEFAULT_COUNT})`, 0, 1e9, DEFAULT_COUNT),
    interval: shortTimeOption('-i, --interval <time>', 'between two requests (1s)', 0, 1000),
    timeout: shortTimeOption('-W, --timeout <time>', 'to wait for an answer (1s)', 1, 1000),
    json: JSON_OPTION,
    ownEid: OWN_EID_OPTION,
    assign: ASSIGN_OPTION,
    capture: CAPTURE_OPTION,
    config: CONFIG_OPTION,
  },
  examples: [
    ['mctpkit ping 9', 'on the virtual bench'],
    ['mctpkit ping i2c:1/0x1d -c 100 -i 0', 'as fast as it goes'],
    ['mctpkit ping --link serial:/dev/ttyUSB0 uuid:7a1c5e10-4c2b-11ee-8d07-001b21000007', ''],
  ],
  async run({ args, options, world }) {
    const { io, signal } = world;
    const { session, addresses } = await addressedSession([args[0]!], options, world);
    const stop = stopWith(signal);
    try {
      io.progress('looking for it ...');
      const { to, name } = await resolveAddress(session, addresses[0]!, true);
      io.progress('');
      if (!options.json) {
        io.endUnread();
        io.print(`PING ${name}`);
      }
      const counter = new PingCounter();
      const replies: PingReply[] = [];
      for await (const reply of pings(session, to, options, stop.signal)) {
        counter.add(reply.rttMs);
        if (options.json) replies.push(reply);
        else io.print(replyLine(name, reply));
        await io.drained();
      }
      const { statistics } = counter;
      if (options.json) io.print(JSON.stringify(pingJson(name, replies, statistics), null, 2));
      else for (const line of statisticsLines(name, statistics)) io.print(line);
      return statistics.received === 0 ? EXIT.refused : EXIT.done;
    } finally {
      await session.close();
    }
  },
});

async function* pings(
  session: Session,
  to: MctpAddress,
  options: { readonly count: number; readonly interval: number; readonly timeout: number },
  signal: AbortSignal,
): AsyncGenerator<PingReply> {
  const client = new ControlClient({
    transport: session.host,
    clock: session.clock,
    timeoutMs: options.timeout,
    retries: 0,
  });
  const { clock } = session;
  for (let seq = 1; (options.count === 0 || seq <= options.count) && !signal.aborted; seq++) {
    const start = clock.now();
    try {
      const { eid } = await client.request(to, GetEndpointID, {}, { signal });
      yield { seq, rttMs: clock.now() - start, eid, error: undefined };
    } catch (error) {
      if (!MctpError.is(error) || MctpError.is(error, 'ECANCELED') || MctpError.is(error, 'ENOTCONN')) {
        if (signal.aborted) return;
        throw error;
      }
      yield { seq, rttMs: undefined, eid: undefined, error };
    }
    if (seq !== options.count) await pause(clock, start + options.interval - clock.now(), signal);
  }
}

function replyLine(name: string, { seq, rttMs, eid, error }: PingReply): string {
  if (error !== undefined) return `no answer: seq=${seq} ${printable(reason(error))}`;
  return `answer from ${name}: seq=${seq} eid=${eid} time=${rttMs!.toFixed(2)} ms`;
}

function reason(error: MctpError): string {
  return error.message.replace(/^GetEndpointID to [^:]*: /, '');
}

function pingJson(target: string, replies: readonly PingReply[], statistics: PingStatistics): PingDocument {
  return {
    target,
    ...statistics,
    replies: replies.map(({ seq, rttMs, eid, error }) => ({
      seq,
      rttMs: rttMs ?? null,
      eid: eid ?? null,
      error: error === undefined ? null : { code: error.code, message: error.message },
    })),
  };
}

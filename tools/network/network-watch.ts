/** What happens on a served network, as it happens: `mctpkit network events` and `trace`. */

import type { TraceEntry } from '../../bindings/shared/server/message-trace.js';
import type { SharedMctp } from '../../bindings/shared/shared-mctp.js';
import type { SharedNode } from '../../bindings/shared/shared-protocol.js';
import { MctpError } from '../../stack/errors.js';
import { printable } from '../command-error.js';
import { isoTime } from '../format/time-text.js';
import type { NetworkEventDocument } from '../schema/serve-documents.js';
import { untilStopped } from '../wait.js';
import { timed } from '../watch-endpoints.js';
import type { World } from '../world.js';
import { inWords } from './network-event-words.js';
import { traceWords } from './trace-words.js';

/** Everything but `trace`, which is for every message. */
const EVENTS = [
  'nodeJoined',
  'nodeLeft',
  'nodeAway',
  'endpointFound',
  'endpointLost',
  'endpointChanged',
  'addressAdded',
  'addressRemoved',
  'optionChanged',
  'persistent',
  'notKept',
  'policyFailed',
  'demuxFailed',
] as const;

export interface WatchOptions {
  readonly trace: boolean;
  readonly eid: number | undefined;
  readonly node: number | undefined;
  readonly json: boolean;
  /** ms; undefined: until Ctrl-C. */
  readonly forMs: number | undefined;
}

/** Until the signal, or as long as it was asked for. @throws MctpError ENOENT: there is no such node */
export async function watchNetwork(network: SharedMctp, options: WatchOptions, world: World): Promise<void> {
  const { io, clock, signal, time } = world;
  const { trace, json, eid, node, forMs } = options;
  // Of one which is not there, there is nothing to wait for; events tell of nodes which come.
  if (trace && node !== undefined) {
    const nodes = (await network.connection.call('nodes')) as SharedNode[];
    if (!nodes.some((one) => one.node === node)) {
      const { network: name } = network.hello;
      throw new MctpError('ENOENT', `there is no node ${node} on ${name}: mctpkit network nodes lists them`);
    }
  }
  network.on('told', ({ event, time: at, ...details }) => {
    if ((event === 'trace') !== trace) return;
    if (eid !== undefined && details.eid !== eid) return;
    if (node !== undefined && details.node !== node) return;
    const ms = typeof at === 'number' ? at : time();
    const name = String(event);
    if (json) io.print(JSON.stringify({ event: name, time: isoTime(ms), details } satisfies NetworkEventDocument));
    else
      io.print(
        timed(printable(trace ? traceWords(details as unknown as TraceEntry) : `${name}  ${inWords(details)}`), ms),
      );
  });
  io.endUnread();
  await network.subscribe(trace ? ['trace'] : EVENTS);
  io.note(`listening to ${printable(network.hello.network)}; Ctrl-C ends it`);
  await untilStopped(clock, signal, forMs);
}

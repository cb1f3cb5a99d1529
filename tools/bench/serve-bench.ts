/** The other end: counts data that is sent to it, sends data to peers which ask for it, and answers mctp-req. */

import type { DeviceApp } from '../../hw-fixtures/bench/device/device.js';
import { ECHO_PREFIX } from '../../hw-fixtures/bench/device/echo-app.js';
import { MctpError } from '../../stack/errors.js';
import { MESSAGE_TYPE } from '../../stack/ids.js';
import type { MctpMessage, Transport } from '../../stack/transport.js';
import {
  type BenchRequest,
  DATA_HEADER_SIZE,
  DataReceiver,
  dataMessage,
  FIRST_SEQUENCE,
  readBenchMessage,
  STATUS,
  setSequence,
  statusResponse,
} from './bench-formats.js';

export interface ServeHost {
  readonly signal: AbortSignal;
  /** A data message came; the receiver counts per sender. */
  data(source: number, receiver: DataReceiver): void;
  /** We were asked for data. */
  requested(source: number, request: BenchRequest): void;
}

/** Most senders that are counted apart. */
const MOST_SENDERS = 256;

export function serveApp(host: ServeHost): DeviceApp {
  return ({ mctp, types }) => {
    types.add(MESSAGE_TYPE.vendorPci);
    const socket = mctp.socket();
    const receivers = new Map<number, DataReceiver>();
    socket.bind({ type: MESSAGE_TYPE.vendorPci });
    // Answers that cannot be sent are lost, as on a real device.
    const reply = (to: MctpMessage, payload: Uint8Array): void => void socket.reply(to, payload).catch(() => {});
    socket.onMessage((message) => {
      const { payload, source } = message;
      if (ECHO_PREFIX.every((byte, index) => payload[index] === byte)) return reply(message, payload);
      const heard = readBenchMessage(payload);
      if (heard === undefined) return;
      if (heard.kind === 'data') {
        const receiver = receivers.get(source) ?? new DataReceiver();
        if (receivers.size < MOST_SENDERS) receivers.set(source, receiver);
        receiver.data(heard.sequence, heard.valid, payload.length);
        host.data(source, receiver);
      } else if (heard.kind === 'request') {
        const wanted = heard.request;
        const fits = wanted !== undefined && wanted.size >= DATA_HEADER_SIZE;
        reply(message, statusResponse(heard.iid, fits ? STATUS.success : STATUS.badArgument));
        if (!fits) return;
        host.requested(source, wanted);
        void sendAll(mctp, message, wanted, host.signal);
      } else if (heard.kind === 'unknownCommand') reply(message, statusResponse(heard.iid, STATUS.unknownCommand));
    });
    return undefined;
  };
}

/** As many as were asked for; without a number until we end, or it cannot be reached any more. */
async function sendAll(
  mctp: Transport,
  { source, link, physicalAddress }: MctpMessage,
  wanted: BenchRequest,
  signal: AbortSignal,
): Promise<void> {
  const socket = mctp.socket();
  const to = { eid: source, link, physicalAddress };
  const message = dataMessage(wanted.size, 0);
  try {
    for (let sent = 0n; wanted.count === 0n || sent < wanted.count; sent++) {
      if (signal.aborted) return;
      setSequence(message, FIRST_SEQUENCE + Number(sent & 0xffffffffn));
      await socket.send(to, message, { type: MESSAGE_TYPE.vendorPci, reply: false, signal });
    }
  } catch (error) {
    if (!MctpError.is(error)) throw error;
  } finally {
    socket.close();
  }
}

/** The measurements of `bench`: request and answer, a stream of data, and being asked for one. */

import type { Clock } from '../../stack/clock.js';
import { MctpError } from '../../stack/errors.js';
import { MESSAGE_TYPE } from '../../stack/ids.js';
import type { MctpAddress, MctpSocket, Transport } from '../../stack/transport.js';
import { pause } from '../wait.js';
import {
  DataReceiver,
  dataMessage,
  FIRST_SEQUENCE,
  readBenchMessage,
  reqMessage,
  requestBench,
  STATUS,
  setSequence,
  statusName,
} from './bench-formats.js';
import { Histogram } from './histogram.js';

interface Load {
  /** Bytes of a message behind the type byte and the prefix of its kind. */
  readonly size: number;
  /** Messages; undefined: until the end. */
  readonly count: number | undefined;
  readonly parallel: number;
  readonly timeoutMs: number;
  /** Messages per second at most; undefined: as fast as it goes. */
  readonly rate: number | undefined;
}

/** Live: what has been measured so far. */
export interface Measured {
  sent: number;
  received: number;
  /** Payload bytes that went, and came back. */
  sentBytes: number;
  receivedBytes: number;
  lost: number;
  /** Answers, or data, of other bytes than were sent. */
  invalid: number;
  readonly errors: Record<string, number>;
  readonly times: Histogram;
  startMs: number;
  endMs: number;
}

export function newMeasured(): Measured {
  const zero = { sent: 0, received: 0, sentBytes: 0, receivedBytes: 0, lost: 0, invalid: 0, startMs: 0, endMs: 0 };
  return { ...zero, errors: {}, times: new Histogram() };
}

export interface Setup {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly to: MctpAddress;
  readonly load: Load;
  readonly measured: Measured;
  /** Ends the measurement. */
  readonly signal: AbortSignal;
}

/** Errors after which going on makes no sense. */
const FATAL = ['EHOSTUNREACH', 'EMSGSIZE', 'ENETDOWN', 'ENOTCONN', 'EINVAL', 'ENODEV'];

/** Requests of mctp-req, each answered by the same bytes. */
export async function measureEcho(setup: Setup): Promise<void> {
  const { transport, clock, to, load, measured, signal } = setup;
  const socket = transport.socket();
  const message = reqMessage(load.size);
  const pace = new Pace(clock, load.rate);
  let left = load.count ?? Number.POSITIVE_INFINITY;
  const worker = async (): Promise<void> => {
    while (left > 0 && !signal.aborted) {
      left--;
      await pace.turn(signal);
      if (signal.aborted) return;
      const start = clock.now();
      measured.sent++;
      measured.sentBytes += message.length;
      try {
        const options = { type: MESSAGE_TYPE.vendorPci, timeoutMs: load.timeoutMs, signal };
        const { payload } = await socket.request(to, message, options);
        measured.times.add(clock.now() - start);
        measured.received++;
        measured.receivedBytes += payload.length;
        if (!same(payload, message)) measured.invalid++;
      } catch (error) {
        if (signal.aborted) {
          measured.sent--;
          measured.sentBytes -= message.length;
          return;
        }
        measured.lost++;
        note(measured, error);
      }
    }
  };
  await timed(setup, () => Promise.all(Array.from({ length: load.parallel }, worker)), socket);
}

/** Data of mctp-bench: no answers, the other end counts. */
export async function sendData(setup: Setup): Promise<void> {
  const { transport, clock, to, load, measured, signal } = setup;
  const socket = transport.socket();
  const pace = new Pace(clock, load.rate);
  let sequence = FIRST_SEQUENCE;
  let left = load.count ?? Number.POSITIVE_INFINITY;
  const worker = async (): Promise<void> => {
    const message = dataMessage(load.size, 0);
    while (left > 0 && !signal.aborted) {
      left--;
      await pace.turn(signal);
      if (signal.aborted) return;
      setSequence(message, sequence);
      sequence = (sequence + 1) >>> 0;
      const start = clock.now();
      try {
        await socket.send(to, message, { type: MESSAGE_TYPE.vendorPci, reply: false, signal });
        measured.times.add(clock.now() - start);
        measured.sent++;
        measured.sentBytes += message.length;
      } catch (error) {
        if (signal.aborted) return;
        measured.lost++;
        note(measured, error);
      }
    }
  };
  await timed(setup, () => Promise.all(Array.from({ length: load.parallel }, worker)), socket);
}

/** Ask the other end to send us data, and count it. @throws MctpError when it does not want to */
export async function requestData(setup: Setup): Promise<void> {
  const { transport, clock, to, load, measured, signal } = setup;
  const socket = transport.socket();
  socket.bind({ type: MESSAGE_TYPE.vendorPci });
  const receiver = new DataReceiver();
  let lastAt = clock.now();
  const done = new AbortController();
  socket.onMessage(({ payload }) => {
    const message = readBenchMessage(payload);
    if (message?.kind !== 'data') return;
    if (receiver.received === 0) measured.startMs = clock.now();
    const now = clock.now();
    if (receiver.received > 0) measured.times.add(now - lastAt);
    lastAt = now;
    receiver.data(message.sequence, message.valid, payload.length);
    copyCounts(receiver, measured);
    if (receiver.received + receiver.lost >= (load.count ?? Number.POSITIVE_INFINITY)) done.abort();
  });
  await timed(
    setup,
    async () => {
      const iid = Math.floor(clock.now()) >>> 0;
      const request = requestBench(iid, { flags: 0, size: load.size, count: BigInt(load.count ?? 0) });
      const options = { type: MESSAGE_TYPE.vendorPci, timeoutMs: load.timeoutMs, retries: 2, signal };
      const { payload } = await socket.request(to, request, options);
      const answer = readBenchMessage(payload);
      if (answer?.kind !== 'response') throw new MctpError('EPROTO', 'the answer is none of mctp-bench');
      if (answer.status !== STATUS.success) {
        throw new MctpError('ENOTSUP', `it does not want to send: ${statusName(answer.status)}`);
      }
      lastAt = clock.now();
      await silence(clock, () => lastAt, load.timeoutMs, AbortSignal.any([signal, done.signal]));
      // Without messages at the end, nobody knows how many there were: what was asked for is missing.
      if (load.count !== undefined && !signal.aborted)
        measured.lost = Math.max(measured.lost, load.count - receiver.received);
    },
    socket,
  );
  measured.endMs = Math.max(measured.startMs, lastAt);
}

function copyCounts({ received, bytes, lost, invalid }: DataReceiver, measured: Measured): void {
  measured.received = received;
  measured.receivedBytes = bytes;
  measured.lost = lost;
  measured.invalid = invalid;
}

/** Resolves when nothing has come for `ms`, or at the signal. */
async function silence(clock: Clock, lastAt: () => number, ms: number, signal: AbortSignal): Promise<void> {
  for (let left = ms; left > 0 && !signal.aborted; left = lastAt() + ms - clock.now()) await pause(clock, left, signal);
}

async function timed({ clock, measured }: Setup, work: () => Promise<unknown>, socket: MctpSocket): Promise<void> {
  measured.startMs = clock.now();
  try {
    await work();
  } finally {
    measured.endMs = clock.now();
    socket.close();
  }
}

function note(measured: Measured, error: unknown): void {
  if (!MctpError.is(error)) throw error;
  measured.errors[error.code] = (measured.errors[error.code] ?? 0) + 1;
  if (FATAL.includes(error.code)) throw error;
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}

/** Not faster than so many turns per second, whoever takes them. */
class Pace {
  readonly #clock: Clock;
  readonly #gapMs: number;
  #next = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock, rate: number | undefined) {
    this.#clock = clock;
    this.#gapMs = rate === undefined ? 0 : 1000 / rate;
  }

  turn(signal: AbortSignal): Promise<void> {
    if (this.#gapMs === 0) return Promise.resolve();
    const now = this.#clock.now();
    const at = Math.max(now, this.#next);
    this.#next = at + this.#gapMs;
    if (at <= now) return Promise.resolve();
    return pause(this.#clock, at - now, signal);
  }
}

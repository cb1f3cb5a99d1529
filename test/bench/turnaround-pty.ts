/**
 * Request and answer over a pseudo terminal, with another process at its other end: a plain echo, which is the least that
 * Node and this kernel take, and the stack. Both are measured in turns, as the machine may be busy with something else.
 */

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { openPty, type Pty } from '../../bindings/serial/pty.js';
import { encodeFrame, maxFrameSize } from '../../bindings/serial/serial-framing.js';
import { SerialLink } from '../../bindings/serial/serial-link.js';
import { systemClock } from '../../bindings/system-clock.js';
import { percentile } from './percentiles.js';
import { atLeast, atMost, type BenchRow } from './row.js';
import { OWN_EID, PEER_EID, stackOn, TYPE } from './turnaround-stack.js';

const ROUNDS = 15;
const REQUESTS = 1000;
/** Until V8 has compiled what runs in both processes; before, p99 is that of the compiler. */
const WARM_UP = 10_000;
const AT_ONCE = 8;
const LONG_REQUESTS = 100;
const LONG_BYTES = 4096;
const AIM = { p50us: 80, p99OfP50: 5, perSecond: 65_000, longUs: 450 } as const;

/** Of one round; us, but for `perSecond`. */
interface Round {
  readonly p50: number;
  readonly p99: number;
}

interface StackRound extends Round {
  readonly perSecond: number;
  readonly long: number;
}

async function answering(pty: Pty, ...words: string[]): Promise<ChildProcess> {
  const peer = fork(fileURLToPath(new URL('./turnaround-stack.js', import.meta.url)), [pty.path, ...words]);
  await once(peer, 'message');
  return peer;
}

async function ended(peer: ChildProcess): Promise<void> {
  const gone = once(peer, 'exit');
  peer.kill();
  await gone;
}

async function timed(count: number, exchange: () => Promise<unknown>): Promise<Round> {
  const times: number[] = [];
  for (let index = 0; index < count; index++) {
    const start = performance.now();
    await exchange();
    times.push(1000 * (performance.now() - start));
  }
  times.sort((a, b) => a - b);
  return { p50: percentile(times, 0.5), p99: percentile(times, 0.99) };
}

/** Bytes of the same number there and back. */
async function plainEcho(): Promise<{ round(): Promise<Round>; close(): Promise<void> }> {
  const pty = await openPty();
  const packet = Uint8Array.of(1, OWN_EID, PEER_EID, 0xc8, TYPE, ...new Uint8Array(63));
  const frame = new Uint8Array(maxFrameSize(packet.length));
  const end = encodeFrame(packet, 0, packet.length, frame, 0);
  let got = 0;
  let answered = (): void => {};
  await pty.port.open({
    data: (_chunk, from, to) => {
      got += to - from;
      if (got === end) answered();
    },
    written: () => {},
    closed: () => {},
  });
  const peer = await answering(pty, 'plain');
  const exchange = (): Promise<void> =>
    new Promise((resolve) => {
      got = 0;
      answered = resolve;
      pty.port.write(frame, 0, end);
    });
  await timed(WARM_UP, exchange);
  return {
    round: () => timed(REQUESTS, exchange),
    close: async () => {
      await ended(peer);
      await pty.port.close();
    },
  };
}

/** From a socket here to a socket there, which answers with the same payload. */
async function stackEcho(): Promise<{ round(): Promise<StackRound>; close(): Promise<void> }> {
  const pty = await openPty();
  const peer = await answering(pty);
  const link = new SerialLink({ clock: systemClock, port: pty.port });
  const mctp = await stackOn(link, '', PEER_EID, OWN_EID);
  const socket = mctp.socket();
  const body = new Uint8Array(63);
  const longBody = Uint8Array.from({ length: LONG_BYTES }, (_, index) => index);
  const exchange = () => socket.request({ eid: OWN_EID }, body, { type: TYPE });
  const longExchange = () => socket.request({ eid: OWN_EID }, longBody, { type: TYPE });
  const manyAtOnce = async (count: number): Promise<number> => {
    const start = performance.now();
    let left = count;
    const ask = async (): Promise<void> => {
      while (left-- > 0) await exchange();
    };
    await Promise.all(Array.from({ length: AT_ONCE }, ask));
    return (1000 * count) / (performance.now() - start);
  };
  await timed(WARM_UP, exchange);
  await manyAtOnce(WARM_UP);
  await timed(LONG_REQUESTS, longExchange);
  return {
    round: async () => ({
      ...(await timed(REQUESTS, exchange)),
      perSecond: await manyAtOnce(REQUESTS),
      long: (await timed(LONG_REQUESTS, longExchange)).p50,
    }),
    close: async () => {
      await mctp.close();
      await ended(peer);
      await pty.port.close();
    },
  };
}

/** The best of the rounds: the one that other programs disturbed least. */
const least = <T>(rounds: readonly T[], value: (round: T) => number): number => Math.min(...rounds.map(value));

export async function benchPty(): Promise<BenchRow[]> {
  const plain = await plainEcho();
  const stack = await stackEcho();
  const plains: Round[] = [];
  const stacks: StackRound[] = [];
  for (let index = 0; index < ROUNDS; index++) {
    plains.push(await plain.round());
    stacks.push(await stack.round());
  }
  await stack.close();
  await plain.close();
  const reference = least(plains, ({ p50 }) => p50);
  const p50 = least(stacks, (round) => round.p50);
  const tail = least(stacks, (round) => round.p99 / round.p50);
  const perSecond = -least(stacks, (round) => -round.perSecond);
  const what = 'pseudo terminal, 64 bytes';
  return [
    { name: 'reference: plain echo over a pseudo terminal, p50', value: reference, unit: 'us' },
    { name: '  p99 as a multiple of p50', value: least(plains, (round) => round.p99 / round.p50), unit: '' },
    atMost(
      `${what}, stack to stack, p50`,
      p50,
      'us',
      AIM.p50us,
      `${(p50 / reference).toFixed(2)} times the plain echo`,
    ),
    atMost('  p99 as a multiple of p50', tail, '', AIM.p99OfP50),
    atLeast(`${what}, ${AT_ONCE} requests at once`, perSecond, 'answers/s', AIM.perSecond),
    atMost(
      'pseudo terminal, 4 KiB there and back, p50',
      least(stacks, ({ long }) => long),
      'us',
      AIM.longUs,
    ),
  ];
}

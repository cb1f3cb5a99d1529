/** One node of the proof, as a program: it does what its first word says, and sends what it counted. */

import { fileURLToPath } from 'node:url';
import { SharedMctp } from '../../../bindings/shared/shared-mctp.js';
import { connectUnix } from '../../../bindings/shared/unix-line.js';
import { systemClock } from '../../../bindings/system-clock.js';
import type { MctpSocket } from '../../../stack/index.js';

const ECHO = { eid: 9 };
const SERVER = { eid: 8 };
/** Types of the nodes: 0x30 and so on. */
const FIRST_TYPE = 0x30;
const WINDOW = 8;

/** Times of requests one after the other, ms. */
export async function roundTrips(socket: MctpSocket, type: number, count: number): Promise<number[]> {
  const payload = new Uint8Array(32);
  const times: number[] = [];
  for (let i = 0; i < count; i++) {
    const begun = performance.now();
    await socket.request(ECHO, payload, { type, timeoutMs: 10_000 });
    times.push(performance.now() - begun);
  }
  return times;
}

async function open(folder: string, right: 'use' | 'receive' = 'use'): Promise<SharedMctp> {
  return SharedMctp.open({
    name: 'shared:proof',
    clock: systemClock,
    right,
    connect: (by) => connectUnix(`${folder}/${by}`),
  });
}

/** Each node sends `count` messages to the next one, and counts what comes from the one before. */
async function exchange(folder: string, own: number, all: number, count: number): Promise<void> {
  const shared = await open(folder);
  const socket = shared.socket();
  let received = 0;
  let disordered = 0;
  let last = -1;
  socket.bind({ type: FIRST_TYPE + own });
  socket.onMessage(({ payload }) => {
    const number = new DataView(payload.buffer, payload.byteOffset).getUint32(0);
    received++;
    if (number <= last) disordered++;
    last = number;
  });
  await shared.connection.call('nodes');
  process.on('message', (word) => {
    if (word === 'count') process.send!({ received, disordered });
    else if (word === 'end') process.exit(0);
    else void send();
  });
  const send = async (): Promise<void> => {
    const to = FIRST_TYPE + ((own + 1) % all);
    let next = 0;
    const one = async (): Promise<void> => {
      while (next < count) {
        const payload = new Uint8Array(16);
        new DataView(payload.buffer).setUint32(0, next++);
        await socket.send(SERVER, payload, { type: to, reply: false });
      }
    };
    await Promise.all(Array.from({ length: WINDOW }, one));
    process.send!({ sent: next });
  };
  process.send!('ready');
}

async function measure(folder: string, count: number): Promise<void> {
  const socket = (await open(folder)).socket();
  process.on('message', (word) => {
    if (word === 'end') process.exit(0);
    void roundTrips(socket, 0x7e, count).then((times) => process.send!({ times }));
  });
  process.send!('ready');
}

/** As much as goes, forever. */
async function flood(folder: string): Promise<void> {
  const socket = (await open(folder)).socket();
  const payload = new Uint8Array(16);
  process.send!('ready');
  const one = async (): Promise<void> => {
    for (;;) await socket.send(SERVER, payload, { type: 0x6e, reply: false }).catch(() => {});
  };
  await Promise.all(Array.from({ length: 512 }, one));
}

/** Binds; who started it stops the process, so that it reads nothing more. */
async function deaf(folder: string): Promise<void> {
  const shared = await open(folder);
  shared.socket().bind({ type: 0x6e });
  await shared.connection.call('nodes');
  process.send!('ready');
}

/** In the middle of everything: a binding, all tags, requests and messages under way. */
async function busy(folder: string, own: number): Promise<void> {
  const socket = (await open(folder)).socket();
  socket.bind({ type: FIRST_TYPE + (own % 60) });
  for (let i = 0; i < 4; i++) socket.allocateTag({ eid: 10 });
  process.send!('ready');
  for (;;) await socket.request(ECHO, new Uint8Array(64), { type: 0x7e }).catch(() => {});
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [, , word, folder = '', ...numbers] = process.argv;
  const [a = 0, b = 0, c = 0] = numbers.map(Number);
  if (word === 'exchange') await exchange(folder, a, b, c);
  else if (word === 'measure') await measure(folder, a);
  else if (word === 'flood') await flood(folder);
  else if (word === 'deaf') await deaf(folder);
  else await busy(folder, a);
}

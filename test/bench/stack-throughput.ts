/** Stack to stack over the loopback link: what a packet costs, and that it allocates nothing. */

import { spawnSync } from 'node:child_process';
import { PerformanceObserver } from 'node:perf_hooks';
import { loopbackPair } from '../../bindings/loopback/loopback-link.js';
import { Mctp, type MctpSocket, VirtualClock } from '../../stack/index.js';
import { byteLoopReference } from './byte-loop.js';
import { atMost, type BenchRow } from './row.js';

const TYPE = 0x7e;
const UNIT = 64;
/** Short rounds, shorter than the time slices of other programs; and many, as it takes the engine a second to settle. */
const ROUNDS = 400;
const PACKETS_PER_ROUND = 4_000;
/** Has V8 put more small functions into their callers than it does by default. */
const MORE_INLINING = ['--max-inlined-bytecode-size=1500', '--max-inlined-bytecode-size-cumulative=6000'];
/** On a machine where the byte loop takes this long... */
const REFERENCE_NS = 440;
/** ...a packet of a message of so many bytes may take so long; ns. One packet is a message and its promise. */
const PACKET_NS: ReadonlyMap<number, number> = new Map([
  [64, 300],
  [1024, 100],
  [4096, 80],
  [65_536, 75],
]);

export async function benchStack(): Promise<BenchRow[]> {
  const rows: BenchRow[] = [];
  const reference = byteLoopReference();
  rows.push({ name: 'reference: plain byte loop, encode + decode of 68 bytes', value: reference, unit: 'ns/packet' });
  for (const [size, aim] of PACKET_NS) {
    const packets = Math.ceil(size / UNIT);
    const best = await nanosecondsPerPacket(size);
    const name = `message of ${size} bytes, ${packets} packet${packets === 1 ? '' : 's'}`;
    rows.push(atMost(name, best, 'ns/packet', (aim * reference) / REFERENCE_NS));
    rows.push({ name: `  packets per second`, value: 1e9 / best, unit: '1/s' });
    rows.push({ name: `  in a process whose V8 inlines more`, value: inlined(size), unit: 'ns/packet' });
  }
  rows.push(await allocated());
  return rows;
}

/** The best round of messages of that size, type byte included. @throws Error when one did not arrive */
export async function nanosecondsPerPacket(size: number): Promise<number> {
  const { sender, received, close } = await world();
  const payload = Uint8Array.from({ length: size - 1 }, (_, i) => i);
  const packets = Math.ceil(size / UNIT);
  const messages = Math.ceil(PACKETS_PER_ROUND / packets);
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round++) {
    const start = performance.now();
    for (let i = 0; i < messages; i++) await sender.send({ eid: 9 }, payload, { type: TYPE, reply: false });
    best = Math.min(best, ((performance.now() - start) * 1e6) / (messages * packets));
  }
  if (received.messages !== messages * ROUNDS) throw new Error(`${received.messages} messages arrived`);
  await close();
  return best;
}

/** The same in a process of its own. */
function inlined(size: number): number {
  const script = `const { nanosecondsPerPacket } = await import(${JSON.stringify(import.meta.url)});
    console.log(await nanosecondsPerPacket(${size}));`;
  const args = [...MORE_INLINING, '--input-type=module', '-e', script];
  const { stdout, stderr, status } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return Number(stdout);
}

/** Growth of the heap per packet while long messages pass and no collection runs. */
async function allocated(): Promise<BenchRow> {
  const gc = globalThis.gc;
  if (gc === undefined) throw new Error('run node with --expose-gc');
  let collections = 0;
  const observer = new PerformanceObserver((list) => {
    collections += list.getEntries().length;
  });
  observer.observe({ entryTypes: ['gc'] });
  const { sender, close } = await world();
  const payload = new Uint8Array(65_535);
  const messages = 4;
  const send = async (): Promise<void> => {
    for (let i = 0; i < messages; i++) await sender.send({ eid: 9 }, payload, { type: TYPE, reply: false });
  };
  for (let i = 0; i < 20; i++) await send();
  let perPacket = Number.NaN;
  for (let tries = 0; tries < 20; tries++) {
    gc();
    await told();
    collections = 0;
    const before = process.memoryUsage().heapUsed;
    await send();
    const grown = process.memoryUsage().heapUsed - before;
    await told();
    if (collections > 0) continue;
    perPacket = grown / (messages * 1024);
    break;
  }
  observer.disconnect();
  await close();
  return atMost(
    'heap bytes per packet, 64 KiB messages',
    perPacket,
    'bytes',
    4,
    'the message objects, spread over 1024 packets',
  );
}

/** Collections are reported a little after they happened. */
function told(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 10));
}

async function world(): Promise<{ sender: MctpSocket; received: { messages: number }; close: () => Promise<void> }> {
  const clock = new VirtualClock();
  const [left, right] = loopbackPair({ clock, transmissionUnit: UNIT });
  const a = new Mctp({ clock });
  const b = new Mctp({ clock });
  a.addLink(left);
  b.addLink(right);
  await a.open();
  await b.open();
  a.addAddress(8, left.name);
  b.addAddress(9, right.name);
  a.addRoute({ start: 9, link: left.name });
  const received = { messages: 0 };
  const receiver = b.socket();
  receiver.bind({ type: TYPE });
  receiver.onMessage(() => {
    received.messages++;
  });
  const close = async (): Promise<void> => {
    await a.close();
    await b.close();
  };
  return { sender: a.socket(), received, close };
}

// Runs inside the board: many sockets, long waits, full tags, datagrams, errors, and an end without process.exit().

import { readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { KernelMctp } from '../../../bindings/kernel/index.js';
import { joinKernel } from '../../../bindings/kernel/join.js';
import { systemClock } from '../../../bindings/system-clock.js';
import { MctpError } from '../../../stack/errors.js';
import { Mctp } from '../../../stack/mctp.js';
import type { MctpSocket } from '../../../stack/transport.js';
import { until } from './scenarios.js';

export interface SocketsReport {
  descriptorsBefore: number;
  descriptorsOpen: number;
  descriptorsAfter: number;
  /** Kernel memory in use, KB. */
  slabGrowthKb: number;
  heapGrowthKb: number;
  answersOfMany: number;
  slowAnswerMs: number;
  parallelRequests: number;
  datagrams: number;
  tagWaitersServed: number;
  iterations: number;
  connect: string;
  unknownLink: string;
  extended: { source: number; link: string };
  tooManyTags: string;
}

const TYPE = 1;
const descriptors = () => readdirSync('/proc/self/fd').length;
const codeOf = (work: () => unknown): string => {
  try {
    work();
    return 'no error';
  } catch (error) {
    return MctpError.is(error) ? error.code : String(error);
  }
};

const kernel = await KernelMctp.open();
const mctp = new Mctp({ clock: systemClock });
const join = await joinKernel(mctp, { kernelEid: 8, ownEid: 9, ours: [[10, 20]], kernel });
const far = mctp.socket();
far.bind({ type: TYPE });
let heard = 0;
far.onMessage((message) => {
  heard++;
  const delay = message.payload[0] === 0xff ? 7_500 : 0;
  if (message.payload[0] === 0xfe) return; // a datagram
  void sleep(delay).then(() => far.reply(message, message.payload));
});

// Leaks: the second thousand must leave things as the first did.
const sockets: MctpSocket[] = [];
const thousand = async (): Promise<number> => {
  for (let i = 0; i < 1000; i++) sockets.push(kernel.socket());
  let answers = 0;
  // Each of a few asks, each of many listens.
  for (const [i, socket] of sockets.entries()) {
    if (i < 100) socket.bind({ type: 0x10 + i, network: 1 });
    else if (i % 9 === 0) {
      await socket.request({ eid: 9 }, Uint8Array.of(1), { type: TYPE });
      answers++;
    } else socket.onMessage(() => {});
  }
  return answers;
};
const closeAll = async (): Promise<void> => {
  for (const socket of sockets.splice(0)) socket.close();
  await sleep(300);
  globalThis.gc?.();
};
const slab = async (): Promise<number> => {
  const { readFile } = await import('node:fs/promises');
  return Number(/SUnreclaim:\s+(\d+)/.exec(await readFile('/proc/meminfo', 'utf8'))![1]);
};
const descriptorsBefore = descriptors();
const answersOfMany = await thousand();
const descriptorsOpen = descriptors();
await closeAll();
const slabBefore = await slab();
const heapBefore = process.memoryUsage().rss;
for (let i = 0; i < 4; i++) {
  await thousand();
  await closeAll();
}
const slabGrowthKb = (await slab()) - slabBefore;
const heapGrowthKb = Math.round((process.memoryUsage().rss - heapBefore) / 1024);
const descriptorsAfter = descriptors();

const socket = kernel.socket();
// Longer than the six seconds of the kernel's own tags.
const start = performance.now();
const slow = socket.request({ eid: 9 }, Uint8Array.of(0xff), { type: TYPE, timeoutMs: 15_000 });
// More than there are tags: they wait their turn.
const many = Array.from({ length: 50 }, (_, i) => socket.request({ eid: 9 }, Uint8Array.of(i), { type: TYPE }));
const parallelRequests = (await Promise.all(many)).filter((answer, i) => answer.payload[0] === i).length;
heard = 0;
for (let i = 0; i < 30; i++) await socket.send({ eid: 9 }, Uint8Array.of(0xfe), { type: TYPE, reply: false });
await until('thirty datagrams', () => heard >= 30);
await sleep(200); // none comes twice
const datagrams = heard;
await slow;
const slowAnswerMs = Math.round(performance.now() - start);

// Another socket holds all tags; whoever waits is served when it closes.
const hog = kernel.socket();
await sleep(1_200); // the tag of the datagrams is released
const held = Array.from({ length: 8 }, () => hog.allocateTag({ eid: 9 }));
const tooManyTags = codeOf(() => kernel.socket().allocateTag({ eid: 9 }));
const waiting = [1, 2, 3].map((i) => socket.request({ eid: 9 }, Uint8Array.of(i), { type: TYPE }));
await sleep(50);
hog.releaseTag(held[2]!);
const tagWaitersServed = (await Promise.all(waiting)).length;
hog.close();

const extended = await socket.request({ eid: 0, link: join.interface }, Uint8Array.of(1), { type: TYPE });
const listener = kernel.socket();
listener.bind({ type: 0x44 });
let iterations = 0;
const reading = (async () => {
  for await (const message of listener) {
    iterations++;
    if (message.payload[0] === 2) return;
  }
})();
const asker = mctp.socket();
for (let i = 0; i < 3; i++) await asker.send({ eid: 8 }, Uint8Array.of(i), { type: 0x44, reply: false });
await reading;

const report: SocketsReport = {
  descriptorsBefore,
  descriptorsOpen,
  descriptorsAfter,
  slabGrowthKb,
  heapGrowthKb,
  answersOfMany,
  slowAnswerMs,
  parallelRequests,
  datagrams,
  tagWaitersServed,
  iterations,
  connect: codeOf(() => kernel.socket().connect({ eid: 9, type: TYPE })),
  unknownLink: codeOf(() => socket.allocateTag({ eid: 0, link: 'kernel:nothing' })),
  extended: { source: extended.source, link: extended.link },
  tooManyTags,
};
console.log(JSON.stringify(report));
await join.close();
await mctp.close();
kernel.close();

// Runs inside the board: many messages between the kernel's sockets and ours, both ways at once; nothing may be lost.

import { joinKernel, KernelMctp } from '../../../bindings/kernel/index.js';
import { systemClock } from '../../../bindings/system-clock.js';
import { Mctp } from '../../../stack/mctp.js';
import type { MctpMessage, MctpSocket, Transport } from '../../../stack/transport.js';

export interface JoinReport {
  readonly requested: number;
  readonly answered: number;
  readonly wrong: number;
  readonly seconds: number;
  readonly largestFromKernel: string;
  readonly largestFromUs: string;
  /** What the kernel says of its interface after all that. */
  readonly interface: string;
  readonly linksAfter: readonly string[];
  readonly routesAfter: number;
  readonly ourLinksAfter: number;
  readonly secondJoin: string;
}

const TYPE = 1;
const total = Number(process.env.JOIN_MESSAGES ?? 10_000);
const PARALLEL = 8;

const kernel = await KernelMctp.open();
const mctp = new Mctp({ clock: systemClock });
const join = await joinKernel(mctp, { kernelEid: 8, ownEid: 9, ours: [[10, 20]], kernel });

function echo(transport: Transport): MctpSocket {
  const socket = transport.socket();
  socket.bind({ type: TYPE });
  socket.onMessage((message) => void socket.reply(message, message.payload));
  return socket;
}
const echoes = [echo(kernel), echo(mctp)];

const wrongs = { count: 0 };
async function largest(transport: Transport, eid: number): Promise<string> {
  const payload = new Uint8Array(65_535).map((_, i) => (i * 31 + (i >> 8)) & 0xff);
  const socket = transport.socket();
  const answer = await socket.request({ eid }, payload, { type: TYPE, timeoutMs: 30_000 });
  socket.close();
  return `${answer.payload.length} ${Buffer.compare(answer.payload, payload) === 0 ? 'same' : 'different'}`;
}
const largestFromKernel = await largest(kernel, 9);
const largestFromUs = await largest(mctp, 8);
// Several at once fill every buffer on the way; and the interface must still be free to go in the end.
const several = await Promise.all([1, 2, 3].flatMap(() => [largest(kernel, 9), largest(mctp, 8)]));
if (several.some((outcome) => outcome !== '65535 same')) throw new Error(several.join());
const flood = kernel.socket();
await Promise.all(
  [1, 2, 3].map(() => flood.request({ eid: 9 }, new Uint8Array(65_535), { type: TYPE, timeoutMs: 30_000 })),
);
flood.close();

// A request and its answer are two messages through the join.
let left = total / 2;
let answered = 0;
async function ask(socket: MctpSocket, eid: number): Promise<void> {
  const payload = new Uint8Array(8);
  const view = new DataView(payload.buffer);
  while (left > 0) {
    view.setUint32(0, left--);
    view.setUint32(4, eid);
    const sent = Buffer.from(payload);
    const answer: MctpMessage = await socket.request({ eid }, payload.slice(), { type: TYPE, timeoutMs: 10_000 });
    answered++;
    if (!sent.equals(answer.payload)) wrongs.count++;
  }
}
const [fromKernel, fromUs] = [kernel.socket(), mctp.socket()];
const start = performance.now();
await Promise.all([
  ...Array.from({ length: PARALLEL }, () => ask(fromKernel, 9)),
  ...Array.from({ length: PARALLEL }, () => ask(fromUs, 8)),
]);
const seconds = (performance.now() - start) / 1000;

const { readFileSync } = await import('node:fs');
const statistics = readFileSync('/proc/net/dev', 'utf8')
  .split('\n')
  .find((line) => line.includes(join.interface))!;
for (const socket of [...echoes, fromKernel, fromUs]) socket.close();
await join.close();
const linksAfter = kernel.links().map((link) => link.name);
const routesAfter = kernel.routes().length + kernel.addresses().length;
const ourLinksAfter = mctp.links().length + mctp.routes().length + mctp.addresses().length;

const again = await joinKernel(mctp, { kernelEid: 8, ownEid: 9 });
const secondJoin = again.interface;
await again.close();
await mctp.close();
kernel.close();

const report: JoinReport = {
  requested: total,
  answered: answered * 2,
  wrong: wrongs.count,
  seconds,
  largestFromKernel,
  largestFromUs,
  interface: statistics.trim().replace(/\s+/g, ' '),
  linksAfter,
  routesAfter,
  ourLinksAfter,
  secondJoin,
};
console.log(JSON.stringify(report));

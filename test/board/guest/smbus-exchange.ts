// Runs inside the board: our SMBus link on one adapter, the kernel's mctp-i2c on another.

import { readFileSync } from 'node:fs';
import { MESSAGE_TYPE } from '../../../stack/ids.js';
import { Endpoint, TYPE, VIA } from './endpoint.js';
import { KernelEcho, kernelI2cLink, kernelNeighbour, kernelRequest } from './kernel-peer.js';
import { counting, equal, type ReportsOf, runScenarios } from './scenarios.js';
import { addTarget } from './sysfs.js';

const KERNEL = { bus: 0, address: 0x20, eid: 8 };
const OURS = { bus: 1, address: 0x10, eid: 9 };
/** The kernel's limit is 65536 bytes with the message type. */
const LARGEST = 65_535;
const SIZES = [0, 1, 63, 64, 249, 250, 600, 4000, LARGEST];

addTarget(OURS.bus, 'slave-mqueue', OURS.address);
const link = kernelI2cLink(KERNEL.bus, KERNEL.address, KERNEL.eid);
kernelNeighbour(link, OURS.eid, '10');
const echo = await KernelEcho.start(TYPE);
const ours = await Endpoint.open({ url: `i2c:${OURS.bus}?address=${OURS.address}${VIA}`, eid: OURS.eid });
ours.know(KERNEL.eid, '20');

/** How many of these bodies came back as they were. */
async function echoed(sizes: readonly number[], ask: (body: Uint8Array) => Promise<Uint8Array>): Promise<number[]> {
  const right: number[] = [];
  for (const size of sizes) {
    const body = counting(size, size);
    if (equal(await ask(body), body)) right.push(size);
  }
  return right;
}

async function request(body: Uint8Array): Promise<Uint8Array> {
  return (await ours.socket.request({ eid: KERNEL.eid }, body, { timeoutMs: 60_000 })).payload;
}

const scenarios = {
  'we ask, the kernel answers': async () => ({
    right: await echoed(SIZES, request),
    drops: ours.status.counters.drops,
  }),

  'the largest unit of the binding': async () => {
    ours.mctp.removeRoute(KERNEL.eid, KERNEL.eid);
    ours.mctp.addRoute({ start: KERNEL.eid, link: ours.link, transmissionUnit: 250 });
    // Counted by the receiver: an answer may be here before the link knows that its question has left.
    const received = (): number => Number(readFileSync(`/sys/class/net/${link}/statistics/rx_packets`, 'utf8'));
    const before = received();
    const right = await echoed([249, 250, 4000], request);
    return { right, packets: received() - before };
  },

  'the kernel asks, we answer': async () => {
    const right: number[] = [];
    for (const size of SIZES) {
      const answer = await kernelRequest(`${OURS.eid} ${TYPE} len=${size} --timeout 8000`);
      if (typeof answer !== 'string' && equal(answer, counting(size))) right.push(size);
    }
    return { right };
  },

  'both ask physically, without EIDs': async () => {
    const to = { eid: 0, link: ours.link, physicalAddress: '20' };
    const asked = await ours.socket.request(to, counting(300), { timeoutMs: 60_000 });
    const answered = await kernelRequest(`0 ${TYPE} len=300 --ext ${link},10`);
    return {
      from: { eid: asked.source, physicalAddress: asked.physicalAddress },
      right: equal(asked.payload, counting(300)) && typeof answered !== 'string' && equal(answered, counting(300)),
    };
  },

  'both ask at once, several times': async () => {
    const bodies = Array.from({ length: 24 }, (_, index) => counting(40 * index, index));
    const kernelAsks = Array.from({ length: 6 }, (_, index) =>
      kernelRequest(`${OURS.eid} ${TYPE} len=${100 + 300 * index} --timeout 8000`),
    );
    const answers = await Promise.all(bodies.map(request));
    const kernelAnswers = await Promise.all(kernelAsks);
    return {
      right: answers.filter((answer, index) => equal(answer, bodies[index]!)).length,
      kernelRight: kernelAnswers.filter(
        (answer, index) => typeof answer !== 'string' && equal(answer, counting(100 + 300 * index)),
      ).length,
    };
  },

  'a datagram to the kernel leaves no tag held': async () => {
    // A socket of its own: replies of the one before may still be leaving.
    const socket = ours.mctp.socket();
    for (let index = 0; index < 20; index++) {
      await socket.send({ eid: KERNEL.eid }, counting(10), { type: MESSAGE_TYPE.control, reply: false });
    }
    const { txMessages: sent } = socket.counters;
    socket.close();
    return { sent };
  },

  'nobody answers for a while': async () => {
    await echo.stop(); // nobody answers any more
    const unanswered = ours.socket.request({ eid: KERNEL.eid }, counting(10), { timeoutMs: 200 });
    const error = await unanswered.then(
      () => undefined,
      (reason: Error) => reason.message,
    );
    const again = await KernelEcho.start(TYPE);
    const right = await echoed([10, 500], request);
    await again.stop();
    return { error, right };
  },

  'closed, nothing is left': async () => {
    await ours.close();
    return {};
  },
};

export type SmbusExchangeReports = ReportsOf<typeof scenarios>;
await runScenarios(scenarios);

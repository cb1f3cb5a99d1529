// Runs inside the board: our stack on /dev/ttyS0 as a program would use it; somebody at the other end answers as EID 8.

import { Endpoint, TYPE } from './endpoint.js';
import { counting, equal, type ReportsOf, runScenarios } from './scenarios.js';

const PEER = 8;
const ours = await Endpoint.open({ url: 'serial:/dev/ttyS0?baud=115200', eid: 9 });
ours.know(PEER, '');

async function asks(size: number): Promise<boolean> {
  const body = counting(size, size);
  return equal((await ours.socket.request({ eid: PEER }, body, { type: TYPE, timeoutMs: 30_000 })).payload, body);
}

const scenarios = {
  'asks the peer': async () => {
    const right: number[] = [];
    for (const size of [0, 1, 64, 600, 4000, 65_535]) if (await asks(size)) right.push(size);
    return { right };
  },

  'asks a lot at once': async () => ({
    right: (await Promise.all(Array.from({ length: 40 }, (_, index) => asks(50 * index)))).filter(Boolean).length,
  }),

  'closed, nothing is left': async () => {
    const { linkCounters, counters } = ours.status;
    await ours.close();
    return { linkFaults: counters.drops.linkFault, txLost: linkCounters.txLost };
  },
};

export type SerialTtyReports = ReportsOf<typeof scenarios>;
await runScenarios(scenarios);

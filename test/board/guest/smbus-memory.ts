// Runs inside the board with --expose-gc: thousands of messages, with and without faults, must leave memory as it was;
// and what a device that resets in the middle of a message leaves behind.

import i2c from 'i2c-bus';
import { encodeFrame } from '../../../bindings/smbus/smbus-framing.js';
import { Endpoint, TYPE } from './endpoint.js';
import { KernelEcho, kernelI2cLink, kernelNeighbour } from './kernel-peer.js';
import { counting, equal, outcome, type ReportsOf, runScenarios, until } from './scenarios.js';
import { addTarget, setFault } from './sysfs.js';

const KERNEL = { bus: 0, address: 0x20, eid: 8 };
const OURS = { bus: 1, address: 0x10, eid: 9 };
/** A device without a stack: frames are written for it by hand. */
const DEVICE = { bus: 2, address: 0x30, eid: 20 };
const ASSEMBLY_TIMEOUT_MS = 300;

addTarget(OURS.bus, 'slave-mqueue', OURS.address);
const link = kernelI2cLink(KERNEL.bus, KERNEL.address, KERNEL.eid);
kernelNeighbour(link, OURS.eid, '10');
const echo = await KernelEcho.start(TYPE);
const ours = await Endpoint.open({
  url: `i2c:${OURS.bus}?address=${OURS.address}`,
  eid: OURS.eid,
  limits: { tagExpiryMs: 50, assemblyTimeoutMs: ASSEMBLY_TIMEOUT_MS },
});
ours.know(KERNEL.eid, '20');
ours.know(30, '55'); // nobody is there

const collect = (globalThis as { gc?: () => void }).gc!;

/** Live heap after collecting, and all memory of the process; bytes. */
function memory(): { heap: number; resident: number } {
  collect();
  collect();
  const { heapUsed, external, rss } = process.memoryUsage();
  return { heap: heapUsed + external, resident: rss };
}

/** Growth over the rounds after two that fill pools and compile. */
async function growth(rounds: number, work: () => Promise<void>) {
  await work();
  await work();
  const before = memory();
  for (let round = 0; round < rounds; round++) await work();
  const after = memory();
  return { heap: after.heap - before.heap, resident: after.resident - before.resident };
}

async function requests(count: number, length: number, timeoutMs = 2000, eid = KERNEL.eid): Promise<string[]> {
  const body = counting(length);
  const one = async (): Promise<string> => {
    const asking = ours.socket.request({ eid }, body, { type: TYPE, timeoutMs });
    return outcome(
      asking.then(({ payload }) => {
        if (!equal(payload, body)) throw new Error('wrong answer');
      }),
    );
  };
  const outcomes: string[] = [];
  for (let done = 0; done < count; done += 8) outcomes.push(...(await Promise.all(Array.from({ length: 8 }, one))));
  return outcomes;
}

const different = (outcomes: readonly string[]): string[] => [...new Set(outcomes)].sort();

const raw = i2c.openSync(DEVICE.bus);

/** A packet from the device, by hand: header flags, then the payload. */
function devicePacket(flags: number, ...payload: number[]): void {
  const frame = Buffer.alloc(100);
  const packet = Uint8Array.of(1, OURS.eid, DEVICE.eid, flags, ...payload);
  const end = encodeFrame(packet, 0, packet.length, DEVICE.address, OURS.address, frame, 0);
  raw.i2cWriteSync(OURS.address, end, frame);
}

const SOM = 0x80;
const EOM = 0x40;
const OWNER = 0x08;

const scenarios = {
  'thousands of messages': async () => {
    const seen: string[] = [];
    const grown = await growth(10, async () => void seen.push(...(await requests(200, 200))));
    return { grown, outcomes: different(seen), messages: seen.length };
  },

  'thousands of faults': async () => {
    const seen: string[] = [];
    const grown = await growth(4, async () => {
      setFault(OURS.bus, 'inject_nack', 40);
      seen.push(...(await requests(40, 200)));
      setFault(OURS.bus, 'inject_data_nack_byte', 3);
      setFault(OURS.bus, 'inject_data_nack', 40);
      seen.push(...(await requests(40, 200)));
      setFault(OURS.bus, 'inject_flip', 5);
      seen.push(...(await requests(40, 200, 60)));
      setFault(KERNEL.bus, 'inject_flip', 5);
      seen.push(...(await requests(40, 200, 60)));
      seen.push(...(await requests(40, 50, 60, 30)));
    });
    return { grown, outcomes: different(seen), after: different(await requests(8, 200)) };
  },

  'a device resets in the middle of its messages': async () => {
    const { drops } = ours.status.counters;
    const before = { ...drops, rxMessages: ours.status.counters.rxMessages };
    const half = [TYPE, ...counting(63)];
    devicePacket(SOM | OWNER, ...half); // and nothing more
    devicePacket(SOM | OWNER, ...half); // begins again after its reset, on the same tag
    devicePacket(EOM | OWNER | 0x10, 1, 2, 3);
    await until('the whole message', () => ours.status.counters.rxMessages > before.rxMessages);
    devicePacket(SOM | OWNER, ...half); // and dies for good
    await until('the half is given up', () => drops.assemblyTimeout > before.assemblyTimeout, 10 * ASSEMBLY_TIMEOUT_MS);
    return {
      restarted: drops.restarted - before.restarted,
      timedOut: drops.assemblyTimeout - before.assemblyTimeout,
      messages: ours.status.counters.rxMessages - before.rxMessages,
    };
  },

  'thousands of half messages': async () => {
    let tag = 0;
    const grown = await growth(10, async () => {
      for (let count = 0; count < 100; count++) {
        devicePacket(SOM | OWNER | (tag++ & 7), TYPE, ...counting(63));
        if (count % 8 === 7) await new Promise((resolve) => setImmediate(resolve));
      }
      await new Promise((resolve) => setImmediate(resolve));
    });
    return { grown, after: different(await requests(8, 200)) };
  },

  'closed, nothing is left': async () => {
    raw.closeSync();
    await ours.close();
    await echo.stop();
    return {};
  },
};

export type SmbusMemoryReports = ReportsOf<typeof scenarios>;
await runScenarios(scenarios);

// Runs inside the board: how long a frame written by another controller takes to our handler, and what waiting costs.

import i2c from 'i2c-bus';
import { LinuxI2cPort } from '../../../bindings/i2c/linux/linux-i2c-port.js';
import { systemClock } from '../../../bindings/system-clock.js';
import { type ReportsOf, runScenarios } from './scenarios.js';
import { addTarget, statistics } from './sysfs.js';

const FRAMES = 300;
const GAP_MS = 10;
const OWN = 0x10;

const target = addTarget(1, 'slave-mqueue', OWN);
const writer = i2c.openSync(0);
const port = new LinuxI2cPort({ bus: 1, clock: systemClock });
let received: ((at: number) => void) | undefined;
let count = 0;
await port.open(
  {
    received: () => {
      count++;
      received?.(performance.now());
    },
    written: () => {},
    state: () => {},
    fault: () => {},
  },
  OWN,
);

const frame = Buffer.alloc(73, 1);
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const busyMs = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

/** From the write's return, with the frame in the queue, to our handler. */
async function latency(): Promise<number> {
  const arrived = new Promise<number>((resolve) => {
    received = resolve;
  });
  writer.i2cWriteSync(OWN, frame.length, frame);
  const written = performance.now();
  return (await arrived) - written;
}

const percentile = (sorted: readonly number[], share: number): number => sorted[Math.floor(share * sorted.length)]!;

const scenarios = {
  latency: async () => {
    const times: number[] = [];
    for (let each = 0; each < FRAMES; each++) {
      times.push(await latency());
      await pause(GAP_MS);
    }
    times.sort((a, b) => a - b);
    return { p50: percentile(times, 0.5), p95: percentile(times, 0.95), p99: percentile(times, 0.99) };
  },

  'CPU while nothing comes': async () => {
    const [cpu, started] = [busyMs(), performance.now()];
    await pause(3000);
    return { percent: (100 * (busyMs() - cpu)) / (performance.now() - started) };
  },

  'a burst as long as the queue': async () => {
    count = 0;
    received = undefined;
    for (let each = 0; each < 32; each++) writer.i2cWriteSync(OWN, frame.length, frame);
    while (count < 32) await pause(1);
    return { count, lost: statistics(target).dropped_full };
  },

  'closed, nothing is left': async () => {
    writer.closeSync();
    await port.close();
    return {};
  },
};

export type MqueueLatencyReports = ReportsOf<typeof scenarios>;
await runScenarios(scenarios);

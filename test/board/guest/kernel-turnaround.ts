// Runs inside the board: the turnaround of requests to mctp-peer's echo, for comparison with mctp-peer's own.

import { KernelMctp } from '../../../bindings/kernel/index.js';

const count = Number(process.env.COUNT ?? 3_000);
const size = Number(process.env.SIZE ?? 64);
const kernel = await KernelMctp.open();
const socket = kernel.socket();
const payload = new Uint8Array(size).map((_, i) => i);
const times: number[] = [];
// Warm up: the first calls are slower than all others.
for (let i = 0; i < 300; i++) await socket.request({ eid: 8 }, payload, { type: 1 });
const begin = performance.now();
for (let i = 0; i < count; i++) {
  const start = performance.now();
  await socket.request({ eid: 8 }, payload, { type: 1 });
  times.push(performance.now() - start);
}
const seconds = (performance.now() - begin) / 1000;
times.sort((a, b) => a - b);
const at = (part: number) => (times[Math.min(count - 1, Math.floor(count * part))]! * 1000).toFixed(1);
const bulk = performance.now();
const parallel = 8;
let left = count;
const ask = async (): Promise<void> => {
  while (left-- > 0) await socket.request({ eid: 8 }, payload, { type: 1 });
};
await Promise.all(Array.from({ length: parallel }, ask));
const bulkSeconds = (performance.now() - bulk) / 1000;
kernel.close();
console.log(
  `count ${count} p50_us ${at(0.5)} p99_us ${at(0.99)} per_second ${Math.round(count / seconds)} ` +
    `eight_at_once_per_second ${Math.round(count / bulkSeconds)}`,
);

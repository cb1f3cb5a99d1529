/** The flight recorder writes a file by itself when a fault happens which the user chose. */

import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it, vi } from 'vitest';
import { SerialLink } from '../../bindings/serial/serial-link.js';
import { memoryPortPair } from '../../hw-fixtures/testing/memory-port.js';
import { pass } from '../../hw-fixtures/testing/virtual-time.js';
import { VirtualClock } from '../../stack/clock.js';
import { Mctp } from '../../stack/mctp.js';
import { PacketDumps, type RecorderFault } from '../../tools/serve/watch/packet-dumps.js';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

async function recording(faults: readonly RecorderFault[], parent?: string) {
  const clock = new VirtualClock();
  const [near, far] = memoryPortPair({ clock });
  const stack = new Mctp({ clock });
  const link = new SerialLink({ port: near, clock, name: 'line' });
  stack.addLink(link);
  stack.addAddress(8, 'line');
  stack.addRoute({ start: 9, end: 20, link: 'line' });
  await stack.open();
  await far.open({ data: () => {}, written: () => {}, closed: () => {} });
  const folder = mkdtempSync(join(tmpdir(), 'mctpkit-flight-'));
  folders.push(folder);
  const told: string[] = [];
  const dumps = new PacketDumps({
    stack,
    packets: 64,
    folder: parent === undefined ? folder : join(folder, parent),
    faults,
    world: {
      clock,
      time: () => Date.UTC(2026, 0, 1) + clock.now(),
      machine: { platform: 'linux', arch: 'x64' } as never,
    },
    told: (what) => told.push(what),
  });
  const ask = async (): Promise<void> => {
    const socket = stack.socket();
    const asking = socket.request({ eid: 9 }, Uint8Array.of(1), { type: 0x7e, timeoutMs: 100 }).catch(() => {});
    await pass(clock, 200);
    await asking;
    socket.close();
  };
  /** Files are written in real time. */
  const untilTold = (count: number): Promise<void> =>
    vi.waitFor(() => expect(told.length).toBeGreaterThanOrEqual(count), { timeout: 30_000, interval: 5 });
  const end = async (): Promise<void> => {
    dumps.close();
    await stack.close();
  };
  return { clock, far, dumps, folder, told, ask, untilTold, end };
}

it('a request without an answer: once a minute', async () => {
  const { clock, folder, told, ask, untilTold, end } = await recording(['timeout']);
  await ask();
  await pass(clock, 1000);
  await untilTold(1);
  expect(told).toEqual([expect.stringMatching(/^flight recorder: timeout: 1 packets in .*-timeout\.pcapng$/)]);
  const [file] = readdirSync(folder);
  // A section header block, as pcapng begins.
  expect(readFileSync(join(folder, file!)).subarray(0, 4).toString('hex')).toBe('0a0d0d0a');
  await ask();
  await pass(clock, 5000);
  expect(told).toHaveLength(1);
  await pass(clock, 60_000);
  await ask();
  await pass(clock, 1000);
  await untilTold(2);
  expect(told[1]).toMatch(/timeout: 3 packets/);
  await end();
  expect(clock.pending).toBe(0);
});

it('a storm of damaged frames, and not one now and then', async () => {
  const { clock, far, told, untilTold, end } = await recording(['pec-storm']);
  const wrong = Buffer.from('7e0107010908c80080020eb37e', 'hex');
  for (let second = 0; second < 20; second++) {
    far.write(wrong, 0, wrong.length);
    await pass(clock, 1000);
  }
  expect(told).toEqual([]);
  for (let count = 0; count < 12; count++) {
    far.write(wrong, 0, wrong.length);
    await pass(clock, 5);
  }
  await pass(clock, 1000);
  await untilTold(1);
  expect(told).toEqual([expect.stringMatching(/^flight recorder: pec-storm: /)]);
  await end();
});

it('only of faults which were chosen, and a file which cannot be written is told', async () => {
  const { dumps, told, untilTold, end } = await recording(['lost-device'], 'none');
  dumps.fault('link-down');
  dumps.fault('lost-device');
  await untilTold(1);
  expect(told).toEqual([expect.stringMatching(/^flight recorder: .*-lost-device\.pcapng cannot be written: /)]);
  await end();
});

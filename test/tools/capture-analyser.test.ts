/** `capture` with an analyser: an emulated Pico listens to packets of others, live and into a file. */

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { encodeFrame } from '../../bindings/smbus/smbus-framing.js';
import type { EmulatedPico } from '../../hw-fixtures/pico/emulator/pico.js';
import { servePico } from '../../hw-fixtures/pico/emulator/serve-pico.js';
import { startedPico } from '../../hw-fixtures/pico/emulator/started-pico.js';
import { readPcap } from '../../tools/capture/pcap-read.js';
import { mctpkit, RunningVerb } from '../support/in-process.js';

let folder: string;
let pico: EmulatedPico;
let stopServing: () => Promise<void>;
let running: RunningVerb | undefined;
let stretches = false;

/** Holds the clock for 5 ms behind a byte, when it is told to. */
function stretchingOnce(index: number): boolean {
  if (stretches && index === 4) {
    stretches = false;
    pico.bus.hold('scl');
    void pico.pass(5000).then(() => pico.bus.release('scl'));
  }
  return true;
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mctpkit-analyser-'));
  pico = await startedPico();
  stopServing = await servePico(pico, join(folder, 'pico'));
  stretches = false;
  pico.bus.addTarget(0x1d, { received: () => {}, acknowledge: stretchingOnce });
  pico.bus.addTarget(0x10, { received: () => {} });
  pico.bus.addTarget(0x1e, { received: () => {}, acknowledge: (index) => index !== 4 });
});
afterEach(async () => {
  await running?.stop();
  running = undefined;
  await stopServing();
  pico.stop();
  rmSync(folder, { recursive: true });
});

/** Get Endpoint ID, and its answer. */
const REQUEST = Uint8Array.of(0x01, 9, 8, 0xc8, 0, 0x81, 2);
const ANSWER = Uint8Array.of(0x01, 8, 9, 0xc0, 0, 0x01, 2, 0, 9, 0, 0);

function frame(packet: Uint8Array, from: number, to: number): Uint8Array {
  const bytes = new Uint8Array(300);
  return bytes.slice(0, encodeFrame(packet, 0, packet.length, from, to, bytes, 0));
}

const url = (): string => `i2c:unix:${join(folder, 'pico')}?mode=sniff`;
const spoiled = (bytes: Uint8Array): Uint8Array => bytes.map((byte, index) => (index === 9 ? byte ^ 1 : byte));

/** What others say to each other, and what goes wrong between them. */
async function traffic(): Promise<void> {
  const { bus } = pico;
  await bus.write(0x1d, frame(REQUEST, 0x10, 0x1d));
  await bus.write(0x10, frame(ANSWER, 0x1d, 0x10));
  await bus.write(0x1d, spoiled(frame(REQUEST, 0x10, 0x1d)));
  await bus.write(0x33, frame(REQUEST, 0x10, 0x33));
  await bus.write(0x1e, frame(REQUEST, 0x10, 0x1e));
  stretches = true;
  await bus.write(0x1d, frame(REQUEST, 0x10, 0x1d));
  bus.hold('scl');
  await pico.pass(60_000);
  bus.release('scl');
}

it('shows packets of others as they come, and what is wrong', async () => {
  running = new RunningVerb(['capture', '--link', url()]);
  // It begins without a word.
  while (running.output === '') await pico.bus.write(0x33, Uint8Array.of(1));
  await traffic();
  await running.line(/stuck/);
  const { stdout } = await running.stop();
  const lines = stdout
    .trim()
    .split('\n')
    .slice(-7)
    .map((line) => line.replace(/^\S+ \S+ /, ''));
  expect(lines).toEqual([
    '<- 8>9    SET seq 0 tag 0 control, 3 bytes',
    '<- 9>8    SE- seq 0 tag 0 control, 7 bytes',
    '<- 8>9    SET seq 0 tag 0 control, 3 bytes  bad PEC, in a write to 0x1d',
    expect.stringContaining('the address was not acknowledged, in a write to 0x33'),
    expect.stringMatching(/0f 08 21 01 09 {2}byte 5 was not acknowledged, in a write to 0x1e$/),
    expect.stringMatching(/^<- 8>9 .*the clock was stretched for 5\.\d ms, in a write to 0x1d$/),
    expect.stringContaining('the bus is stuck: clock held low'),
  ]);
});

it('keeps them in a file, with what is wrong as comments, and decode finds who answered whom', async () => {
  const file = join(folder, 'bus.pcapng');
  running = new RunningVerb(['capture', '--link', url(), '-w', file]);
  await running.note(/recording/);
  await traffic();
  await pico.pass(1000);
  await running.stop();
  expect([...readPcap(readFileSync(file))].map(({ comments }) => comments)).toEqual([
    [],
    [],
    ['bad PEC, in a write to 0x1d'],
    ['the address was not acknowledged, in a write to 0x33'],
    ['byte 5 was not acknowledged, in a write to 0x1e'],
    [expect.stringMatching(/^the clock was stretched for 5\.\d ms, in a write to 0x1d$/)],
    ['the bus is stuck: clock held low'],
  ]);
  const { stdout } = await mctpkit(['decode', file]);
  expect(stdout).toMatch(/7 packets, 2 requests, 1 answered in .*, 1 without an answer, 4 faults/);
});

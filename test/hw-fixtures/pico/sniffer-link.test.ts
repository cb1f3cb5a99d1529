/** The analyser as a link: packets of others, and what is wrong with them, from the real image. */

import { afterEach, beforeEach, expect, it } from 'vitest';
import { SnifferLink } from '../../../bindings/i2c/adapter/sniffer-link.js';
import { encodeFrame } from '../../../bindings/smbus/smbus-framing.js';
import { systemClock } from '../../../bindings/system-clock.js';
import type { EmulatedPico } from '../../../hw-fixtures/pico/emulator/pico.js';
import { EmulatedPicoPort } from '../../../hw-fixtures/pico/emulator/pico-port.js';
import { samplePacket } from '../../../hw-fixtures/testing/link-compliance.js';
import { RecordingHost } from '../../../hw-fixtures/testing/recording-host.js';
import { startedPico } from './support.js';

let pico: EmulatedPico;
let link: SnifferLink;
let host: RecordingHost;

beforeEach(async () => {
  pico = await startedPico();
  link = new SnifferLink({ name: 'i2c:pico', clock: systemClock, stream: () => new EmulatedPicoPort(pico) });
  host = new RecordingHost().attach(link);
  await link.open();
  pico.bus.addTarget(0x1d, { received: () => {} });
  pico.bus.addTarget(0x1e, { received: () => {}, acknowledge: (index) => index !== 4 });
});
afterEach(async () => {
  await link.close();
  pico.stop();
});

function frame(seed: number, to: number): Uint8Array {
  const bytes = new Uint8Array(300);
  return bytes.slice(0, encodeFrame(samplePacket(30, seed), 0, 30, 0x22, to, bytes, 0));
}

async function until(done: () => boolean): Promise<void> {
  while (!done()) await host.next();
}

it('hears packets between others', async () => {
  for (let seed = 0; seed < 20; seed++) await pico.bus.write(0x1d, frame(seed, 0x1d));
  await until(() => host.packets.length === 20);
  expect(host.packets).toEqual(
    Array.from({ length: 20 }, (_, seed) => ({ bytes: samplePacket(30, seed), from: '22' })),
  );
  expect(host.faults).toEqual([]);
});

it('says what is wrong', async () => {
  await pico.bus.write(
    0x1d,
    frame(1, 0x1d).map((byte, index) => (index === 9 ? byte ^ 1 : byte)),
  );
  await pico.bus.write(0x33, frame(1, 0x33));
  await pico.bus.write(0x1e, frame(1, 0x1e));
  await pico.bus.write(0x1d, Uint8Array.of(1, 2));
  await until(() => host.faults.length === 4);
  expect(host.faults).toEqual([
    'bad PEC, in a write to 0x1d',
    'the address was not acknowledged, in a write to 0x33',
    'byte 5 was not acknowledged, in a write to 0x1e',
    'not the MCTP command code, in a write to 0x1d',
  ]);
});

it('says that a line is stuck', async () => {
  pico.bus.hold('scl');
  await until(() => host.faults.length === 1);
  expect(host.faults).toEqual(['the bus is stuck: clock held low']);
});

it('comes back by itself after it was unplugged', async () => {
  pico.usb.unplug();
  await until(() => host.states.length === 2);
  expect(host.states[1]).toMatchObject({ up: false });
  pico.usb.plug();
  await until(() => host.states.length === 3);
  await pico.bus.write(0x1d, frame(3, 0x1d));
  await until(() => host.packets.length === 1);
});

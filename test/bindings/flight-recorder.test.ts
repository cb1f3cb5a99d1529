/** The flight recorder: the latest packets of each link, whatever their size. */

import { expect, it } from 'vitest';
import { FlightRecorder } from '../../bindings/capture/flight-recorder.js';
import { PacketWire } from '../../hw-fixtures/bench/wires/packet-wire.js';
import { pass } from '../../hw-fixtures/testing/virtual-time.js';
import { VirtualClock } from '../../stack/clock.js';
import { Mctp } from '../../stack/mctp.js';

async function scene(packets: number) {
  const clock = new VirtualClock();
  const stack = new Mctp({ clock });
  for (const name of ['a', 'b']) {
    const wire = new PacketWire({ clock, addressSize: 1 });
    stack.addLink(wire.port({ name, address: '10' }));
    wire.port({ name: 'other', address: '20' });
  }
  await stack.open();
  const recorder = new FlightRecorder({ stack, packets, originMs: Date.UTC(2026, 0, 1) });
  const send = async (link: string, number: number, length: number): Promise<void> => {
    const packet = new Uint8Array(length).fill(number);
    packet.set([1, 9, 8, 0xc8, 0x7e]);
    await stack.sendPacket(link, packet, '20').catch(() => {});
    await pass(clock, 1);
  };
  return { clock, stack, recorder, send };
}

it('keeps the latest of each link: a busy one does not push out what a quiet one did', async () => {
  const { recorder, send } = await scene(10);
  await send('b', 77, 20);
  for (let number = 0; number < 50; number++) await send('a', number, 20);
  const kept = recorder.recorded();
  expect(kept.filter(({ link }) => link === 'b').map(({ bytes }) => bytes[5])).toEqual([77]);
  expect(kept.filter(({ link }) => link === 'a').map(({ bytes }) => bytes[5])).toEqual([
    40, 41, 42, 43, 44, 45, 46, 47, 48, 49,
  ]);
  const times = kept.map(({ timeNs }) => timeNs);
  expect([...times].sort((x, y) => Number(x - y))).toEqual(times);
  expect(kept[0]).toMatchObject({ direction: 'tx', physicalAddress: '20', isPacket: true });
});

it('keeps what it has when its size changes, as far as there is room', async () => {
  const { recorder, send } = await scene(10);
  for (let number = 0; number < 12; number++) await send('a', number, 20);
  const numbers = (): number[] => recorder.recorded().map(({ bytes }) => bytes[5]!);
  recorder.resize(20);
  expect(numbers()).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  for (let number = 12; number < 18; number++) await send('a', number, 20);
  expect(numbers()).toHaveLength(16);
  recorder.resize(4);
  expect(numbers()).toEqual([14, 15, 16, 17]);
  await send('a', 18, 20);
  expect(numbers()).toEqual([15, 16, 17, 18]);
});

it('gives every packet back as it was when sizes differ, and never more bytes than it has room for', async () => {
  const { recorder, send } = await scene(8);
  for (let number = 1; number <= 200; number++) {
    await send('a', number, 10 + ((number * 37) % 58));
    const kept = recorder.recorded();
    const numbers = kept.map(({ bytes }) => bytes[5]!);
    expect(numbers.at(-1)).toBe(number);
    expect(numbers).toEqual(numbers.map((_one, index) => number - numbers.length + 1 + index));
    for (const { bytes } of kept) {
      expect(bytes.length).toBe(10 + ((bytes[5]! * 37) % 58));
      expect(bytes.subarray(5).every((byte) => byte === bytes[5])).toBe(true);
    }
  }
  recorder.close();
  expect(recorder.recorded()).toEqual([]);
});

/** The mux of the virtual bench: what its register does to who hears whom. */

import { describe, expect, it } from 'vitest';
import { I2cMux } from '../../hw-fixtures/bench/wires/i2c-mux.js';
import { I2cWire } from '../../hw-fixtures/bench/wires/i2c-wire.js';
import { VirtualClock } from '../../stack/index.js';

async function party(wire: I2cWire, name: string, address: number) {
  const port = wire.port({ name });
  const heard: number[][] = [];
  const results: (string | undefined)[] = [];
  await port.open(
    {
      received: (buffer, start, end) => void heard.push([...buffer.subarray(start, end)]),
      written: (error) => void results.push(error?.code),
      state: () => {},
      fault: () => {},
    },
    address,
  );
  const write = (to: number, ...bytes: number[]): void => port.write(to, Uint8Array.from(bytes), 0, bytes.length);
  return { port, heard, results, write };
}

async function scene() {
  const clock = new VirtualClock();
  const wire = new I2cWire({ clock, name: 'trunk', speedKhz: 400 });
  const mux = new I2cMux({ clock, wire, name: 'mux', address: 0x70, channels: ['c0', 'c1'] });
  const [c0, c1] = mux.channels as [I2cWire, I2cWire];
  const host = await party(wire, 'host', 0x10);
  const a = await party(c0, 'a', 0x1d);
  const b = await party(c1, 'b', 0x1d);
  return { clock, wire, mux, c0, c1, host, a, b };
}

describe('a mux on a virtual I2C wire', () => {
  it('connects nobody at first, then what its register says, from the STOP on', async () => {
    const { clock, mux, wire, host, a, b } = await scene();
    host.write(0x1d, 1);
    clock.advance(5);
    expect([host.results, a.heard, b.heard]).toEqual([['ENACK'], [], []]);
    const start = clock.now();
    host.write(0x70, 0b10);
    const selecting = wire.timing.transfer(1);
    clock.advance(selecting - 0.001);
    expect(mux.register).toBe(0);
    clock.advance(0.001);
    expect([mux.register, clock.now() - start]).toEqual([0b10, expect.closeTo(selecting, 6)]);
    host.write(0x1d, 2);
    clock.advance(5);
    expect([a.heard, b.heard]).toEqual([[], [[2]]]);
    // Two bytes are two values.
    host.write(0x70, 0b10, 0b01);
    clock.advance(5);
    host.write(0x1d, 3);
    clock.advance(5);
    expect([a.heard, b.heard]).toEqual([[[3]], [[2]]]);
    // Both at once: whoever has the address hears it.
    host.write(0x70, 0b11);
    clock.advance(5);
    host.write(0x1d, 4);
    clock.advance(5);
    expect([a.heard, b.heard]).toEqual([
      [[3], [4]],
      [[2], [4]],
    ]);
  });

  it('lets a device behind it write to the host only while its channel is selected', async () => {
    const { clock, c0, c1, host, a, b } = await scene();
    host.write(0x70, 0b01);
    clock.advance(5);
    a.write(0x10, 7);
    b.write(0x10, 8);
    clock.advance(5);
    expect([host.heard, a.results, b.results]).toEqual([[[7]], [undefined], ['ENACK']]);
    expect([c0.counters.nacks, c1.counters.nacks]).toEqual([0, 1]);
  });

  it('keeps channels apart while they are not selected: devices of one reach each other, at the same time', async () => {
    const { clock, c0, c1, host } = await scene();
    const [x, y] = [await party(c0, 'x', 0x20), await party(c1, 'y', 0x20)];
    const fast = new Uint8Array(72);
    x.port.write(0x1d, fast, 0, 72);
    y.port.write(0x1d, fast, 0, 72);
    clock.advance(c0.timing.transfer(72));
    expect([x.results, y.results, host.heard]).toEqual([[undefined], [undefined], []]);
  });

  it('parts a device from the host before a write which has not begun', async () => {
    const { clock, mux, host, a } = await scene();
    host.write(0x70, 0b01);
    clock.advance(5);
    // Both want the bus at once; the host writes the lower first byte, and wins.
    host.write(0x08, 1);
    clock.advance(0.001);
    a.write(0x10, 9);
    mux.reset();
    clock.advance(5);
    expect([host.heard, a.results]).toEqual([[], ['ENACK']]);
  });

  it('has faults of a channel of its own, and lets go of a channel which holds the bus', async () => {
    const { clock, wire, mux, c0, c1, host, a, b } = await scene();
    c0.faults.add({ kind: 'drop', to: 0x1d });
    host.write(0x70, 0b11);
    clock.advance(5);
    // The fault is of one segment, and the wire is one: both miss it.
    host.write(0x1d, 1);
    clock.advance(5);
    expect([a.heard, b.heard]).toEqual([[], []]);
    host.write(0x70, 0b10);
    clock.advance(5);
    host.write(0x1d, 2);
    clock.advance(5);
    expect([a.heard, b.heard]).toEqual([[], [[2]]]);
    c1.stick();
    expect(wire.stuck).toBe('SDA');
    host.write(0x1d, 3);
    clock.advance(40);
    expect(host.results.at(-1)).toBe('EBUSSTUCK');
    c1.release();
    mux.reset();
    expect([mux.register, wire.stuck]).toEqual([0, undefined]);
  });

  it('with the number of a channel in its register connects one at a time, and none without its enable bit', async () => {
    const clock = new VirtualClock();
    const wire = new I2cWire({ clock, name: 'trunk', speedKhz: 400 });
    const names = ['c0', 'c1', 'c2'];
    const mux = new I2cMux({ clock, wire, name: 'mux', address: 0x70, kind: 'pca9544', channels: names });
    const host = await party(wire, 'host', 0x10);
    const devices = [];
    for (const [index, channel] of mux.channels.entries()) devices.push(await party(channel, `d${index}`, 0x1d));
    // 0xf5: what an interrupt sets may be written back with the rest.
    for (const value of [0x00, 0x01, 0x03, 0x04, 0x05, 0xf5, 0x06, 0x07, 0x0c]) {
      host.write(0x70, value);
      clock.advance(5);
      host.write(0x1d, value);
      clock.advance(5);
    }
    expect(devices.map(({ heard }) => heard)).toEqual([[[0x04], [0x0c]], [[0x05], [0xf5]], [[0x06]]]);
    mux.reset();
    expect(mux.register).toBe(0);
  });

  it('as PCA9547 has channel 0 connected from power-on on, and after a reset', async () => {
    const clock = new VirtualClock();
    const wire = new I2cWire({ clock, name: 'trunk', speedKhz: 400 });
    const mux = new I2cMux({ clock, wire, name: 'mux', address: 0x70, kind: 'pca9547', channels: ['c0', 'c1'] });
    const host = await party(wire, 'host', 0x10);
    const a = await party(mux.channels[0]!, 'a', 0x1d);
    host.write(0x1d, 1);
    clock.advance(5);
    host.write(0x70, 0);
    clock.advance(5);
    host.write(0x1d, 2);
    clock.advance(5);
    mux.reset();
    host.write(0x1d, 3);
    clock.advance(5);
    expect([a.heard, mux.register, mux.counters.selections]).toEqual([[[1], [3]], 0x08, 1]);
  });

  it('is itself behind another one', async () => {
    const { clock, c1, host, b } = await scene();
    const inner = new I2cMux({ clock, wire: c1, name: 'inner', address: 0x71, channels: ['deep'] });
    const deep = await party(inner.channels[0]!, 'deep', 0x22);
    host.write(0x71, 1);
    clock.advance(5);
    expect(host.results).toEqual(['ENACK']);
    for (const [mux, value] of [
      [0x70, 2],
      [0x71, 1],
    ] as const) {
      host.write(mux, value);
      clock.advance(5);
    }
    host.write(0x22, 5);
    clock.advance(5);
    deep.write(0x10, 6);
    // One wire: who writes at the same time loses the arbitration.
    b.write(0x22, 0);
    clock.advance(5);
    b.write(0x22, 7);
    clock.advance(5);
    expect(b.results).toEqual(['EARBITRATION', undefined]);
    expect([deep.heard, host.heard]).toEqual([[[5], [7]], [[6]]]);
    host.write(0x70, 0);
    clock.advance(5);
    // Its register is as it was: only the way to it is gone.
    expect(inner.register).toBe(1);
    deep.write(0x10, 8);
    clock.advance(5);
    b.write(0x22, 9);
    clock.advance(5);
    expect([host.heard, deep.results, deep.heard.at(-1)]).toEqual([[[6]], [undefined, 'ENACK'], [9]]);
  });
});

import { describe, expect, it } from 'vitest';
import type { UartEnd } from '../../hw-fixtures/bench/wires/uart-end.js';
import { UartWire, type UartWireOptions } from '../../hw-fixtures/bench/wires/uart-wire.js';
import { VirtualClock } from '../../stack/index.js';

class Recorder {
  readonly bytes: number[] = [];
  readonly times: number[] = [];
  writes = 0;
  closed: string | undefined;
  onWritten: (() => void) | undefined;

  constructor(
    private readonly clock: VirtualClock,
    readonly end: UartEnd,
  ) {}

  async open(): Promise<this> {
    await this.end.open({
      data: (chunk, start, end) => {
        this.bytes.push(...chunk.subarray(start, end));
        this.times.push(this.clock.now());
      },
      written: () => {
        this.writes++;
        this.onWritten?.();
      },
      closed: (reason) => {
        this.closed = reason.code;
      },
    });
    return this;
  }

  write(...bytes: number[]): boolean {
    return this.end.write(Uint8Array.from(bytes), 0, bytes.length);
  }
}

async function setup(options: Partial<UartWireOptions> = {}) {
  const clock = new VirtualClock();
  const wire = new UartWire({ clock, ends: ['host', 'mcu'], ...options });
  return {
    clock,
    wire,
    host: await new Recorder(clock, wire.a).open(),
    mcu: await new Recorder(clock, wire.b).open(),
  };
}

const count = (n: number): number[] => Array.from({ length: n }, (_, index) => index & 0xff);

describe('a virtual serial line', () => {
  // Bits per second, kB/s of payload at 64 bytes per packet of 74 bytes with its frame.
  it.each([
    [115_200, 9.96],
    [1_000_000, 86.5],
    [3_000_000, 259],
  ])('%i baud carries %d kB/s', async (baudRate, expected) => {
    const { clock, host, mcu } = await setup({ baudRate });
    let left = 500;
    host.onWritten = () => {
      while (left-- > 0 && host.write(...count(74)));
    };
    host.onWritten();
    while (clock.step());
    expect(mcu.bytes).toHaveLength(500 * 74);
    const goodput = (500 * 64) / clock.now();
    expect(Math.abs(goodput / expected - 1)).toBeLessThan(0.01);
    // Not a timer per byte.
    expect(mcu.times.length).toBeLessThan(500 * 74 * 0.15);
  });

  it('is ten bits per byte, both ways at once', async () => {
    const { clock, host, mcu } = await setup();
    host.write(1, 2, 3);
    mcu.write(4, 5);
    clock.advance(1);
    expect([mcu.bytes, host.bytes]).toEqual([
      [1, 2, 3],
      [4, 5],
    ]);
    expect(mcu.times[0]).toBeCloseTo(30 / 115.2, 9);
    expect(host.times[0]).toBeCloseTo(20 / 115.2, 9);
  });

  it('takes what its FIFO holds and lends the rest', async () => {
    const { clock, host, mcu } = await setup({ fifoBytes: 16 });
    expect(host.write(...count(16))).toBe(true);
    expect(host.write(...count(40))).toBe(false);
    clock.advance(25 * (10 / 115.2));
    expect(host.writes).toBe(0);
    clock.advance(100);
    expect(host.writes).toBe(1);
    expect(mcu.bytes).toEqual([...count(16), ...count(40)]);
    expect(clock.now()).toBeGreaterThan(0);
    expect(clock.pending).toBe(0);
  });

  it('has latency', async () => {
    const { clock, host, mcu } = await setup({ latencyMs: 16 });
    host.write(1, 2, 3);
    clock.advance(100);
    expect(mcu.times[0]).toBeCloseTo(16 + 30 / 115.2, 9);
  });

  it('loses what comes while nobody listens', async () => {
    const { clock, wire, host, mcu } = await setup();
    await mcu.end.close();
    host.write(1, 2, 3);
    clock.advance(10);
    expect(wire.counters).toEqual({ bytes: 3, lost: 3 });
  });

  it('lets the FIFO run out when an end is closed', async () => {
    const { clock, host, mcu } = await setup();
    host.write(1, 2, 3);
    await host.end.close();
    clock.advance(10);
    expect(mcu.bytes).toEqual([1, 2, 3]);
  });
});

describe('faults of a serial line', () => {
  const cases: [string, Parameters<UartWire['faults']['add']>[0], number[]][] = [
    ['drop', { kind: 'drop', skip: 1 }, [1, 3, 4]],
    ['duplicate', { kind: 'duplicate' }, [1, 1, 2, 3, 4]],
    ['corrupt', { kind: 'corrupt', skip: 2, bit: 6 }, [1, 2, 0x43, 4]],
    ['every second dropped', { kind: 'drop', every: 2 }, [2, 4]],
    ['of the other end', { kind: 'drop', from: 'mcu', every: 1 }, [1, 2, 3, 4]],
  ];
  it.each(cases)('%s', async (_name, rule, expected) => {
    const { clock, wire, host, mcu } = await setup();
    wire.faults.add(rule);
    host.write(1, 2, 3, 4);
    clock.advance(10);
    expect(mcu.bytes).toEqual(expected);
  });

  it('noise', async () => {
    const { clock, wire, host, mcu } = await setup();
    wire.faults.add({ kind: 'noise', skip: 3, count: 2 });
    host.write(1, 2, 3, 4, 5);
    clock.advance(10);
    expect(mcu.bytes).toHaveLength(7);
    expect([...mcu.bytes.slice(0, 3), mcu.bytes[4], mcu.bytes[6]]).toEqual([1, 2, 3, 4, 5]);
  });

  it('hold delays, and keeps the order', async () => {
    const { clock, wire, host, mcu } = await setup();
    wire.faults.add({ kind: 'hold', ms: 20 });
    host.write(...count(40));
    clock.advance(15);
    expect(mcu.bytes).toEqual([]);
    clock.advance(15);
    expect(mcu.bytes).toEqual(count(40));
  });
});

describe('an end that is pulled out', () => {
  it('says so once, and can be opened again when it is back', async () => {
    const { clock, wire, host, mcu } = await setup();
    host.write(...count(80));
    clock.advance(1);
    wire.a.unplug();
    wire.a.unplug();
    expect(host.closed).toBe('ENODEV');
    clock.advance(100);
    expect(mcu.bytes.length).toBeLessThan(20);
    expect(host.writes).toBe(0);
    await expect(new Recorder(clock, wire.a).open()).rejects.toMatchObject({ code: 'ENODEV' });
    wire.a.replug();
    const again = await new Recorder(clock, wire.a).open();
    mcu.write(9);
    clock.advance(1);
    expect(again.bytes).toEqual([9]);
    expect(clock.pending).toBe(0);
  });
});

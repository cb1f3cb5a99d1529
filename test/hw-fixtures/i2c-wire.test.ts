import { describe, expect, it } from 'vitest';
import { I2cWire, type I2cWireOptions } from '../../hw-fixtures/bench/wires/i2c-wire.js';
import type { I2cWirePort } from '../../hw-fixtures/bench/wires/i2c-wire-port.js';
import { type MctpError, VirtualClock } from '../../stack/index.js';

/** What a port told its link. */
class Recorder {
  readonly frames: { at: number; bytes: number[] }[] = [];
  readonly results: (string | undefined)[] = [];
  readonly times: number[] = [];
  readonly states: boolean[] = [];
  onWritten: (() => void) | undefined;

  constructor(
    private readonly clock: VirtualClock,
    readonly port: I2cWirePort,
  ) {}

  async open(address: number): Promise<this> {
    await this.port.open(
      {
        received: (buffer, start, end) =>
          void this.frames.push({ at: this.clock.now(), bytes: [...buffer.subarray(start, end)] }),
        written: (error?: MctpError) => {
          const phase = (error as { phase?: string } | undefined)?.phase;
          this.results.push(phase === undefined ? error?.code : `${error!.code} ${phase}`);
          this.times.push(this.clock.now());
          this.onWritten?.();
        },
        state: (up) => void this.states.push(up),
        fault: () => {},
      },
      address,
    );
    return this;
  }

  write(to: number, bytes: readonly number[]): void {
    this.port.write(to, Uint8Array.from(bytes), 0, bytes.length);
  }
}

async function setup(options: Partial<I2cWireOptions> = {}) {
  const clock = new VirtualClock();
  const wire = new I2cWire({ clock, ...options });
  const host = await new Recorder(clock, wire.port({ name: 'host' })).open(0x10);
  const ssd = await new Recorder(clock, wire.port({ name: 'ssd' })).open(0x1d);
  const nic = await new Recorder(clock, wire.port({ name: 'nic' })).open(0x32);
  return { clock, wire, host, ssd, nic };
}

describe('time on an I2C wire', () => {
  // kHz, kB/s of payload at 64 bytes per packet.
  it.each([
    [100, 9.7],
    [400, 38.8],
    [1000, 97],
  ] as const)('%i kHz carries %d kB/s', async (speedKhz, expected) => {
    const { clock, host, ssd } = await setup({ speedKhz });
    const frame = new Array(72).fill(0x55);
    let left = 200;
    host.onWritten = () => {
      if (--left > 0) host.write(0x1d, frame);
    };
    const start = clock.now();
    host.write(0x1d, frame);
    while (clock.step());
    expect(ssd.frames).toHaveLength(200);
    const goodput = (200 * 64) / (ssd.frames.at(-1)!.at - start);
    expect(Math.abs(goodput / expected - 1)).toBeLessThan(0.01);
  });

  it('takes nine bits per byte, START and STOP', async () => {
    const { clock, host, ssd } = await setup();
    host.write(0x1d, [1, 2, 3]);
    clock.advance(1);
    expect(ssd.frames).toEqual([{ at: expect.closeTo(0.004 + 4 * 9 * 0.01 + 0.004, 6), bytes: [1, 2, 3] }]);
    expect(host.results).toEqual([undefined]);
    expect(host.times[0]).toBeCloseTo(0.368, 6);
  });

  it('ends a transfer that nobody acknowledges after its first byte', async () => {
    const { clock, host } = await setup();
    host.write(0x44, [1, 2, 3]);
    clock.advance(1);
    expect(host.results).toEqual(['ENACK address']);
    expect(host.times[0]).toBeCloseTo(0.098, 6);
  });

  it('waits for the bus to be free', async () => {
    const { clock, host, ssd } = await setup();
    host.write(0x1d, [1]);
    clock.advance(0.05);
    ssd.write(0x10, [2]);
    clock.advance(5);
    expect(host.frames[0]!.at).toBeCloseTo(host.times[0]! + 0.0047 + 0.188, 6);
  });

  it('lets those who waited go before the one that just had the bus', async () => {
    const { clock, host, ssd } = await setup();
    host.onWritten = () => host.times.length < 3 && host.write(0x1d, [9]);
    host.write(0x1d, [9]);
    clock.advance(0.01);
    ssd.write(0x10, [1]);
    clock.advance(5);
    expect(ssd.results).toEqual([undefined]);
    expect(host.results).toEqual([undefined, undefined, undefined]);
    expect(ssd.times[0]).toBeLessThan(host.times[1]!);
  });
});

describe('arbitration', () => {
  it('is won by the lower address, and the loser knows at the bit', async () => {
    const { clock, host, ssd, nic } = await setup();
    ssd.write(0x32, [1]);
    nic.write(0x10, [1]);
    clock.advance(5);
    expect(nic.results).toEqual([undefined]);
    expect(host.frames).toHaveLength(1);
    expect(ssd.results).toEqual(['EARBITRATION']);
    // 0x64 against 0x20: they differ in the second bit.
    expect(ssd.times[0]).toBeCloseTo(0.004 + 0.02, 6);
  });

  it('goes on into the data, and the loser may be the target', async () => {
    const { clock, host, ssd, nic } = await setup();
    ssd.write(0x10, [0x0f, 7]);
    nic.write(0x10, [0x0f, 6]);
    clock.advance(5);
    expect(nic.results).toEqual([undefined]);
    expect(ssd.results).toEqual(['EARBITRATION']);
    expect(host.frames.map((frame) => frame.bytes)).toEqual([[0x0f, 6]]);
  });

  it('is not noticed by writers of the same bits', async () => {
    const { clock, host, ssd, nic } = await setup();
    ssd.write(0x10, [1, 2]);
    nic.write(0x10, [1, 2]);
    clock.advance(5);
    expect([ssd.results, nic.results]).toEqual([[undefined], [undefined]]);
    expect(host.frames).toHaveLength(1);
  });
});

describe('fairness arbitration', () => {
  it('gives everybody a turn: losers go again by themselves, winners wait', async () => {
    const { clock, wire, host, ssd, nic } = await setup({ fair: true });
    // The host writes to the highest address, and loses whenever it meets another.
    const order: string[] = [];
    for (const [name, party, to] of [
      ['ssd', ssd, 0x10],
      ['nic', nic, 0x10],
      ['host', host, 0x32],
    ] as const) {
      let left = 10;
      const next = (): void => {
        if (party.results.length > 0) order.push(name);
        if (left-- > 0) party.write(to, [name.charCodeAt(0), left]);
      };
      party.onWritten = next;
      next();
    }
    clock.advance(100);
    expect([...host.results, ...ssd.results, ...nic.results]).toEqual(new Array(30).fill(undefined));
    for (let round = 0; round < 10; round++) {
      expect(order.slice(3 * round, 3 * round + 3).sort()).toEqual(['host', 'nic', 'ssd']);
    }
    expect(wire.counters.arbitrationLost).toBeGreaterThan(10);
    expect(clock.pending).toBe(0);
  });

  it('does without the turn of a port that was unplugged while it waited', async () => {
    const { clock, host, ssd, nic } = await setup({ fair: true });
    ssd.write(0x32, [1]);
    host.write(0x32, [2]);
    clock.advance(0.1);
    host.port.unplug();
    clock.advance(10);
    expect([ssd.results, host.results]).toEqual([[undefined], []]);
    expect(nic.frames.map((frame) => frame.bytes)).toEqual([[1]]);
    expect(clock.pending).toBe(0);
  });
});

describe('faults of an I2C wire', () => {
  const cases: [string, Parameters<I2cWire['faults']['add']>[0], (string | undefined)[], number[][]][] = [
    ['drop', { kind: 'drop' }, [undefined, undefined], [[4, 5, 6]]],
    [
      'duplicate',
      { kind: 'duplicate' },
      [undefined, undefined],
      [
        [1, 2, 3],
        [1, 2, 3],
        [4, 5, 6],
      ],
    ],
    [
      'reorder',
      { kind: 'reorder' },
      [undefined, undefined],
      [
        [4, 5, 6],
        [1, 2, 3],
      ],
    ],
    [
      'corrupt',
      { kind: 'corrupt', byte: 1, bit: 7 },
      [undefined, undefined],
      [
        [1, 0x82, 3],
        [4, 5, 6],
      ],
    ],
    ['nack', { kind: 'nack' }, ['ENACK address', undefined], [[4, 5, 6]]],
    ['nackData', { kind: 'nackData', byte: 1 }, ['ENACK data', undefined], [[4, 5, 6]]],
    ['arbitration', { kind: 'arbitration' }, ['EARBITRATION', undefined], [[4, 5, 6]]],
    ['the second only', { kind: 'drop', skip: 1 }, [undefined, undefined], [[1, 2, 3]]],
    ['every one', { kind: 'drop', every: 1 }, [undefined, undefined], []],
    [
      'to one address',
      { kind: 'drop', to: 0x32 },
      [undefined, undefined],
      [
        [1, 2, 3],
        [4, 5, 6],
      ],
    ],
    ['from one port', { kind: 'drop', from: 'host', count: 2 }, [undefined, undefined], []],
  ];
  it.each(cases)('%s', async (_name, rule, results, frames) => {
    const { clock, wire, host, ssd } = await setup();
    wire.faults.add(rule);
    host.onWritten = () => host.results.length < 2 && host.write(0x1d, [4, 5, 6]);
    host.write(0x1d, [1, 2, 3]);
    clock.advance(10);
    expect(host.results).toEqual(results);
    expect(ssd.frames.map((frame) => frame.bytes)).toEqual(frames);
    expect(clock.pending).toBe(0);
  });

  it('hold stretches the clock', async () => {
    const { clock, wire, host, ssd } = await setup();
    wire.faults.add({ kind: 'hold', ms: 12 });
    host.write(0x1d, [1, 2, 3]);
    clock.advance(100);
    expect(ssd.frames[0]!.at).toBeCloseTo(12.368, 6);
  });

  it('hold beyond the SMBus timeout fails the write, and keeps the bus until it ends', async () => {
    const { clock, wire, host, ssd } = await setup();
    wire.faults.add({ kind: 'hold', ms: 100 });
    host.onWritten = () => host.results.length < 2 && host.write(0x1d, [4]);
    host.write(0x1d, [1, 2, 3]);
    clock.advance(200);
    expect(host.results).toEqual(['ETIMEDOUT', undefined]);
    expect(host.times[0]).toBeCloseTo(35.094, 6);
    expect(ssd.frames.map((frame) => frame.bytes)).toEqual([[4]]);
    expect(ssd.frames[0]!.at).toBeGreaterThan(100);
  });

  it('stretches by a target take their time for each byte', async () => {
    const { clock, host, ssd } = await setup();
    ssd.port.stretchUs = 250;
    host.write(0x1d, [1, 2, 3, 4]);
    clock.advance(10);
    expect(ssd.frames[0]!.at).toBeCloseTo(0.008 + 5 * 0.09 + 1, 6);
  });

  it('held back frames go on by themselves when none follows', async () => {
    const { clock, wire, host, ssd } = await setup();
    wire.faults.add({ kind: 'reorder' });
    host.write(0x1d, [1]);
    clock.advance(40);
    expect(ssd.frames).toEqual([]);
    clock.advance(20);
    expect(ssd.frames).toHaveLength(1);
  });

  it('random faults are those of the seed', async () => {
    const run = async (seed: number): Promise<string> => {
      const { clock, wire, host, ssd } = await setup({ seed });
      wire.faults.add({ kind: 'drop', probability: 0.3 });
      let n = 0;
      host.onWritten = () => ++n < 100 && host.write(0x1d, [n]);
      host.write(0x1d, [0]);
      clock.advance(1000);
      expect(wire.faults.counters.drop).toBe(100 - ssd.frames.length);
      return ssd.frames.map((frame) => frame.bytes[0]).join();
    };
    expect(await run(7)).toBe(await run(7));
    expect(await run(7)).not.toBe(await run(8));
  });

  it('refuses a fault it does not have', async () => {
    const { wire } = await setup();
    expect(() => wire.faults.add({ kind: 'noise' as 'drop' })).toThrow(/no fault "noise": use drop, corrupt/);
  });
});

describe('a bus line held low', () => {
  it('fails writes with EBUSSTUCK, and the bus works again when released', async () => {
    const { clock, wire, host, ssd } = await setup();
    wire.stick('SDA');
    host.write(0x1d, [1]);
    clock.advance(34);
    expect(host.results).toEqual([]);
    clock.advance(2);
    expect(host.results).toEqual(['EBUSSTUCK']);
    wire.release();
    host.write(0x1d, [2]);
    clock.advance(1);
    expect(host.results).toEqual(['EBUSSTUCK', undefined]);
    expect(ssd.frames.map((frame) => frame.bytes)).toEqual([[2]]);
    expect(clock.pending).toBe(0);
  });

  it('breaks off what is under way; it goes again when the line is released in time', async () => {
    const { clock, wire, host, ssd } = await setup();
    host.write(0x1d, [1, 2, 3]);
    clock.advance(0.2);
    wire.stick('SCL');
    clock.advance(10);
    wire.release();
    clock.advance(10);
    expect(host.results).toEqual([undefined]);
    expect(ssd.frames).toHaveLength(1);
    expect(ssd.frames[0]!.at).toBeGreaterThan(10.2);
  });
});

describe('ports of an I2C wire', () => {
  it('acknowledge as they like', async () => {
    const { clock, host, ssd } = await setup();
    const answers = [false, true, false];
    const phases: string[] = [];
    ssd.port.acknowledge = (phase) => {
      phases.push(phase);
      return answers.shift() ?? true;
    };
    host.onWritten = () => host.results.length < 3 && host.write(0x1d, [1, 2, 3]);
    host.write(0x1d, [1, 2, 3]);
    clock.advance(10);
    expect(phases).toEqual(['address', 'address', 'data', 'address', 'data']);
    expect(host.results).toEqual(['ENACK address', 'ENACK data', undefined]);
  });

  it('without target mode are written to by nobody', async () => {
    const clock = new VirtualClock();
    const wire = new I2cWire({ clock });
    const only = await new Recorder(clock, wire.port({ target: false })).open(0x10);
    const ssd = await new Recorder(clock, wire.port()).open(0x1d);
    ssd.write(0x10, [1]);
    clock.advance(1);
    only.write(0x1d, [2]);
    clock.advance(1);
    expect(only.port.capabilities).toEqual({ controller: true, target: false });
    expect(ssd.results).toEqual(['ENACK address']);
    expect(only.results).toEqual([undefined]);
  });

  it('unplugged while writing: nothing arrives, the bus is free again', async () => {
    const { clock, host, ssd, nic } = await setup();
    host.write(0x1d, [1, 2, 3]);
    clock.advance(0.2);
    host.port.unplug();
    nic.write(0x1d, [7]);
    clock.advance(5);
    expect(host.states).toEqual([false]);
    expect(host.results).toEqual([]);
    expect(ssd.frames.map((frame) => frame.bytes)).toEqual([[7]]);
    host.port.replug();
    expect(host.states).toEqual([false, true]);
    host.write(0x1d, [8]);
    clock.advance(5);
    expect(host.results).toEqual([undefined]);
    expect(clock.pending).toBe(0);
  });

  it('unplugged while written to: the writer sees no acknowledge', async () => {
    const { clock, host, ssd } = await setup();
    host.write(0x1d, new Array(60).fill(0));
    clock.advance(1);
    ssd.port.unplug();
    clock.advance(0.2);
    expect(host.results).toEqual(['ENACK data']);
    host.write(0x1d, [1]);
    clock.advance(1);
    expect(host.results).toEqual(['ENACK data', 'ENACK address']);
    await expect(new Recorder(clock, ssd.port).open(0x1d)).rejects.toMatchObject({ code: 'ENODEV' });
  });

  it('closed while writing: the frame still goes out, and a new user hears nothing of it', async () => {
    const { clock, host, ssd } = await setup();
    host.write(0x1d, [1, 2, 3]);
    clock.advance(0.1);
    await host.port.close();
    const again = await new Recorder(clock, host.port).open(0x10);
    again.write(0x1d, [4]);
    clock.advance(5);
    expect(ssd.frames.map((frame) => frame.bytes)).toEqual([[1, 2, 3], [4]]);
    expect(again.results).toEqual([undefined]);
  });

  it('scan in the time the probes take', async () => {
    const { clock, host } = await setup();
    const found = host.port.scan!([0x08, 0x10, 0x1d, 0x32]);
    clock.advance(1);
    expect(await found).toEqual([0x1d, 0x32]);
  });
});

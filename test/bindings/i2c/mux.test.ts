/** Channels of muxes which share a bus: turns, holding a channel for its answers, what goes wrong. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MuxBus, type MuxBusOptions } from '../../../bindings/i2c/mux/mux-bus.js';
import type { MuxChannel } from '../../../bindings/i2c/mux/mux-channel.js';
import { muxKind, selectionOf } from '../../../bindings/i2c/mux/mux-kind.js';
import { NackError } from '../../../bindings/smbus/i2c-port.js';
import { encodeFrame, MAX_FRAME } from '../../../bindings/smbus/smbus-framing.js';
import { MemoryWire } from '../../../hw-fixtures/testing/memory-wire.js';
import { MctpError, VirtualClock } from '../../../stack/index.js';

const OWN = 0x10;
const DRIVE = 0x1d;
const [SOM, EOM, TO] = [0x80, 0x40, 0x08];

function frame(flags: number, { from = OWN, to = DRIVE, eids = [9, 8], payload = [0x7e, 1] } = {}) {
  const packet = Uint8Array.of(1, eids[0]!, eids[1]!, flags, ...payload);
  const target = new Uint8Array(MAX_FRAME);
  return target.slice(0, encodeFrame(packet, 0, packet.length, from, to, target, 0));
}

/** What the drive at DRIVE sends to us. */
const answer = (flags: number, payload?: number[]) =>
  frame(flags, { from: DRIVE, to: OWN, eids: [8, 9], ...(payload && { payload }) });

async function scene(options: Partial<MuxBusOptions> = {}) {
  const clock = new VirtualClock();
  const wire = new MemoryWire(clock);
  const root = wire.port('root');
  const bus = new MuxBus({ root, clock, ...options });
  const channels = bus.addMux(0x70, ['c0', 'c1', 'c2']);
  // Muxes and devices: all that they do here is to acknowledge.
  const deaf = { received: () => {}, written: () => {}, state: () => {}, fault: () => {} };
  const devices = Array.from({ length: 24 }, (_, index) => 0x20 + index);
  for (const address of [0x70, 0x71, DRIVE, ...devices, 0x50]) {
    await wire.port(`at ${address}`).open(deaf, address);
  }
  const open = async (channel: MuxChannel) => {
    const heard: string[] = [];
    const results: (string | undefined)[] = [];
    const states: boolean[] = [];
    await channel.open(
      {
        received: (buffer, start, end) => void heard.push(Buffer.from(buffer.subarray(start, end)).toString('hex')),
        written: (error) => void results.push(error?.code),
        state: (up) => void states.push(up),
        fault: () => {},
      },
      OWN,
    );
    const write = (bytes: Uint8Array, to = DRIVE): void => channel.write(to, bytes, 0, bytes.length);
    return { channel, heard, results, states, write };
  };
  /** `70=02`: a selection; `1d`: a packet. */
  const log = (): string[] =>
    wire.writes.map(({ address, bytes }) => `${address.toString(16)}${bytes.length === 1 ? `=${bytes[0]}` : ''}`);
  return { clock, wire, root, bus, channels, open, log };
}

const REQUEST = frame(SOM | EOM | TO);

describe('channels of a mux', () => {
  it('are selected with the first write, and held until the answer is there', async () => {
    const { clock, root, channels, open, log } = await scene();
    const [c0, c1] = [await open(channels[0]!), await open(channels[1]!)];
    c0.write(REQUEST);
    c1.write(REQUEST);
    clock.advance(100);
    expect(log()).toEqual(['70=1', '1d']);
    // Not the last packet; another tag; then the last one.
    root.receive(answer(SOM));
    root.receive(answer(SOM | EOM | 3));
    clock.advance(100);
    expect(log()).toHaveLength(2);
    root.receive(answer(EOM));
    clock.advance(100);
    expect(log()).toEqual(['70=1', '1d', '70=2', '1d']);
    root.receive(answer(SOM | EOM));
    expect([c0.heard.length, c1.heard.length]).toEqual([3, 1]);
    expect([c0.results, c1.results]).toEqual([[undefined], [undefined]]);
    // Selected already.
    c1.write(REQUEST);
    clock.advance(100);
    expect(log()).toHaveLength(5);
  });

  it('are let go when the answer does not come, and late packets are not taken for one of the next', async () => {
    const { clock, bus, channels, open, log } = await scene({ holdMs: 300 });
    const [c0, c1] = [await open(channels[0]!), await open(channels[1]!)];
    c0.write(REQUEST);
    c1.write(REQUEST);
    clock.advance(250);
    expect(log()).toHaveLength(2);
    clock.advance(100);
    expect(log()).toEqual(['70=1', '1d', '70=2', '1d']);
    expect(bus.counters).toMatchObject({ selections: 2, expired: 1 });
    await c0.channel.close();
    await c1.channel.close();
    expect(clock.pending).toBe(0);
  });

  it('ask several devices in one turn, and begin nothing new when others have waited for long enough', async () => {
    const { clock, root, channels, open, log } = await scene({ shareMs: 10 });
    const [c0, c1] = [await open(channels[0]!), await open(channels[1]!)];
    c0.write(frame(SOM | EOM | TO), 0x20);
    clock.advance(4);
    c1.write(REQUEST);
    c0.write(frame(SOM | EOM | TO), 0x21);
    clock.advance(20);
    c0.write(frame(SOM | EOM | TO), 0x22);
    clock.advance(20);
    expect(log()).toEqual(['70=1', '20', '21']);
    for (const from of [0x20, 0x21]) root.receive(frame(SOM | EOM, { from, to: OWN, eids: [8, 9] }));
    clock.advance(20);
    expect(log()).toEqual(['70=1', '20', '21', '70=2', '1d']);
    root.receive(answer(SOM | EOM));
    clock.advance(20);
    expect(log().slice(5)).toEqual(['70=1', '22']);
  });

  it('end what they have begun: fragments, and answers to what a device asked', async () => {
    const { clock, root, channels, open, log } = await scene({ shareMs: 1 });
    const [c0, c1] = [await open(channels[0]!), await open(channels[1]!)];
    c0.write(frame(SOM | TO));
    clock.advance(5);
    c1.write(REQUEST);
    c0.write(frame(EOM | TO));
    clock.advance(50);
    expect(log()).toEqual(['70=1', '1d', '1d']);
    root.receive(answer(SOM | EOM));
    clock.advance(5);
    expect(log().slice(3)).toEqual(['70=2', '1d']);
    root.receive(answer(SOM | EOM));
    // A device of c1 begins to ask something: all of it is waited for.
    root.receive(answer(SOM | TO));
    c0.write(REQUEST);
    clock.advance(50);
    expect(log()).toHaveLength(5);
    root.receive(answer(EOM | TO));
    clock.advance(5);
    expect(log().slice(5)).toEqual(['70=1', '1d']);
  });

  it('wait for a drive which asks for more time as long as it says', async () => {
    const { clock, root, channels, open, log } = await scene();
    const [c0, c1] = [await open(channels[0]!), await open(channels[1]!)];
    c0.write(REQUEST);
    c1.write(REQUEST);
    clock.advance(5);
    // NVMe-MI: more processing required, 2 s.
    root.receive(answer(SOM | EOM, [0x84, 0x88, 0, 0, 1, 0, 20, 0, 0, 0, 0, 0]));
    clock.advance(2900);
    expect(log()).toHaveLength(2);
    root.receive(answer(SOM | EOM, [0x84, 0x88, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]));
    clock.advance(5);
    expect(log()).toHaveLength(4);
  });

  it('take nothing for a device at the address of a mux', async () => {
    const { clock, channels, open, log } = await scene();
    const c0 = await open(channels[0]!);
    c0.write(REQUEST, 0x70);
    clock.advance(5);
    expect([log(), c0.results]).toEqual([[], ['ENACK']]);
  });

  it('and the bus in front of the mux take turns: no channel is selected then', async () => {
    const { clock, root, bus, channels, open, log } = await scene();
    const [trunk, c2] = [await open(bus.trunk), await open(channels[2]!)];
    trunk.write(REQUEST, 0x50);
    clock.advance(5);
    // What the register holds is not known at first.
    expect(log()).toEqual(['70=0', '50']);
    root.receive(frame(SOM | EOM, { from: 0x50, to: OWN, eids: [8, 9] }));
    c2.write(REQUEST);
    clock.advance(5);
    expect(log().slice(2)).toEqual(['70=4', '1d']);
    expect([trunk.heard.length, c2.heard.length]).toEqual([1, 0]);
  });

  it('leave to the bus in front of the mux what its devices send while a channel is selected', async () => {
    const { clock, root, bus, channels, open } = await scene();
    const [trunk, c0] = [await open(bus.trunk), await open(channels[0]!)];
    const event = (from: number) => frame(SOM | EOM | TO, { from, to: OWN, eids: [8, 11] });
    trunk.write(REQUEST, 0x50);
    clock.advance(5);
    root.receive(frame(SOM | EOM, { from: 0x50, to: OWN, eids: [8, 9] }));
    c0.write(REQUEST);
    clock.advance(5);
    root.receive(answer(SOM | EOM));
    root.receive(event(0x50));
    root.receive(event(DRIVE));
    // Nobody has heard of it before: it may be on the channel.
    root.receive(event(0x51));
    expect([trunk.heard.length, c0.heard.length]).toEqual([2, 3]);
  });

  it('behind a second mux: both are switched, and no two segments with equal addresses are one', async () => {
    const { clock, root, bus, channels, open, log } = await scene();
    const deep = bus.addMux(0x71, ['d0'], channels[1]);
    const [d0, c1] = [await open(deep[0]!), await open(channels[1]!)];
    d0.write(REQUEST);
    clock.advance(10);
    expect(log()).toEqual(['70=2', '71=1', '1d']);
    root.receive(answer(SOM | EOM));
    c1.write(REQUEST);
    clock.advance(10);
    expect(log().slice(3)).toEqual(['71=0', '1d']);
  });
});

describe('a mux whose register has the number of a channel', () => {
  it.each([
    ['pca9540', 2, [4, 5]],
    ['pca9542', 2, [4, 5]],
    ['pca9544', 4, [4, 5, 6, 7]],
    ['pca9547', 8, [8, 9, 10, 11, 12, 13, 14, 15]],
    ['pca9847', 8, [8, 9, 10, 11, 12, 13, 14, 15]],
    ['pca9849', 4, [4, 5, 6, 7]],
  ] as const)('%s is written with its enable bit, and with 0 for no channel', async (kind, count, values) => {
    const { clock, bus, wire, root, open, log } = await scene();
    const names = values.map((value) => `e${value}`);
    const channels = bus.addMux(0x71, names, bus.trunk, kind);
    expect(channels).toHaveLength(count);
    expect(() => bus.addMux(0x72, [...names, 'more'], bus.trunk, kind)).toThrow(
      `a ${kind} has 1 to ${count} channels, not ${count + 1}`,
    );
    for (const channel of channels) {
      (await open(channel)).write(REQUEST);
      clock.advance(5);
      root.receive(answer(SOM | EOM));
    }
    // The other mux is parted first.
    expect(log()).toEqual(['70=0', ...values.flatMap((value) => [`71=${value}`, '1d'])]);
    (await open(bus.trunk)).write(REQUEST, 0x20);
    clock.advance(5);
    expect(wire.writes.at(-2)).toMatchObject({ address: 0x71, bytes: Uint8Array.of(0) });
  });

  it.each([
    ['pca9543', [1, 2]],
    ['pca9545', [1, 2, 4, 8]],
    ['pca9546', [1, 2, 4, 8]],
    ['pca9548', [1, 2, 4, 8, 16, 32, 64, 128]],
    ['pca9846', [1, 2, 4, 8]],
    ['pca9848', [1, 2, 4, 8, 16, 32, 64, 128]],
  ] as const)('%s is not one: it has a bit for each', (name, values) => {
    const kind = muxKind(name);
    expect(Array.from({ length: kind.channels }, (_, channel) => selectionOf(kind, channel))).toEqual(values);
  });
});

describe('when things go wrong, channels', () => {
  it('hear why their mux was not switched, and try it again with the next write', async () => {
    const { clock, wire, bus, channels, open, log } = await scene();
    const c0 = await open(channels[0]!);
    wire.fate = (address) => (address === 0x70 ? new NackError('address', 'nobody') : undefined);
    c0.write(REQUEST);
    clock.advance(5);
    expect([log(), c0.results]).toEqual([['70=1'], ['ENACK']]);
    wire.fate = () => undefined;
    c0.write(REQUEST);
    clock.advance(5);
    expect([log(), c0.results]).toEqual([
      ['70=1', '70=1', '1d'],
      ['ENACK', undefined],
    ]);
    expect(bus.counters).toMatchObject({ selections: 1, selectionsFailed: 1 });
  });

  it('do not hold the bus for a device which is not there', async () => {
    const { clock, wire, channels, open, log } = await scene();
    const [c0, c1] = [await open(channels[0]!), await open(channels[1]!)];
    wire.fate = (address) => (address === DRIVE ? new NackError('address', 'nobody') : undefined);
    c0.write(REQUEST);
    c1.write(REQUEST);
    clock.advance(5);
    expect([log().length, c0.results, c1.results]).toEqual([4, ['ENACK'], ['ENACK']]);
  });

  it('go down and come up together, and know nothing of the mux then', async () => {
    const { clock, root, channels, open, log } = await scene();
    const [c0, c1] = [await open(channels[0]!), await open(channels[1]!)];
    c0.write(REQUEST);
    clock.advance(5);
    root.goDown(new MctpError('ENODEV', 'pulled'));
    expect([c0.states, c1.states]).toEqual([[false], [false]]);
    root.comeBack();
    c0.write(REQUEST);
    clock.advance(5);
    expect(log()).toEqual(['70=1', '1d', '70=1', '1d']);
  });

  it('are not opened while the bus is gone, and do not keep the others from it when it is back', async () => {
    const { clock, root, channels, open, log } = await scene();
    const c0 = await open(channels[0]!);
    root.goDown(new MctpError('ENODEV', 'pulled'));
    const refused: unknown[] = [];
    const early = await open(channels[1]!).catch((error: unknown) => void refused.push(error));
    early?.write(REQUEST);
    root.comeBack();
    c0.write(REQUEST);
    clock.advance(5);
    expect(c0.results).toEqual([undefined]);
    expect(refused).toMatchObject([{ code: 'ENODEV', message: 'pulled' }]);
    root.receive(answer(SOM | EOM));
    const c1 = await open(channels[1]!);
    c1.write(REQUEST);
    clock.advance(5);
    expect(log()).toEqual(['70=1', '1d', '70=2', '1d']);
  });

  it('are opened when the bus, which the last one has left, is closed', async () => {
    const { root, channels, open } = await scene();
    let closed = (): void => {};
    const close = root.close.bind(root);
    root.close = () => new Promise<void>((resolve) => (closed = resolve)).then(close);
    const c0 = await open(channels[0]!);
    const closing = c0.channel.close();
    const opening = open(channels[1]!);
    closed();
    await closing;
    const c1 = await opening;
    root.goDown(new MctpError('ENODEV', 'pulled'));
    expect([c0.states, c1.states]).toEqual([[], [false]]);
  });

  it('that close give up their turn; the last one closes the bus, and leaves no timer', async () => {
    const { clock, channels, open, log } = await scene();
    const [c0, c1] = [await open(channels[0]!), await open(channels[1]!)];
    await expect(open(channels[0]!)).rejects.toMatchObject({ code: 'EBUSY' });
    await expect(channels[2]!.open(undefined as never, 0x11)).rejects.toMatchObject({ code: 'EINVAL' });
    c0.write(REQUEST);
    clock.advance(5);
    c1.write(REQUEST);
    await c0.channel.close();
    clock.advance(5);
    expect(log()).toEqual(['70=1', '1d', '70=2', '1d']);
    await c1.channel.close();
    expect(clock.pending).toBe(0);
    const again = await open(channels[1]!);
    again.write(REQUEST);
    clock.advance(5);
    expect(log().slice(4)).toEqual(['70=2', '1d']);
  });
});

it('property: every answer in time reaches the channel which asked, and nothing is written past an open question', async () => {
  const ask = fc.record({
    channel: fc.nat(2),
    at: fc.nat(400),
    address: fc.integer({ min: 0x20, max: 0x24 }),
    /** 0 and more: the answer comes after so long; below: never. */
    answersAfter: fc.integer({ min: -20, max: 90 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(ask, { maxLength: 24 }), async (drawn) => {
      // The same tag at the same place would be the same exchange: those of a tag are at different addresses.
      const asks = drawn.map((one, index) => ({ ...one, address: one.address + 8 * (index >> 3) }));
      const { clock, wire, root, channels, open } = await scene({ holdMs: 100, shareMs: 20 });
      wire.writeMs = 0.5;
      const parties = [await open(channels[0]!), await open(channels[1]!), await open(channels[2]!)];
      const queues: (typeof asks)[] = [[], [], []];
      let register = 0;
      /** What was asked and not answered yet: on which channel, until when it may hold it. */
      const open_ = new Map<number, { channel: number; until: number }>();
      const expected = [0, 0, 0];
      const current: ((typeof asks)[number] | undefined)[] = [undefined, undefined, undefined];
      const start = (channel: number): void => {
        const next = queues[channel]![0];
        if (current[channel] !== undefined || next === undefined) return;
        queues[channel]!.shift();
        current[channel] = next;
        parties[channel]!.write(frame(SOM | EOM | TO | (asks.indexOf(next) & 7)), next.address);
      };
      wire.fate = (address, bytes) => {
        const now = clock.now();
        for (const [index, { until }] of open_) if (until <= now) open_.delete(index);
        if (address === 0x70) {
          expect([...open_.values()]).toEqual([]);
          register = bytes[0]!;
          return undefined;
        }
        const channel = Math.log2(register);
        const asked = current[channel]!;
        expect(asked.address).toBe(address);
        const index = asks.indexOf(asked);
        const { answersAfter } = asked;
        open_.set(index, { channel, until: now + 100 });
        if (answersAfter >= 0) {
          expected[channel]!++;
          clock.schedule(answersAfter, () => {
            expect(register).toBe(1 << channel);
            open_.delete(index);
            root.receive(frame(SOM | EOM | (index & 7), { from: address, to: OWN, eids: [8, 9] }));
          });
        }
        clock.schedule(0, () => {
          current[channel] = undefined;
          start(channel);
        });
        return undefined;
      };
      for (const one of asks) {
        clock.schedule(one.at, () => {
          queues[one.channel]!.push(one);
          start(one.channel);
        });
      }
      clock.advance(400 + 24 * 130 + 1000);
      expect(queues.flat()).toEqual([]);
      expect(parties.map(({ heard }) => heard.length)).toEqual(expected);
      expect(parties.flatMap(({ results }) => results).every((code) => code === undefined)).toBe(true);
      for (const { channel } of parties) await channel.close();
      expect(clock.pending).toBe(0);
    }),
    { numRuns: 60 },
  );
});

import { describe, expect, it } from 'vitest';
import { PacketWire, type WireAction } from '../../hw-fixtures/bench/wires/packet-wire.js';
import { randomFaults } from '../../hw-fixtures/bench/wires/random-faults.js';
import { flush, pass, settle, settleError } from '../../hw-fixtures/testing/virtual-time.js';
import { VirtualClock } from '../../stack/clock.js';
import { MctpError } from '../../stack/errors.js';
import { BINDING } from '../../stack/ids.js';
import { TRANSMIT } from '../../stack/link.js';
import { Mctp } from '../../stack/mctp.js';
import { counting } from '../support/hex.js';
import { twoStacks } from '../support/stacks.js';

const quiet = { type: 1, reply: false } as const;

/** Bodies that arrive at EID 9, in order, as EID 8 sends 1, 2, 3, ... */
async function arrivals(actions: readonly WireAction[], count = actions.length): Promise<(number | undefined)[]> {
  const { clock, wire, a, b } = await twoStacks({ bitRate: 1_000_000, faults: (_, i) => actions[i] ?? 'deliver' });
  const seen: (number | undefined)[] = [];
  const socket = b.socket();
  socket.bind({ type: 1 });
  socket.onMessage((message) => seen.push(message.payload[0]));
  for (let i = 1; i <= count; i++) {
    await settle(
      clock,
      a
        .socket()
        .send({ eid: 9 }, Uint8Array.of(i), quiet)
        .catch(() => {}),
    );
  }
  await pass(clock, 1_000);
  expect(wire.packets).toBe(count);
  return seen;
}

describe('the time of a packet wire', () => {
  it.each([
    ['bits per byte and framing', { bitRate: 1000, bitsPerByte: 10, overheadBytes: 6 }, 160],
    ['eight bits by default', { bitRate: 1000 }, 80],
    ['latency comes after', { bitRate: 1000, latencyMs: 7 }, 87],
    ['latency alone', { latencyMs: 7 }, 7],
    ['none at all', {}, 0],
  ])('%s', async (_, options, ms) => {
    const { clock, a, b } = await twoStacks(options);
    const socket = b.socket();
    socket.bind({ type: 1 });
    let at = -1;
    socket.onMessage(() => {
      at = clock.now();
    });
    // Ten bytes: header, type, five more.
    void a.socket().send({ eid: 9 }, counting(5), quiet);
    await pass(clock, 1_000);
    expect(at).toBe(ms);
  });

  it('a bus carries one packet at a time, a cable one each way', async () => {
    for (const [addressSize, done] of [
      [1, 160],
      [0, 80],
    ]) {
      const { clock, a, b } = await twoStacks({ addressSize: addressSize!, bitRate: 1000 });
      await settle(
        clock,
        Promise.all([a.socket().send({ eid: 9 }, counting(5), quiet), b.socket().send({ eid: 8 }, counting(5), quiet)]),
      );
      expect(clock.now()).toBe(done);
    }
  });
});

describe('faults', () => {
  it.each<[string, WireAction[], number[]]>([
    ['none', ['deliver', 'deliver'], [1, 2]],
    ['drop', ['drop', 'deliver'], [2]],
    ['duplicate', ['duplicate', 'deliver'], [1, 1, 2]],
    ['reorder', ['reorder', 'deliver', 'deliver'], [2, 1, 3]],
    ['reorder twice', ['reorder', 'reorder', 'deliver'], [3, 1, 2]],
    ['reorder, and nothing comes after', ['deliver', 'reorder'], [1]],
    ['hold', ['hold', 'deliver'], [2]],
    ['delay', [{ delayMs: 50 }, 'deliver'], [2, 1]],
    ['nack', ['nack', 'deliver'], [2]],
    ['corrupt the body', [{ corrupt: 5, xor: 0x80 }, 'deliver'], [0x81, 2]],
    ['corrupt the version', [{ corrupt: 0 }, 'deliver'], [2]],
    ['corrupt beyond the end', [{ corrupt: 99 }], [1]],
  ])('%s', async (_, actions, expected) => {
    expect(await arrivals(actions)).toEqual(expected);
  });

  it('what is held arrives when released, or never', async () => {
    const { wire, a, b } = await twoStacks({ faults: () => 'hold' });
    const socket = b.socket();
    socket.bind({ type: 1 });
    await a.socket().send({ eid: 9 }, counting(1), quiet);
    expect([wire.held, socket.counters.rxMessages]).toEqual([1, 0]);
    wire.releaseHeld();
    expect([wire.held, socket.counters.rxMessages]).toEqual([0, 1]);
    await a.socket().send({ eid: 9 }, counting(1), quiet);
    wire.dropHeld();
    wire.releaseHeld();
    expect(socket.counters.rxMessages).toBe(1);
  });

  it('a script sees each packet once, and cannot change it', async () => {
    const { wire, a, b } = await twoStacks({ addressSize: 1 });
    const seen: string[] = [];
    wire.faults = ({ from, to, bytes }, index) => {
      seen.push(`${index} ${from}>${to} ${bytes.length}`);
      bytes.fill(0);
      return 'deliver';
    };
    const socket = b.socket();
    socket.bind({ type: 1 });
    await a.socket().send({ eid: 9 }, counting(100), quiet);
    expect(seen).toEqual(['0 08>09 68', '1 08>09 41']);
    expect((await socket.receive()).payload).toEqual(counting(100));
  });

  it('the same seed makes the same faults, at about the rates asked for', () => {
    const packet = { from: '', to: '', bytes: counting(20) };
    const rates = { drop: 0.1, corrupt: 0.1, duplicate: 0.1, reorder: 0.1, nack: 0.1 };
    const run = (seed: number): WireAction[] => {
      const faults = randomFaults(seed, rates, () => [4, 8]);
      return Array.from({ length: 2000 }, (_, i) => faults(packet, i));
    };
    const actions = run(7);
    expect(run(7)).toEqual(actions);
    expect(run(8)).not.toEqual(actions);
    for (const name of ['drop', 'duplicate', 'reorder', 'nack']) {
      const count = actions.filter((action) => action === name).length;
      expect(count).toBeGreaterThan(120);
      expect(count).toBeLessThan(280);
    }
    for (const action of actions) {
      if (typeof action === 'object' && 'corrupt' in action) expect([4, 5, 6, 7]).toContain(action.corrupt);
    }
  });
});

describe('ports', () => {
  it('on a bus, a packet to an address nobody has is not acknowledged', async () => {
    for (const timing of [{}, { bitRate: 100_000 }]) {
      const { clock, a, portA } = await twoStacks({ addressSize: 1, ...timing });
      const sent = a.socket().send({ eid: 0, link: 'a', physicalAddress: '77' }, counting(1), quiet);
      expect(await settleError(clock, sent)).toMatchObject({ code: 'ENACK' });
      expect(portA.counters).toMatchObject({ txPackets: 1, txNacked: 1 });
    }
  });

  it('several listen, one is meant; the broadcast address means all', async () => {
    const clock = new VirtualClock();
    const wire = new PacketWire({ clock, addressSize: 1, broadcastAddress: '00', latencyMs: 1 });
    const stacks = await Promise.all(
      [8, 9, 10, 11].map(async (eid) => {
        const mctp = new Mctp({ clock });
        mctp.addLink(wire.port({ name: 'bus', address: eid.toString(16).padStart(2, '0') }));
        mctp.addAddress(eid, 'bus');
        await mctp.open();
        const socket = mctp.socket();
        socket.bind({ type: 1 });
        return { mctp, socket };
      }),
    );
    const [first] = stacks;
    const send = (eid: number, physicalAddress: string): Promise<void> =>
      settle(clock, first!.socket.send({ eid, link: 'bus', physicalAddress }, counting(1), quiet));
    await send(10, '0a');
    await send(255, '00');
    await pass(clock, 10);
    expect(stacks.map(({ socket }) => socket.counters.rxMessages)).toEqual([0, 1, 2, 1]);
    for (const { mctp } of stacks) await mctp.close();
    expect(clock.pending).toBe(0);
  });

  it('addresses are checked, and as control messages carry them', () => {
    const clock = new VirtualClock();
    const bus = new PacketWire({ clock, addressSize: 1 });
    const port = bus.port({ name: 'one', address: '1d' });
    expect(() => bus.port({ name: 'two', address: '1d' })).toThrow(expect.objectContaining({ code: 'EADDRINUSE' }));
    expect(() => bus.port({ name: 'two' })).toThrow(expect.objectContaining({ code: 'EINVAL' }));
    expect([...port.addressToWire('1d')]).toEqual([0x3a]);
    expect(port.addressFromWire(Uint8Array.of(0x3a))).toBe('1d');
    expect(port.addressFromWire(Uint8Array.of(1, 2))).toBeUndefined();
    expect([...port.probeAddresses()]).toHaveLength(0x70);

    const cable = new PacketWire({ clock });
    const end = cable.port({ name: 'one', binding: BINDING.usb });
    cable.port({ name: 'two' });
    expect(() => cable.port({ name: 'three' })).toThrow(expect.objectContaining({ code: 'EADDRINUSE' }));
    expect([...end.probeAddresses()]).toEqual(['']);
    expect([...end.addressToWire('')]).toEqual([]);
    expect(end.addressFromWire(new Uint8Array(0))).toBe('');
  });

  it('stall: the stack waits; resume: it goes on', async () => {
    const { clock, a, portA } = await twoStacks();
    portA.resume();
    portA.stall();
    const sent = a.socket().send({ eid: 9 }, counting(1), quiet);
    await flush();
    expect(portA.counters.txPackets).toBe(0);
    portA.resume();
    await settle(clock, sent);
    expect(portA.counters.txPackets).toBe(1);
  });

  it('unplugged in the middle of a packet: it fails; nothing arrives at who is unplugged', async () => {
    const { clock, a, b, portA, portB } = await twoStacks({ bitRate: 1000, latencyMs: 5 });
    const socket = b.socket();
    socket.bind({ type: 1 });
    const sent = a.socket().send({ eid: 9 }, counting(5), quiet);
    clock.advance(40);
    portA.unplug(new MctpError('ENODEV', 'pulled'));
    expect(await settleError(clock, sent)).toMatchObject({ code: 'ENODEV' });
    expect(clock.pending).toBe(0);

    portA.plug();
    void a.socket().send({ eid: 9 }, counting(5), quiet);
    clock.advance(clock.nextAt! - clock.now());
    expect(clock.pending).toBe(1);
    portB.unplug();
    expect(clock.pending).toBe(0);
    expect(socket.counters.rxMessages).toBe(0);
  });

  it('closing gives back what is under way', async () => {
    const { clock, a } = await twoStacks({ bitRate: 1000 });
    const sent = settleError(clock, a.socket().send({ eid: 9 }, counting(5), quiet));
    await a.removeLink('a');
    expect(await sent).toMatchObject({ code: 'ECANCELED' });
    expect(clock.pending).toBe(0);
  });

  it('with a window it takes several packets before one is done', async () => {
    const clock = new VirtualClock();
    const wire = new PacketWire({ clock, addressSize: 1, bitRate: 1000 });
    const port = wire.port({ name: 'one', address: '08', window: 2 });
    wire.port({ name: 'two', address: '09' }).plug();
    const done: (readonly [number, number])[] = [];
    const ignore = (): void => {};
    port.attach({
      receive: ignore,
      ready: ignore,
      state: ignore,
      fault: ignore,
      transmitted: (slot) => done.push([slot, clock.now()]),
    });
    await port.open();
    for (const slot of [0, 1]) expect(port.transmit(counting(10), 0, 10, '09', slot)).toBe(TRANSMIT.pending);
    clock.advance(1_000);
    expect(done).toEqual([
      [0, 80],
      [1, 160],
    ]);
  });
});

/** What the sub-paths of a cable do, one thing at a time, in virtual time. */

import { describe, expect, it } from 'vitest';
import { CableLink } from '../../../bindings/cable/cable-link.js';
import { HopBook } from '../../../bindings/cable/hop-book.js';
import { ReceiveWindow } from '../../../bindings/cable/receive-window.js';
import { NO_PATH, SendWindow, WINDOW_BYTES, WINDOW_PACKETS } from '../../../bindings/cable/send-window.js';
import { samplePacket } from '../../../hw-fixtures/testing/link-compliance.js';
import { RecordingHost } from '../../../hw-fixtures/testing/recording-host.js';
import { VirtualClock } from '../../../stack/clock.js';
import { Mctp } from '../../../stack/mctp.js';
import { CableWires } from '../../support/cable-wires.js';
import { JoinedCable } from '../../support/joined-cable.js';

const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

function sentBy(joined: JoinedCable): Record<string, number> {
  return Object.fromEntries(joined.connecting.link.paths.map(({ name, txPackets }) => [name, txPackets]));
}

describe('the sub-paths of a cable', () => {
  it('a backup carries packets only while no other is up', async () => {
    const joined = new JoinedCable({}, ['b'], ['a', 'b']);
    await joined.open();
    const { connecting, listening, wires } = joined;
    joined.send(connecting, 50);
    await joined.run(50);
    expect(sentBy(joined)).toEqual({ a: 50, b: 0 });
    expect(listening.link.paths.map(({ backup }) => backup)).toEqual([false, true]);
    wires.cut('a');
    joined.send(connecting, 50);
    joined.send(listening, 50);
    await joined.run(50);
    expect(sentBy(joined).b).toBe(50);
    wires.heal('a');
    await joined.run(2_000, 5);
    joined.send(connecting, 50);
    joined.send(listening, 50);
    await joined.run(50);
    expect(sentBy(joined)).toEqual({ a: 50, b: 50 });
    expect(joined.arrivedAt(listening)).toEqual(upTo(150));
    expect(joined.arrivedAt(connecting)).toEqual(upTo(100));
    expect(connecting.events.map(({ type }) => type)).toContain('pathBackup');
    await joined.close();
  });

  it('packets take the fastest, and more of them when one has enough under way', async () => {
    const joined = new JoinedCable({}, [], ['a', 'b']);
    joined.wires.wire('b').latencyMs = 20;
    await joined.open();
    await joined.run(2_000, 5);
    joined.send(joined.connecting, 20);
    await joined.run(100);
    expect(sentBy(joined)).toEqual({ a: 20, b: 0 });
    joined.wires.wire('a').latencyMs = 20;
    await joined.run(30_000, 20);
    const { host } = joined.listening;
    for (let index = 0; index < 600; index++) joined.connecting.host.send(samplePacket(1_000, index), '');
    await joined.run(200);
    const { a = 0, b = 0 } = sentBy(joined);
    expect(a - 20).toBeGreaterThan(200);
    expect(b).toBeGreaterThan(200);
    expect(host.packets.slice(20).map(({ bytes }) => bytes)).toEqual(
      upTo(600).map((index) => samplePacket(1_000, index)),
    );
    await joined.close();
  });

  it('one which stands still is left within 100 ms, before its silence ends it', async () => {
    const joined = new JoinedCable({}, [], ['a', 'b']);
    await joined.open();
    await joined.run(1_000, 5);
    for (const place of ['a', 'b']) joined.wires.wire(place).latencyMs = place === 'a' ? 0.1 : 1;
    await joined.run(5_000, 5);
    joined.wires.wire('a').held = true;
    joined.send(joined.connecting, 40);
    await joined.run(110);
    expect(joined.arrivedAt(joined.listening)).toEqual(upTo(40));
    expect(joined.connecting.link.counters.txAgain).toBe(40);
    expect(joined.connecting.link.paths).toHaveLength(2);
    await joined.run(3_000, 5);
    expect(joined.connecting.events.find(({ type }) => type === 'pathDown')).toMatchObject({
      path: 'a',
      reason: expect.stringMatching(/^nothing came by it for \d+ ms$/),
    });
    joined.wires.heal('a');
    await joined.run(6_000, 5);
    expect(joined.connecting.link.paths.map(({ state }) => state)).toEqual(['up', 'up']);
    await joined.close();
  });

  it('without any the cable keeps what it has for the grace time, then it is down', async () => {
    const joined = new JoinedCable({}, [], ['a']);
    await joined.open();
    const { connecting, listening, wires } = joined;
    wires.cut('a');
    await joined.run(10);
    joined.send(connecting, 30);
    await joined.run(1_000, 5);
    wires.heal('a');
    await joined.run(2_000, 5);
    expect(joined.arrivedAt(listening)).toEqual(upTo(30));
    expect(connecting.host.states.map(({ up }) => up)).toEqual([true]);

    wires.cut('a');
    await joined.run(10);
    joined.send(connecting, 7);
    await joined.run(3_500, 5);
    for (const { host, link } of [connecting, listening]) {
      expect(host.states.map(({ up }) => up)).toEqual([true, false]);
      expect(host.states[1]?.reason?.message).toContain('its last sub-path is gone');
      expect(link.counters.downs).toBe(1);
    }
    expect(connecting.link.counters.txLost).toBe(7);
    wires.heal('a');
    await joined.run(6_000, 5);
    for (const { host } of [connecting, listening])
      expect(host.states.map(({ up }) => up)).toEqual([true, false, true]);
    joined.send(connecting, 5);
    await joined.run(20);
    expect(joined.arrivedAt(listening)).toEqual([...upTo(30), 37, 38, 39, 40, 41]);
    expect(connecting.link.counters.sessions).toBe(2);
    await joined.close();
  });

  it('when the other side starts anew the cable goes down and up, and begins with the first number again', async () => {
    const joined = new JoinedCable({}, [], ['a', 'b']);
    await joined.open();
    const { connecting, listening, clock, wires } = joined;
    joined.send(connecting, 30);
    await joined.run(30);
    // The first machine stops without a word; another process takes its place.
    for (const place of ['a', 'b']) wires.freeze(place);
    const again = new CableLink({
      name: 'cable:again',
      clock,
      network: wires,
      key: new Uint8Array(32).fill(7),
      patient: true,
      connect: [{ place: 'a', backup: false }],
    });
    const host = new RecordingHost().attach(again);
    await again.open();
    await joined.run(900);
    expect(joined.refusedBy(listening)).toContain('another one with the key uses the cable already');
    expect(listening.host.states.map(({ up }) => up)).toEqual([true]);
    await joined.run(1_500);
    expect(listening.host.states.map(({ up }) => up)).toEqual([true, false, true]);
    expect(listening.host.states[1]?.reason?.message).toBe('the other side started anew');
    host.send(Uint8Array.of(1, 9, 8, 0xc8, 1, 2), '');
    await joined.run(20);
    expect(listening.host.packets).toHaveLength(31);
    const closing = again.close();
    await joined.run(100);
    await closing;
    await joined.close();
  });

  it('addresses which the other side advertises become sub-paths, unless that is not wanted', async () => {
    for (const followsAdvertised of [true, false]) {
      const clock = new VirtualClock();
      const wires = new CableWires(clock);
      const common = { clock, network: wires, key: new Uint8Array(32), patient: true };
      const a = new CableLink({ ...common, name: 'a', listen: ['a', 'b'], advertise: ['b', '/run/x'] });
      const connect = [{ place: 'a', backup: false }];
      const b = new CableLink({ ...common, name: 'b', connect, listen: ['c'], advertise: ['c'], followsAdvertised });
      const [hostA, hostB] = [new RecordingHost().attach(a), new RecordingHost().attach(b)];
      const run = async (ms: number): Promise<void> => {
        for (let passed = 0; passed < ms; passed++) {
          clock.advance(1);
          for (let turn = 0; turn < 4; turn++) await Promise.resolve();
        }
      };
      await a.open();
      await b.open();
      await run(100);
      // The other side connects to c: it follows always.
      const expected = followsAdvertised ? ['a', 'b', 'from c'] : ['a', 'from c'];
      expect(b.paths.map(({ name }) => name.replace(/ #\d+$/, '')).sort()).toEqual(expected);
      expect(hostB.faults).toEqual(followsAdvertised ? ['an address which is not HOST:PORT was advertised'] : []);
      expect(hostA.faults).toEqual([]);
      const closing = Promise.all([b.close(), a.close()]);
      await run(700);
      await closing;
      expect(clock.pending).toBe(0);
    }
  });
});

describe('hops', () => {
  it('a ring of three machines with cables ends', async () => {
    const clock = new VirtualClock();
    const wires = new CableWires(clock);
    const key = new Uint8Array(32).fill(3);
    const places = ['ab', 'bc', 'ca'];
    const links: CableLink[] = [];
    const stacks = places.map((to, index) => {
      const from = places[(index + 2) % 3]!;
      const common = { clock, network: wires, key, patient: true, hopBook: new HopBook(clock) };
      const out = new CableLink({ ...common, name: `to ${to}`, connect: [{ place: to, backup: false }] });
      const into = new CableLink({ ...common, name: `from ${from}`, listen: [from] });
      links.push(out, into);
      const mctp = new Mctp({ clock, forwarding: true });
      mctp.addLink(out);
      mctp.addLink(into);
      mctp.addAddress(20 + index, out.name);
      // Everybody says that 99 is behind the next one.
      mctp.addRoute({ start: 99, link: out.name });
      return mctp;
    });
    const run = async (ms: number): Promise<void> => {
      for (let passed = 0; passed < ms; passed++) {
        clock.advance(1);
        for (let turn = 0; turn < 4; turn++) await Promise.resolve();
      }
    };
    for (const stack of stacks) await stack.open();
    await run(50);
    const socket = stacks[0]!.socket();
    await socket.send({ eid: 99 }, Uint8Array.of(1, 2, 3), { type: 0x7e, reply: false });
    await run(500);
    const packets = links.reduce((sum, { counters }) => sum + (counters.txPackets ?? 0), 0);
    expect(packets).toBeGreaterThanOrEqual(3);
    expect(packets).toBeLessThanOrEqual(4);
    const closing = Promise.all(stacks.map((stack) => stack.close()));
    await run(1_500);
    await closing;
  });

  it('a packet which has passed four cables does not pass a fifth, even where the stack lets it', async () => {
    const clock = new VirtualClock();
    const hopBook = new HopBook(clock);
    const joined = new JoinedCable({ hopBook }, [], ['a']);
    await joined.open();
    const packet = Uint8Array.of(1, 99, 8, 0xc8, 1, 2, 3);
    hopBook.came(packet, 0, packet.length, 3);
    joined.connecting.host.send(packet, '');
    await joined.run(20);
    expect(joined.listening.host.packets).toHaveLength(1);
    hopBook.came(packet, 0, packet.length, 4);
    const { slot } = joined.connecting.host.send(packet, '');
    await joined.run(20);
    expect(joined.connecting.host.done.get(slot)?.message).toBe(
      'a packet has passed 4 cables already: are they a ring?',
    );
    expect(joined.listening.host.packets).toHaveLength(1);
    expect(joined.connecting.link.counters.txHops).toBe(1);
    await joined.close();
  });
});

describe('the windows of a session', () => {
  const packet = (length: number): Uint8Array => new Uint8Array(length).fill(length);

  it('keep their order and their bytes when numbers and memory wrap', () => {
    const first = 0xffff_ffff - 700;
    const send = new SendWindow(first);
    const receive = new ReceiveWindow(first);
    let sequence = first;
    let delivered = 0;
    const lengths: number[] = [];
    for (let round = 0; round < 4_000; round++) {
      const length = 100 + ((round * 977) % 9_000);
      while (!send.push(packet(length), 0, length, 1)) {
        const { oldest } = send;
        const [start, end] = [send.startOf(oldest), send.endOf(oldest)];
        receive.take(oldest, send.bytes, start, end, 1, (buffer, from, to) => {
          expect([to - from, buffer[from]]).toEqual([lengths[delivered], lengths[delivered]! & 0xff]);
          delivered++;
        });
        expect(send.acknowledge(receive.next)).toBe(1);
      }
      const path = send.pathOf(sequence);
      lengths.push(length);
      sequence = (sequence + 1) >>> 0;
      expect([path, send.next, send.held <= WINDOW_BYTES]).toEqual([NO_PATH, sequence, true]);
    }
    expect(delivered).toBeGreaterThan(3_000);
    expect(() => send.acknowledge((send.next + 1) >>> 0)).toThrow('was acknowledged and never sent');
  });

  it('take no more than a bound', () => {
    const send = new SendWindow();
    for (let index = 0; index < WINDOW_PACKETS; index++) expect(send.push(packet(10), 0, 10, 1)).toBe(true);
    expect(send.push(packet(10), 0, 10, 1)).toBe(false);
    const receive = new ReceiveWindow();
    const deliver = (): void => {};
    expect(() => receive.take(WINDOW_PACKETS, packet(10), 0, 10, 1, deliver)).toThrow('too far ahead');
    const large = packet(16_000);
    let taken = 0;
    const fill = (): void => {
      for (let index = 1; index < WINDOW_PACKETS; index++, taken++)
        receive.take(index, large, 0, large.length, 1, deliver);
    };
    expect(fill).toThrow('too far ahead');
    expect(taken).toBe(Math.floor(WINDOW_BYTES / 16_000));
    expect(receive.held).toBeLessThanOrEqual(WINDOW_BYTES);
  });
});

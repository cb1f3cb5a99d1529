/** Bugs that other stacks shipped: each one became a real failure in the field somewhere. The test names say which. */

import { describe, expect, it } from 'vitest';
import { PacketWire } from '../../hw-fixtures/bench/wires/packet-wire.js';
import { isSettled, pass, settle, settleError } from '../../hw-fixtures/testing/virtual-time.js';
import { VirtualClock } from '../../stack/clock.js';
import { MctpError } from '../../stack/errors.js';
import { DEFAULT_LIMITS } from '../../stack/limits.js';
import { TRANSMIT } from '../../stack/link.js';
import { Mctp } from '../../stack/mctp.js';
import { readHeader } from '../../stack/packet.js';
import type { MctpMessage } from '../../stack/transport.js';
import { counting, fromHex } from '../support/hex.js';
import { packet, ScriptedLink } from '../support/scripted-link.js';
import { oneStack, twoStacks } from '../support/stacks.js';

const to = { eid: 9 };
const data = Uint8Array.of(1);

describe('regressions', () => {
  it('reassembly-evicted-by-other-peer', async () => {
    // Given: two peers in the middle of messages of the same type on the same tag, and one that floods.
    const { mctp, link, drops } = await oneStack();
    const socket = mctp.socket();
    socket.bind({ type: 5 });
    const message = (src: number): Uint8Array[] => [
      packet({ src, eom: false }, Uint8Array.of(5, ...counting(63, src))),
      packet({ src, som: false, eom: false, seq: 1 }, counting(64, src)),
      packet({ src, som: false, seq: 2 }, counting(10, src)),
    ];
    const nine = message(9);
    const ten = message(10);

    link.inject(nine[0]!);
    link.inject(ten[0]!);
    for (let i = 0; i < 2000; i++) {
      link.inject(packet({ src: 11, eom: false, tag: i & 7, seq: i & 3 }, Uint8Array.of(5, ...counting(200))));
    }
    for (const i of [1, 2]) {
      link.inject(nine[i]!);
      link.inject(ten[i]!);
    }

    const received = [await socket.receive(), await socket.receive()];
    for (const { source, payload } of received) {
      expect(payload).toEqual(Uint8Array.of(...counting(63, source), ...counting(64, source), ...counting(10, source)));
    }
    expect(received.map(({ source }) => source)).toEqual([9, 10]);
    expect(Object.keys(drops())).toEqual(['restarted']);
  });

  it('tag-changes-mid-message', async () => {
    // Given: long messages to two peers, interleaved, with short ones between.
    const { mctp, link } = await oneStack();
    link.answer = TRANSMIT.pending;
    const socket = mctp.socket();
    const sent = [9, 10, 9, 10, 11].map((eid, i) => socket.send({ eid }, counting(i * 100), { type: i }));
    while (link.pending.length > 0) link.finish();
    await Promise.all(sent);

    const open = new Map<number, { tag: number; to: boolean }>();
    for (const bytes of link.takeSent()) {
      const { dest, som, eom, tag, to: owner } = readHeader(fromHex(bytes));
      // Control overtakes between packets, but is a message of its own: it starts and ends in one packet.
      if (som && eom) continue;
      if (som) open.set(dest, { tag, to: owner });
      expect({ tag, to: owner }).toEqual(open.get(dest));
      if (eom) open.delete(dest);
    }
    expect(open.size).toBe(0);
  });

  it('reply-before-recorded', async () => {
    // Given: a link that delivers the answer before transmit returns.
    const { mctp, link, drops, clock } = await oneStack();
    link.answer = ({ hex }) => {
      const { eom, tag } = readHeader(fromHex(hex));
      if (eom) link.inject(packet({ to: false, tag }, '01 aa'));
      return TRANSMIT.sent;
    };
    const socket = mctp.socket();
    expect((await socket.request(to, counting(200), { type: 1 })).payload[0]).toBe(0xaa);
    await socket.send(to, data, { type: 1 });
    expect((await socket.receive()).payload[0]).toBe(0xaa);
    expect(drops()).toEqual({});
    expect(clock.pending).toBe(0);
    // Both tags are free again.
    for (let i = 0; i < 8; i++) socket.allocateTag(to);
  });

  it('reply-to-fixed-address', async () => {
    // Given: the tables say EID 9 is at 09 on the bus; the requests come from elsewhere.
    const { mctp, link } = await oneStack({ addressSize: 1, name: 'i2c' });
    const cable = new ScriptedLink({ name: 'cable' });
    mctp.addLink(cable);
    await mctp.open();
    const socket = mctp.socket();
    socket.bind({ type: 1 });
    socket.onMessage((message) => void socket.reply(message, data));

    link.inject(packet({ src: 9, tag: 2 }, '01'), '44');
    link.inject(packet({ src: 9, dest: 0, tag: 3 }, '01'), '45');
    cable.inject(packet({ src: 9, tag: 4 }, '01'));

    expect(link.sent.map(({ to: address, hex }) => [address, hex])).toEqual([
      ['44', '010908c20101'],
      ['45', '010908d30101'],
    ]);
    expect(cable.sent.map(({ hex }) => hex)).toEqual(['010908e40101']);
  });

  it('one-byte-frame', async () => {
    const { mctp, link, drops } = await oneStack();
    const socket = mctp.socket();
    socket.bind({ type: 0 });
    const whole = packet({}, '00');
    for (let length = 0; length <= 4; length++) link.inject(whole.subarray(0, length));
    expect(drops()).toEqual({ tooShort: 5 });
    expect(socket.counters.rxMessages).toBe(0);
    link.inject(whole);
    expect((await socket.receive()).payload).toHaveLength(0);
  });

  it('tag-held-after-timeout', async () => {
    const { mctp, link, clock } = await oneStack();
    const socket = mctp.socket();
    for (let round = 0; round < 5; round++) {
      const requests = Array.from({ length: 8 }, () => socket.request(to, data, { type: 1, timeoutMs: 10 }));
      for (const outcome of await settle(clock, Promise.allSettled(requests))) {
        expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'ETIMEDOUT' } });
      }
      await pass(clock, DEFAULT_LIMITS.tagExpiryMs);
    }
    expect(link.sent).toHaveLength(40);
    for (let i = 0; i < 8; i++) socket.allocateTag(to);
  });

  it('late-reply-to-next-request', async () => {
    const { mctp, link, clock, drops } = await oneStack();
    const socket = mctp.socket();
    // Given: a request that timed out, its tag resting.
    await settleError(clock, socket.request(to, Uint8Array.of(0xaa), { type: 1, timeoutMs: 100 }));
    const { tag } = readHeader(fromHex(link.takeSent()[0]!));

    // When: the next requests are on their way and the late answer comes.
    const next = Array.from({ length: 7 }, () =>
      socket.request(to, Uint8Array.of(0xbb), { type: 1, timeoutMs: 60_000 }),
    );
    link.inject(packet({ to: false, tag }, '01 aa'));

    // Then: it is nobody's.
    for (const request of next) expect(await isSettled(request)).toBe(false);
    expect(drops()).toEqual({ lateReply: 1 });
    expect(link.takeSent().map((one) => readHeader(fromHex(one)).tag)).not.toContain(tag);

    // And: an answer in several packets, begun in time and finished when the tag is another request's.
    const slow = socket.request(to, Uint8Array.of(0xcc), { type: 1, timeoutMs: 60_000 });
    await pass(clock, DEFAULT_LIMITS.tagExpiryMs);
    const slowTag = readHeader(fromHex(link.takeSent()[0]!)).tag;
    expect(slowTag).toBe(tag);
    link.inject(packet({ to: false, tag, eom: false }, '01 cc'));
    void slow.catch(() => {});
    socket.close();
    let seq = 1;
    for (let ms = 0; ms <= DEFAULT_LIMITS.tagExpiryMs; ms += 3_000) {
      await pass(clock, 3_000);
      link.inject(packet({ to: false, tag, som: false, eom: false, seq: seq++ & 3 }, 'cccc'));
    }
    const fresh = mctp.socket();
    const asked = Array.from({ length: 8 }, () =>
      fresh.request(to, Uint8Array.of(0xdd), { type: 1, timeoutMs: 1_000 }),
    );
    expect(link.takeSent()).toHaveLength(8);
    link.inject(packet({ to: false, tag, som: false, seq: seq & 3 }, 'cc'));
    for (const request of asked) expect(await isSettled(request)).toBe(false);
    expect(drops()).toMatchObject({ lateReply: 2 });
    const outcomes = Promise.allSettled(asked);
    await mctp.close();
    expect((await outcomes).every(({ status }) => status === 'rejected')).toBe(true);
    expect(clock.pending).toBe(0);
  });

  it('tx-lost-on-error-path', async () => {
    // Given: a bus that refuses every other packet, in every way a link can.
    for (const answer of ['nack', 'throw', 'later'] as const) {
      const { mctp, link, clock } = await oneStack({ limits: { queueMessages: 3 } });
      const nack = new MctpError('ENACK', 'nobody there');
      let count = 0;
      link.answer = ({ slot }) => {
        if (count++ % 2 === 0) return TRANSMIT.sent;
        if (answer === 'throw') throw new Error('a bug in the link');
        if (answer === 'nack') link.host.transmitted(slot, nack);
        else clock.schedule(1, () => link.host.transmitted(slot, nack));
        return TRANSMIT.pending;
      };
      const socket = mctp.socket();
      const sent = Array.from({ length: 40 }, (_, i) =>
        socket.send({ eid: 9 + (i % 3) }, counting((i % 4) * 50), { type: 1, reply: false }),
      );
      // Every accepted message ends in exactly one of delivered to the link, failed, cancelled.
      const results = await settle(clock, Promise.allSettled(sent));
      const { txMessages, txErrors, txCancelled } = mctp.links()[0]!.counters;
      const delivered = results.filter(({ status }) => status === 'fulfilled').length;
      expect([delivered, results.length - delivered]).toEqual([txMessages, txErrors]);
      expect(txErrors).toBeGreaterThan(0);
      expect(txCancelled).toBe(0);
      // And nothing is lost for the next ones.
      link.answer = TRANSMIT.sent;
      await socket.send({ eid: 9 }, data, { type: 1 });
    }
  });

  it('mtu-two-meanings', async () => {
    // A unit of 64 is 64 payload bytes in 68, and never 60 in 64 or 64 cut off.
    const { mctp, link } = await oneStack();
    await mctp.socket().send(to, counting(127), { type: 1 });
    expect(link.takeSent().map((one) => fromHex(one).length)).toEqual([68, 68]);
    expect(mctp.links()[0]!.transmissionUnit).toBe(64);
    // And peers that mean 64 with the header are understood.
    const socket = mctp.socket();
    socket.bind({ type: 1 });
    link.inject(packet({ eom: false }, Uint8Array.of(1, ...counting(59))));
    link.inject(packet({ som: false, seq: 1 }, counting(60, 59)));
    expect((await socket.receive()).payload).toEqual(counting(119));
  });

  it('endless-more-processing', async () => {
    // Given: a peer that answers every 50 ms that it needs more time.
    const { clock, a, b } = await twoStacks();
    const server = b.socket();
    server.bind({ type: 4 });
    let answers = 0;
    const more = (message: MctpMessage): void => {
      answers++;
      void server.reply(message, Uint8Array.of(0));
      clock.schedule(50, () => more(message));
    };
    server.onMessage(more);
    const tag = a.socket();
    const request = tag.request(to, data, { type: 4, timeoutMs: 100, totalTimeoutMs: 2_000, accept: () => 100 });
    expect(await settleError(clock, request)).toMatchObject({ code: 'ETIMEDOUT' });
    expect(clock.now()).toBe(2_000);
    expect(answers).toBeGreaterThan(30);
  });

  it('unplugged-adapter', async () => {
    const { clock, a, b, portA } = await twoStacks({ bitRate: 100_000, addressSize: 1 });
    const server = b.socket();
    server.bind({ type: 1 });
    server.onMessage((message) => void server.reply(message, message.payload));
    const socket = a.socket();
    expect((await settle(clock, socket.request(to, data, { type: 1 }))).payload).toEqual(data);

    // When: the adapter goes in the middle of a packet, others waiting behind.
    const requests = Array.from({ length: 12 }, () => socket.request(to, counting(300), { type: 1, timeoutMs: 5_000 }));
    const outcomes = Promise.allSettled(requests);
    clock.advance(1);
    const before = clock.now();
    portA.unplug();
    const late = settleError(clock, socket.request(to, data, { type: 1 }));

    // Then: all fail at once, in words of the cause.
    for (const outcome of await outcomes) {
      expect(outcome.status).toBe('rejected');
      expect(['ENETDOWN', 'ENODEV']).toContain((outcome as { reason: MctpError }).reason.code);
    }
    expect(await late).toMatchObject({ code: 'ENETDOWN', message: expect.stringContaining('unplugged') });
    expect(clock.now()).toBe(before);

    // And when it is back, so is everything: addresses, routes, neighbours, sockets.
    portA.plug();
    await pass(clock, DEFAULT_LIMITS.tagExpiryMs);
    expect((await settle(clock, socket.request(to, counting(300), { type: 1 }))).payload).toEqual(counting(300));
    await a.close();
    await b.close();
    expect(clock.pending).toBe(0);
  });

  it('one synchronous wire, three stacks, a bridge between: no recursion runs away', async () => {
    const clock = new VirtualClock();
    const left = new PacketWire({ clock });
    const right = new PacketWire({ clock });
    const [a, bridge, b] = [new Mctp({ clock }), new Mctp({ clock, forwarding: true }), new Mctp({ clock })];
    a.addLink(left.port({ name: 'a' }));
    bridge.addLink(left.port({ name: 'left' }));
    bridge.addLink(right.port({ name: 'right' }));
    b.addLink(right.port({ name: 'b' }));
    a.addAddress(8, 'a');
    bridge.addAddress(9, 'left');
    b.addAddress(20, 'b');
    a.addRoute({ start: 9, end: 20, link: 'a' });
    bridge.addRoute({ start: 8, link: 'left' });
    bridge.addRoute({ start: 20, link: 'right' });
    b.addRoute({ start: 8, end: 9, link: 'b' });
    await Promise.all([a.open(), bridge.open(), b.open()]);
    const server = b.socket();
    server.bind({ type: 1 });
    server.onMessage((message) => void server.reply(message, message.payload));
    const socket = a.socket();
    const requests = Array.from({ length: 500 }, (_, i) => socket.request({ eid: 20 }, counting(i), { type: 1 }));
    const answers = await settle(clock, Promise.all(requests));
    for (const [i, { payload }] of answers.entries()) expect(payload).toEqual(counting(i));
    await Promise.all([a.close(), bridge.close(), b.close()]);
    expect(clock.pending).toBe(0);
  });
});

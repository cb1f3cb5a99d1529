import { describe, expect, it } from 'vitest';
import type { DropCounters } from '../../stack/counters.js';
import type { Limits } from '../../stack/limits.js';
import type { MctpMessage, MctpSocket } from '../../stack/transport.js';
import { counting, hex } from '../support/hex.js';
import { packet } from '../support/scripted-link.js';
import { type OneStack, type OneStackOptions, oneStack } from '../support/stacks.js';

const TYPE = 1;

interface Bound extends OneStack {
  readonly socket: MctpSocket;
  readonly received: MctpMessage[];
}

/** A stack that listens for type 1. */
async function listening(options: OneStackOptions = {}): Promise<Bound> {
  const world = await oneStack(options);
  const socket = world.mctp.socket();
  socket.bind({ type: TYPE });
  const received: MctpMessage[] = [];
  socket.onMessage((message) => received.push(message));
  return { ...world, socket, received };
}

type Fields = Parameters<typeof packet>[0];

const start = (fields: Fields = {}, size = 64): Uint8Array =>
  packet({ eom: false, ...fields }, Uint8Array.of(TYPE, ...counting(size - 1)));
const middle = (seq: number, fields: Fields = {}, size = 64): Uint8Array =>
  packet({ som: false, eom: false, seq, ...fields }, counting(size));
const end = (seq: number, fields: Fields = {}, size = 10): Uint8Array =>
  packet({ som: false, seq, ...fields }, counting(size));
const single = (fields: Fields = {}, size = 5): Uint8Array =>
  packet(fields, Uint8Array.of(TYPE, ...counting(size - 1)));

describe('assembly: the Document column', () => {
  const rows: [what: string, packets: Uint8Array[], messages: number[], drops: Partial<DropCounters>][] = [
    ['expected sequence: append, deliver at the end', [start(), middle(1), end(2)], [137], {}],
    ['sequence may start anywhere', [start({ seq: 2 }), middle(3), end(0)], [137], {}],
    ['sequence wraps', [start(), middle(1), middle(2), middle(3), middle(0), end(1)], [63 + 256 + 10], {}],
    ['end directly after start', [start(), end(1)], [73], {}],
    ['end as large as the start', [start(), end(1, {}, 64)], [127], {}],
    ['end of one byte', [start(), end(1, {}, 1)], [64], {}],
    ['units below 64 are accepted', [start({}, 60), middle(1, {}, 60), end(2, {}, 60)], [179], {}],
    ['wrong sequence aborts', [start(), middle(2)], [], { wrongSequence: 1 }],
    ['a duplicate is a wrong sequence', [start(), middle(1), middle(1)], [], { wrongSequence: 1 }],
    [
      'after an abort middle and end packets are strays',
      [start(), middle(2), middle(3), end(0)],
      [],
      { wrongSequence: 1, unexpectedPacket: 2 },
    ],
    [
      'the packet that aborted starts nothing, a new start does',
      [start(), middle(2), start(), end(1)],
      [73],
      { wrongSequence: 1 },
    ],
    ['new start, same key: the new one wins', [start(), middle(1), start({}, 64), end(1)], [73], { restarted: 1 }],
    ['a whole message, same key: delivered, the old one aborted', [start(), single()], [4], { restarted: 1 }],
    [
      '... and the rest of the old one is stray',
      [start(), single(), end(1)],
      [4],
      { restarted: 1, unexpectedPacket: 1 },
    ],
    [
      'middle smaller than start',
      [start(), middle(1, {}, 63), end(2)],
      [],
      { middleSizeChanged: 1, unexpectedPacket: 1 },
    ],
    ['middle larger than start', [start(), middle(1, {}, 65)], [], { middleSizeChanged: 1 }],
    ['end larger than start', [start(), end(1, {}, 65)], [], { endTooLarge: 1 }],
    ['duplicate of the end is stray', [start(), end(1), end(1)], [73], { unexpectedPacket: 1 }],
    ['end without start (D1)', [end(1)], [], { unexpectedPacket: 1 }],
    ['middle without start (D1)', [middle(1)], [], { unexpectedPacket: 1 }],
    ['no assembly by the other tag owner', [start(), end(1, { to: false })], [], { unexpectedPacket: 1 }],
    ['no assembly by another tag', [start(), end(1, { tag: 1 })], [], { unexpectedPacket: 1 }],
    ['no assembly by another source', [start(), end(1, { src: 10 })], [], { unexpectedPacket: 1 }],
    ['no assembly by another destination', [start(), end(1, { dest: 0 })], [], { unexpectedPacket: 1 }],
    ['a type nobody listens to, whole', [packet({}, '05 01')], [], { noListener: 1 }],
    [
      'a type nobody listens to, in pieces, counts once and at its end',
      [packet({ eom: false }, '05 01'), middle(1, {}, 2), end(2, {}, 1)],
      [],
      { noListener: 1 },
    ],
  ];

  it.each(rows)('%s', async (_, packets, messages, expectedDrops) => {
    const { link, received, drops, mctp } = await listening();
    for (const one of packets) link.inject(one);
    expect(received.map((message) => message.payload.length)).toEqual(messages);
    expect(drops()).toEqual(expectedDrops);
    expect(mctp.links()[0]!.counters.rxPackets).toBe(packets.length);
  });

  it('the bytes are those that were sent', async () => {
    const { link, received } = await listening();
    for (const one of [start(), middle(1), middle(2), end(3)]) link.inject(one);
    expect(hex(received[0]!.payload)).toBe(
      hex(Uint8Array.of(...counting(63), ...counting(64), ...counting(64), ...counting(10))),
    );
  });

  it('messages with different tags interleave', async () => {
    const { link, received, drops } = await listening();
    for (const one of [
      start({ tag: 1 }),
      start({ tag: 2 }),
      middle(1, { tag: 1 }),
      end(1, { tag: 2 }),
      end(2, { tag: 1 }),
    ]) {
      link.inject(one);
    }
    expect(received.map(({ tag, payload }) => [tag, payload.length])).toEqual([
      [2, 73],
      [1, 137],
    ]);
    expect(drops()).toEqual({});
  });

  it('devices without an EID are told apart by their physical address', async () => {
    const { link, received, drops } = await listening({ addressSize: 1, ownAddress: '10' });
    const null_ = { src: 0, dest: 0 };
    link.inject(start(null_), '1d');
    link.inject(start(null_), '1e');
    link.inject(end(1, null_, 1), '1e');
    link.inject(end(1, null_, 2), '1d');
    expect(received.map(({ physicalAddress, payload }) => [physicalAddress, payload.length])).toEqual([
      ['1e', 64],
      ['1d', 65],
    ]);
    expect(drops()).toEqual({});
  });
});

describe('packets that never get so far (D3 to D9)', () => {
  const rows: [what: string, bytes: Uint8Array, counter: keyof DropCounters][] = [
    ['D3: an answer nobody waits for', single({ to: false }), 'unknownTag'],
    ['D4: another EID', single({ dest: 30 }), 'unknownDestination'],
    ['D6: version 0', single().fill(0, 0, 1), 'badVersion'],
    ['D7: longer than the link takes', single({}, 251), 'unitTooLarge'],
    ['D8: header only', single().subarray(0, 4), 'tooShort'],
    ['D9: source 1', single({ src: 1 }), 'reservedEid'],
    ['D9: source 7', single({ src: 7 }), 'reservedEid'],
    ['D9: source 255', single({ src: 255 }), 'reservedEid'],
    ['D9: destination 1', single({ dest: 1 }), 'reservedEid'],
    ['D9: destination 7', single({ dest: 7 }), 'reservedEid'],
  ];

  it.each(rows)('%s', async (_, bytes, counter) => {
    const { link, received, drops } = await listening();
    link.inject(bytes);
    expect(received).toEqual([]);
    expect(drops()).toEqual({ [counter]: 1 });
  });

  it('D2: what the link dropped is counted', async () => {
    const { link, drops } = await listening();
    link.host.fault('bad FCS');
    expect(drops()).toEqual({ linkFault: 1 });
  });

  it.each([
    ['to our EID', { dest: 8 }],
    ['physically addressed', { dest: 0 }],
    ['broadcast', { dest: 255 }],
    ['from a device without EID', { src: 0 }],
    ['from EID 254', { src: 254 }],
  ])('%s: accepted', async (_, fields) => {
    const { link, received } = await listening();
    link.inject(single(fields));
    expect(received).toHaveLength(1);
  });

  it('a drop neither starts nor aborts an assembly', async () => {
    const { link, received } = await listening();
    link.inject(start());
    for (const [, bytes] of rows) link.inject(bytes);
    link.inject(end(1));
    expect(received.map((message) => message.payload.length)).toEqual([73]);
  });
});

describe('limits', () => {
  const limited = (limits: Partial<Limits>): Promise<Bound> => listening({ limits });

  it('a message of exactly the limit passes, one byte more does not', async () => {
    const { link, received, drops } = await limited({ messageBytes: 130 });
    for (const one of [start(), middle(1), end(2, {}, 2)]) link.inject(one);
    for (const one of [start(), middle(1), end(2, {}, 3)]) link.inject(one);
    expect(received.map((message) => message.payload.length)).toEqual([129]);
    expect(drops()).toEqual({ messageTooLong: 1 });
  });

  it('the limit also holds for a single packet, and for the first', async () => {
    const { link, received, drops } = await limited({ messageBytes: 64 });
    link.inject(single({}, 64));
    link.inject(single({}, 65));
    link.inject(start({ tag: 1 }, 200));
    expect(received.map((message) => message.payload.length)).toEqual([63]);
    expect(drops()).toEqual({ messageTooLong: 2 });
  });

  it('assemblies per link', async () => {
    const { link, received, drops } = await limited({ assemblies: 2 });
    link.inject(start({ tag: 0 }));
    link.inject(start({ tag: 1 }));
    link.inject(start({ tag: 2 }));
    expect(drops()).toEqual({ assemblyLimit: 1 });
    // Those in progress are not disturbed, and make room when they are done.
    link.inject(end(1, { tag: 0 }));
    link.inject(start({ tag: 3 }));
    link.inject(end(1, { tag: 1 }));
    link.inject(end(1, { tag: 3 }));
    expect(received.map((message) => message.tag)).toEqual([0, 1, 3]);
  });

  it('bytes per peer: the greedy one is cut off, the other is not', async () => {
    const { link, received, drops } = await limited({ assemblyBytesPerPeer: 300 });
    link.inject(start({ src: 9 }));
    link.inject(start({ src: 10 }));
    for (let seq = 1; seq < 6; seq++) link.inject(middle(seq & 3, { src: 9 }));
    link.inject(end(1, { src: 10 }));
    expect(drops()).toMatchObject({ assemblyLimit: 1 });
    expect(received.map((message) => message.source)).toEqual([10]);
  });

  it('bytes in total', async () => {
    const { link, received, drops } = await limited({ assemblyBytes: 200 });
    link.inject(start({ src: 9 }));
    link.inject(start({ src: 10 }));
    link.inject(start({ src: 11 }));
    link.inject(start({ src: 12 }));
    expect(drops()).toEqual({ assemblyLimit: 1 });
    for (const src of [9, 10, 11]) link.inject(end(1, { src }, 1));
    expect(received.map((message) => message.source)).toEqual([9, 10, 11]);
  });

  it('what was reserved is given back, whatever the end', async () => {
    const { link, received } = await limited({ assemblyBytesPerPeer: 600, assemblies: 3 });
    for (let i = 0; i < 50; i++) {
      link.inject(start());
      if (i % 3 === 0) link.inject(middle(3));
      else if (i % 3 === 1) link.inject(middle(1, {}, 5));
    }
    link.inject(start());
    link.inject(end(1));
    expect(received).toHaveLength(1);
  });

  it('a long message after short ones, and short ones after a long one', async () => {
    const { link, received } = await listening();
    const long = (count: number): void => {
      link.inject(start());
      for (let seq = 1; seq < count; seq++) link.inject(middle(seq & 3));
      link.inject(end(count & 3));
    };
    for (const count of [1, 300, 1, 1000, 2]) long(count);
    expect(received.map((message) => message.payload.length)).toEqual(
      [1, 300, 1, 1000, 2].map((n) => 63 + (n - 1) * 64 + 10),
    );
  });
});

describe('time-out between packets', () => {
  it('nothing for 6 s and a step: given up, counted, no timer left', async () => {
    const { clock, link, received, drops } = await listening();
    link.inject(start());
    clock.advance(5_999);
    expect(drops()).toEqual({});
    clock.advance(6_750 - 5_999);
    expect(drops()).toEqual({ assemblyTimeout: 1 });
    link.inject(end(1));
    expect(received).toEqual([]);
    expect(drops()).toEqual({ assemblyTimeout: 1, unexpectedPacket: 1 });
    expect(clock.pending).toBe(0);
  });

  it('is measured from the last packet, not the first', async () => {
    const { clock, link, received } = await listening();
    link.inject(start());
    for (let seq = 1; seq <= 10; seq++) {
      clock.advance(5_900);
      link.inject(middle(seq & 3));
    }
    link.inject(end(11 & 3));
    expect(received).toHaveLength(1);
  });

  it('never comes before its time, whenever in the step the packet came', async () => {
    for (let offset = 0; offset < 750; offset += 50) {
      const { clock, link, received } = await listening();
      link.inject(start({ tag: 7 }));
      clock.advance(offset);
      link.inject(start());
      clock.advance(5_999);
      link.inject(end(1));
      expect(received).toHaveLength(1);
    }
  });

  it('is configurable', async () => {
    const { clock, link, drops } = await listening({ limits: { assemblyTimeoutMs: 80 } });
    link.inject(start());
    clock.advance(91);
    expect(drops()).toEqual({ assemblyTimeout: 1 });
  });

  it('messages nobody listens to time out too', async () => {
    const { clock, link, drops } = await listening();
    link.inject(packet({ eom: false }, '05 01'));
    clock.advance(6_750);
    expect(drops()).toEqual({ assemblyTimeout: 1 });
  });
});

describe('who a message is for can change while it comes in', () => {
  it('the socket closes in the middle: dropped and counted', async () => {
    const { link, socket, received, drops } = await listening();
    link.inject(start());
    socket.close();
    link.inject(end(1));
    expect(received).toEqual([]);
    expect(drops()).toEqual({ noListener: 1 });
  });

  it('the link goes down in the middle: the rest is stray', async () => {
    const { link, received, drops, clock } = await listening();
    link.inject(start());
    link.host.state(false);
    link.host.state(true);
    link.inject(end(1));
    expect(received).toEqual([]);
    expect(drops()).toEqual({ unexpectedPacket: 1 });
    expect(clock.pending).toBe(0);
  });
});

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readHeader, writeHeader } from '../../stack/packet.js';
import type { MctpMessage } from '../../stack/transport.js';
import { counting, fromHex, hex } from '../support/hex.js';
import { oneStack } from '../support/stacks.js';

interface Vector {
  readonly name: string;
  readonly layer: string;
  readonly hex: string;
  readonly decoded: {
    readonly version?: number;
    readonly dest?: number;
    readonly src?: number;
    readonly som?: boolean;
    readonly eom?: boolean;
    readonly seq?: number;
    readonly to?: boolean;
    readonly tag?: number;
    readonly type?: number;
    readonly ic?: boolean;
    readonly payload?: string;
    readonly payload_len?: number;
    readonly body?: string;
    readonly vendor_id?: number;
    readonly expect?: string;
  };
}

const vectors = JSON.parse(
  readFileSync(new URL('../vectors/mctp-examples.json', import.meta.url), 'utf8'),
) as readonly Vector[];
const packets = vectors.filter((vector) => vector.layer === 'mctp-packet');
const good = packets.filter((vector) => vector.decoded.expect === undefined);
const dropped = packets.filter((vector) => vector.decoded.expect === 'drop');

describe('packet header', () => {
  it.each(good.map((vector) => [vector.name, vector] as const))(
    '%s is read and written',
    (_, { hex: bytes, decoded }) => {
      const packet = fromHex(bytes);
      const { version, dest, src, som, eom, seq, to, tag } = decoded;

      expect(readHeader(packet)).toEqual({ version, dest, src, som, eom, seq, to, tag });

      const written = new Uint8Array(4);
      const end = writeHeader(written, 0, readHeader(packet));
      expect(end).toBe(4);
      expect(hex(written)).toBe(hex(packet.subarray(0, 4)));
    },
  );

  it.each(good.map((vector) => [vector.name, vector.decoded, fromHex(vector.hex)] as const))(
    '%s has the payload it says',
    (_, decoded, packet) => {
      expect(packet.length - 4).toBe(decoded.payload_len ?? (decoded.payload ?? '').length / 2 + 1);
    },
  );

  it('reads at an offset, and ignores the reserved bits', () => {
    expect(readHeader(fromHex('ffff f1 0a08c8'), 2)).toMatchObject({ version: 1, dest: 10, src: 8, som: true });
  });
});

describe('the vectors, received', () => {
  const counters: Record<string, string> = {
    'transport-bad-version': 'badVersion',
    'transport-reserved-dest': 'reservedEid',
    'transport-src-broadcast': 'reservedEid',
    'transport-header-only': 'tooShort',
  };

  it('there is a drop counter for each vector that is to be dropped', () => {
    expect(dropped.map((vector) => vector.name).sort()).toEqual(Object.keys(counters).sort());
  });

  it.each(dropped.map((vector) => [vector.name, counters[vector.name]!, vector.hex] as const))(
    '%s is dropped and counted as %s',
    async (_, counter, bytes) => {
      const { mctp, link, drops } = await oneStack();
      mctp.addAddress(10, link.name);
      const socket = mctp.socket();
      socket.bind({ type: 0 });

      link.inject(bytes);

      expect(drops()).toEqual({ [counter]: 1 });
      expect(socket.counters.rxMessages).toBe(0);
    },
  );

  it.each(
    good
      .filter(({ decoded }) => decoded.som && decoded.eom && decoded.to)
      .map((vector) => [vector.name, vector] as const),
  )('%s is delivered with every field', async (_, { hex: bytes, decoded }) => {
    const { mctp, link, drops } = await oneStack();
    mctp.addAddress(10, link.name);
    // Who sent it is not ourselves.
    if (mctp.addresses().some(({ eid }) => eid === decoded.src)) mctp.removeAddress(decoded.src!, link.name);
    const received: MctpMessage[] = [];
    const socket = mctp.socket();
    socket.bind({ type: decoded.type! });
    socket.onMessage((message) => received.push(message));

    link.inject(bytes);

    expect(received.map(({ payload, ...rest }) => ({ ...rest, payload: hex(payload) }))).toEqual([
      {
        network: 1,
        source: decoded.src,
        destination: decoded.dest,
        type: decoded.type,
        integrityCheck: decoded.ic,
        tag: decoded.tag,
        tagOwner: true,
        link: link.name,
        physicalAddress: '',
        payload: decoded.payload,
      },
    ]);
    expect(drops()).toEqual({});
  });

  it('a middle packet alone is dropped as unexpected', async () => {
    const { mctp, link, drops } = await oneStack();
    mctp.addAddress(10, link.name);
    mctp.removeAddress(8, link.name);
    link.inject(packets.find((vector) => vector.name === 'transport-middle-packet')!.hex);
    expect(drops()).toEqual({ unexpectedPacket: 1 });
  });

  it('a packet from an EID of ours is dropped and counted', async () => {
    const { mctp, link, drops } = await oneStack();
    mctp.addAddress(10, link.name);
    link.inject('010a08c8008002');
    expect(drops()).toEqual({ ownSource: 1 });
  });

  it('a response nobody asked for is dropped', async () => {
    const { link, drops } = await oneStack();
    link.inject(packets.find((vector) => vector.name === 'transport-single-packet-response')!.hex);
    expect(drops()).toEqual({ unknownTag: 1 });
  });

  it.each(vectors.filter((vector) => vector.layer === 'mctp-message').map((vector) => [vector.name, vector] as const))(
    '%s: type and body',
    async (_, { hex: bytes, decoded }) => {
      const { mctp, link } = await oneStack();
      const socket = mctp.socket();
      socket.bind({ type: decoded.type! });
      const received = socket.receive();

      link.inject(`010809c8${bytes}`);

      const vendor = decoded.type === 0x7e ? 2 : 4;
      const { type, payload } = await received;
      expect(type).toBe(decoded.type);
      expect(Number.parseInt(hex(payload.subarray(0, vendor)), 16)).toBe(decoded.vendor_id);
      expect(hex(payload.subarray(vendor))).toBe(decoded.body);
    },
  );
});

describe('fragmentation', () => {
  const fragments = good
    .filter((vector) => vector.name.startsWith('transport-fragment-130'))
    .map((vector) => vector.hex);

  it('a message of 130 bytes leaves as the three packets of the example', async () => {
    // Given: EID 10 talks to EID 8, and tags 0 to 2 are taken.
    const { mctp, link } = await oneStack();
    mctp.removeAddress(8, link.name);
    mctp.addAddress(10, link.name);
    mctp.addRoute({ start: 8, link: link.name });
    const socket = mctp.socket();
    for (let i = 0; i < 3; i++) socket.allocateTag({ eid: 8 });

    await socket.send({ eid: 8 }, counting(129, 1), { type: 1 });

    expect(link.takeSent()).toEqual(fragments);
  });

  it('and arrives whole', async () => {
    const { mctp, link, drops } = await oneStack();
    const socket = mctp.socket();
    socket.bind({ type: 1 });

    for (const fragment of fragments) link.inject(fragment);

    const message = await socket.receive();
    expect(hex(message.payload)).toBe(hex(counting(129, 1)));
    expect(message).toMatchObject({ source: 10, destination: 8, type: 1, tag: 3 });
    expect(drops()).toEqual({});
  });

  it.each([
    [1, 1],
    [63, 1],
    [64, 1],
    [65, 2],
    [66, 2],
    [127, 2],
    [128, 2],
    [129, 3],
    [130, 3],
    [65_536, 1024],
  ])('a message of %i bytes, type included, is %i packets', async (size, count) => {
    const { mctp, link } = await oneStack();
    await mctp.socket().send({ eid: 9 }, counting(size - 1), { type: 1 });

    const sent = link.takeSent().map(fromHex);
    expect(sent).toHaveLength(count);
    // All but the last are full, sequence numbers count up, SOM and EOM are where they belong.
    expect(sent.slice(0, -1).every((packet) => packet.length === 68)).toBe(true);
    expect(sent.map((packet) => readHeader(packet).seq)).toEqual(sent.map((_, i) => i & 3));
    expect(sent.map((packet) => readHeader(packet).som)).toEqual(sent.map((_, i) => i === 0));
    expect(sent.map((packet) => readHeader(packet).eom)).toEqual(sent.map((_, i) => i === count - 1));
    expect(sent.reduce((sum, packet) => sum + packet.length - 4, 0)).toBe(size);
  });

  it('the next message continues the sequence, per peer', async () => {
    const { mctp, link } = await oneStack();
    const socket = mctp.socket();
    for (const eid of [9, 9, 10, 9]) await socket.send({ eid }, counting(100), { type: 1, reply: false });
    const sequence = link
      .takeSent()
      .map((packet) => [readHeader(fromHex(packet)).dest, readHeader(fromHex(packet)).seq]);
    expect(sequence).toEqual([
      [9, 0],
      [9, 1],
      [9, 2],
      [9, 3],
      [10, 0],
      [10, 1],
      [9, 0],
      [9, 1],
    ]);
  });
});

/** mctp-transport §10: the table of Linux's route-test, which sends payloads of one type byte 0. */
describe('reception, as the tests of Linux have it', () => {
  const som = 0x80;
  const eom = 0x40;
  const to = 0x08;
  const rows: [
    what: string,
    type: number | undefined,
    headers: [version: number, flags: number][],
    delivered: number,
  ][] = [
    ['version 2', 0, [[2, som | eom | to]], 0],
    ['SOM and EOM, TO, type bound', 0, [[1, som | eom | to]], 1],
    ['SOM and EOM, TO, type not bound', undefined, [[1, som | eom | to]], 0],
    ['SOM and EOM, no TO, no outstanding tag', 0, [[1, som | eom]], 0],
    ['end only', 0, [[1, eom | to]], 0],
    ['middle only', 0, [[1, to]], 0],
    [
      'sequence 3 then 0',
      0,
      [
        [1, som | to | 0x30],
        [1, eom | to],
      ],
      1,
    ],
    [
      'sequence 0 then 1 then 2',
      0,
      [
        [1, som | to],
        [1, to | 0x10],
        [1, eom | to | 0x20],
      ],
      1,
    ],
    [
      'sequence 0 then 2',
      0,
      [
        [1, som | to],
        [1, eom | to | 0x20],
      ],
      0,
    ],
    [
      'end before start',
      0,
      [
        [1, eom | to | 0x10],
        [1, som | to],
      ],
      0,
    ],
  ];

  it.each(rows)('%s', async (_, type, headers, delivered) => {
    const { mctp, link } = await oneStack();
    const socket = mctp.socket();
    if (type !== undefined) socket.bind({ type });

    for (const [version, flags] of headers) link.inject(Uint8Array.of(version, 8, 10, flags, 0));

    expect(socket.counters.rxMessages).toBe(delivered);
  });
});

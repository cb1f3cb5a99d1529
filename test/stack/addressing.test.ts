import { describe, expect, it } from 'vitest';
import { flush, settle } from '../../hw-fixtures/testing/virtual-time.js';
import { VirtualClock } from '../../stack/clock.js';
import { Mctp } from '../../stack/mctp.js';
import { readHeader } from '../../stack/packet.js';
import { counting, fromHex } from '../support/hex.js';
import { packet, ScriptedLink } from '../support/scripted-link.js';
import { type OneStack, oneStack } from '../support/stacks.js';

const data = Uint8Array.of(1);
const options = { type: 1, reply: false } as const;

/** Where packets went: "link address destination". */
function went(...links: ScriptedLink[]): string[] {
  return links.flatMap((link) =>
    link.sent.splice(0).map(({ hex, to }) => `${link.name} ${to || '-'} ${readHeader(fromHex(hex)).dest}`),
  );
}

/** A bus "i2c" (EID 8) and a cable "uart" (EID 8 too) on one network. */
async function twoLinks(): Promise<OneStack & { uart: ScriptedLink }> {
  const world = await oneStack({ name: 'i2c', addressSize: 1, ownAddress: '10' });
  const uart = new ScriptedLink({ name: 'uart' });
  world.mctp.addLink(uart);
  world.mctp.addAddress(8, 'uart');
  await world.mctp.open();
  return { ...world, uart };
}

describe('routes', () => {
  it('lead a range of EIDs to a link, bounds included', async () => {
    const { mctp, link } = await oneStack();
    const socket = mctp.socket();
    for (const eid of [9, 20]) await socket.send({ eid }, data, options);
    for (const eid of [21, 254]) {
      await expect(socket.send({ eid }, data, options)).rejects.toMatchObject({ code: 'EHOSTUNREACH' });
    }
    expect(went(link)).toEqual(['scripted - 9', 'scripted - 20']);
  });

  it('the narrowest wins, whatever the order; removed, the wider one is back', async () => {
    const { mctp, uart, link } = await twoLinks();
    mctp.addRoute({ start: 12, link: 'uart' });
    mctp.addRoute({ start: 11, end: 13, link: 'uart' });
    mctp.addRoute({ start: 8, end: 254, link: 'uart' });
    const socket = mctp.socket();
    for (const eid of [10, 11, 12, 30]) await socket.send({ eid }, data, options);
    expect(went(link, uart)).toEqual(['i2c 0a 10', 'uart - 11', 'uart - 12', 'uart - 30']);
    mctp.removeRoute(11, 13);
    mctp.removeRoute(12, 12);
    await socket.send({ eid: 12 }, data, options);
    expect(went(link, uart)).toEqual(['i2c 0c 12']);
    expect(mctp.lookupRoute(12)).toMatchObject({ start: 9, end: 20, link: 'i2c' });
    expect(mctp.lookupRoute(7)).toBeUndefined();
  });

  it('of two equally narrow ones the older wins', async () => {
    const { mctp } = await twoLinks();
    mctp.addRoute({ start: 30, end: 40, link: 'uart' });
    mctp.addRoute({ start: 35, end: 45, link: 'i2c' });
    expect(mctp.lookupRoute(37)?.link).toBe('uart');
    expect(mctp.lookupRoute(45)?.link).toBe('i2c');
  });

  it('a gateway’s physical address is used, not that of the EID behind it', async () => {
    const { mctp, link } = await twoLinks();
    mctp.addRoute({ start: 50, end: 60, link: 'i2c', gateway: 12 });
    await mctp.socket().send({ eid: 55 }, data, options);
    expect(went(link)).toEqual(['i2c 0c 55']);
  });

  it('have a transmission unit of their own', async () => {
    const { mctp, link } = await oneStack({ link: { transmissionUnit: 100 } });
    mctp.addRoute({ start: 30, link: link.name, transmissionUnit: 200 });
    const socket = mctp.socket();
    for (const eid of [9, 30]) await socket.send({ eid }, counting(249), options);
    expect(link.takeSent().map((one) => fromHex(one).length - 4)).toEqual([100, 100, 50, 200, 50]);
  });

  it('the unit of a route also holds for answers that go that way', async () => {
    const { mctp, link } = await oneStack();
    mctp.addRoute({ start: 30, link: link.name, transmissionUnit: 200 });
    const socket = mctp.socket();
    socket.bind({ type: 1 });
    link.inject(packet({ src: 30 }, '01 00'));
    await socket.reply(await socket.receive(), counting(199));
    expect(link.takeSent()).toHaveLength(1);
  });

  it.each([
    ['an EID out of range', { start: 7 }, 'EINVAL'],
    ['an end out of range', { start: 30, end: 255 }, 'EINVAL'],
    ['a range that runs backwards', { start: 31, end: 30 }, 'EINVAL'],
    ['a gateway that is not an EID', { start: 30, gateway: 0 }, 'EINVAL'],
    ['a unit below the baseline', { start: 30, transmissionUnit: 63 }, 'EINVAL'],
    ['a unit beyond the link', { start: 30, transmissionUnit: 251 }, 'EINVAL'],
    ['the same range twice', { start: 9, end: 20 }, 'EEXIST'],
    ['a link that is not there', { start: 30, link: 'nowhere' }, 'ENODEV'],
  ])('refuse %s', async (_, route, code) => {
    const { mctp, link } = await oneStack();
    expect(() => mctp.addRoute({ link: link.name, ...route })).toThrow(expect.objectContaining({ code }));
    expect(mctp.routes()).toHaveLength(1);
  });

  it('removing one that is not there: ENOENT', async () => {
    const { mctp } = await oneStack();
    expect(() => mctp.removeRoute(9, 19)).toThrow(expect.objectContaining({ code: 'ENOENT' }));
  });
});

describe('neighbours', () => {
  it('are needed on a bus', async () => {
    const { mctp, link } = await twoLinks();
    mctp.removeNeighbour(9, 'i2c');
    const sent = mctp.socket().send({ eid: 9 }, data, options);
    await expect(sent).rejects.toMatchObject({ code: 'EHOSTUNREACH', message: expect.stringContaining('neighbour') });
    mctp.addNeighbour(9, 'i2c', '33');
    await mctp.socket().send({ eid: 9 }, data, options);
    expect(went(link)).toEqual(['i2c 33 9']);
    expect(mctp.lookupNeighbour(9, 'i2c')).toBe('33');
    expect(mctp.neighbours()).toHaveLength(12);
  });

  it.each([
    ['another address for the same EID', 9, '77', 'EEXIST'],
    ['an address that is too long', 30, '7777', 'EINVAL'],
    ['an address that is not hex', 30, 'zz', 'EINVAL'],
    ['what is not an EID', 3, '77', 'EINVAL'],
  ])('refuse %s', async (_, eid, address, code) => {
    const { mctp } = await twoLinks();
    expect(() => mctp.addNeighbour(eid, 'i2c', address)).toThrow(expect.objectContaining({ code }));
  });

  it('the same again is not an error; removing one that is not there is', async () => {
    const { mctp } = await twoLinks();
    expect(mctp.addNeighbour(9, 'i2c', '09')).toMatchObject({ eid: 9, physicalAddress: '09' });
    expect(() => mctp.removeNeighbour(99, 'i2c')).toThrow(expect.objectContaining({ code: 'ENOENT' }));
  });
});

describe('addresses', () => {
  it('without one of ours nothing can be sent by EID', async () => {
    const { mctp, link } = await oneStack();
    mctp.removeAddress(8, link.name);
    await expect(mctp.socket().send({ eid: 9 }, data, options)).rejects.toMatchObject({ code: 'EHOSTUNREACH' });
  });

  it('the source is the link’s first EID, else the network’s', async () => {
    const { mctp, link, uart } = await twoLinks();
    mctp.addAddress(31, 'i2c');
    mctp.removeAddress(8, 'i2c');
    mctp.removeAddress(8, 'uart');
    mctp.addRoute({ start: 40, link: 'uart' });
    const socket = mctp.socket();
    await socket.send({ eid: 9 }, data, options);
    await socket.send({ eid: 40 }, data, options);
    const sources = [link, uart].map((one) => readHeader(fromHex(one.takeSent()[0]!)).src);
    expect(sources).toEqual([31, 31]);
  });

  it('one EID on two links is ours until it is taken from both', async () => {
    const { mctp, link, drops } = await twoLinks();
    const socket = mctp.socket();
    socket.bind({ type: 1 });
    mctp.removeAddress(8, 'uart');
    link.inject(packet({}, '01 00'), '09');
    expect(socket.counters.rxMessages).toBe(1);
    mctp.removeAddress(8, 'i2c');
    link.inject(packet({}, '01 00'), '09');
    expect(drops()).toEqual({ unknownDestination: 1 });
  });

  it('are told to who listens', async () => {
    const { mctp, link } = await oneStack();
    const events: string[] = [];
    const off = mctp.on('addressAdded', ({ eid }) => events.push(`+${eid}`));
    mctp.on('addressRemoved', ({ eid }) => events.push(`-${eid}`));
    mctp.addAddress(30, link.name);
    mctp.removeAddress(30, link.name);
    off();
    mctp.addAddress(31, link.name);
    expect(events).toEqual(['+30', '-30']);
    expect(mctp.addresses().map(({ eid }) => eid)).toEqual([8, 31]);
  });

  it.each([
    ['twice on one link', 8, 'EEXIST'],
    ['reserved', 1, 'EINVAL'],
    ['broadcast', 255, 'EINVAL'],
  ])('refuse one that is %s', async (_, eid, code) => {
    const { mctp, link } = await oneStack();
    expect(() => mctp.addAddress(eid, link.name)).toThrow(expect.objectContaining({ code }));
  });

  it('removing one that is not there: ENOENT', async () => {
    const { mctp, link } = await oneStack();
    for (const name of [link.name, 'nowhere']) {
      expect(() => mctp.removeAddress(77, name)).toThrow(expect.objectContaining({ code: 'ENOENT' }));
    }
  });
});

describe('destinations that say nothing', () => {
  it.each([0, 1, 7, 255, 256, 9.5])('EID %s without a link: EHOSTUNREACH', async (eid) => {
    const { mctp } = await oneStack();
    await expect(mctp.socket().send({ eid }, data, options)).rejects.toMatchObject({ code: 'EHOSTUNREACH' });
  });

  it('a network nobody has: EHOSTUNREACH', async () => {
    const { mctp } = await oneStack();
    const sent = mctp.socket().send({ eid: 9, network: 77 }, data, options);
    await expect(sent).rejects.toMatchObject({ code: 'EHOSTUNREACH' });
  });

  it.each([
    ['a link that is not there', { eid: 0, link: 'nowhere' }, 'ENODEV'],
    ['no physical address on a bus', { eid: 0, link: 'i2c' }, 'EINVAL'],
    ['a physical address on a cable', { eid: 0, link: 'uart', physicalAddress: '1d' }, 'EINVAL'],
    ['the network of another link', { eid: 0, link: 'uart', network: 2 }, 'EINVAL'],
    ['a reserved EID', { eid: 5, link: 'uart' }, 'EHOSTUNREACH'],
  ])('extended: %s', async (_, to, code) => {
    const { mctp } = await twoLinks();
    await expect(mctp.socket().send(to, data, options)).rejects.toMatchObject({ code });
  });
});

describe('physical addressing', () => {
  const to = { eid: 0, link: 'i2c', physicalAddress: '1d' };

  it('the answer may come from any EID, but only from that address', async () => {
    const { mctp, link, drops } = await twoLinks();
    const socket = mctp.socket();
    const request = socket.request(to, data, { type: 1 });
    expect(went(link)).toEqual(['i2c 1d 0']);
    link.inject(packet({ src: 33, to: false }, '01 bb'), '1e');
    link.inject(packet({ src: 33, to: false }, '01 aa'), '1d');
    expect(await request).toMatchObject({ source: 33, physicalAddress: '1d', payload: Uint8Array.of(0xaa) });
    expect(drops()).toEqual({ unknownTag: 1 });
  });

  it('a stack without an EID sends from 0 and is answered at 0', async () => {
    const { mctp, link } = await twoLinks();
    mctp.removeAddress(8, 'i2c');
    mctp.removeAddress(8, 'uart');
    const request = mctp.socket().request(to, data, { type: 1 });
    expect(readHeader(fromHex(link.takeSent()[0]!))).toMatchObject({ src: 0, dest: 0 });
    link.inject(packet({ src: 0, dest: 0, to: false }, '01 aa'), '1d');
    expect((await request).source).toBe(0);
  });

  it('an answer to a device without EID goes to its physical address', async () => {
    const { mctp, link } = await twoLinks();
    const socket = mctp.socket();
    socket.bind({ type: 1 });
    link.inject(packet({ src: 0, dest: 0, tag: 4 }, '01 00'), '22');
    await socket.reply(await socket.receive(), data);
    expect(link.sent).toEqual([{ hex: '010008c40101', to: '22', slot: 0 }]);
  });

  it('the same EID at two addresses: each answer to its own request', async () => {
    const { mctp, link } = await twoLinks();
    const socket = mctp.socket();
    const requests = ['1d', '1e'].map((physicalAddress) =>
      socket.request({ ...to, physicalAddress }, data, { type: 1 }),
    );
    link.inject(packet({ src: 0, to: false }, '01 1e'), '1e');
    link.inject(packet({ src: 0, to: false }, '01 1d'), '1d');
    expect((await Promise.all(requests)).map((message) => message.payload[0])).toEqual([0x1d, 0x1e]);
  });

  it('one device asked by EID and by address: tags differ, answers find their requests', async () => {
    const { mctp, link } = await twoLinks();
    const socket = mctp.socket();
    const physical = { ...to, physicalAddress: '09' };
    const requests = [{ eid: 9 }, physical, { eid: 9 }, physical].map((address) =>
      socket.request(address, data, { type: 1 }),
    );
    const tags = link.takeSent().map((one) => readHeader(fromHex(one)).tag);
    expect(new Set(tags).size).toBe(4);
    for (const tag of [...tags].reverse()) link.inject(packet({ src: 9, to: false, tag }, Uint8Array.of(1, tag)), '09');
    expect((await Promise.all(requests)).map((message) => message.payload[0])).toEqual(tags);
  });

  it('on a cable too', async () => {
    const { mctp, link } = await oneStack();
    const socket = mctp.socket();
    const requests = [{ eid: 0, link: link.name }, { eid: 9 }, { eid: 0, link: link.name }].map((address) =>
      socket.request(address, data, { type: 1 }),
    );
    const tags = link.takeSent().map((one) => readHeader(fromHex(one)).tag);
    expect(new Set(tags).size).toBe(3);
    for (const tag of [...tags].reverse()) link.inject(packet({ src: 9, to: false, tag }, Uint8Array.of(1, tag)));
    expect((await Promise.all(requests)).map((message) => message.payload[0])).toEqual(tags);
  });

  it('devices asked are remembered up to a bound; idle ones make room', async () => {
    const { mctp, clock } = await oneStack({ addressSize: 1, name: 'i2c', limits: { physicalPeers: 4 } });
    const socket = mctp.socket();
    const ask = (address: number): Promise<void> =>
      socket.send({ eid: 0, link: 'i2c', physicalAddress: address.toString(16).padStart(2, '0') }, data, { type: 1 });
    for (let address = 1; address <= 4; address++) await ask(address);
    await expect(ask(5)).rejects.toMatchObject({ code: 'ENOBUFS' });
    clock.advance(6_000);
    await ask(5);
    for (let address = 16; address < 100; address++) {
      await socket.send({ eid: 0, link: 'i2c', physicalAddress: address.toString(16) }, data, options);
    }
    expect(clock.pending).toBe(0);
  });
});

describe('broadcast', () => {
  it('goes out on the link named, expects no answer, frees its tag', async () => {
    const { mctp, uart, clock } = await twoLinks();
    const socket = mctp.socket();
    for (let i = 0; i < 10; i++) await socket.send({ eid: 255, link: 'uart' }, data, { type: 1, noWait: true });
    expect(went(uart)).toHaveLength(10);
    expect(clock.pending).toBe(0);
  });

  it('received: only sockets bound to any EID', async () => {
    const { mctp, link } = await twoLinks();
    const own = mctp.socket();
    own.bind({ type: 1, eid: 8 });
    const any = mctp.socket();
    any.bind({ type: 1 });
    link.inject(packet({ dest: 255 }, '01 00'), '09');
    expect([own.counters.rxMessages, any.counters.rxMessages]).toEqual([0, 1]);
    // Answered from our EID, not from 255.
    await any.reply(await any.receive(), data);
    expect(readHeader(fromHex(link.takeSent()[0]!))).toMatchObject({ src: 8, dest: 9, to: false });
  });
});

describe('networks', () => {
  it('have their own EIDs, routes, tags and sockets', async () => {
    const { mctp, link } = await oneStack();
    const other = new ScriptedLink({ name: 'other' });
    mctp.addLink(other, { network: 2 });
    mctp.addAddress(8, 'other');
    mctp.addRoute({ start: 9, link: 'other' });
    await mctp.open();
    const one = mctp.socket();
    one.bind({ type: 1, network: 1 });
    const two = mctp.socket();
    two.bind({ type: 1, network: 2 });

    const requests = [1, 2].map((network) => one.request({ eid: 9, network }, data, { type: 2 }));
    expect(went(link, other)).toEqual(['scripted - 9', 'other - 9']);
    other.inject(packet({ to: false }, '02 22'));
    link.inject(packet({ to: false }, '02 11'));
    expect((await Promise.all(requests)).map(({ network, payload }) => [network, payload[0]])).toEqual([
      [1, 0x11],
      [2, 0x22],
    ]);

    other.inject(packet({}, '01 00'));
    expect([one.counters.rxMessages, two.counters.rxMessages]).toEqual([2, 1]);
    expect((await two.receive()).network).toBe(2);
    expect(mctp.peerCounters(2)).toHaveLength(1);
    expect(mctp.peerCounters(3)).toEqual([]);
    expect(() => mctp.removeRoute(9, 9, 0)).toThrow(expect.objectContaining({ code: 'EINVAL' }));
  });

  it('assemblies of equal keys on two networks do not meet', async () => {
    const { mctp, link } = await oneStack();
    const other = new ScriptedLink({ name: 'other' });
    mctp.addLink(other, { network: 2 });
    mctp.addAddress(8, 'other');
    await mctp.open();
    const socket = mctp.socket();
    socket.bind({ type: 1 });
    link.inject(packet({ eom: false }, '01 11'));
    other.inject(packet({ eom: false }, '01 22'));
    other.inject(packet({ som: false, seq: 1 }, '23'));
    link.inject(packet({ som: false, seq: 1 }, '12'));
    expect([...(await socket.receive()).payload]).toEqual([0x22, 0x23]);
    expect([...(await socket.receive()).payload]).toEqual([0x11, 0x12]);
  });
});

describe('messages to ourselves', () => {
  it('are requests and answers as all others, without a link', async () => {
    const mctp = new Mctp({ clock: new VirtualClock() });
    const link = new ScriptedLink();
    mctp.addLink(link);
    mctp.addAddress(8, link.name);
    const server = mctp.socket();
    server.bind({ type: 1 });
    server.onMessage(
      (message) =>
        void server.reply(
          message,
          message.payload.map((byte) => byte + 1),
        ),
    );

    // The link is not even open.
    const answer = await mctp.socket().request({ eid: 8 }, counting(1000), { type: 1 });

    expect(answer).toMatchObject({ source: 8, destination: 8, link: 'lo', tagOwner: false });
    expect(answer.payload).toEqual(counting(1000, 1));
    expect(link.sent).toEqual([]);
    await mctp.close();
  });

  it('the receiver’s copy is its own', async () => {
    const { mctp } = await oneStack();
    const socket = mctp.socket();
    socket.bind({ type: 1 });
    const payload = Uint8Array.of(1, 2);
    await socket.send({ eid: 8 }, payload, { reply: false });
    payload.fill(9);
    expect([...(await socket.receive()).payload]).toEqual([1, 2]);
  });

  it('a thousand that wait for tags do not overflow the stack', async () => {
    const { mctp, clock } = await oneStack();
    const server = mctp.socket();
    server.bind({ type: 1 });
    const held: (() => void)[] = [];
    server.onMessage((message) => held.push(() => void server.reply(message, data)));
    const socket = mctp.socket();
    const requests = Array.from({ length: 1000 }, () => socket.request({ eid: 8 }, data, { type: 1 }));
    expect(held).toHaveLength(8);
    server.onMessage((message) => void server.reply(message, data));
    for (const answer of held) answer();
    expect(await settle(clock, Promise.all(requests))).toHaveLength(1000);
    await mctp.close();
    expect(clock.pending).toBe(0);
  });

  it('a type nobody is bound to: no answer', async () => {
    const { mctp, clock } = await oneStack();
    const request = mctp.socket().request({ eid: 8 }, data, { type: 1 });
    const outcome = expect(settle(clock, request)).rejects.toMatchObject({ code: 'ETIMEDOUT' });
    await flush();
    await outcome;
  });
});

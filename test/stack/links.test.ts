import { describe, expect, it } from 'vitest';
import { flush, isSettled, pass, settle } from '../../hw-fixtures/testing/virtual-time.js';
import { VirtualClock } from '../../stack/clock.js';
import { LinkPort } from '../../stack/core/link-port.js';
import { Network } from '../../stack/core/network.js';
import type { TapEvent } from '../../stack/core/tap.js';
import { MctpError } from '../../stack/errors.js';
import { DEFAULT_NETWORK } from '../../stack/ids.js';
import { DEFAULT_LIMITS } from '../../stack/limits.js';
import { TRANSMIT } from '../../stack/link.js';
import type { Mctp } from '../../stack/mctp.js';
import { StackRequest } from '../../stack/socket/stack-request.js';
import { counting, hex } from '../support/hex.js';
import { packet, ScriptedLink } from '../support/scripted-link.js';
import { oneStack, twoStacks } from '../support/stacks.js';

const data = Uint8Array.of(1);
const unplugged = new MctpError('ENODEV', 'the adapter was unplugged');

describe('a link that is not up', () => {
  it('never opened: ENETDOWN at once', async () => {
    const { mctp } = await oneStack();
    mctp.addLink(new ScriptedLink({ name: 'cold' }));
    mctp.addRoute({ start: 40, link: 'cold' });
    await expect(mctp.socket().send({ eid: 40 }, data, { type: 1 })).rejects.toMatchObject({ code: 'ENETDOWN' });
    await mctp.openLink('cold');
    await mctp.socket().send({ eid: 40 }, data, { type: 1 });
  });

  it('open tries all of them and says what failed', async () => {
    const { mctp } = await oneStack();
    const bad = new ScriptedLink({ name: 'bad' });
    bad.open = () => Promise.reject(unplugged);
    const good = new ScriptedLink({ name: 'good' });
    mctp.addLink(bad);
    mctp.addLink(good);
    await expect(mctp.open()).rejects.toBe(unplugged);
    expect(mctp.links().map(({ name, up }) => [name, up])).toEqual([
      ['scripted', true],
      ['bad', false],
      ['good', true],
    ]);
  });

  it('refuses names that are taken and units out of range', async () => {
    const { mctp } = await oneStack();
    expect(() => mctp.addLink(new ScriptedLink())).toThrow(expect.objectContaining({ code: 'EEXIST' }));
    expect(() => mctp.addLink(new ScriptedLink({ name: 'lo' }))).toThrow(expect.objectContaining({ code: 'EEXIST' }));
    for (const transmissionUnit of [63, 251, 64.5]) {
      expect(() => mctp.addLink(new ScriptedLink({ name: 'x' }), { transmissionUnit })).toThrow(
        expect.objectContaining({ code: 'EINVAL' }),
      );
    }
    expect(() => mctp.linkByName('nowhere')).toThrow(expect.objectContaining({ code: 'ENODEV' }));
  });
});

describe('a link in use', () => {
  it('gets another transmission unit, within its limits', async () => {
    const { mctp, link } = await oneStack();
    mctp.setTransmissionUnit('scripted', 128);
    expect(mctp.links()[0]!.transmissionUnit).toBe(128);
    await mctp.socket().send({ eid: 9 }, counting(255), { type: 1 });
    // The unit does not count the 4 bytes of the header.
    expect(link.takeSent().map((packet) => packet.length / 2)).toEqual([132, 132]);
    for (const unit of [63, 251, 64.5]) {
      expect(() => mctp.setTransmissionUnit('scripted', unit)).toThrow(expect.objectContaining({ code: 'EINVAL' }));
    }
    expect(mctp.links()[0]!.transmissionUnit).toBe(128);
    expect(() => mctp.setTransmissionUnit('nowhere', 64)).toThrow(expect.objectContaining({ code: 'ENODEV' }));
  });

  it('is closed and opened again, and everything known of it stays', async () => {
    const { mctp, link, clock } = await oneStack();
    const known = () => [mctp.addresses(), [...mctp.routes()], [...mctp.neighbours()]];
    const before = known();
    const socket = mctp.socket();
    const waiting = socket.request({ eid: 9 }, data, { type: 1, timeoutMs: 50_000 });
    const [outcome] = await Promise.all([Promise.allSettled([waiting]), mctp.closeLink('scripted')]);
    expect(outcome).toMatchObject([{ status: 'rejected', reason: { code: 'ENETDOWN' } }]);
    expect(link.closed).toBe(true);
    expect(mctp.links()[0]!.up).toBe(false);
    expect(clock.pending).toBe(0);
    await expect(socket.send({ eid: 10 }, data, { type: 1 })).rejects.toMatchObject({ code: 'ENETDOWN' });
    expect(known()).toEqual(before);
    link.takeSent();
    await mctp.openLink('scripted');
    expect(mctp.links()[0]!.up).toBe(true);
    await socket.send({ eid: 10 }, data, { type: 1 });
    expect(link.takeSent()).toHaveLength(1);
  });

  it('opened while it is being closed: is up in the end', async () => {
    const { mctp } = await oneStack();
    await Promise.all([mctp.closeLink('scripted'), mctp.closeLink('scripted'), mctp.openLink('scripted')]);
    expect(mctp.links()[0]!.up).toBe(true);
  });

  it.each([
    ['the stack is closed', (mctp: Mctp) => mctp.close()],
    ['the link is closed', (mctp: Mctp) => mctp.closeLink('late')],
    ['the link is removed', (mctp: Mctp) => mctp.removeLink('late')],
  ])('is not opened any more when %s, also in the moment in which it is to be opened', async (_what, close) => {
    const { mctp } = await oneStack();
    const link = new ScriptedLink({ name: 'late' });
    let isOpen = false;
    link.open = async () => void (isOpen = true);
    link.close = async () => void (isOpen = false);
    mctp.addLink(link);
    const opening = mctp.openLink('late');
    opening.catch(() => {});
    await close(mctp);
    await expect(opening).rejects.toMatchObject({ code: 'ECANCELED' });
    expect(isOpen).toBe(false);
  });
});

describe('a link that goes down', () => {
  it('fails everything that needs it: queued, waiting for room, for a tag, for an answer', async () => {
    const { mctp, link, clock } = await oneStack({ limits: { queueMessages: 4 } });
    const socket = mctp.socket();
    const answered = socket.request({ eid: 9 }, data, { type: 1, timeoutMs: 50_000 });
    link.answer = TRANSMIT.busy;
    const others = [
      ...Array.from({ length: 12 }, () => socket.send({ eid: 10 }, data, { type: 1 })),
      ...Array.from({ length: 12 }, () => socket.request({ eid: 11 }, data, { type: 1 })),
      socket.send({ eid: 12 }, data, { type: 1, reply: false }),
    ];
    const outcomes = Promise.allSettled([answered, ...others]);

    link.host.state(false, unplugged);

    for (const outcome of await outcomes) {
      expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'ENETDOWN', cause: unplugged } });
    }
    expect(clock.pending).toBe(0);
    // Nothing is left to leak out when it comes back.
    link.takeSent();
    link.answer = TRANSMIT.sent;
    link.host.state(true);
    expect(link.takeSent()).toEqual([]);
    await pass(clock, 6_000);
    for (const eid of [9, 10, 11, 12]) await socket.send({ eid }, data, { type: 1, noWait: true });
  });

  it('fails who waits for a tag that somebody else keeps', async () => {
    const { mctp, link } = await oneStack();
    const holder = mctp.socket();
    for (let i = 0; i < 8; i++) holder.allocateTag({ eid: 9 });
    const socket = mctp.socket();
    const options = { type: 1, timeoutMs: 50_000 };
    const outcomes = Promise.allSettled([
      socket.send({ eid: 9 }, data, options),
      socket.request({ eid: 9 }, data, options),
    ]);
    link.host.state(false, unplugged);
    for (const outcome of await outcomes) {
      expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'ENETDOWN' } });
    }
  });

  it('is not kept waiting by requests that are over', async () => {
    // Given: a link as the stack uses it, and a request on it.
    const clock = new VirtualClock();
    const limits = DEFAULT_LIMITS;
    const network = new Network(DEFAULT_NETWORK, clock, limits);
    const owner = {
      clock,
      limits,
      listener: () => undefined,
      forward: () => undefined,
      linkChanged: () => {},
    };
    const scripted = new ScriptedLink();
    const attached = new LinkPort(scripted, network, 64, owner);
    await scripted.open();
    const path = { link: attached, network: 1, source: 8, destination: 9, to: '', unit: 64, peer: network.peer(9) };
    const socket = { requestSent() {}, requestRetried() {}, requestTimedOut() {}, requestEnded() {} };
    const promise = { resolve() {}, reject() {} };
    const request = new StackRequest({ clock, deliverLocally() {} }, socket, path, 1, data, {}, promise);

    request.start();
    expect(attached.dependents.size).toBe(1);
    scripted.inject(packet({ dest: 0, to: false }, '01 aa'));
    expect([attached.dependents.size, clock.pending]).toEqual([0, 0]);
  });

  it('says why until it is back', async () => {
    const { mctp, link } = await oneStack();
    const events: string[] = [];
    mctp.on('linkDown', ({ link: name, reason }) => events.push(`${name} down: ${reason?.message}`));
    mctp.on('linkUp', ({ link: name }) => events.push(`${name} up`));
    link.host.state(false, unplugged);
    link.host.state(false);
    expect(mctp.links()[0]).toMatchObject({ up: false, downReason: expect.stringContaining('was unplugged') });
    const sent = mctp.socket().send({ eid: 9 }, data, { type: 1 });
    await expect(sent).rejects.toMatchObject({ code: 'ENETDOWN', cause: unplugged });
    link.host.state(true);
    link.host.state(true);
    expect(mctp.links()[0]).toMatchObject({ up: true, downReason: undefined });
    expect(events).toEqual(['scripted down: the adapter was unplugged', 'scripted up']);
  });

  it('does not touch what goes by others', async () => {
    const { mctp, link } = await oneStack();
    const other = new ScriptedLink({ name: 'other' });
    mctp.addLink(other);
    mctp.addRoute({ start: 40, link: 'other' });
    await mctp.open();
    const request = mctp.socket().request({ eid: 40 }, data, { type: 1 });
    link.host.state(false, unplugged);
    expect(await isSettled(request)).toBe(false);
    other.inject(packet({ src: 40, to: false }, '01 aa'));
    expect((await request).payload[0]).toBe(0xaa);
  });

  it('up and down again while its first packet is sent: the news come in order', async () => {
    const { mctp, link } = await oneStack();
    link.host.state(false);
    const events: string[] = [];
    mctp.on('linkUp', () => {
      events.push('up');
      void mctp
        .socket()
        .send({ eid: 9 }, data, { type: 1 })
        .catch((error: MctpError) => events.push(error.code));
    });
    mctp.on('linkDown', () => events.push('down'));
    link.answer = () => {
      link.host.state(false, unplugged);
      return TRANSMIT.sent;
    };
    link.host.state(true);
    await flush();
    expect(events).toEqual(['up', 'down', 'ENETDOWN']);
  });

  it('a listener that throws disturbs nobody', async () => {
    const errors: string[] = [];
    const { mctp, link } = await oneStack({ errors });
    let told = 0;
    mctp.on('linkDown', () => {
      throw new Error('a bug in the listener');
    });
    mctp.on('linkDown', () => told++);
    link.host.state(false);
    expect([told, errors.length]).toEqual([1, 1]);
  });
});

describe('removeLink', () => {
  it('takes addresses, routes and neighbours with it, and fails what is pending', async () => {
    const { mctp, link, clock } = await oneStack({ addressSize: 1, name: 'i2c' });
    const other = new ScriptedLink({ name: 'other' });
    mctp.addLink(other);
    mctp.addAddress(30, 'other');
    mctp.addRoute({ start: 40, link: 'other' });
    const removed: number[] = [];
    mctp.on('addressRemoved', ({ eid }) => removed.push(eid));
    link.answer = TRANSMIT.pending;
    const socket = mctp.socket();
    const sending = socket.send({ eid: 9 }, data, { type: 1 });
    const queued = socket.request({ eid: 10 }, data, { type: 1 });
    link.inject(packet({ eom: false }, '01 02'), '09');
    const outcomes = Promise.allSettled([sending, queued]);

    await mctp.removeLink('i2c');

    expect(await outcomes).toMatchObject([{ reason: { code: 'ECANCELED' } }, { reason: { code: 'ENETDOWN' } }]);
    expect(removed).toEqual([8]);
    expect(mctp.links().map(({ name }) => name)).toEqual(['other']);
    expect(mctp.addresses()).toHaveLength(1);
    expect(mctp.routes()).toMatchObject([{ start: 40 }]);
    expect(mctp.neighbours()).toEqual([]);
    await expect(socket.send({ eid: 9 }, data, { type: 1 })).rejects.toMatchObject({ code: 'EHOSTUNREACH' });
    expect(clock.pending).toBe(0);
  });

  it('sends nothing more while the link closes', async () => {
    const { mctp, link } = await oneStack();
    let closed: () => void = () => {};
    link.close = () =>
      new Promise((resolve) => {
        closed = resolve;
      });
    const removing = mctp.removeLink(link.name);
    const sent = mctp.socket().send({ eid: 9 }, data, { type: 1 });
    await expect(sent).rejects.toMatchObject({ code: 'ENETDOWN' });
    closed();
    await removing;
    expect(link.sent).toEqual([]);
  });

  it('forgets the link even when closing fails, and a second call spares a new link of that name', async () => {
    const { mctp, link } = await oneStack();
    link.close = () => Promise.reject(unplugged);
    const first = mctp.removeLink(link.name);
    const second = mctp.removeLink(link.name);
    await expect(first).rejects.toBe(unplugged);
    mctp.addLink(new ScriptedLink());
    await expect(second).rejects.toBe(unplugged);
    expect(mctp.links()).toHaveLength(1);
  });

  it('what the link says afterwards is ignored', async () => {
    const { mctp, link, clock } = await oneStack();
    const socket = mctp.socket();
    socket.bind({ type: 1 });
    const { host } = link;
    await mctp.removeLink(link.name);
    link.inject(packet({ dest: 0 }, '01 02'));
    link.inject(packet({ dest: 0, eom: false }, '01 02'));
    host.state(true);
    host.ready();
    host.transmitted(0);
    host.fault('noise');
    expect(socket.counters.rxMessages).toBe(0);
    expect(clock.pending).toBe(0);
  });
});

describe('taps', () => {
  it('see packets both ways, and why they were dropped', async () => {
    const { mctp, link, clock } = await oneStack({ addressSize: 1, name: 'i2c' });
    const seen: string[] = [];
    const line = ({ direction, time, physicalAddress, buffer, start, end, fault }: TapEvent): string =>
      `${time} ${direction} ${physicalAddress} ${hex(buffer.subarray(start, end))} ${fault ?? 'ok'}`;
    const off = mctp.tap((event) => seen.push(line(event)));
    const socket = mctp.socket();
    socket.bind({ type: 1 });
    clock.advance(5);

    await socket.send({ eid: 9 }, data);
    link.inject(packet({}, '01 02'), '09');
    link.inject(packet({}, '05 02'), '09');
    link.inject(packet({ eom: false }, '01 02'), '09');
    link.inject(packet({ som: false, seq: 2 }, '02'), '09');
    link.inject(packet({ dest: 99 }, '01 02'), '09');
    link.host.fault('bad PEC', Uint8Array.of(0xff));
    link.host.fault('noise');
    off();
    await socket.send({ eid: 9 }, data);

    expect(seen).toEqual([
      '5 tx 09 010908c80101 ok',
      '5 rx 09 010809c80102 ok',
      '5 rx 09 010809c80502 noListener',
      '5 rx 09 010809880102 ok',
      '5 rx 09 0108096802 wrongSequence',
      '5 rx 09 016309c80102 unknownDestination',
      '5 rx  ff bad PEC',
      '5 rx   noise',
    ]);
  });

  it('also of links added later; two taps both see', async () => {
    const { mctp } = await oneStack();
    const seen: string[] = [];
    mctp.tap(({ link }) => seen.push(`one ${link}`));
    mctp.tap(({ link }) => seen.push(`two ${link}`));
    const later = new ScriptedLink({ name: 'later' });
    mctp.addLink(later);
    later.inject(packet({}, '01'));
    expect(seen).toEqual(['one later', 'two later']);
  });

  it('one that throws loses no packet', async () => {
    const errors: string[] = [];
    const { mctp, link } = await oneStack({ errors });
    mctp.tap(() => {
      throw new Error('a bug in the tap');
    });
    const socket = mctp.socket();
    await socket.send({ eid: 9 }, counting(100), { type: 1 });
    link.inject(packet({ to: false }, '01 aa'));
    expect((await socket.receive()).payload[0]).toBe(0xaa);
    expect(link.sent).toHaveLength(2);
    expect(errors).toHaveLength(3);
  });
});

describe('counters', () => {
  it('of a link and of its peers add up', async () => {
    const { a, b, clock } = await twoStacks();
    const server = b.socket();
    server.bind({ type: 1 });
    server.onMessage((message) => void server.reply(message, message.payload));
    await settle(clock, a.socket().request({ eid: 9 }, counting(100), { type: 1 }));
    const expected = { rxPackets: 2, rxBytes: 109, rxMessages: 1, txPackets: 2, txBytes: 109, txMessages: 1 };
    for (const stack of [a, b]) {
      expect(stack.links()[0]!.counters).toMatchObject(expected);
      expect(stack.peerCounters()).toMatchObject([
        { counters: { rxMessages: 1, rxBytes: 101, txMessages: 1, txBytes: 101 } },
      ]);
    }
  });
});

describe('back-pressure', () => {
  it('send waits for room; noWait is told EAGAIN; too many waiting ENOBUFS; a signal ends the wait', async () => {
    const { mctp, link } = await oneStack({ limits: { queueMessages: 1, waiters: 2 } });
    link.answer = TRANSMIT.busy;
    const socket = mctp.socket();
    const options = { type: 1, reply: false };
    const abort = new AbortController();
    const first = socket.send({ eid: 9 }, data, options);
    const second = socket.send({ eid: 10 }, data, { ...options, signal: abort.signal });
    const third = socket.send({ eid: 11 }, data, options);
    await expect(socket.send({ eid: 12 }, data, { ...options, noWait: true })).rejects.toMatchObject({
      code: 'EAGAIN',
    });
    await expect(socket.send({ eid: 12 }, data, options)).rejects.toMatchObject({ code: 'ENOBUFS' });
    abort.abort();
    await expect(second).rejects.toMatchObject({ code: 'ECANCELED' });
    expect(await isSettled(third)).toBe(false);
    link.answer = TRANSMIT.sent;
    link.host.ready();
    await Promise.all([first, third]);
    expect(link.sent).toHaveLength(2);
    expect(mctp.links()[0]!.counters.queueFull).toBe(4);
  });

  it('a message that has begun is finished although its sender gave up', async () => {
    const { mctp, link } = await oneStack();
    link.answer = TRANSMIT.pending;
    const abort = new AbortController();
    const sent = mctp.socket().send({ eid: 9 }, counting(150), { type: 1, signal: abort.signal });
    abort.abort();
    await expect(sent).rejects.toMatchObject({ code: 'ECANCELED' });
    while (link.pending.length > 0) link.finish();
    expect(link.sent).toHaveLength(3);
  });
});

import { describe, expect, it } from 'vitest';
import { flush, isSettled, pass, settle, settleError } from '../../hw-fixtures/testing/virtual-time.js';
import { VirtualClock } from '../../stack/clock.js';
import { Peer, type TagOwner } from '../../stack/core/tags.js';
import { MctpError } from '../../stack/errors.js';
import { DEFAULT_LIMITS } from '../../stack/limits.js';
import { readHeader } from '../../stack/packet.js';
import { fromHex } from '../support/hex.js';
import { packet, ScriptedLink } from '../support/scripted-link.js';
import { type OneStack, oneStack } from '../support/stacks.js';

const owner = (): TagOwner => ({ expects: () => true, answerType: 1, isChoosy: true, deliver: () => true });
const EXPIRY = DEFAULT_LIMITS.tagExpiryMs;

function onePeer(): { clock: VirtualClock; peer: Peer } {
  const clock = new VirtualClock();
  return { clock, peer: new Peer('EID 9', clock, { ...DEFAULT_LIMITS, waiters: 3 }) };
}

describe('the tags of a peer', () => {
  it('are given out in rotation', () => {
    const { peer } = onePeer();
    const given: (number | undefined)[] = [];
    for (let i = 0; i < 10; i++) {
      const mine = owner();
      const tag = peer.acquire(mine);
      given.push(tag);
      peer.release(tag!, mine, false);
    }
    expect(given).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 0, 1]);
  });

  it('are eight, and the ninth asker is counted', () => {
    const { peer } = onePeer();
    const given = Array.from({ length: 9 }, () => peer.acquire(owner()));
    expect(given).toEqual([0, 1, 2, 3, 4, 5, 6, 7, undefined]);
    expect(peer.counters.tagsExhausted).toBe(1);
    expect(peer.idle).toBe(false);
  });

  it('rest when an answer may still come', () => {
    const { clock, peer } = onePeer();
    const mine = owner();
    const tag = peer.acquire(mine)!;
    peer.release(tag, mine, true);
    expect([peer.rests(tag), peer.ownerOf(tag), peer.idle]).toEqual([true, undefined, false]);
    // The seven others are taken, this one is not.
    for (let i = 0; i < 7; i++) expect(peer.acquire(owner())).not.toBe(tag);
    expect(peer.acquire(owner())).toBeUndefined();

    clock.advance(EXPIRY);

    expect(peer.rests(tag)).toBe(false);
    expect(peer.acquire(owner())).toBe(tag);
  });

  it('expire by themselves once told to', () => {
    const { clock, peer } = onePeer();
    const owners = Array.from({ length: 8 }, () => owner());
    const lost: number[] = [];
    for (const [i, one] of owners.entries()) {
      one.lost = () => lost.push(i);
      peer.expire(peer.acquire(one)!, one);
    }
    clock.advance(EXPIRY - 1);
    expect(peer.ownerOf(0)).toBe(owners[0]);
    expect(peer.acquire(owner())).toBeUndefined();
    clock.advance(1);
    expect(peer.ownerOf(0)).toBeUndefined();
    expect(peer.idle).toBe(true);
    expect(peer.acquire(owner())).toBe(0);
    expect(lost).toEqual([0]);
  });

  it('are only given back by who holds them', () => {
    const { clock, peer } = onePeer();
    const first = owner();
    peer.expire(peer.acquire(first)!, first);
    clock.advance(EXPIRY);
    for (let i = 0; i < 7; i++) peer.acquire(owner());
    const second = owner();
    expect(peer.acquire(second)).toBe(0);

    peer.release(0, first, false);
    peer.expire(0, first);

    expect(peer.ownerOf(0)).toBe(second);
    clock.advance(EXPIRY);
    expect(peer.ownerOf(0)).toBe(second);
  });

  it('in use under another name of the device are left alone while others are free', () => {
    const clock = new VirtualClock();
    const byAddress = new Peer('i2c/0x1d', clock, DEFAULT_LIMITS);
    const byEid = new Peer('EID 9', clock, DEFAULT_LIMITS);
    for (let i = 0; i < 3; i++) byAddress.acquire(owner());
    const given = Array.from({ length: 8 }, () => byEid.acquire(owner(), [byAddress]));
    expect(given).toEqual([3, 4, 5, 6, 7, 0, 1, 2]);
  });
});

describe('the line for a tag', () => {
  it('is served in order, as tags are given back', () => {
    const { peer } = onePeer();
    const owners = Array.from({ length: 8 }, () => owner());
    for (const one of owners) peer.acquire(one);
    const served: string[] = [];
    for (const name of ['first', 'second', 'third']) peer.whenFree(owner(), (tag) => served.push(`${name} ${tag}`));

    peer.release(5, owners[5]!, false);
    expect(served).toEqual(['first 5']);
    peer.release(2, owners[2]!, false);
    peer.release(3, owners[3]!, false);
    expect(served).toEqual(['first 5', 'second 2', 'third 3']);
  });

  it('is not jumped', () => {
    const { clock, peer } = onePeer();
    for (let i = 0; i < 8; i++) {
      const one = owner();
      peer.expire(peer.acquire(one)!, one);
    }
    let served: number | undefined;
    clock.advance(EXPIRY - 1);
    peer.whenFree(owner(), (tag) => {
      served = tag;
    });
    expect(peer.acquire(owner())).toBeUndefined();
    clock.advance(1);
    expect(served).toBe(0);
  });

  it('is woken when the first resting tag is free, without help', () => {
    const { clock, peer } = onePeer();
    const owners = Array.from({ length: 8 }, () => owner());
    for (const one of owners) peer.acquire(one);
    clock.advance(10);
    peer.release(4, owners[4]!, true);
    let servedAt = -1;
    peer.whenFree(owner(), () => {
      servedAt = clock.now();
    });
    clock.advance(100_000);
    expect(servedAt).toBe(10 + EXPIRY);
    expect(clock.pending).toBe(0);
  });

  it('can be left, and then no timer stays', () => {
    const { clock, peer } = onePeer();
    for (let i = 0; i < 8; i++) {
      const one = owner();
      peer.expire(peer.acquire(one)!, one);
    }
    let served = 0;
    const leave = peer.whenFree(owner(), () => served++);
    expect(clock.pending).toBe(1);
    leave();
    leave();
    expect(clock.pending).toBe(0);
    clock.advance(EXPIRY);
    expect(served).toBe(0);
  });

  it('has a bound', () => {
    const { peer } = onePeer();
    for (let i = 0; i < 8; i++) peer.acquire(owner());
    for (let i = 0; i < 3; i++) peer.whenFree(owner(), () => {});
    expect(() => peer.whenFree(owner(), () => {})).toThrow(expect.objectContaining({ code: 'ENOBUFS' }));
  });

  it('is sent home with an error when the peer is given up', () => {
    const { clock, peer } = onePeer();
    const one = owner();
    peer.expire(peer.acquire(one)!, one);
    for (let i = 0; i < 7; i++) peer.acquire(owner());
    const errors: unknown[] = [];
    peer.whenFree(owner(), (_, error) => errors.push(error?.code));
    peer.close(new MctpError('ECANCELED', 'closed'));
    expect(errors).toEqual(['ECANCELED']);
    expect(clock.pending).toBe(0);
  });

  it('is given up together with the tags: whoever has one is told that it is lost', () => {
    const { peer } = onePeer();
    const lost: string[] = [];
    const waiting: TagOwner = { ...owner(), lost: () => lost.push('waits for its answer') };
    const given: TagOwner = { ...owner(), lost: () => lost.push('allocated') };
    peer.expire(peer.acquire(waiting)!, waiting);
    peer.acquire(given);
    peer.release(peer.acquire(owner())!, owner(), true);
    peer.close(new MctpError('ECANCELED', 'closed'));
    expect(lost).toEqual(['waits for its answer', 'allocated']);
    expect([peer.idle, peer.heldTags]).toEqual([true, 0]);
  });
});

describe('tags of requests and messages', () => {
  const to = { eid: 9 };
  const data = Uint8Array.of(1, 2, 3);
  const answer = (tag: number): Uint8Array => packet({ to: false, tag }, '01 aa');
  const sentTags = (world: OneStack): number[] => world.link.takeSent().map((one) => readHeader(fromHex(one)).tag);

  it('eight requests go out, the ninth when one is answered', async () => {
    const world = await oneStack();
    const socket = world.mctp.socket();
    const requests = Array.from({ length: 9 }, () => socket.request(to, data, { type: 1, timeoutMs: 5000 }));
    expect(sentTags(world)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);

    world.link.inject(answer(6));
    await requests[6];

    expect(sentTags(world)).toEqual([6]);
    expect(world.mctp.peerCounters()[0]?.counters.tagsExhausted).toBe(1);
    for (const request of requests) request.catch(() => {});
    await world.mctp.close();
  });

  it('tags are per peer', async () => {
    const world = await oneStack();
    const socket = world.mctp.socket();
    for (let i = 0; i < 8; i++) void socket.send({ eid: 9 }, data, { type: 1 });
    void socket.send({ eid: 10 }, data, { type: 1 });
    expect(sentTags(world)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 0]);
  });

  it('EBUSY for who does not want to wait, ENOBUFS when too many do', async () => {
    const world = await oneStack({ limits: { waiters: 1 } });
    const socket = world.mctp.socket();
    for (let i = 0; i < 8; i++) await socket.send(to, data, { type: 1 });
    expect(await settleError(world.clock, socket.send(to, data, { type: 1, noWait: true }))).toMatchObject({
      code: 'EBUSY',
    });
    expect(await settleError(world.clock, socket.request(to, data, { type: 1, noWait: true }))).toMatchObject({
      code: 'EBUSY',
    });
    const waiting = socket.send(to, data, { type: 1 });
    await expect(socket.send(to, data, { type: 1 })).rejects.toMatchObject({ code: 'ENOBUFS' });
    await settle(world.clock, waiting);
  });

  it('a message nobody answers keeps its tag for the expiry time, from when it left', async () => {
    const world = await oneStack();
    const socket = world.mctp.socket();
    world.link.answer = 2;
    const sent = Array.from({ length: 8 }, () => socket.send(to, data, { type: 1 }));
    await pass(world.clock, 2 * EXPIRY);
    // Still in the queue: their tags must not go to others, however long it takes.
    await expect(socket.send(to, data, { type: 1, noWait: true })).rejects.toMatchObject({ code: 'EBUSY' });

    world.link.answer = 0;
    world.link.host.ready();
    await Promise.all(sent);
    expect(sentTags(world)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);

    await pass(world.clock, EXPIRY - 1);
    await expect(socket.send(to, data, { type: 1, noWait: true })).rejects.toMatchObject({ code: 'EBUSY' });
    await pass(world.clock, 1);
    await socket.send(to, data, { type: 1, noWait: true });
    expect(sentTags(world)).toEqual([0]);
  });

  it('who waits for a tag of messages still queued gets it when the first has expired', async () => {
    const world = await oneStack();
    const socket = world.mctp.socket();
    world.link.answer = 2;
    const sent = Array.from({ length: 9 }, () => socket.send(to, data, { type: 1 }));
    await pass(world.clock, 1_000);
    world.link.answer = 0;
    world.link.host.ready();
    await settle(world.clock, Promise.all(sent));
    expect(world.clock.now()).toBe(1_000 + EXPIRY);
    expect(sentTags(world)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 0]);
  });

  it('a datagram frees its tag when it has left', async () => {
    const world = await oneStack();
    const socket = world.mctp.socket();
    for (let i = 0; i < 20; i++) await socket.send(to, data, { type: 1, reply: false, noWait: true });
    expect(sentTags(world)).toHaveLength(20);
    expect(world.clock.pending).toBe(0);
  });

  it('the answer to a message frees its tag, a second answer is nobody’s', async () => {
    const world = await oneStack();
    const socket = world.mctp.socket();
    for (let i = 0; i < 8; i++) await socket.send(to, data, { type: 1 });
    world.link.inject(answer(3));
    world.link.inject(answer(3));
    expect((await socket.receive()).tag).toBe(3);
    expect(world.drops()).toEqual({ unknownTag: 1 });
    await socket.send(to, data, { type: 1, noWait: true });
    expect(sentTags(world).at(-1)).toBe(3);
  });

  it('an answer after expiry is dropped', async () => {
    const world = await oneStack();
    const socket = world.mctp.socket();
    await socket.send(to, data, { type: 1 });
    await pass(world.clock, EXPIRY);
    world.link.inject(answer(0));
    expect(world.drops()).toEqual({ unknownTag: 1 });
    expect(socket.counters.rxMessages).toBe(0);
  });

  it('a tag whose request was retried rests even when it was answered', async () => {
    const world = await oneStack();
    const socket = world.mctp.socket();
    const request = socket.request(to, data, { type: 1, timeoutMs: 100, retries: 1 });
    await pass(world.clock, 150);
    world.link.inject(answer(0));
    await request;
    // The answer to the other try:
    world.link.inject(answer(0));
    expect(world.drops()).toEqual({ lateReply: 1 });
    expect(world.mctp.peerCounters()[0]?.counters).toMatchObject({ lateReplies: 1, retries: 1, timeouts: 0 });
    // Eight more requests never meet that tag.
    const more = Array.from({ length: 8 }, () => socket.request(to, data, { type: 1, timeoutMs: 20_000 }));
    expect(sentTags(world)).toEqual([0, 0, 1, 2, 3, 4, 5, 6, 7]);
    for (const one of more) one.catch(() => {});
    await pass(world.clock, EXPIRY);
    expect(sentTags(world)).toEqual([0]);
    await world.mctp.close();
    expect(world.clock.pending).toBe(0);
  });

  it('abort while waiting for a tag: ECANCELED, the line moves up', async () => {
    const world = await oneStack();
    const socket = world.mctp.socket();
    for (let i = 0; i < 8; i++) await socket.send(to, data, { type: 1 });
    const abort = new AbortController();
    const first = socket.send(to, Uint8Array.of(0x11), { type: 1, signal: abort.signal });
    const second = socket.request(to, Uint8Array.of(0x22), { type: 1, timeoutMs: 60_000, signal: abort.signal });
    const third = socket.send(to, Uint8Array.of(0x33), { type: 1 });
    world.link.takeSent();

    abort.abort('enough');

    for (const outcome of await Promise.allSettled([first, second])) {
      expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'ECANCELED', cause: 'enough' } });
    }
    world.link.inject(answer(5));
    await third;
    expect(world.link.takeSent()).toEqual(['010908cd0133']);
  });

  it('a request cancelled before it began to leave leaves its tag free', async () => {
    const world = await oneStack();
    const socket = world.mctp.socket();
    world.link.answer = 2;
    const abort = new AbortController();
    const cancelled = Array.from({ length: 8 }, () => socket.request(to, data, { type: 1, signal: abort.signal }));
    abort.abort();
    for (const outcome of await Promise.allSettled(cancelled)) {
      expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'ECANCELED' } });
    }
    world.link.answer = 0;
    world.link.host.ready();
    await socket.send(to, data, { type: 1, noWait: true });
    expect(sentTags(world)).toHaveLength(1);
  });

  it('a request that waits for a tag also ends by its total time', async () => {
    const world = await oneStack();
    const socket = world.mctp.socket();
    for (let i = 0; i < 8; i++) socket.allocateTag(to);
    const error = await settleError(world.clock, socket.request(to, data, { type: 1, totalTimeoutMs: 300 }));
    expect(error).toMatchObject({ code: 'ETIMEDOUT' });
    expect(world.clock.now()).toBe(300);
  });
});

describe('allocated tags', () => {
  const to = { eid: 9 };
  const data = Uint8Array.of(7);
  const answer = (tag: number, body = '01 aa', src = 9): Uint8Array => packet({ to: false, tag, src }, body);

  it('are held until released, eight in all, and never expire', async () => {
    const { mctp, clock } = await oneStack();
    const socket = mctp.socket();
    const tags = Array.from({ length: 8 }, () => socket.allocateTag(to));
    clock.advance(10 * EXPIRY);
    expect(() => socket.allocateTag(to)).toThrow(expect.objectContaining({ code: 'EBUSY' }));
    socket.releaseTag(tags[2]!);
    expect(socket.allocateTag(to).value).toBe(2);
  });

  it('carry several answers, into the queue or to the request under way', async () => {
    const { mctp, clock, link } = await oneStack();
    const socket = mctp.socket();
    const tag = socket.allocateTag(to);
    await socket.send(to, data, { type: 1, tag });
    for (const body of ['01 a1', '01 a2']) link.inject(answer(tag.value, body));
    expect([...(await socket.receive()).payload, ...(await socket.receive()).payload]).toEqual([0xa1, 0xa2]);

    for (const body of ['01 b1', '01 b2']) {
      const request = socket.request(to, data, { type: 1, tag });
      link.inject(answer(tag.value, body));
      expect((await settle(clock, request)).payload[0]).toBe(Number.parseInt(body.slice(3), 16));
    }
    expect(link.takeSent().map((one) => readHeader(fromHex(one)).tag)).toEqual([0, 0, 0]);
  });

  it('one request at a time', async () => {
    const { mctp, link, clock } = await oneStack();
    const socket = mctp.socket();
    const tag = socket.allocateTag(to);
    const first = socket.request(to, data, { type: 1, tag });
    await expect(socket.request(to, data, { type: 1, tag })).rejects.toMatchObject({ code: 'EBUSY' });
    link.inject(answer(tag.value));
    await settle(clock, first);
  });

  it('are only good for the peer and the socket they were made for', async () => {
    const { mctp } = await oneStack();
    const socket = mctp.socket();
    const other = mctp.socket();
    const tag = socket.allocateTag(to);
    await expect(socket.send({ eid: 10 }, data, { type: 1, tag })).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(other.send(to, data, { type: 1, tag })).rejects.toMatchObject({ code: 'ENOENT' });
    expect(() => other.releaseTag(tag)).toThrow(expect.objectContaining({ code: 'ENOENT' }));
    socket.releaseTag(tag);
    expect(() => socket.releaseTag(tag)).toThrow(expect.objectContaining({ code: 'ENOENT' }));
    await expect(socket.send(to, data, { type: 1, tag })).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('answers from another EID are not for them', async () => {
    const { mctp, link, drops } = await oneStack();
    const socket = mctp.socket();
    const tag = socket.allocateTag(to);
    await socket.send(to, data, { type: 1, tag });
    link.inject(answer(tag.value, '01 aa', 10));
    expect(drops()).toEqual({ unknownTag: 1 });
    expect(socket.counters.rxMessages).toBe(0);
  });

  it('take the way of what is sent on them, also when the route has changed since', async () => {
    const { mctp, link, clock, drops } = await oneStack();
    const other = new ScriptedLink({ name: 'other' });
    mctp.addLink(other);
    await mctp.openLink('other');
    const socket = mctp.socket();
    const tag = socket.allocateTag(to);
    mctp.addRoute({ start: 9, link: 'other' });
    const request = socket.request(to, data, { type: 1, tag });
    link.inject(answer(tag.value, '01 bb'));
    expect(drops()).toEqual({ wrongPlace: 1 });
    other.inject(answer(tag.value));
    expect([...(await settle(clock, request)).payload]).toEqual([0xaa]);
    await socket.send(to, data, { type: 1, tag });
    other.inject(answer(tag.value, '01 cc'));
    expect([...(await socket.receive()).payload]).toEqual([0xcc]);
  });

  it('carry the answers to several messages, though the route has changed in between', async () => {
    const { mctp, link, drops } = await oneStack();
    const other = new ScriptedLink({ name: 'other' });
    mctp.addLink(other);
    await mctp.openLink('other');
    const socket = mctp.socket();
    const tag = socket.allocateTag(to);
    await socket.send(to, data, { type: 1, tag });
    mctp.addRoute({ start: 9, link: 'other' });
    await socket.send(to, data, { type: 1, tag });
    link.inject(answer(tag.value, '01 bb'));
    other.inject(answer(tag.value, '01 cc'));
    expect(drops()).toEqual({});
    expect([...(await socket.receive()).payload, ...(await socket.receive()).payload]).toEqual([0xbb, 0xcc]);
  });

  it('releasing cancels the request, and the tag rests as it may be answered', async () => {
    const { mctp, link, drops } = await oneStack();
    const socket = mctp.socket();
    const tag = socket.allocateTag(to);
    const request = socket.request(to, data, { type: 1, tag });
    socket.releaseTag(tag);
    await expect(request).rejects.toMatchObject({ code: 'ECANCELED' });
    link.inject(answer(tag.value));
    expect(drops()).toEqual({ lateReply: 1 });
  });

  it('released after all was answered they are free at once', async () => {
    const { mctp, link } = await oneStack();
    const socket = mctp.socket();
    const tag = socket.allocateTag(to);
    const request = socket.request(to, data, { type: 1, tag });
    link.inject(answer(tag.value));
    await request;
    socket.releaseTag(tag);
    const again = Array.from({ length: 8 }, () => socket.allocateTag(to));
    expect(again.map((one) => one.value).sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });

  it('closing the socket lets go of all its tags', async () => {
    const { mctp, clock, link, drops } = await oneStack();
    const socket = mctp.socket();
    for (let i = 0; i < 4; i++) socket.allocateTag(to);
    for (let i = 0; i < 4; i++) await socket.send(to, data, { type: 1 });
    socket.close();
    await flush();
    link.inject(answer(4));
    expect(drops()).toEqual({ lateReply: 1 });
    const next = mctp.socket();
    // Those that were never used are free, those that may be answered rest.
    for (let i = 0; i < 4; i++) next.allocateTag(to);
    expect(() => next.allocateTag(to)).toThrow(expect.objectContaining({ code: 'EBUSY' }));
    clock.advance(EXPIRY);
    for (let i = 0; i < 4; i++) next.allocateTag(to);
    expect(clock.pending).toBe(0);
  });

  it('waiting senders get the tag that is released', async () => {
    const { mctp, link } = await oneStack();
    const socket = mctp.socket();
    const tags = Array.from({ length: 8 }, () => socket.allocateTag(to));
    const sent = socket.send(to, data, { type: 1 });
    expect(await isSettled(sent)).toBe(false);
    socket.releaseTag(tags[4]!);
    await sent;
    expect(readHeader(fromHex(link.takeSent()[0]!)).tag).toBe(4);
  });
});

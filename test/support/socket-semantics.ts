/**
 * What a socket does, as cases against the message-level door alone. Every implementation of `Transport` proves itself
 * with the same table: our own stack, the kernel's AF_MCTP sockets, a shared daemon. A "world" says how to get there.
 */

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { MctpMessage, MctpSocket, SendOptions, Transport } from '../../stack/transport.js';
import { counting, hex } from './hex.js';

/** A message as the far side of the wire sees it, or makes it. */
export interface PeerMessage {
  /** The far side's EID. */
  readonly eid: number;
  readonly type: number;
  readonly integrityCheck: boolean;
  readonly tag: number;
  readonly tagOwner: boolean;
  readonly payload: Uint8Array;
}

/** The far side, under the hand of a test. It has two EIDs. */
export interface ScriptedPeer {
  readonly eid: number;
  readonly otherEid: number;
  /** The next message that arrived there; waits for one. */
  received(): Promise<PeerMessage>;
  /** Send a message to the transport under test. */
  send(message: Partial<PeerMessage> & Pick<PeerMessage, 'type'>): Promise<void>;
}

export interface SemanticsWorld {
  readonly transport: Transport;
  /** The EID of the transport under test, on `network`. */
  readonly eid: number;
  readonly network: number;
  readonly peer: ScriptedPeer;
  /** An EID no route leads to. */
  readonly unreachable: number;
  /** Longest payload of a message, without the type byte. */
  readonly longest: number;
  /** Await in the time of this world. */
  wait<T>(promise: Promise<T>): Promise<T>;
  /** Let time pass. */
  pass(ms: number): Promise<void>;
  close(): Promise<void>;
}

/** What not every implementation can do. */
export interface SemanticsFeatures {
  /** `connect` before `bind`. */
  readonly connect: boolean;
  /** A ninth message waits for a tag; without it the ninth fails with EBUSY at once. */
  readonly waitsForTags: boolean;
  /** Messages a socket keeps for its reader; undefined when bytes are what counts there. */
  readonly queuedMessages: number | undefined;
  /** How long an unanswered tag lives, ms; undefined when too long to wait for. */
  readonly tagExpiryMs: number | undefined;
}

const TYPE = 0x7e;
const OTHER_TYPE = 0x05;

/** What a promise rejects with; handled from the start, so that it may reject at any time. */
function failure(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => 'no failure',
    (error: unknown) => error,
  );
}

export function socketSemantics(name: string, features: SemanticsFeatures, open: () => Promise<SemanticsWorld>): void {
  describe(`sockets of ${name}`, () => {
    let world: SemanticsWorld;
    let peer: ScriptedPeer;
    const sockets: MctpSocket[] = [];

    beforeEach(async () => {
      world = await open();
      peer = world.peer;
    });

    afterEach(async () => {
      for (const socket of sockets.splice(0)) socket.close();
      await world.close();
    });

    const newSocket = (): MctpSocket => {
      const socket = world.transport.socket();
      sockets.push(socket);
      return socket;
    };
    const bound = (type = TYPE): MctpSocket => {
      const socket = newSocket();
      socket.bind({ type });
      return socket;
    };
    const toPeer = (): { eid: number; network: number } => ({ eid: peer.eid, network: world.network });
    const send = (socket: MctpSocket, payload: Uint8Array, options: SendOptions = {}): Promise<void> =>
      world.wait(socket.send(toPeer(), payload, { type: TYPE, ...options }));
    const receive = (socket: MctpSocket): Promise<MctpMessage> => world.wait(socket.receive({ timeoutMs: 2_000 }));
    const receivesNothing = async (socket: MctpSocket): Promise<void> => {
      await expect(world.wait(socket.receive({ timeoutMs: 100 }))).rejects.toMatchObject({ code: 'ETIMEDOUT' });
    };
    const answer = (request: PeerMessage, payload: Uint8Array, changes: Partial<PeerMessage> = {}): Promise<void> =>
      peer.send({ ...request, tagOwner: false, payload, ...changes });

    describe('a bound socket', () => {
      it('receives requests of its type, with everything the header says', async () => {
        const socket = bound();
        await peer.send({ type: TYPE, tag: 5, payload: counting(3) });
        const { payload, ...header } = await receive(socket);
        expect(hex(payload)).toBe('000102');
        expect(header).toMatchObject({
          network: world.network,
          source: peer.eid,
          destination: world.eid,
          type: TYPE,
          integrityCheck: false,
          tag: 5,
          tagOwner: true,
        });
      });

      it('receives nothing of another type', async () => {
        const socket = bound();
        await peer.send({ type: OTHER_TYPE });
        await receivesNothing(socket);
      });

      it('receives only what has the tag owner bit', async () => {
        const socket = bound();
        await peer.send({ type: TYPE, tagOwner: false, tag: 3 });
        await receivesNothing(socket);
      });

      it('matches the type on seven bits; the integrity check bit is told apart', async () => {
        const socket = bound();
        await peer.send({ type: TYPE, integrityCheck: true });
        expect(await receive(socket)).toMatchObject({ type: TYPE, integrityCheck: true });
      });

      it('keeps messages in their order until they are read', async () => {
        const socket = bound();
        for (let i = 0; i < 5; i++) await peer.send({ type: TYPE, payload: Uint8Array.of(i) });
        const order: (number | undefined)[] = [];
        for (let i = 0; i < 5; i++) order.push((await receive(socket)).payload[0]);
        expect(order).toEqual([0, 1, 2, 3, 4]);
      });

      it('owns the payload it is given', async () => {
        const socket = bound();
        await peer.send({ type: TYPE, payload: Uint8Array.of(1, 1) });
        const first = await receive(socket);
        await peer.send({ type: TYPE, payload: Uint8Array.of(2, 2) });
        await receive(socket);
        expect(hex(first.payload)).toBe('0101');
      });

      it('receives messages of many packets, and empty ones', async () => {
        const socket = bound();
        await peer.send({ type: TYPE, payload: counting(1000) });
        await peer.send({ type: TYPE, payload: new Uint8Array(0) });
        expect(hex((await receive(socket)).payload)).toBe(hex(counting(1000)));
        expect((await receive(socket)).payload).toHaveLength(0);
      });

      it('hears everybody', async () => {
        const socket = bound();
        await peer.send({ type: TYPE });
        await peer.send({ type: TYPE, eid: peer.otherEid });
        expect([(await receive(socket)).source, (await receive(socket)).source]).toEqual([peer.eid, peer.otherEid]);
      });
    });

    describe('bind', () => {
      it('one socket per type, EID and network', () => {
        bound();
        expect(() => bound()).toThrow(expect.objectContaining({ code: 'EADDRINUSE' }));
        bound(OTHER_TYPE);
      });

      it('once per socket', () => {
        const socket = bound();
        expect(() => socket.bind({ type: OTHER_TYPE })).toThrow(expect.objectContaining({ code: 'EADDRINUSE' }));
      });

      it('a type is free again when its socket is closed', async () => {
        bound().close();
        const socket = bound();
        await peer.send({ type: TYPE });
        expect((await receive(socket)).type).toBe(TYPE);
      });

      it('on our EID receives what is sent to it', async () => {
        const socket = newSocket();
        socket.bind({ type: TYPE, eid: world.eid, network: world.network });
        await peer.send({ type: TYPE });
        expect((await receive(socket)).destination).toBe(world.eid);
      });

      it('on another network receives nothing', async () => {
        const socket = newSocket();
        socket.bind({ type: TYPE, network: world.network + 1 });
        await peer.send({ type: TYPE });
        await receivesNothing(socket);
      });

      it('refuses what is not a type', () => {
        expect(() => newSocket().bind({ type: 0x80 })).toThrow(expect.objectContaining({ code: 'EINVAL' }));
      });
    });

    describe.runIf(features.connect)('connect', () => {
      it('restricts a socket to one peer', async () => {
        const socket = newSocket();
        socket.connect({ eid: peer.otherEid, type: TYPE });
        socket.bind({ type: TYPE });
        await peer.send({ type: TYPE });
        await peer.send({ type: TYPE, eid: peer.otherEid });
        expect((await receive(socket)).source).toBe(peer.otherEid);
        await receivesNothing(socket);
      });

      it('lets another socket have the rest', async () => {
        const one = newSocket();
        one.connect({ eid: peer.otherEid, type: TYPE });
        one.bind({ type: TYPE });
        const rest = bound();
        await peer.send({ type: TYPE });
        await peer.send({ type: TYPE, eid: peer.otherEid });
        expect((await receive(rest)).source).toBe(peer.eid);
        expect((await receive(one)).source).toBe(peer.otherEid);
      });

      it('only before bind, only once, only with the type that is bound', () => {
        const inUse = expect.objectContaining({ code: 'EADDRINUSE' });
        expect(() => bound().connect({ eid: peer.eid, type: TYPE })).toThrow(inUse);
        const socket = newSocket();
        socket.connect({ eid: peer.eid, type: TYPE });
        expect(() => socket.connect({ eid: peer.eid, type: TYPE })).toThrow(inUse);
        expect(() => socket.bind({ type: OTHER_TYPE })).toThrow(expect.objectContaining({ code: 'EINVAL' }));
      });
    });

    describe('send', () => {
      it('goes out with the tag owner bit, type and bytes', async () => {
        const socket = newSocket();
        await send(socket, counting(4), { type: OTHER_TYPE });
        expect(await world.wait(peer.received())).toMatchObject({
          eid: peer.eid,
          type: OTHER_TYPE,
          integrityCheck: false,
          tagOwner: true,
          payload: counting(4),
        });
      });

      it('sets the integrity check bit when told to', async () => {
        await send(newSocket(), counting(4), { integrityCheck: true });
        expect(await world.wait(peer.received())).toMatchObject({ type: TYPE, integrityCheck: true });
      });

      it('uses the type it is bound to', async () => {
        const socket = bound(OTHER_TYPE);
        await world.wait(socket.send(toPeer(), counting(1)));
        expect((await world.wait(peer.received())).type).toBe(OTHER_TYPE);
      });

      it('without a type: EINVAL', async () => {
        await expect(world.wait(newSocket().send(toPeer(), counting(1)))).rejects.toMatchObject({ code: 'EINVAL' });
      });

      it('the answer comes back to who asked, and to nobody else', async () => {
        const asker = newSocket();
        const other = newSocket();
        const listener = bound();
        await send(other, Uint8Array.of(2));
        const otherRequest = await world.wait(peer.received());
        await send(asker, Uint8Array.of(1));
        const request = await world.wait(peer.received());
        expect(request.tag).not.toBe(otherRequest.tag);

        await answer(request, Uint8Array.of(0xaa));

        expect(await receive(asker)).toMatchObject({ tagOwner: false, tag: request.tag, payload: Uint8Array.of(0xaa) });
        await receivesNothing(other);
        await receivesNothing(listener);
      });

      it('an answer from another EID is not an answer', async () => {
        const socket = newSocket();
        await send(socket, Uint8Array.of(1));
        const request = await world.wait(peer.received());
        await answer(request, Uint8Array.of(0xbb), { eid: peer.otherEid });
        await receivesNothing(socket);
      });

      it('an answer on another tag is not an answer', async () => {
        const socket = newSocket();
        await send(socket, Uint8Array.of(1));
        const request = await world.wait(peer.received());
        await answer(request, Uint8Array.of(0xbb), { tag: (request.tag + 1) & 7 });
        await receivesNothing(socket);
      });

      it('is answered once', async () => {
        const socket = newSocket();
        await send(socket, Uint8Array.of(1));
        const request = await world.wait(peer.received());
        await answer(request, Uint8Array.of(0xaa));
        await answer(request, Uint8Array.of(0xbb));
        expect((await receive(socket)).payload[0]).toBe(0xaa);
        await receivesNothing(socket);
      });

      it('to nowhere: EHOSTUNREACH', async () => {
        const sent = newSocket().send({ eid: world.unreachable, network: world.network }, counting(1), { type: TYPE });
        await expect(world.wait(sent)).rejects.toMatchObject({ code: 'EHOSTUNREACH' });
      });

      it('too long: EMSGSIZE; as long as may be: not', async () => {
        const socket = newSocket();
        await expect(send(socket, counting(world.longest + 1))).rejects.toMatchObject({ code: 'EMSGSIZE' });
        await send(socket, counting(world.longest));
        const { payload } = await world.wait(peer.received());
        expect(hex(payload)).toBe(hex(counting(world.longest)));
      });

      it('eight wait for an answer at a time; a ninth that does not want to wait is told EBUSY', async () => {
        const socket = newSocket();
        const tags = new Set<number>();
        for (let i = 0; i < 8; i++) {
          await send(socket, Uint8Array.of(i));
          tags.add((await world.wait(peer.received())).tag);
        }
        expect(tags.size).toBe(8);
        await expect(send(socket, Uint8Array.of(8), { noWait: true })).rejects.toMatchObject({ code: 'EBUSY' });
      });

      it.runIf(features.waitsForTags)('a ninth that waits goes out when a tag is free', async () => {
        const socket = newSocket();
        const requests: PeerMessage[] = [];
        for (let i = 0; i < 8; i++) {
          await send(socket, Uint8Array.of(i));
          requests.push(await world.wait(peer.received()));
        }
        const ninth = socket.send(toPeer(), Uint8Array.of(8), { type: TYPE });
        await answer(requests[3]!, Uint8Array.of(0xaa));
        await world.wait(ninth);
        expect(await world.wait(peer.received())).toMatchObject({ tag: requests[3]!.tag, payload: Uint8Array.of(8) });
      });

      it.runIf(features.tagExpiryMs !== undefined)('an answer later than the life of a tag is dropped', async () => {
        const socket = newSocket();
        await send(socket, Uint8Array.of(1));
        const request = await world.wait(peer.received());
        await world.pass(features.tagExpiryMs! + 100);
        await answer(request, Uint8Array.of(0xaa));
        await receivesNothing(socket);
      });
    });

    describe('reply', () => {
      it('goes to who asked, with its tag, without the owner bit', async () => {
        const socket = bound();
        for (const tag of [0, 6]) {
          await peer.send({ type: TYPE, tag, eid: peer.otherEid });
          await world.wait(socket.reply(await receive(socket), Uint8Array.of(0xcc)));
          expect(await world.wait(peer.received())).toMatchObject({
            eid: peer.otherEid,
            type: TYPE,
            tag,
            tagOwner: false,
            payload: Uint8Array.of(0xcc),
          });
        }
      });

      it('keeps the integrity check bit of the request', async () => {
        const socket = bound();
        await peer.send({ type: TYPE, integrityCheck: true });
        await world.wait(socket.reply(await receive(socket), Uint8Array.of(0xcc)));
        expect((await world.wait(peer.received())).integrityCheck).toBe(true);
      });

      it('is not for answers', async () => {
        const socket = newSocket();
        await send(socket, Uint8Array.of(1));
        await answer(await world.wait(peer.received()), Uint8Array.of(0xaa));
        const message = await receive(socket);
        await expect(world.wait(socket.reply(message, Uint8Array.of(1)))).rejects.toMatchObject({ code: 'EINVAL' });
      });
    });

    describe('request', () => {
      it('resolves with the answer', async () => {
        const socket = newSocket();
        const request = socket.request(toPeer(), Uint8Array.of(1), { type: TYPE });
        await answer(await world.wait(peer.received()), Uint8Array.of(0xaa));
        expect(await world.wait(request)).toMatchObject({
          source: peer.eid,
          tagOwner: false,
          payload: Uint8Array.of(0xaa),
        });
      });

      it('does not put the answer into the queue', async () => {
        const socket = bound();
        const request = socket.request(toPeer(), Uint8Array.of(1));
        await answer(await world.wait(peer.received()), Uint8Array.of(0xaa));
        await world.wait(request);
        await receivesNothing(socket);
      });

      it('many at once, answered in another order', async () => {
        const socket = newSocket();
        const requests = [1, 2, 3, 4].map((i) => socket.request(toPeer(), Uint8Array.of(i), { type: TYPE }));
        const seen: PeerMessage[] = [];
        for (let i = 0; i < 4; i++) seen.push(await world.wait(peer.received()));
        for (const message of seen.reverse())
          await answer(
            message,
            message.payload.map((byte) => byte | 0x80),
          );
        const answers = await world.wait(Promise.all(requests));
        expect(answers.map((message) => message.payload[0])).toEqual([0x81, 0x82, 0x83, 0x84]);
      });

      it('nobody answers: ETIMEDOUT, after the retries, which are the same bytes on the same tag', async () => {
        const socket = newSocket();
        const request = socket.request(toPeer(), Uint8Array.of(1), { type: TYPE, timeoutMs: 50, retries: 2 });
        await expect(world.wait(request)).rejects.toMatchObject({ code: 'ETIMEDOUT' });
        const tries: PeerMessage[] = [];
        for (let i = 0; i < 3; i++) tries.push(await world.wait(peer.received()));
        expect(tries[1]).toEqual(tries[0]);
        expect(tries[2]).toEqual(tries[0]);
        expect(socket.counters).toMatchObject({ timeouts: 1, retries: 2 });
      });

      it('accept decides what is an answer', async () => {
        const socket = newSocket();
        const request = socket.request(toPeer(), Uint8Array.of(1), {
          type: TYPE,
          accept: (message) => message.payload[0] === 0xaa,
        });
        const asked = await world.wait(peer.received());
        await answer(asked, Uint8Array.of(0xbb));
        await answer(asked, Uint8Array.of(0xaa));
        expect((await world.wait(request)).payload[0]).toBe(0xaa);
      });

      it('accept may ask for more time, but not forever', async () => {
        const socket = newSocket();
        const request = socket.request(toPeer(), Uint8Array.of(1), {
          type: TYPE,
          timeoutMs: 50,
          totalTimeoutMs: 300,
          accept: (message) => (message.payload[0] === 0 ? 200 : true),
        });
        const outcome = failure(request);
        const asked = await world.wait(peer.received());
        await answer(asked, Uint8Array.of(0));
        await world.pass(100);
        await answer(asked, Uint8Array.of(0));
        expect(await world.wait(outcome)).toMatchObject({ code: 'ETIMEDOUT' });
      });

      it('a signal cancels it', async () => {
        const socket = newSocket();
        const abort = new AbortController();
        const request = socket.request(toPeer(), Uint8Array.of(1), { type: TYPE, signal: abort.signal });
        const outcome = failure(request);
        await world.wait(peer.received());
        abort.abort('no more');
        expect(await world.wait(outcome)).toMatchObject({ code: 'ECANCELED', cause: 'no more' });
      });

      it('a signal that is aborted already sends nothing', async () => {
        const socket = newSocket();
        const signal = AbortSignal.abort('before');
        const request = socket.request(toPeer(), Uint8Array.of(1), { type: TYPE, signal });
        await expect(world.wait(request)).rejects.toMatchObject({ code: 'ECANCELED' });
        const sent = socket.send(toPeer(), Uint8Array.of(1), { type: TYPE, signal });
        await expect(world.wait(sent)).rejects.toMatchObject({ code: 'ECANCELED' });
        await send(socket, Uint8Array.of(2));
        expect((await world.wait(peer.received())).payload[0]).toBe(2);
      });
    });

    describe('allocated tags', () => {
      it('are used as told, and take any number of answers', async () => {
        const socket = newSocket();
        const tag = socket.allocateTag(toPeer());
        await send(socket, Uint8Array.of(1), { tag });
        const request = await world.wait(peer.received());
        expect(request).toMatchObject({ tag: tag.value, tagOwner: true });
        for (const body of [0xa1, 0xa2]) {
          await answer(request, Uint8Array.of(body));
          expect((await receive(socket)).payload[0]).toBe(body);
        }
        socket.releaseTag(tag);
      });

      it('are eight per peer', () => {
        const socket = newSocket();
        const values = Array.from({ length: 8 }, () => socket.allocateTag(toPeer()).value);
        expect(values.sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
        expect(() => socket.allocateTag(toPeer())).toThrow(expect.objectContaining({ code: 'EBUSY' }));
      });

      it('belong to one peer and one socket', async () => {
        const socket = newSocket();
        const tag = socket.allocateTag(toPeer());
        const notThere = socket.send({ eid: peer.otherEid, network: world.network }, counting(1), { type: TYPE, tag });
        await expect(world.wait(notThere)).rejects.toMatchObject({ code: 'ENOENT' });
        await expect(send(newSocket(), counting(1), { tag })).rejects.toMatchObject({ code: 'ENOENT' });
        expect(() => newSocket().releaseTag(tag)).toThrow(expect.objectContaining({ code: 'ENOENT' }));
      });

      it('released are no longer good', async () => {
        const socket = newSocket();
        const tag = socket.allocateTag(toPeer());
        socket.releaseTag(tag);
        expect(() => socket.releaseTag(tag)).toThrow(expect.objectContaining({ code: 'ENOENT' }));
        await expect(send(socket, counting(1), { tag })).rejects.toMatchObject({ code: 'ENOENT' });
      });
    });

    describe('receiving', () => {
      it('a handler gets what came before and what comes after', async () => {
        const socket = bound();
        await peer.send({ type: TYPE, payload: Uint8Array.of(1) });
        const seen: (number | undefined)[] = [];
        socket.onMessage((message) => seen.push(message.payload[0]));
        await peer.send({ type: TYPE, payload: Uint8Array.of(2) });
        await world.pass(20);
        expect(seen).toEqual([1, 2]);

        socket.onMessage(undefined);
        await peer.send({ type: TYPE, payload: Uint8Array.of(3) });
        expect((await receive(socket)).payload[0]).toBe(3);
        expect(seen).toEqual([1, 2]);
      });

      it('a handler that throws loses nothing but its own message', async () => {
        const socket = bound();
        const seen: (number | undefined)[] = [];
        socket.onMessage((message) => {
          seen.push(message.payload[0]);
          throw new Error('a bug in the handler');
        });
        for (const body of [1, 2]) await peer.send({ type: TYPE, payload: Uint8Array.of(body) });
        await world.pass(20);
        expect(seen).toEqual([1, 2]);
      });

      it('the socket is an async iterable that ends with it', async () => {
        const socket = bound();
        const seen: (number | undefined)[] = [];
        const reading = (async () => {
          for await (const message of socket) {
            seen.push(message.payload[0]);
            if (seen.length === 3) socket.close();
          }
        })();
        for (const body of [1, 2, 3]) await peer.send({ type: TYPE, payload: Uint8Array.of(body) });
        await world.wait(reading);
        expect(seen).toEqual([1, 2, 3]);
      });

      it('readers are served in their order', async () => {
        const socket = bound();
        const readers = [socket.receive(), socket.receive()];
        for (const body of [1, 2]) await peer.send({ type: TYPE, payload: Uint8Array.of(body) });
        expect((await world.wait(Promise.all(readers))).map((message) => message.payload[0])).toEqual([1, 2]);
      });

      it('a reader that gave up takes no message with it', async () => {
        const socket = bound();
        const abort = new AbortController();
        const cancelled = failure(socket.receive({ signal: abort.signal }));
        abort.abort();
        expect(await world.wait(cancelled)).toMatchObject({ code: 'ECANCELED' });
        await receivesNothing(socket);
        await peer.send({ type: TYPE, payload: Uint8Array.of(9) });
        await expect(world.wait(socket.receive({ signal: AbortSignal.abort() }))).rejects.toMatchObject({
          code: 'ECANCELED',
        });
        expect((await receive(socket)).payload[0]).toBe(9);
      });

      it.runIf(features.queuedMessages !== undefined)(
        'the queue is bounded: the newest are dropped and counted',
        async () => {
          const socket = bound();
          const most = features.queuedMessages!;
          for (let i = 0; i < most + 3; i++) await peer.send({ type: TYPE, payload: Uint8Array.of(i) });
          await world.pass(20);
          expect(socket.counters).toMatchObject({ rxDropped: 3, rxMessages: most });
          for (let i = 0; i < most; i++) expect((await receive(socket)).payload[0]).toBe(i & 0xff);
          await receivesNothing(socket);
        },
      );
    });

    describe('close', () => {
      it('cancels what is pending', async () => {
        const socket = bound();
        const outcomes = Promise.allSettled([
          socket.receive(),
          socket.request(toPeer(), Uint8Array.of(1), { timeoutMs: 5_000 }),
        ]);
        await world.wait(peer.received());
        socket.close();
        for (const outcome of await world.wait(outcomes)) {
          expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'ECANCELED' } });
        }
      });

      it('may be called twice; everything else says ENOTCONN', async () => {
        const socket = bound();
        socket.close();
        socket.close();
        const closed = { code: 'ENOTCONN' };
        expect(() => socket.bind({ type: TYPE })).toThrow(expect.objectContaining(closed));
        expect(() => socket.allocateTag(toPeer())).toThrow(expect.objectContaining(closed));
        await expect(world.wait(socket.receive())).rejects.toMatchObject(closed);
        await expect(send(socket, counting(1))).rejects.toMatchObject(closed);
        await expect(world.wait(socket.request(toPeer(), counting(1), { type: TYPE }))).rejects.toMatchObject(closed);
      });

      it('frees the tags, for others to use when no answer can come any more', async () => {
        const socket = newSocket();
        for (let i = 0; i < 8; i++) socket.allocateTag(toPeer());
        socket.close();
        expect(Array.from({ length: 8 }, () => newSocket().allocateTag(toPeer()).value)).toHaveLength(8);
      });

      it('an answer that comes afterwards reaches nobody', async () => {
        const socket = newSocket();
        await send(socket, Uint8Array.of(1));
        const request = await world.wait(peer.received());
        socket.close();
        const next = bound();
        await answer(request, Uint8Array.of(0xaa));
        await receivesNothing(next);
      });
    });

    it('counts', async () => {
      const socket = bound();
      await send(socket, counting(10), { reply: false });
      await world.wait(peer.received());
      await peer.send({ type: TYPE, payload: counting(20) });
      await receive(socket);
      const request = socket.request(toPeer(), counting(30));
      await answer(await world.wait(peer.received()), counting(40));
      await world.wait(request);
      expect(socket.counters).toEqual({
        rxMessages: 2,
        rxBytes: 60,
        txMessages: 2,
        txBytes: 40,
        rxDropped: 0,
        timeouts: 0,
        retries: 0,
      });
    });
  });
}

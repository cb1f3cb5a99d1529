import { describe, expect, it, vi } from 'vitest';
import { isSettled, pass, settle, settleError } from '../../hw-fixtures/testing/virtual-time.js';
import { MctpError } from '../../stack/errors.js';
import { TRANSMIT } from '../../stack/link.js';
import { counting } from '../support/hex.js';
import { packet } from '../support/scripted-link.js';
import { oneStack, twoStacks } from '../support/stacks.js';

const to = { eid: 9 };
const data = Uint8Array.of(1);
const answer = (tag = 0, body = '01 aa'): Uint8Array => packet({ to: false, tag }, body);

describe('the time of a request', () => {
  it('counts from when it is on the wire, per try', async () => {
    const { mctp, link, clock } = await oneStack();
    link.answer = TRANSMIT.pending;
    const request = mctp.socket().request(to, data, { type: 1, timeoutMs: 100 });
    await pass(clock, 5_000);
    expect(await isSettled(request)).toBe(false);
    link.finish();
    expect(await settleError(clock, request)).toMatchObject({ code: 'ETIMEDOUT' });
    expect(clock.now()).toBe(5_100);
  });

  it('is a second when nothing is said, and a minute in all', async () => {
    const { mctp, link, clock } = await oneStack();
    await settleError(clock, mctp.socket().request(to, data, { type: 1 }));
    expect(clock.now()).toBe(1_000);
    link.answer = TRANSMIT.busy;
    await settleError(clock, mctp.socket().request(to, data, { type: 1 }));
    expect(clock.now()).toBe(61_000);
  });

  it('runs while a retry waits for the link', async () => {
    const { mctp, link, clock } = await oneStack();
    const request = mctp.socket().request(to, data, { type: 1, timeoutMs: 100, retries: 3, totalTimeoutMs: 1_000 });
    link.answer = TRANSMIT.busy;
    expect(await settleError(clock, request)).toMatchObject({
      code: 'ETIMEDOUT',
      message: expect.stringContaining('2 tries'),
    });
    expect(clock.now()).toBe(1_000);
    link.answer = TRANSMIT.sent;
    link.host.ready();
    expect(link.sent).toHaveLength(1);
    expect(clock.pending).toBe(0);
  });

  it('leaves an answer which came while the process did not run the time to be read', async () => {
    const { mctp, link, clock } = await oneStack();
    let stoppedMs = 0;
    const now = clock.now.bind(clock);
    vi.spyOn(clock, 'now').mockImplementation(() => now() + stoppedMs);
    const socket = mctp.socket();
    const answered = socket.request(to, data, { type: 1, timeoutMs: 100, retries: 1 });
    stoppedMs = 50;
    clock.advance(100);
    clock.advance(49);
    link.inject(answer());
    expect((await answered).payload[0]).toBe(0xaa);
    const silent = socket.request(to, data, { type: 1, timeoutMs: 100 });
    stoppedMs += 3_600_000;
    clock.advance(100);
    expect(await isSettled(silent)).toBe(false);
    clock.advance(100);
    await expect(silent).rejects.toMatchObject({ code: 'ETIMEDOUT' });
    expect(link.sent).toHaveLength(2);
    expect(socket.counters).toMatchObject({ retries: 0, timeouts: 1 });
  });

  it('the sum of tries is bounded by the total', async () => {
    const { mctp, link, clock } = await oneStack();
    const request = mctp.socket().request(to, data, { type: 1, timeoutMs: 100, retries: 99, totalTimeoutMs: 350 });
    await settleError(clock, request);
    expect([clock.now(), link.sent.length]).toEqual([350, 4]);
  });
});

describe('answers', () => {
  it('to an earlier try end the request; the retry still queued is taken back', async () => {
    const { mctp, link, clock } = await oneStack();
    const socket = mctp.socket();
    const request = socket.request(to, data, { type: 1, timeoutMs: 100, retries: 1 });
    link.answer = TRANSMIT.busy;
    await pass(clock, 150);
    link.inject(answer());
    await request;
    link.answer = TRANSMIT.sent;
    link.host.ready();
    expect(link.sent).toHaveLength(1);
    expect(mctp.links()[0]!.counters.txCancelled).toBe(1);
    expect(socket.counters).toMatchObject({ txMessages: 1, rxMessages: 1, retries: 1, timeouts: 0 });
  });

  it('before the last packet left are answers all the same', async () => {
    const { mctp, link, clock } = await oneStack();
    link.answer = TRANSMIT.pending;
    const request = mctp.socket().request(to, counting(200), { type: 1 });
    link.inject(answer());
    expect((await request).payload[0]).toBe(0xaa);
    while (link.pending.length > 0) link.finish();
    expect(link.sent).toHaveLength(4);
    expect(clock.pending).toBe(0);
  });

  it('come as late as the peer asked for, also when it asks before the link has reported the request', async () => {
    const { mctp, link, clock } = await oneStack();
    link.answer = TRANSMIT.pending;
    const request = mctp.socket().request(to, data, {
      type: 1,
      timeoutMs: 100,
      accept: (message) => (message.payload[0] === 0 ? 5_000 : true),
    });
    link.inject(answer(0, '01 00'));
    link.finish();
    await pass(clock, 4_999);
    expect(await isSettled(request)).toBe(false);
    link.inject(answer());
    expect((await settle(clock, request)).payload[0]).toBe(0xaa);
  });

  it.each([Number.NaN, -5, 0])('more time of %s ms is none', async (more) => {
    const { mctp, link, clock } = await oneStack();
    const request = mctp.socket().request(to, data, { type: 1, timeoutMs: 100, accept: () => more });
    link.inject(answer());
    expect(await settleError(clock, request)).toMatchObject({ code: 'ETIMEDOUT' });
    expect(clock.now()).toBe(0);
  });

  it('that accept chokes on reject the request, not the link', async () => {
    const { mctp, link, clock } = await oneStack();
    const bug = new Error('a bug in the caller');
    const own = new MctpError('EBADMSG', 'does not decode');
    for (const [thrown, expected] of [
      [bug, { code: 'EPROTO', cause: bug }],
      [own, { code: 'EBADMSG' }],
    ] as const) {
      const request = mctp.socket().request(to, data, {
        type: 1,
        accept: () => {
          throw thrown;
        },
      });
      const outcome = settleError(clock, request);
      for (let tag = 0; tag < 8; tag++) link.inject(answer(tag));
      expect(await outcome).toMatchObject(expected);
    }
    expect(clock.pending).toBe(0);
  });

  it('of another type are not answers: they are late, and the request goes on', async () => {
    const { mctp, link, clock, drops } = await oneStack();
    const request = mctp.socket().request(to, data, { type: 1 });
    link.inject(answer(0, '05 aa'));
    expect(await isSettled(request)).toBe(false);
    expect(drops()).toEqual({ lateReply: 1 });
    link.inject(answer(0, '01 bb'));
    expect((await settle(clock, request)).payload).toEqual(Uint8Array.of(0xbb));
  });

  it('refused by accept are counted as late', async () => {
    const { mctp, link, clock, drops } = await oneStack();
    const request = mctp.socket().request(to, data, { type: 1, accept: (m) => m.payload[0] === 0xaa });
    link.inject(answer(0, '01 bb'));
    link.inject(answer());
    await settle(clock, request);
    expect(drops()).toEqual({ lateReply: 1 });
  });

  it('accept may close the socket', async () => {
    const { mctp, link, clock } = await oneStack();
    const socket = mctp.socket();
    const request = socket.request(to, data, {
      type: 1,
      accept: () => {
        socket.close();
        return true;
      },
    });
    link.inject(answer());
    expect(await settleError(clock, request)).toMatchObject({ code: 'ECANCELED' });
    expect(clock.pending).toBe(0);
  });
});

describe('what goes wrong on the wire', () => {
  it('a NACK is a NACK, at once', async () => {
    const { clock, wire, a } = await twoStacks({ addressSize: 1 });
    wire.faults = () => 'nack';
    const request = a.socket().request({ eid: 9 }, data, { type: 1, retries: 3 });
    expect(await settleError(clock, request)).toMatchObject({ code: 'ENACK' });
    expect(clock.now()).toBe(0);
    expect(a.peerCounters()[0]?.counters.timeouts).toBe(0);
  });

  it('a lost request and a lost answer are asked again', async () => {
    const { clock, wire, a, b } = await twoStacks();
    const server = b.socket();
    server.bind({ type: 1 });
    server.onMessage((message) => void server.reply(message, message.payload));
    wire.faults = (_, index) => (index === 0 || index === 2 ? 'drop' : 'deliver');
    const answered = await settle(clock, a.socket().request({ eid: 9 }, data, { type: 1, timeoutMs: 50, retries: 2 }));
    expect(answered.payload).toEqual(data);
    expect(clock.now()).toBe(100);
    expect(server.counters.rxMessages).toBe(2);
  });
});

/** The requester: instance ids, retries, matching, timing, cancelling (DSP0240 §7). */

import { describe, expect, it } from 'vitest';
import { flush, pass, settle, settleError } from '../../hw-fixtures/testing/virtual-time.js';
import { GetPLDMTypes, GetTID, SetTID } from '../../pldm/base/index.js';
import { pldmMessages } from '../../pldm/base/pldm-protocol.js';
import { CodecError } from '../../stack/codec/index.js';
import { CompletionCodeError, MctpError } from '../../stack/errors.js';
import { World } from './world.js';

const idOf = (hex: string): number => Number.parseInt(hex.slice(0, 2), 16) & 0x1f;

describe('instance ids', () => {
  it('are taken in turn, and never the one just used', async () => {
    const world = await World.make();
    const device = await world.scripted(9, (request) =>
      pldmMessages.encodeResponse(GetTID, request[0]! & 0x1f, { tid: 1 }),
    );
    for (let n = 0; n < 40; n++) await settle(world.clock, world.client.request({ eid: 9 }, GetTID, {}));
    expect(device.requests.map(idOf)).toEqual(Array.from({ length: 40 }, (_, n) => n % 32));
  });

  it('are counted apart for each responder', async () => {
    const world = await World.make();
    const script = (request: Uint8Array) => pldmMessages.encodeResponse(GetTID, request[0]! & 0x1f, { tid: 1 });
    const devices = [await world.scripted(9, script), await world.scripted(10, script)];
    for (const eid of [9, 10, 9, 10]) await settle(world.clock, world.client.request({ eid }, GetTID, {}));
    // Each begins with an id of its own, and goes on from there.
    for (const { requests } of devices) expect(idOf(requests[1]!)).toBe(idOf(requests[0]!) + 1);
    expect(devices.map(({ requests }) => requests.length)).toEqual([2, 2]);
  });

  it('retry-new-instance-id: a retry keeps its id and bytes', async () => {
    const world = await World.make();
    const device = await world.scripted(9, (request, count) =>
      count < 3 ? undefined : pldmMessages.encodeResponse(GetTID, request[0]! & 0x1f, { tid: 7 }),
    );
    expect(await settle(world.clock, world.client.request({ eid: 9 }, GetTID, {}))).toMatchObject({ tid: 7 });
    expect(device.requests).toEqual(['800002', '800002', '800002']);
    expect(world.clock.now()).toBe(4000);
  });

  it('rest after a request that was not answered, and none is left out forever', async () => {
    const world = await World.make({ retries: 0, timeoutMs: 100 });
    const device = await world.scripted(9, () => undefined);
    for (let n = 0; n < 33; n++) {
      const error = await settleError(world.clock, world.client.request({ eid: 9 }, GetTID, {}));
      expect(error).toMatchObject({ code: 'ETIMEDOUT' });
    }
    const ids = device.requests.map(idOf);
    expect(new Set(ids.slice(0, 32)).size).toBe(32);
    // The first one was used 3.3 s before, so it had to rest on to 6 s after its end.
    expect(ids[32]).toBe(0);
    expect(world.clock.now()).toBeGreaterThanOrEqual(6000);
  });

  it('late-reply-to-next-request: a late answer is not taken for the next', async () => {
    const world = await World.make({ retries: 0, timeoutMs: 100 });
    const device = await world.scripted(9, () => undefined);
    await settleError(world.clock, world.client.request({ eid: 9 }, GetTID, {}));
    const second = world.client.request({ eid: 9 }, GetTID, {});
    await flush();
    device.answer(0, pldmMessages.encodeResponse(GetTID, 0, { tid: 99 }));
    device.answer(1, pldmMessages.encodeResponse(GetTID, 1, { tid: 2 }));
    expect(await settle(world.clock, second)).toMatchObject({ tid: 2 });
  });
});

describe('answers', () => {
  it('of another id, type or command, requests and short ones are counted and passed over', async () => {
    const world = await World.make();
    await world.scripted(9, () => [
      pldmMessages.encodeResponse(GetTID, 5, { tid: 1 }),
      pldmMessages.encodeResponse(GetPLDMTypes, 0, { pldmTypes: '0100000000000000' }),
      Uint8Array.of(0x80, 0, 2, 0, 3),
      Uint8Array.of(0, 4, 2, 0, 3),
      Uint8Array.of(0, 0x42, 2, 0, 3),
      Uint8Array.of(0, 0, 2),
      Uint8Array.of(),
      pldmMessages.encodeResponse(GetTID, 0, { tid: 3 }),
    ]);
    expect(await settle(world.clock, world.client.request({ eid: 9 }, GetTID, {}))).toMatchObject({ tid: 3 });
    expect(world.client.counters.mismatched).toBe(7);
  });

  it('always with a wrong instance id end in a timeout, not in a wrong answer', async () => {
    const world = await World.make();
    const device = await world.scripted(9, (request) =>
      pldmMessages.encodeResponse(GetTID, (request[0]! + 1) & 0x1f, { tid: 9 }),
    );
    const error = await settleError(world.clock, world.client.request({ eid: 9 }, GetTID, {}));
    expect(error).toMatchObject({ code: 'ETIMEDOUT' });
    expect((error as Error).message).toContain('GetTID');
    expect(device.requests).toHaveLength(3);
    expect(world.client.counters.mismatched).toBe(3);
  });

  it('short-error-response: a completion code alone is enough', async () => {
    const world = await World.make();
    await world.scripted(9, (request) => Uint8Array.of(request[0]! & 0x1f, 0, 2, 0x01));
    const error = await settleError(world.clock, world.client.request({ eid: 9 }, GetTID, {}));
    expect(error).toBeInstanceOf(CompletionCodeError);
    expect((error as Error).message).toBe('GetTID was answered with ERROR (0x01)');
    expect(await settle(world.clock, world.client.exchange({ eid: 9 }, GetTID, {}))).toEqual({ completionCode: 1 });
  });

  it('that are malformed are an error at once', async () => {
    const world = await World.make();
    await world.scripted(9, (request) => Uint8Array.of(request[0]! & 0x1f, 0, 2, 0, 1, 2));
    const error = await settleError(world.clock, world.client.request({ eid: 9 }, GetTID, {}));
    expect(error).toBeInstanceOf(CodecError);
    expect(world.clock.now()).toBe(0);
    expect(world.client.counters.undecodable).toBe(1);
  });

  it('ERROR_NOT_READY is asked again with a new id, so many times', async () => {
    const world = await World.make({ notReadyRetries: 2, notReadyDelayMs: 250 });
    const device = await world.scripted(9, (request) => Uint8Array.of(request[0]! & 0x1f, 0, 2, 4));
    const error = await settleError(world.clock, world.client.request({ eid: 9 }, GetTID, {}));
    expect(error).toMatchObject({ completionCode: 4 });
    expect(device.requests.map(idOf)).toEqual([0, 1, 2]);
    expect(world.clock.now()).toBe(500);
  });
});

describe('timing', () => {
  it('pldm-timeout-too-short: a call may wait longer than the default', async () => {
    const world = await World.make();
    const device = await world.scripted(9, () => undefined);
    const call = world.client.request({ eid: 9 }, GetTID, {}, { timeoutMs: 20_000, retries: 0 });
    await pass(world.clock, 15_000);
    device.answer(0, pldmMessages.encodeResponse(GetTID, 0, { tid: 4 }));
    expect(await settle(world.clock, call)).toMatchObject({ tid: 4 });
  });

  it('min-gap-between-commands: a pause after each request to one responder, not between responders', async () => {
    const world = await World.make({ minGapMs: 50 });
    const script = (request: Uint8Array) => pldmMessages.encodeResponse(GetTID, request[0]! & 0x1f, { tid: 1 });
    await world.scripted(9, script);
    await world.scripted(10, script);
    const ends: string[] = [];
    const calls = [9, 9, 10, 9].map((eid) =>
      world.client.request({ eid }, GetTID, {}).then(() => ends.push(`${eid} at ${world.clock.now()}`)),
    );
    await settle(world.clock, Promise.all(calls));
    expect(ends).toEqual(['9 at 0', '10 at 0', '9 at 50', '9 at 100']);
  });

  it('many termini at once, each in its own time', async () => {
    const world = await World.make();
    for (let eid = 9; eid < 49; eid++) {
      const script = (request: Uint8Array, count: number) =>
        eid % 2 === 0 && count === 1
          ? undefined
          : pldmMessages.encodeResponse(GetTID, request[0]! & 0x1f, { tid: eid });
      await world.scripted(eid, script);
    }
    const calls = Array.from({ length: 40 }, (_, n) => world.client.request({ eid: n + 9 }, GetTID, {}));
    const tids = (await settle(world.clock, Promise.all(calls))).map(({ tid }) => tid);
    expect(tids).toEqual(Array.from({ length: 40 }, (_, n) => n + 9));
    // The silent half cost one wait in all, not one each.
    expect(world.clock.now()).toBe(2000);
  });
});

describe('ending', () => {
  it('by AbortSignal, while waiting for an answer and while waiting for a turn', async () => {
    const world = await World.make();
    const device = await world.scripted(9, () => undefined);
    const first = new AbortController();
    const second = new AbortController();
    const calls = [first, second].map(({ signal }) => world.client.request({ eid: 9 }, GetTID, {}, { signal }));
    await flush();
    second.abort();
    expect(await settleError(world.clock, calls[1]!)).toMatchObject({ code: 'ECANCELED' });
    first.abort();
    expect(await settleError(world.clock, calls[0]!)).toMatchObject({ code: 'ECANCELED' });
    expect(device.requests).toHaveLength(1);
    expect(world.clock.now()).toBe(0);
  });

  it('by close: everything that is under way fails', async () => {
    const world = await World.make();
    await world.scripted(9, () => undefined);
    const calls = [1, 2, 3].map(() => world.client.request({ eid: 9 }, GetTID, {}));
    const ends = Promise.allSettled(calls);
    await flush();
    world.client.close();
    for (const end of await ends) expect(end).toMatchObject({ status: 'rejected', reason: { code: 'ECANCELED' } });
  });

  it('with ENOBUFS when too many wait', async () => {
    const world = await World.make({ maxWaiting: 2 });
    await world.scripted(9, () => undefined);
    const calls = [1, 2, 3, 4].map(() => world.client.request({ eid: 9 }, GetTID, {}));
    expect(await settleError(world.clock, calls[3]!)).toMatchObject({ code: 'ENOBUFS' });
    world.client.close();
    await Promise.allSettled(calls);
  });

  it('a request that cannot be encoded never leaves, and keeps no id', async () => {
    const world = await World.make();
    const device = await world.scripted(9, (request) => pldmMessages.encodeResponse(SetTID, request[0]! & 0x1f, {}));
    const error = await settleError(world.clock, world.client.request({ eid: 9 }, SetTID, { tid: 0 }));
    expect(MctpError.is(error, 'EINVAL')).toBe(true);
    await settle(world.clock, world.client.request({ eid: 9 }, SetTID, { tid: 1 }));
    expect(device.requests).toEqual(['80000101']);
  });
});

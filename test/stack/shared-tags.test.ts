/** A device that is asked by its EID and by its physical address at the same time has eight tags, not twice eight. */

import { describe, expect, it } from 'vitest';
import { pass } from '../../hw-fixtures/testing/virtual-time.js';
import { DEFAULT_LIMITS } from '../../stack/limits.js';
import { readHeader } from '../../stack/packet.js';
import { fromHex } from '../support/hex.js';
import { packet } from '../support/scripted-link.js';
import { type OneStack, oneStack } from '../support/stacks.js';

const DATA = Uint8Array.of(1, 2, 3);
const EXPIRY = DEFAULT_LIMITS.tagExpiryMs;

async function device() {
  const world = await oneStack({ addressSize: 1, ownAddress: '08' });
  const byPlace = { eid: 0, link: world.link.name, physicalAddress: '09' };
  return { ...world, socket: world.mctp.socket(), byEid: { eid: 9 }, byPlace };
}

const sentTags = ({ link }: Pick<OneStack, 'link'>): number[] =>
  link.takeSent().map((one) => readHeader(fromHex(one)).tag);
const answer = (tag: number, body: string): Uint8Array => packet({ to: false, tag }, body);
const told = (request: Promise<{ readonly payload: Uint8Array }>): Promise<string> =>
  request.then(
    ({ payload }) => `answer ${payload[0]}`,
    (error: { code: string }) => error.code,
  );

describe('when all eight tags of a device are in use by its EID', () => {
  it('a request to its physical address does not get, nor lose to another, an answer that cannot be told apart', async () => {
    const world = await device();
    const { socket, byEid, byPlace, link, mctp } = world;
    const requests = Array.from({ length: 8 }, () => told(socket.request(byEid, DATA, { type: 1, timeoutMs: 5000 })));
    requests.push(told(socket.request(byPlace, DATA, { type: 1, timeoutMs: 5000 })));
    const tags = sentTags(world);
    expect(tags).toHaveLength(8);
    // The device answers the last one first.
    for (let i = tags.length - 1; i >= 0; i--) link.inject(answer(tags[i]!, `01 0${i}`), '09');
    const [last, ...rest] = sentTags(world);
    if (last !== undefined) link.inject(answer(last, '01 08'), '09');
    expect(rest).toEqual([]);
    expect(await Promise.all(requests)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8].map((i) => `answer ${i}`));
    await mctp.close();
  });

  it('by messages that nobody answers, the answer of another type to a request goes to the request', async () => {
    const world = await device();
    const { socket, byEid, byPlace, link, mctp } = world;
    for (let i = 0; i < 8; i++) await socket.send(byEid, DATA, { type: 1 });
    const request = told(socket.request(byPlace, Uint8Array.of(0x80, 2), { type: 0, timeoutMs: 100 }));
    const tag = sentTags(world)[8]!;
    link.inject(answer(tag, '00 07'), '09');
    await pass(world.clock, 200);
    expect(await request).toBe('answer 7');
    expect(socket.counters.rxMessages).toBe(1);
    await mctp.close();
  });

  it('and rest, as late answers may come, a request to its physical address waits until they are free', async () => {
    const world = await device();
    const { socket, byEid, byPlace, link, mctp } = world;
    const silent = Array.from({ length: 8 }, () => told(socket.request(byEid, DATA, { type: 1, timeoutMs: 100 })));
    await pass(world.clock, 100);
    expect(new Set(await Promise.all(silent))).toEqual(new Set(['ETIMEDOUT']));
    sentTags(world);
    const request = told(socket.request(byPlace, DATA, { type: 1, timeoutMs: 1000 }));
    for (let tag = 0; tag < 8; tag++) link.inject(answer(tag, '01 01'), '09');
    await pass(world.clock, EXPIRY - 1);
    expect(sentTags(world)).toEqual([]);
    await pass(world.clock, 1);
    const [tag] = sentTags(world);
    link.inject(answer(tag!, '01 02'), '09');
    expect(await request).toBe('answer 2');
    await mctp.close();
    expect(world.clock.pending).toBe(0);
  });

  it('a request that can tell its answer, or waits for another type, does not wait', async () => {
    const world = await device();
    const { socket, byEid, byPlace, link, mctp } = world;
    const accept = (first: number) => (message: { readonly payload: Uint8Array }) => message.payload[0] === first;
    const requests = Array.from({ length: 8 }, (_, i) =>
      told(socket.request(byEid, DATA, { type: 1, timeoutMs: 5000, accept: accept(i) })),
    );
    requests.push(told(socket.request(byPlace, DATA, { type: 1, timeoutMs: 5000, accept: accept(8) })));
    requests.push(told(socket.request(byPlace, DATA, { type: 2, timeoutMs: 5000 })));
    const tags = sentTags(world);
    expect(tags).toHaveLength(10);
    for (let i = 9; i >= 0; i--) link.inject(answer(tags[i]!, `${i === 9 ? '02' : '01'} 0${i}`), '09');
    expect(await Promise.all(requests)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9].map((i) => `answer ${i}`));
    await mctp.close();
  });
});

describe('when all eight tags of a device are in use by its physical address', () => {
  it('a message to its EID waits for one which is given back, and one that is given up leaves nothing behind', async () => {
    const world = await device();
    const { socket, byEid, byPlace, link, mctp } = world;
    const requests = Array.from({ length: 8 }, () => told(socket.request(byPlace, DATA, { type: 1, timeoutMs: 5000 })));
    expect(sentTags(world)).toHaveLength(8);
    const patience = new AbortController();
    const given = told(socket.request(byEid, DATA, { type: 1, signal: patience.signal }));
    patience.abort();
    expect(await given).toBe('ECANCELED');
    const sent = socket.send(byEid, DATA, { type: 1 });
    expect(sentTags(world)).toEqual([]);
    link.inject(answer(5, '01 05'), '09');
    await sent;
    expect(sentTags(world)).toEqual([5]);
    expect(await requests[5]).toBe('answer 5');
    link.inject(answer(5, '01 06'), '09');
    expect((await socket.receive()).payload[0]).toBe(6);
    await mctp.close();
    await Promise.all(requests);
    expect(world.clock.pending).toBe(0);
  });
});

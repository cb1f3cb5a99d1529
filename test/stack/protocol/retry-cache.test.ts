/** What a responder remembers of its requesters is bounded, in requests and in bytes. */

import { expect, it } from 'vitest';
import { VirtualClock } from '../../../stack/clock.js';
import { RetryCache } from '../../../stack/protocol/retry-cache.js';

const EXPIRY_MS = 6000;
const KIB = 1024;

function scene({ requesters = 4, window = 1 } = {}) {
  const cache = new RetryCache(new VirtualClock(), EXPIRY_MS, requesters, window);
  const bytesOf = (id: number, length = 4): Uint8Array => new Uint8Array(length).fill(id);
  /** A new request, answered with so many bytes. */
  const ask = (requester: string, id: number, { length = 4, answer = 4 } = {}): void => {
    expect(cache.find(requester, id, bytesOf(id, length))).toBeUndefined();
    cache.answered(requester, cache.remember(requester, id, bytesOf(id, length)), new Uint8Array(answer), true);
  };
  const knows = (requester: string, id: number, length = 4): boolean =>
    cache.find(requester, id, bytesOf(id, length)) !== undefined;
  return { ask, knows };
}

it('of one requester, so many requests', () => {
  const { ask, knows } = scene({ window: 3 });
  for (const id of [0, 1, 2, 3]) ask('a', id);
  expect([1, 2, 3].map((id) => knows('a', id))).toEqual([true, true, true]);
  expect(knows('a', 0)).toBe(false);
});

it('so many requesters: who was heard of longest ago is forgotten', () => {
  const { ask, knows } = scene({ requesters: 2 });
  ask('a', 1);
  ask('b', 1);
  ask('a', 2);
  ask('c', 1);
  expect([knows('a', 2), knows('c', 1), knows('b', 1)]).toEqual([true, true, false]);
});

it('1 MiB of requests and answers together: those of who was heard of longest ago go first', () => {
  const { ask, knows } = scene({ requesters: 64, window: 16 });
  const large = { length: 30 * KIB, answer: 30 * KIB };
  for (let n = 0; n < 20; n++) ask(`r${n}`, 1, large);
  const known = Array.from({ length: 20 }, (_, n) => knows(`r${n}`, 1, large.length));
  expect(known.filter((one) => one)).toHaveLength(17);
  expect(known.slice(3).every((one) => one)).toBe(true);
});

it('what came last is kept, whatever its length', () => {
  const { ask, knows } = scene();
  ask('a', 1, { length: 1500 * KIB });
  expect(knows('a', 1, 1500 * KIB)).toBe(true);
});

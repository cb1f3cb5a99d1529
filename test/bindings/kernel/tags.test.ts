import { constants } from 'node:os';
import { describe, expect, it } from 'vitest';
import { SocketTags, TagQueue } from '../../../bindings/kernel/kernel-tags.js';
import { VirtualClock } from '../../../stack/clock.js';
import type { MctpMessage } from '../../../stack/transport.js';
import { FakeKernel } from './fake-kernel.js';

const { EBUSY, EINVAL } = constants.errno;
const PEER = { network: 1, eid: 9, name: 'EID 9' };
const ANYBODY = { network: 1, eid: 0, name: 'kernel:mctpi2c0/0x1d' };
const answer = (source: number, tag: number) => ({ network: 1, source, tag }) as MctpMessage;

function scene() {
  const libc = new FakeKernel();
  const clock = new VirtualClock();
  let released = 0;
  const tags = new SocketTags({ libc, clock, tagReleased: () => released++ }, 5);
  return { libc, clock, tags, released: () => released };
}

describe('preallocated tags', () => {
  it('are found by network, source and value; those for anybody by network and value', () => {
    const { tags } = scene();
    const tag = tags.allocate(PEER);
    expect(tag.sendBits).toBe(0x18);
    expect(tags.find(answer(9, 0))).toBe(tag);
    expect(tags.find(answer(10, 0))).toBeUndefined();
    expect(tags.find(answer(9, 1))).toBeUndefined();
    const any = tags.allocate(ANYBODY);
    expect(tags.find(answer(10, 0))).toBe(any);
    expect(tags.find(answer(9, 0))).toBe(tag);
  });

  it('fall back to the call of older kernels, on the default network', () => {
    const { libc, tags } = scene();
    libc.failures['89e2'] = [EINVAL, EINVAL];
    expect(tags.allocate(PEER).value).toBe(1);
    expect(() => tags.allocate({ ...PEER, network: 2 })).toThrow(expect.objectContaining({ code: 'ENOTSUP' }));
  });

  it('without either call: ENOTSUP, with the version that has them; without a tag: EBUSY', () => {
    const { libc, tags } = scene();
    libc.failures['89e2'] = [EINVAL, EBUSY];
    libc.failures['89e0'] = [EINVAL];
    expect(() => tags.allocate(PEER)).toThrow(/5\.18/);
    expect(() => tags.allocate(PEER)).toThrow(expect.objectContaining({ code: 'EBUSY' }));
  });

  it('rest before they are released, and answers on them reach nobody', () => {
    const { clock, libc, tags, released } = scene();
    const tag = tags.allocate(PEER);
    tag.answers = 'queue';
    tags.rest(tag, 6_000);
    expect(tags.find(answer(9, 0))?.answers).toBe('nobody');
    clock.advance(5_999);
    expect(released()).toBe(0);
    clock.advance(1);
    expect(released()).toBe(1);
    expect(libc.calls).toEqual(['89e2', '89e3']);
    expect(clock.pending).toBe(0);
  });

  it('for datagrams are kept from one to the next, and released after the last', () => {
    const { clock, libc, tags } = scene();
    const tag = tags.datagram(PEER);
    clock.advance(900);
    expect(tags.datagram(PEER)).toBe(tag);
    clock.advance(900);
    expect(libc.calls).toEqual(['89e2']);
    clock.advance(100);
    expect(libc.calls).toEqual(['89e2', '89e3']);
  });

  it('cleared leave no timer', () => {
    const { clock, tags } = scene();
    tags.datagram(PEER);
    tags.rest(tags.allocate(ANYBODY), 6_000);
    tags.clear();
    expect(clock.pending).toBe(0);
  });
});

describe('waiting for tags', () => {
  it('tries from time to time, in order per peer, and stops when nobody waits', () => {
    const clock = new VirtualClock();
    const queue = new TagQueue(clock, 10);
    let free = 0;
    const served: string[] = [];
    const wait = (peer: string, name: string) =>
      queue.add(peer, () => {
        if (free === 0) return false;
        free--;
        served.push(name);
        return true;
      });
    wait('1:9', 'a');
    wait('1:9', 'b');
    wait('1:10', 'c');
    clock.advance(100);
    expect(served).toEqual([]);
    free = 1;
    clock.advance(20);
    expect(served).toEqual(['a']);
    free = 5;
    queue.poke();
    expect(served).toEqual(['a', 'b', 'c']);
    expect(queue.waits('1:9')).toBe(false);
    expect(clock.pending).toBe(0);
  });

  it('is bounded, and can be left', () => {
    const clock = new VirtualClock();
    const queue = new TagQueue(clock, 2);
    const leave = queue.add('1:9', () => false);
    queue.add('1:9', () => false);
    expect(() => queue.add('1:9', () => false)).toThrow(expect.objectContaining({ code: 'ENOBUFS' }));
    leave();
    leave();
    queue.add('1:9', () => false)();
    expect(queue.waits('1:9')).toBe(true);
  });
});

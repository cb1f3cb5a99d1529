import { expect, it } from 'vitest';
import { Reassembler } from '../../stack/core/reassembly.js';
import type { Receiver } from '../../stack/core/receiver.js';
import { newDropCounters } from '../../stack/counters.js';
import { VirtualClock } from '../../stack/index.js';
import { DEFAULT_LIMITS } from '../../stack/limits.js';
import { counting } from '../support/hex.js';
import { packet } from '../support/scripted-link.js';

it('a message of 64 KiB is given room a few times, and not for every packet: each time copies all that has come', () => {
  const clock = new VirtualClock();
  const lengths: number[] = [];
  const reassembler = new Reassembler(clock, { ...DEFAULT_LIMITS }, newDropCounters(), {
    admit: () => ({}) as Receiver,
    deliver: (_receiver, _type, payload) => lengths.push(payload.length),
  });
  const rooms = new Set<number>();
  const send = (seq: number, fields: object, size: number): void => {
    const bytes = packet({ seq: seq & 3, som: false, eom: false, ...fields }, counting(size));
    expect(reassembler.packet(bytes, 0, bytes.length, '')).toBeUndefined();
    rooms.add(reassembler.bytes);
  };
  send(0, { som: true }, 64);
  for (let index = 1; index < 1023; index++) send(index, {}, 64);
  send(1023, { eom: true }, 64);
  expect(lengths).toEqual([65_535]);
  expect(rooms.size).toBeLessThan(15);
  reassembler.clear();
});

import { describe, expect, it } from 'vitest';
import { InstanceIds } from '../../../bindings/shared/server/instance-ids.js';
import { VirtualClock } from '../../../stack/clock.js';
import { MESSAGE_TYPE } from '../../../stack/ids.js';
import { idPoolOf } from '../../../stack/protocol/index.js';
import type { MctpMessage } from '../../../stack/transport.js';
import { FakeTransport } from '../../support/fake-transport.js';

const { pldm, spdm } = MESSAGE_TYPE;
const request = (id: number) => Uint8Array.of(0x80 | id, 0x02, 0x11, 0x05);
const answer = (id: number) => ({ payload: Uint8Array.of(id, 0x02, 0x11, 0x00) }) as MctpMessage;

const NINE = { eid: 9 };

function scene() {
  const clock = new VirtualClock();
  const transport = new FakeTransport(clock);
  return { clock, transport, ids: new InstanceIds(transport, clock) };
}

describe('instance ids of several processes', () => {
  it('are another for each request on the wire, and their own to each process', () => {
    const { ids } = scene();
    const lent = [0, 0, 7].map((id) => ids.lend(NINE, pldm, request(id))!);
    const onWire = lent.map(({ payload }) => payload[0]! & 0x1f);
    expect(onWire).toEqual([0, 1, 2]);
    expect(lent.map((one, i) => one.own(answer(onWire[i]!)).payload[0])).toEqual([0, 0, 7]);
    expect(lent[0]!.payload.subarray(1)).toEqual(request(0).subarray(1));
  });

  it('an answer with a wrong id stays wrong', () => {
    const { ids } = scene();
    ids.lend(NINE, pldm, request(0));
    const lent = ids.lend(NINE, pldm, request(5))!;
    const seen = Array.from({ length: 32 }, (_, id) => lent.own(answer(id)).payload[0]!);
    expect(seen.filter((id) => id === 5)).toHaveLength(1);
    expect(seen[1]).toBe(5);
  });

  it('are not used again while a request is under way, nor at once after it', () => {
    const { ids } = scene();
    const held = ids.lend(NINE, pldm, request(0))!;
    const used = Array.from({ length: 64 }, () => {
      const lent = ids.lend(NINE, pldm, request(0))!;
      lent.end(false);
      return lent.payload[0]! & 0x1f;
    });
    expect(used).not.toContain(0);
    expect(used.every((id, i) => i === 0 || id !== used[i - 1])).toBe(true);
    held.end(false);
    expect(new Set(Array.from({ length: 40 }, () => ids.lend(NINE, pldm, request(0))!.payload[0]! & 0x1f)).size).toBe(
      32,
    );
  });

  it('each responder has its own; messages without one stay as they are', () => {
    const { ids } = scene();
    const used = (eid: number) => ids.lend({ eid }, pldm, request(3))!.payload[0]! & 0x1f;
    const [first, other] = [used(9), used(10)];
    for (let n = 1; n < 32; n++) {
      expect(used(9)).toBe((first + n) % 32);
      expect(used(10)).toBe((other + n) % 32);
    }
    expect(ids.lend(NINE, spdm, request(3))).toBeUndefined();
    expect(ids.lend(NINE, pldm, answer(3).payload)).toBeUndefined();
    expect(ids.lend(NINE, pldm, new Uint8Array(0))).toBeUndefined();
  });

  it('are those which the requesters of the stack use, too; what was not answered rests', () => {
    const { ids, transport, clock } = scene();
    const pool = idPoolOf(transport, { eid: 9, network: 1 }, pldm, 32, clock.now())!;
    const lent = ids.lend(NINE, pldm, request(0))!;
    expect(lent.payload[0]).toBe(0x80);
    expect(pool.take(clock.now())).toBe(1);
    lent.end(true);
    const others = Array.from({ length: 31 }, () => pool.take(clock.now()));
    expect(others.slice(0, 30)).toEqual(Array.from({ length: 30 }, (_, n) => n + 2));
    expect(others[30]).toBeUndefined();
    clock.advance(6_000);
    expect(pool.take(clock.now())).toBe(0);
  });
});

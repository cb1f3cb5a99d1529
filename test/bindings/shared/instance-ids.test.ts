import { describe, expect, it } from 'vitest';
import { InstanceIds } from '../../../bindings/shared/server/instance-ids.js';
import { MESSAGE_TYPE } from '../../../stack/ids.js';
import type { MctpMessage } from '../../../stack/transport.js';

const { pldm, spdm } = MESSAGE_TYPE;
const request = (id: number) => Uint8Array.of(0x80 | id, 0x02, 0x11, 0x05);
const answer = (id: number) => ({ payload: Uint8Array.of(id, 0x02, 0x11, 0x00) }) as MctpMessage;

describe('instance ids of several processes', () => {
  it('are another for each request on the wire, and their own to each process', () => {
    const ids = new InstanceIds();
    const lent = [0, 0, 7].map((id) => ids.lend('1 9', pldm, request(id))!);
    const onWire = lent.map(({ payload }) => payload[0]! & 0x1f);
    expect(onWire).toEqual([0, 1, 2]);
    expect(lent.map((one, i) => one.own(answer(onWire[i]!)).payload[0])).toEqual([0, 0, 7]);
    expect(lent[0]!.payload.subarray(1)).toEqual(request(0).subarray(1));
  });

  it('an answer with a wrong id stays wrong', () => {
    const ids = new InstanceIds();
    ids.lend('1 9', pldm, request(0));
    const lent = ids.lend('1 9', pldm, request(5))!;
    const seen = Array.from({ length: 32 }, (_, id) => lent.own(answer(id)).payload[0]!);
    expect(seen.filter((id) => id === 5)).toHaveLength(1);
    expect(seen[1]).toBe(5);
  });

  it('are not used again while a request is under way, nor at once after it', () => {
    const ids = new InstanceIds();
    const held = ids.lend('1 9', pldm, request(0))!;
    const used = Array.from({ length: 64 }, () => {
      const lent = ids.lend('1 9', pldm, request(0))!;
      lent.end();
      return lent.payload[0]! & 0x1f;
    });
    expect(used).not.toContain(0);
    expect(used.every((id, i) => i === 0 || id !== used[i - 1])).toBe(true);
    held.end();
    expect(new Set(Array.from({ length: 40 }, () => ids.lend('1 9', pldm, request(0))!.payload[0]! & 0x1f)).size).toBe(
      32,
    );
  });

  it('each responder has its own; messages without one stay as they are', () => {
    const ids = new InstanceIds();
    expect(ids.lend('1 9', pldm, request(3))!.payload[0]).toBe(0x80);
    expect(ids.lend('1 10', pldm, request(3))!.payload[0]).toBe(0x80);
    expect(ids.lend('1 9', spdm, request(3))).toBeUndefined();
    expect(ids.lend('1 9', pldm, answer(3).payload)).toBeUndefined();
    expect(ids.lend('1 9', pldm, new Uint8Array(0))).toBeUndefined();
  });
});

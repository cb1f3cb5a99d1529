/** Limits of a stack which change while it works. */

import { describe, expect, it } from 'vitest';
import { changedLimits, DEFAULT_LIMITS, LIMIT_RANGES, type Limits } from '../../stack/limits.js';
import { oneStack } from '../support/stacks.js';

const KIB = 1024;
const changed = (change: Partial<Limits>) => changedLimits(DEFAULT_LIMITS, change);

describe('limits', () => {
  it('the defaults are in their ranges, and go together', () => {
    expect(changedLimits(DEFAULT_LIMITS, DEFAULT_LIMITS)).toEqual(DEFAULT_LIMITS);
    expect(Object.keys(LIMIT_RANGES)).toEqual(Object.keys(DEFAULT_LIMITS));
  });

  it('dependent values follow, and nothing else changes', () => {
    expect(changed({ assemblyBytes: 256 * KIB })).toEqual({
      ...DEFAULT_LIMITS,
      assemblyBytes: 256 * KIB,
      assemblyBytesPerPeer: 256 * KIB,
    });
    expect(changed({ assemblyBytesPerPeer: 16_384 * KIB }).assemblyBytes).toBe(16_384 * KIB);
    const many = changedLimits(changed({ assemblyBytes: 64 * KIB, assemblies: 1024 }), { assemblies: 2048 });
    expect(many).toMatchObject({ assemblies: 2048, assemblyBytes: 128 * KIB, assemblyBytesPerPeer: 64 * KIB });
    const short = changed({ messageBytes: 1024, assemblyBytes: 32 * KIB });
    expect(changedLimits(short, { messageBytes: 64 * KIB })).toMatchObject({
      messageBytes: 64 * KIB,
      assemblyBytesPerPeer: 64 * KIB,
      assemblyBytes: 64 * KIB,
    });
  });

  it('what is out of its range, or does not go together, is refused by name', () => {
    const title = (name: keyof Limits): string => `<${name}>`;
    const refused = (change: Partial<Limits>) => () => changedLimits(DEFAULT_LIMITS, change, title);
    expect(refused({ assemblies: 0 })).toThrow('<assemblies> must be a whole number from 1 to 65536');
    expect(refused({ tagExpiryMs: 1.5 })).toThrow('<tagExpiryMs> must be a whole number from 100 to 600000');
    // The length of messages does not follow.
    expect(refused({ assemblyBytesPerPeer: 1000 })).toThrow(
      '<assemblyBytesPerPeer> must be at least <messageBytes> (65536)',
    );
    expect(refused({ assemblyBytes: 1000 })).toThrow(/at least <messageBytes> \(65536\)/);
    expect(refused({ assemblies: 65_536, assemblyBytes: 1024 * KIB })).toThrow(
      '<assemblyBytes> must be at least 64 times <assemblies> (65536)',
    );
  });

  it('holds for sockets, links and peers which are there already', async () => {
    const { mctp, link } = await oneStack();
    mctp.addRoute({ start: 9, end: 9, link: link.name });
    const socket = mctp.socket();
    const send = (bytes: number) => socket.send({ eid: 9 }, new Uint8Array(bytes), { type: 0x7e });
    await send(100);
    mctp.setLimits({ messageBytes: 64 });
    await expect(send(100)).rejects.toMatchObject({ code: 'EMSGSIZE' });
    expect(() => mctp.setLimits({ waiters: 0 })).toThrow('waiters must be a whole number');
    expect(mctp.limits).toEqual({ ...DEFAULT_LIMITS, messageBytes: 64 });
    mctp.setLimits({ waiters: 1 });
    const first = socket.receive();
    await expect(socket.receive()).rejects.toMatchObject({ code: 'ENOBUFS' });
    socket.close();
    await expect(first).rejects.toMatchObject({ code: 'ECANCELED' });
  });
});

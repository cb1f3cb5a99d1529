/** What is sent and never answered: nothing of it is kept longer than its answer could come. */

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { flush, pass } from '../../hw-fixtures/testing/virtual-time.js';
import { Peer, type TagOwner } from '../../stack/core/tags.js';
import { DEFAULT_LIMITS } from '../../stack/limits.js';
import { packet, ScriptedLink } from '../support/scripted-link.js';
import { oneStack } from '../support/stacks.js';

const EXPIRY = DEFAULT_LIMITS.tagExpiryMs;

/** Those of `references` that something still holds. */
async function held<T extends object>(references: readonly WeakRef<T>[]): Promise<number> {
  setFlagsFromString('--expose-gc');
  const collectGarbage: () => void = runInNewContext('gc');
  // What was looked at in this turn is not collected before the next.
  await flush();
  collectGarbage();
  return references.filter((reference) => reference.deref() !== undefined).length;
}

/** Who had a tag that was to expire by itself, while `work` is done. */
async function waiters(work: () => Promise<void>): Promise<WeakRef<TagOwner>[]> {
  const found: WeakRef<TagOwner>[] = [];
  const { expire } = Peer.prototype;
  Peer.prototype.expire = function (this: Peer, tag, owner) {
    found.push(new WeakRef(owner));
    expire.call(this, tag, owner);
  };
  try {
    await work();
  } finally {
    Peer.prototype.expire = expire;
  }
  return found;
}

describe('a message that is never answered', () => {
  it('does not keep its payload while it waits', async () => {
    const { mctp } = await oneStack();
    const socket = mctp.socket();
    const send = async (): Promise<WeakRef<Uint8Array>> => {
      const payload = new Uint8Array(1_000);
      await socket.send({ eid: 9 }, payload, { type: 1 });
      return new WeakRef(payload);
    };
    const payloads = [await send(), await send(), await send()];
    expect(await held(payloads)).toBe(0);
    expect(mctp.peerCounters()[0]?.heldTags).toBe(3);
  });

  it('is not kept when its device, asked by physical address, is forgotten', async () => {
    const { mctp, clock } = await oneStack({ addressSize: 2, name: 'pcie', limits: { physicalPeers: 4 } });
    const socket = mctp.socket();
    const messages = await waiters(async () => {
      for (let device = 0; device < 200; device++) {
        const physicalAddress = device.toString(16).padStart(4, '0');
        await socket.send({ eid: 0, link: 'pcie', physicalAddress }, Uint8Array.of(1), { type: 1 });
        if (device % 4 === 3) await pass(clock, EXPIRY);
      }
    });
    expect(messages).toHaveLength(200);
    expect(await held(messages)).toBeLessThanOrEqual(4);
    // The socket is still in use.
    expect(socket.counters.txMessages).toBe(200);
  });

  it('is not kept, nor its link, when the link is removed', async () => {
    const { mctp, clock } = await oneStack();
    const socket = mctp.socket();
    const add = async (): Promise<WeakRef<ScriptedLink>> => {
      const link = new ScriptedLink({ name: 'bus', addressSize: 1 });
      mctp.addLink(link);
      mctp.addRoute({ start: 30, link: 'bus' });
      mctp.addNeighbour(30, 'bus', '1e');
      await mctp.openLink('bus');
      return new WeakRef(link);
    };
    const link = await add();
    const messages = await waiters(async () => {
      await socket.send({ eid: 30 }, Uint8Array.of(1), { type: 1 });
      await socket.send({ eid: 0, link: 'bus', physicalAddress: '20' }, Uint8Array.of(1), { type: 1 });
    });
    await mctp.removeLink('bus');
    // Paths are looked up anew.
    await socket.send({ eid: 9 }, Uint8Array.of(1), { type: 1 });
    expect(messages).toHaveLength(2);
    expect(await held(messages)).toBe(0);
    expect(await held([link])).toBe(0);
    // The EID may come back on another link: its tag rests.
    expect(mctp.peerCounters().find(({ eid }) => eid === 30)?.heldTags).toBe(1);
    await pass(clock, EXPIRY);
    expect(mctp.peerCounters().find(({ eid }) => eid === 30)?.heldTags).toBe(0);
  });

  it('stays answerable while other links are removed', async () => {
    const { mctp, link } = await oneStack();
    const socket = mctp.socket();
    mctp.addLink(new ScriptedLink({ name: 'other' }));
    await socket.send({ eid: 9 }, Uint8Array.of(1), { type: 1 });
    await mctp.removeLink('other');
    link.inject(packet({ to: false, tag: 0 }, '01 aa'));
    expect([...(await socket.receive()).payload]).toEqual([0xaa]);
  });
});

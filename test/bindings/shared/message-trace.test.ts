/** `mctpkit network trace`: what happened to each message and why. */

import { describe, expect, it } from 'vitest';
import type { TraceEntry } from '../../../bindings/shared/server/message-trace.js';
import type { Policy } from '../../../bindings/shared/server/policy.js';
import { acceptClient } from '../../../bindings/shared/server/served-client.js';
import { ServedNetwork, type ServedNetworkOptions } from '../../../bindings/shared/server/served-network.js';
import { SharedMctp } from '../../../bindings/shared/shared-mctp.js';
import { pass, settle, settleError } from '../../../hw-fixtures/testing/virtual-time.js';
import { traceWords } from '../../../tools/network/trace-words.js';
import { type MemoryLine, memoryLines } from '../../support/memory-line.js';
import { PacketPeer } from '../../support/packet-peer.js';
import { oneStack } from '../../support/stacks.js';

const TYPE = 0x7e;
const toPeer = { eid: 9, network: 1 };

async function world(options: Partial<ServedNetworkOptions> = {}) {
  const { clock, mctp, link } = await oneStack();
  const network = new ServedNetwork({ name: 't', stack: mctp, clock, time: () => clock.now(), ...options });
  const lines: MemoryLine[] = [];
  const client = (): Promise<SharedMctp> =>
    SharedMctp.open({
      name: 'shared:t',
      clock,
      connect: async (right) => {
        const [near, far] = memoryLines();
        acceptClient(network, far, right, { uid: 1000, pid: 4711 });
        lines.push(near);
        return near;
      },
    });
  const watcher = await client();
  const traced: TraceEntry[] = [];
  watcher.on('told', ({ event, ...entry }) => event === 'trace' && traced.push(entry as never));
  await settle(clock, watcher.subscribe(['trace']));
  const one = await client();
  /** The entries since the last look, without what is null. */
  const seen = (): object[] =>
    traced.splice(0).map((entry) => Object.fromEntries(Object.entries(entry).filter(([, value]) => value !== null)));
  return { clock, mctp, link, network, watcher, one, lines, peer: new PacketPeer(link, 8), seen, traced };
}

describe('network trace', () => {
  it('a message which was sent: way, tag and packets', async () => {
    const { clock, one, seen, link } = await world();
    await settle(clock, one.socket().send(toPeer, new Uint8Array(100), { type: TYPE, reply: false }));
    const tag = expect.any(Number);
    expect(seen()).toMatchObject([
      { what: 'sent', node: 2, eid: 9, type: TYPE, bytes: 101, link: link.name, tag, packets: 2 },
    ]);
  });

  it('a request: retries, time, and the size of the answer', async () => {
    const { clock, one, peer, seen, traced } = await world();
    const asked = one.socket().request(toPeer, Uint8Array.of(1, 2), { type: TYPE, timeoutMs: 100, retries: 2 });
    const { tag } = await settle(clock, peer.received());
    await pass(clock, 150);
    await peer.send({ type: TYPE, tag, tagOwner: false, payload: new Uint8Array(70) });
    await settle(clock, asked);
    const [entry] = [...traced];
    expect(seen()).toMatchObject([
      { what: 'answered', node: 2, eid: 9, bytes: 3, tag, packets: 1, retries: 1, answerBytes: 71, answerPackets: 2 },
    ]);
    expect(traceWords(entry!)).toMatch(
      /^node 2 -> EID 9 {2}vendor \(PCI\) {2}3 bytes in 1 packet {2}\S+, tag \d {2}answered after \d+ ms and 1 retry by 71 bytes in 2 packets$/,
    );
  });

  it('a request which failed, and why: no answer, no route, not allowed', async () => {
    const { clock, one, seen } = await world();
    const socket = one.socket();
    const options = { type: TYPE, timeoutMs: 100, retries: 1 };
    // What others do at the same time is not counted for it.
    const other = settleError(
      clock,
      socket.request({ eid: 10, network: 1 }, Uint8Array.of(1), { ...options, retries: 0 }),
    );
    await settleError(clock, socket.request(toPeer, Uint8Array.of(1), options));
    await other;
    await settleError(clock, socket.request({ eid: 77, network: 1 }, Uint8Array.of(1), options));
    const [single, timeout, noRoute] = seen();
    expect(single).toMatchObject({ what: 'failed', eid: 10, retries: 0 });
    expect(timeout).toMatchObject({
      what: 'failed',
      eid: 9,
      retries: 1,
      packets: 1,
      why: expect.stringMatching(/answer/),
    });
    expect(noRoute).toMatchObject({ what: 'failed', eid: 77, why: expect.stringMatching(/route|reach/) });
    expect(noRoute).not.toHaveProperty('packets');
  });

  it('a message which came: to whom, or why it was dropped', async () => {
    const { clock, one, peer, seen, lines } = await world({ options: { queue: 1 } });
    const socket = one.socket();
    socket.bind({ type: TYPE });
    await settle(clock, one.connection.call('nodes'));
    await peer.send({ type: TYPE, tag: 3, payload: new Uint8Array(70) });
    expect(seen()).toMatchObject([{ what: 'delivered', node: 2, eid: 9, type: TYPE, bytes: 71, tag: 3, packets: 2 }]);
    await peer.send({ type: 5, tag: 4 });
    expect(seen()).toMatchObject([
      { what: 'dropped', eid: 9, type: 5, tag: 4, why: 'no socket is bound to this message type' },
    ]);
    lines[1]!.pause();
    for (let i = 0; i < 3; i++) await peer.send({ type: TYPE, tag: 5 });
    expect(seen().at(-1)).toMatchObject({ what: 'dropped', node: 2, why: 'its queue is full' });
  });

  it('what the policy does to it', async () => {
    const policy: Policy = { name: 'none', newNode: (_node, free) => free, handleMessage: () => [] };
    const { clock, one, peer, seen, traced } = await world({ policy });
    const socket = one.socket();
    socket.bind({ type: TYPE });
    await settle(clock, one.connection.call('nodes'));
    await settleError(clock, socket.send(toPeer, Uint8Array.of(1)));
    await peer.send({ type: TYPE, tag: 3 });
    const words = traced.map(traceWords);
    expect(seen()).toMatchObject([
      { what: 'failed', node: 2, why: expect.stringContaining('policy') },
      { what: 'dropped', eid: 9, why: 'the policy gives it to no node' },
    ]);
    expect(words[0]).toMatch(/^node 2 -> EID 9 .* by no link {2}failed: the policy/);
    expect(words[1]).toMatch(/^EID 9 -> no node .*dropped: the policy gives it to no node$/);
  });

  it('packets are heard only while somebody asks', async () => {
    const { clock, network, watcher } = await world();
    expect(network.trace.isOn).toBe(true);
    await settle(clock, watcher.connection.call('events', { names: [] }));
    expect(network.trace.isOn).toBe(false);
    await settle(clock, watcher.connection.call('events', { names: ['trace'] }));
    watcher.close();
    expect(network.trace.isOn).toBe(false);
  });
});

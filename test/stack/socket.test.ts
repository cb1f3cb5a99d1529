import { describe, expect, it } from 'vitest';
import { pass, settle } from '../../hw-fixtures/testing/virtual-time.js';
import { DEFAULT_LIMITS } from '../../stack/limits.js';
import { PacketPeer } from '../support/packet-peer.js';
import { packet } from '../support/scripted-link.js';
import { OWN_FEATURES, QUEUED } from '../support/semantics-features.js';
import { socketSemantics } from '../support/socket-semantics.js';
import { oneStack } from '../support/stacks.js';

socketSemantics('our own stack', OWN_FEATURES, async () => {
  const { clock, mctp, link } = await oneStack({ limits: { socketMessages: QUEUED } });
  return {
    transport: mctp,
    eid: 8,
    network: 1,
    peer: new PacketPeer(link, 8),
    unreachable: 99,
    longest: DEFAULT_LIMITS.messageBytes - 1,
    wait: (promise) => settle(clock, promise),
    pass: (ms) => pass(clock, ms),
    close: async () => {
      await mctp.close();
      expect(clock.pending).toBe(0);
    },
  };
});

/** A socket whose queue has the messages 0, 1 and 2. */
async function withQueue() {
  const { mctp, link } = await oneStack();
  const socket = mctp.socket();
  socket.bind({ type: 1 });
  const inject = (n: number): void => link.inject(packet({}, Uint8Array.of(1, n)));
  for (let n = 0; n < 3; n++) inject(n);
  return { socket, inject };
}

describe('sockets of our own stack, further', () => {
  it('bytes in the queue are bounded too, but one message always fits', async () => {
    const { mctp, link } = await oneStack({ limits: { socketBytes: 100 } });
    const socket = mctp.socket();
    socket.bind({ type: 1 });
    link.inject(packet({}, new Uint8Array(200).fill(1)));
    link.inject(packet({}, '01 02'));
    expect(socket.counters).toMatchObject({ rxMessages: 1, rxDropped: 1 });
    expect((await socket.receive()).payload).toHaveLength(199);
    link.inject(packet({}, '01 02'));
    expect((await socket.receive()).payload).toHaveLength(1);
  });

  it('a handler that throws is reported', async () => {
    const errors: string[] = [];
    const { mctp, link } = await oneStack({ errors });
    const socket = mctp.socket();
    socket.bind({ type: 1 });
    socket.onMessage(() => {
      throw new Error('a bug in the handler');
    });
    link.inject(packet({}, '01 02'));
    expect(errors).toEqual([expect.stringContaining('a bug in the handler')]);
  });

  it('a handler may close its socket while the queue is handed over', async () => {
    const { socket } = await withQueue();
    const seen: (number | undefined)[] = [];
    socket.onMessage((message) => {
      seen.push(message.payload[0]);
      if (seen.length === 2) socket.close();
    });
    expect(seen).toEqual([0, 1]);
  });

  it('what comes while the queue is handed over comes behind it', async () => {
    const { socket, inject } = await withQueue();
    const seen: (number | undefined)[] = [];
    socket.onMessage((message) => {
      seen.push(message.payload[0]);
      if (message.payload[0] === 0) inject(3);
    });
    expect(seen).toEqual([0, 1, 2, 3]);
  });

  it('a handler may go back to the queue while it is handed over', async () => {
    const { socket } = await withQueue();
    socket.onMessage(() => socket.onMessage(undefined));
    expect((await socket.receive()).payload[0]).toBe(1);
  });

  it('bind: EADDRNOTAVAIL for an EID that is not ours, on that network', async () => {
    const { mctp } = await oneStack();
    const notOurs = expect.objectContaining({ code: 'EADDRNOTAVAIL' });
    expect(() => mctp.socket().bind({ type: 1, eid: 9 })).toThrow(notOurs);
    expect(() => mctp.socket().bind({ type: 1, eid: 0 })).toThrow(notOurs);
    expect(() => mctp.socket().bind({ type: 1, eid: 8, network: 2 })).toThrow(notOurs);
  });

  it.each([
    ['bind: network', () => ({ bind: { type: 1, network: -1 } })],
    ['connect: EID', () => ({ connect: { type: 1, eid: 300 } })],
    ['connect: broadcast', () => ({ connect: { type: 1, eid: 255 } })],
    ['connect: type', () => ({ connect: { type: 200, eid: 9 } })],
    ['connect: network', () => ({ connect: { type: 1, eid: 9, network: 1.5 } })],
  ] as const)('%s out of range: EINVAL', async (_, call) => {
    const { mctp } = await oneStack();
    const socket = mctp.socket();
    const args: { bind?: { type: number; network: number }; connect?: { type: number; eid: number } } = call();
    expect(() => (args.bind ? socket.bind(args.bind) : socket.connect(args.connect!))).toThrow(
      expect.objectContaining({ code: 'EINVAL' }),
    );
  });

  it('connected and bound on different networks: EINVAL; on any: the connected one', async () => {
    const { mctp, link } = await oneStack();
    const socket = mctp.socket();
    socket.connect({ type: 1, eid: 9, network: 1 });
    expect(() => socket.bind({ type: 1, network: 2 })).toThrow(expect.objectContaining({ code: 'EINVAL' }));
    socket.bind({ type: 1 });
    link.inject(packet({}, '01 02'));
    expect((await socket.receive()).source).toBe(9);
  });

  it('the most specific binding wins: peer, then EID, then network', async () => {
    const { mctp, link } = await oneStack();
    const any = mctp.socket();
    any.bind({ type: 1 });
    const network = mctp.socket();
    network.bind({ type: 1, network: 1 });
    const own = mctp.socket();
    own.bind({ type: 1, eid: 8 });
    const peer = mctp.socket();
    peer.connect({ type: 1, eid: 10 });
    peer.bind({ type: 1 });
    const counts = (): number[] => [any, network, own, peer].map((socket) => socket.counters.rxMessages);
    link.inject(packet({ src: 10 }, '01 00'));
    expect(counts()).toEqual([0, 0, 0, 1]);
    link.inject(packet({ src: 9 }, '01 00'));
    expect(counts()).toEqual([0, 0, 1, 1]);
    link.inject(packet({ src: 9, dest: 255 }, '01 00'));
    expect(counts()).toEqual([0, 1, 1, 1]);
    network.close();
    link.inject(packet({ src: 9, dest: 0 }, '01 00'));
    expect([any, own, peer].map((socket) => socket.counters.rxMessages)).toEqual([1, 1, 1]);
    expect(mctp.boundTypes()).toEqual([1]);
  });

  it('a closed stack makes no sockets and takes no links', async () => {
    const { mctp, link } = await oneStack();
    await Promise.all([mctp.close(), mctp.close()]);
    expect(link.closed).toBe(true);
    expect(() => mctp.socket()).toThrow(expect.objectContaining({ code: 'ENOTCONN' }));
    expect(() => mctp.addLink(link)).toThrow(expect.objectContaining({ code: 'ENOTCONN' }));
  });

  it('closing cancels messages waiting for room, for a tag, and in the queue', async () => {
    const { mctp, link } = await oneStack({ limits: { queueMessages: 2 } });
    link.answer = 2;
    const socket = mctp.socket();
    const sent = Array.from({ length: 10 }, () => socket.send({ eid: 9 }, Uint8Array.of(1), { type: 1 }));
    socket.close();
    for (const outcome of await Promise.allSettled(sent)) {
      expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'ECANCELED' } });
    }
    // Nothing is left in the queue.
    link.answer = 0;
    link.host.ready();
    expect(link.sent).toEqual([]);
  });
});

/** The binding of own-binding.ts under test: as a link, and with two stacks on it. Run: npx vitest */

import { type Clock, Mctp } from 'mctpkit';
import { describeLinkCompliance, TestClock } from 'mctpkit/testing';
import { expect, it } from 'vitest';
import { DatagramLink, type DatagramPort } from './own-binding.js';

/** Two ports in memory. A datagram takes a turn of the clock, as on a wire: it never arrives inside `send`. */
class MemoryDatagrams implements DatagramPort {
  peer: MemoryDatagrams | undefined;
  #receive: ((datagram: Uint8Array) => void) | undefined;

  constructor(private readonly clock: Clock) {}

  async open(receive: (datagram: Uint8Array) => void): Promise<void> {
    this.#receive = receive;
  }

  send(datagram: Uint8Array): void {
    this.clock.schedule(0, () => this.peer?.inject(datagram));
  }

  inject(datagram: Uint8Array): void {
    this.#receive?.(datagram);
  }

  async close(): Promise<void> {
    this.#receive = undefined;
  }
}

function pairOf(clock: TestClock) {
  const ports = [new MemoryDatagrams(clock), new MemoryDatagrams(clock)] as const;
  ports[0].peer = ports[1];
  ports[1].peer = ports[0];
  const [a, b] = [new DatagramLink('datagrams:a', ports[0], clock), new DatagramLink('datagrams:b', ports[1], clock)];
  return { a, b, ports };
}

describeLinkCompliance('DatagramLink', () => {
  const clock = new TestClock();
  const { a, b, ports } = pairOf(clock);
  return {
    a,
    b,
    step: () => clock.advance(1),
    timers: () => clock.pending,
    garbage: (bytes) => ports[1].inject(bytes.subarray(0, 4)),
  };
});

it('carries a request of 4 KiB and its answer between two stacks', async () => {
  const clock = new TestClock();
  const { a: linkA, b: linkB } = pairOf(clock);
  const a = new Mctp({ clock });
  const b = new Mctp({ clock });
  a.addLink(linkA);
  a.addAddress(8, linkA.name);
  a.addRoute({ start: 9, link: linkA.name });
  b.addLink(linkB);
  b.addAddress(9, linkB.name);
  b.addRoute({ start: 8, link: linkB.name });
  await Promise.all([a.open(), b.open()]);

  const server = b.socket();
  server.bind({ type: 0x7e });
  server.onMessage((message) => void server.reply(message, message.payload));
  const payload = Uint8Array.from({ length: 4096 }, (_, index) => index & 0xff);
  const answer = await clock.run(a.socket().request({ eid: 9 }, payload, { type: 0x7e, timeoutMs: 1000 }));
  expect(answer.payload).toEqual(payload);

  await Promise.all([a.close(), b.close()]);
});

it('opens its port once at a time, and closes what it has opened', async () => {
  const clock = new TestClock();
  // As a UDP socket: it is there when it is bound, which takes a while.
  let sockets = 0;
  let most = 0;
  const port: DatagramPort = {
    open: async () => {
      await new Promise<void>((bound) => clock.schedule(1, bound));
      most = Math.max(most, ++sockets);
    },
    send: () => {},
    close: async () => {
      sockets = Math.max(0, sockets - 1);
    },
  };
  const link = new DatagramLink('datagrams:udp', port, clock);
  const opened = Promise.allSettled([link.open(), link.close(), link.open()]);
  await clock.pass(10);
  await opened;
  expect([most, sockets]).toEqual([1, 1]);
  await link.close();
  expect([sockets, clock.pending]).toEqual([0, 0]);
});

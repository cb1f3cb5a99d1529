import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../stack/clock.js';
import { TransmitQueue } from '../../stack/core/transmit-queue.js';
import { TxMessage } from '../../stack/core/tx-message.js';
import { newLinkCounters } from '../../stack/counters.js';
import { MctpError } from '../../stack/errors.js';
import { DEFAULT_LIMITS, type Limits } from '../../stack/limits.js';
import { TRANSMIT, type TransmitResult } from '../../stack/link.js';
import { readHeader } from '../../stack/packet.js';
import { counting, fromHex } from '../support/hex.js';
import { ScriptedLink, type ScriptedLinkOptions } from '../support/scripted-link.js';

const UNIT = 64;
const down = new MctpError('ENETDOWN', 'down');

/** A queue before a scripted link; messages are told apart by their type byte. */
class Bench {
  readonly link: ScriptedLink;
  readonly queue: TransmitQueue;
  readonly counters = newLinkCounters();
  /** What became of each message: "sent", or the code of the error. */
  readonly ended = new Map<number, string>();
  readonly messages = new Map<number, TxMessage>();
  readonly #ends: number[] = [];

  constructor(answer: TransmitResult, limits: Partial<Limits> = {}, options: ScriptedLinkOptions = {}) {
    this.link = new ScriptedLink(options);
    this.link.answer = answer;
    this.queue = new TransmitQueue(this.link, new VirtualClock(), { ...DEFAULT_LIMITS, ...limits }, this.counters);
    const ignore = (): void => {};
    this.link.attach({
      receive: ignore,
      fault: ignore,
      state: ignore,
      ready: () => this.queue.ready(),
      transmitted: (slot, error) => this.queue.transmitted(slot, error),
    });
    this.queue.setUp();
  }

  /** Queue a message of so many packets. */
  push(id: number, peer: number, packets = 1, urgent = false): TxMessage {
    const message = TxMessage.message(id, counting(packets * UNIT - 1), UNIT, peer, 8, 0, 0, '');
    message.completion = { finished: (error) => this.#end(id, error) };
    this.messages.set(id, message);
    this.queue.push(message, peer, urgent);
    return message;
  }

  /** Finish pending packets until none is left; returns the peers, in the order of their packets. */
  drain(): number[] {
    while (this.link.pending.length > 0) this.link.finish();
    return this.order();
  }

  order(): number[] {
    return this.link.takeSent().map((packet) => readHeader(fromHex(packet)).dest);
  }

  #end(id: number, error: MctpError | undefined): void {
    this.#ends.push(id);
    expect(this.#ends.filter((other) => other === id)).toHaveLength(1);
    this.ended.set(id, error?.code ?? 'sent');
  }
}

describe('order', () => {
  it('peers take turns packet by packet, messages to one peer stay in order', () => {
    const bench = new Bench(TRANSMIT.pending);
    bench.push(1, 9, 3);
    bench.push(2, 9, 1);
    bench.push(3, 10, 2);
    bench.push(4, 11, 1);
    expect(bench.drain()).toEqual([9, 10, 11, 9, 10, 9, 9]);
    expect([...bench.ended]).toEqual([
      [4, 'sent'],
      [3, 'sent'],
      [1, 'sent'],
      [2, 'sent'],
    ]);
  });

  it('many messages of one peer do not push another aside', () => {
    const bench = new Bench(TRANSMIT.pending);
    for (let id = 1; id <= 50; id++) bench.push(id, 9, 4);
    bench.push(51, 10, 2);
    expect(bench.drain().slice(0, 5)).toEqual([9, 10, 9, 10, 9]);
  });

  it('urgent messages overtake at the next packet, also those to the same peer', () => {
    const bench = new Bench(TRANSMIT.pending);
    bench.push(1, 9, 4);
    bench.link.finish();
    bench.push(2, 10, 1, true);
    bench.push(3, 9, 1, true);
    const types = (): number[] => bench.link.takeSent().map((packet) => fromHex(packet)[4]!);
    types();
    while (bench.link.pending.length > 0) bench.link.finish();
    expect([...bench.ended.keys()]).toEqual([2, 3, 1]);
  });

  it('without waiting (a synchronous link) everything leaves during push', () => {
    const bench = new Bench(TRANSMIT.sent);
    bench.push(1, 9, 5);
    expect(bench.ended.get(1)).toBe('sent');
    expect(bench.counters).toMatchObject({ txPackets: 5, txMessages: 1, txBytes: 5 * 68 });
    expect([bench.queue.messages, bench.queue.bytes]).toEqual([0, 0]);
  });
});

describe('a link that is busy', () => {
  it('gets nothing until it is ready, then the same packet again', () => {
    const bench = new Bench(TRANSMIT.busy);
    bench.push(1, 9, 2);
    bench.push(2, 10);
    expect(bench.order()).toEqual([]);
    bench.link.answer = TRANSMIT.sent;
    bench.push(3, 11);
    expect(bench.order()).toEqual([]);
    bench.link.host.ready();
    expect(bench.order()).toEqual([9, 10, 11, 9]);
    expect([...bench.ended.values()]).toEqual(['sent', 'sent', 'sent']);
  });

  it('may become busy in the middle of a message', () => {
    const bench = new Bench(TRANSMIT.sent);
    let left = 2;
    bench.link.answer = () => (left-- > 0 ? TRANSMIT.sent : TRANSMIT.busy);
    bench.push(1, 9, 4);
    left = 2;
    bench.link.host.ready();
    expect(bench.link.takeSent().map((packet) => readHeader(fromHex(packet)).seq)).toEqual([0, 1, 2, 3]);
    expect(bench.ended.get(1)).toBe('sent');
  });
});

describe('a link with several slots', () => {
  it('takes packets to different peers at once, one per peer', () => {
    const bench = new Bench(TRANSMIT.pending, {}, { window: 4 });
    bench.push(1, 9, 2);
    bench.push(2, 10, 2);
    bench.push(3, 10, 1);
    expect(bench.order()).toEqual([9, 10]);
    expect(new Set(bench.link.pending).size).toBe(2);
    // Done in another order than begun:
    bench.link.pending.reverse();
    expect(bench.drain()).toEqual([10, 9, 10]);
    expect([...bench.ended.values()]).toEqual(['sent', 'sent', 'sent']);
  });

  it('never takes more than it has slots', () => {
    const bench = new Bench(TRANSMIT.pending, {}, { window: 3 });
    for (let id = 1; id <= 6; id++) bench.push(id, 8 + id);
    expect(bench.link.pending).toHaveLength(3);
    expect(new Set(bench.link.pending).size).toBe(3);
    bench.link.finish();
    expect(bench.link.pending).toHaveLength(3);
    expect(bench.drain()).toHaveLength(6);
  });

  it('a slot given back twice, or never taken, does no harm', () => {
    const bench = new Bench(TRANSMIT.pending, {}, { window: 2 });
    bench.push(1, 9, 2);
    const [slot] = bench.link.pending;
    bench.link.finish();
    bench.link.host.transmitted(7);
    bench.link.host.transmitted(slot === 0 ? 1 : 0);
    bench.drain();
    bench.link.host.transmitted(0);
    expect(bench.ended.get(1)).toBe('sent');
    expect(bench.counters.txPackets).toBe(2);
  });
});

describe('an error of the link', () => {
  const nack = new MctpError('ENACK', 'nobody there');

  it('ends the message, not the others', () => {
    const bench = new Bench(TRANSMIT.pending);
    bench.push(1, 9, 3);
    bench.push(2, 9, 1);
    bench.push(3, 10, 1);
    bench.link.finish(nack);
    bench.drain();
    expect([...bench.ended]).toEqual([
      [1, 'ENACK'],
      [3, 'sent'],
      [2, 'sent'],
    ]);
    expect(bench.counters).toMatchObject({ txErrors: 1, txMessages: 2 });
  });

  it('may be told before transmit returns', () => {
    const bench = new Bench(TRANSMIT.sent);
    let sent = 0;
    bench.link.answer = ({ slot }) => {
      if (++sent !== 2) return TRANSMIT.sent;
      bench.link.host.transmitted(slot, nack);
      return TRANSMIT.pending;
    };
    bench.push(1, 9, 3);
    bench.push(2, 9, 1);
    expect([...bench.ended]).toEqual([
      [1, 'ENACK'],
      [2, 'sent'],
    ]);
  });

  it('success may be told before transmit returns, too', () => {
    const bench = new Bench(TRANSMIT.sent);
    bench.link.answer = ({ slot }) => {
      bench.link.host.transmitted(slot);
      return TRANSMIT.pending;
    };
    bench.push(1, 9, 3);
    expect(bench.ended.get(1)).toBe('sent');
  });

  it('even one that is thrown', () => {
    const bench = new Bench(TRANSMIT.sent);
    let thrown = false;
    bench.link.answer = () => {
      if (thrown) return TRANSMIT.sent;
      thrown = true;
      throw new Error('a bug in the link');
    };
    bench.push(1, 9, 2);
    bench.push(2, 9, 1);
    expect([...bench.ended]).toEqual([
      [1, 'EIO'],
      [2, 'sent'],
    ]);
  });
});

describe('cancelling', () => {
  const cancelled = new MctpError('ECANCELED', 'cancelled');

  it('takes back what has not begun', () => {
    const bench = new Bench(TRANSMIT.pending);
    bench.push(1, 9, 2);
    const second = bench.push(2, 9, 2);
    bench.push(3, 9, 1);
    const other = bench.push(4, 10, 1);
    expect(bench.queue.cancel(second, cancelled)).toBe(true);
    expect(bench.queue.cancel(other, cancelled)).toBe(true);
    expect(bench.drain()).toEqual([9, 9, 9]);
    expect(bench.counters).toMatchObject({ txCancelled: 2, txMessages: 2 });
    expect(bench.ended.get(2)).toBe('ECANCELED');
    expect([bench.queue.messages, bench.queue.bytes]).toEqual([0, 0]);
  });

  it('does not take back what has begun: with the link, or between two packets', () => {
    const bench = new Bench(TRANSMIT.pending);
    const message = bench.push(1, 9, 2);
    expect(bench.queue.cancel(message, cancelled)).toBe(false);
    bench.link.answer = TRANSMIT.busy;
    bench.link.finish();
    expect(bench.queue.cancel(message, cancelled)).toBe(false);
    bench.link.answer = TRANSMIT.sent;
    bench.link.host.ready();
    expect(bench.ended.get(1)).toBe('sent');
    expect(bench.queue.cancel(message, cancelled)).toBe(false);
  });

  it('the last of a flow leaves the ring whole', () => {
    const bench = new Bench(TRANSMIT.busy);
    const ids = [9, 10, 11].map((peer) => bench.push(peer, peer));
    bench.queue.cancel(ids[1]!, cancelled);
    bench.queue.cancel(ids[2]!, cancelled);
    bench.push(12, 12);
    bench.link.answer = TRANSMIT.sent;
    bench.link.host.ready();
    expect(bench.order()).toEqual([9, 12]);
  });
});

describe('room', () => {
  it('is limited in messages and in bytes; one message always fits an empty queue', () => {
    const bench = new Bench(TRANSMIT.busy, { queueMessages: 3, queueBytes: 200 });
    expect(bench.queue.hasRoom(100_000)).toBe(true);
    bench.push(1, 9, 2);
    expect([bench.queue.hasRoom(72), bench.queue.hasRoom(73)]).toEqual([true, false]);
    bench.queue.cancel(bench.messages.get(1)!, down);
    for (const id of [2, 3, 4]) bench.push(id, 9, 1);
    expect(bench.queue.hasRoom(1)).toBe(false);
  });

  it('goes to those who wait in their order, and nobody jumps the line', () => {
    const bench = new Bench(TRANSMIT.pending, { queueMessages: 1 });
    bench.push(1, 9);
    const served: number[] = [];
    for (const id of [2, 3]) {
      bench.queue.whenRoom(64, () => {
        served.push(id);
        bench.push(id, 9);
      });
    }
    expect(bench.queue.hasRoom(1)).toBe(false);
    expect(bench.queue.waiting).toBe(2);
    bench.link.finish();
    expect(served).toEqual([2]);
    bench.drain();
    expect(served).toEqual([2, 3]);
    expect(bench.counters.queueFull).toBe(2);
  });

  it('leaving the line lets the next ones in when they fit', () => {
    const bench = new Bench(TRANSMIT.busy, { queueBytes: 200 });
    bench.push(1, 9, 2);
    const served: string[] = [];
    const leave = bench.queue.whenRoom(1000, () => served.push('big'));
    bench.queue.whenRoom(64, () => {
      served.push('small');
      bench.push(2, 9, 1);
    });
    leave();
    leave();
    expect(served).toEqual(['small']);
  });

  it('has a bounded line', () => {
    const bench = new Bench(TRANSMIT.busy, { queueMessages: 1, waiters: 1 });
    bench.push(1, 9);
    bench.queue.whenRoom(1, () => {});
    expect(() => bench.queue.whenRoom(1, () => {})).toThrow(expect.objectContaining({ code: 'ENOBUFS' }));
    expect(bench.counters.queueFull).toBe(2);
  });
});

describe('a link that goes down', () => {
  it('everything queued and everybody waiting is told, nobody slips in', () => {
    const bench = new Bench(TRANSMIT.pending, { queueMessages: 3 });
    bench.push(1, 9, 3);
    bench.push(2, 9, 1, true);
    bench.push(3, 10, 1);
    const waited: (string | undefined)[] = [];
    bench.queue.whenRoom(64, (error) => {
      waited.push(error?.code);
      if (error === undefined) bench.push(4, 9);
    });
    bench.queue.setDown(down);
    expect(Object.fromEntries(bench.ended)).toEqual({ 1: 'ENETDOWN', 2: 'ENETDOWN', 3: 'ENETDOWN' });
    expect(waited).toEqual(['ENETDOWN']);
    expect([bench.queue.messages, bench.queue.bytes, bench.queue.waiting]).toEqual([0, 0, 0]);
    expect(bench.counters.txErrors).toBe(3);
  });

  it('comes back with all its slots', () => {
    const bench = new Bench(TRANSMIT.pending, {}, { window: 2 });
    bench.push(1, 9);
    bench.push(2, 10);
    bench.queue.setDown(down);
    bench.link.pending.length = 0;
    bench.link.takeSent();
    bench.queue.setUp();
    bench.push(3, 9);
    bench.push(4, 10);
    expect(new Set(bench.link.pending).size).toBe(2);
    expect(bench.drain()).toEqual([9, 10]);
  });

  it('was busy: after coming up it is tried again', () => {
    const bench = new Bench(TRANSMIT.busy);
    bench.push(1, 9);
    bench.queue.setDown(down);
    bench.link.answer = TRANSMIT.sent;
    bench.queue.setUp();
    bench.push(2, 9);
    expect([...bench.ended]).toEqual([
      [1, 'ENETDOWN'],
      [2, 'sent'],
    ]);
  });

  it.each([
    ['taken', TRANSMIT.sent],
    ['refused', TRANSMIT.busy],
    ['kept', TRANSMIT.pending],
  ])('may go down while it transmits, the packet %s', (_, result) => {
    const bench = new Bench(TRANSMIT.sent);
    let first = true;
    bench.link.answer = () => {
      if (!first) return TRANSMIT.sent;
      first = false;
      bench.queue.setDown(down);
      bench.queue.setUp();
      return result;
    };
    bench.push(1, 9, 3);
    bench.push(2, 9, 2);
    expect([...bench.ended]).toEqual([
      [1, 'ENETDOWN'],
      [2, 'sent'],
    ]);
    expect([bench.queue.messages, bench.queue.bytes]).toEqual([0, 0]);
  });
});

describe('a thousand peers', () => {
  it('are served and forgotten', () => {
    const bench = new Bench(TRANSMIT.busy, { queueMessages: 5000 });
    for (let id = 0; id < 1000; id++) {
      const message = TxMessage.message(1, counting(10), UNIT, 9, 8, 0, 0, '');
      message.completion = { finished: () => {} };
      bench.queue.push(message, `/${id}`, false);
    }
    bench.link.answer = TRANSMIT.sent;
    bench.link.host.ready();
    expect(bench.counters.txMessages).toBe(1000);
    expect([bench.queue.messages, bench.queue.bytes]).toEqual([0, 0]);
  });
});

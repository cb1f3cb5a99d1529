/** Two ends of a connection without a socket. */

import { ByteQueue } from '../../tools/byte-queue.js';
import type { Connection } from '../../tools/world-network.js';

export function connectionPair(): readonly [Connection, Connection] {
  const toA = new ByteQueue();
  const toB = new ByteQueue();
  const closing = new AbortController();
  const end = (own: ByteQueue, other: ByteQueue, peer: string): Connection => ({
    peer,
    closed: closing.signal,
    write: async (bytes) => {
      if (closing.signal.aborted) throw new Error('closed');
      other.push(bytes.slice());
    },
    close: () => {
      closing.abort();
      toA.end();
      toB.end();
    },
    [Symbol.asyncIterator]: () => own[Symbol.asyncIterator](),
  });
  return [end(toA, toB, 'b'), end(toB, toA, 'a')];
}

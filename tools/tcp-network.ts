/** TCP, for the world of a process. */

import { once } from 'node:events';
import { createServer, connect as open, type Socket } from 'node:net';
import { MctpError } from '../stack/errors.js';
import { ByteQueue } from './byte-queue.js';
import type { Connection, Listener, Network } from './world-network.js';

export const tcpNetwork: Network = {
  async connect(host, port, signal) {
    const socket = open({ host, port, noDelay: true });
    try {
      await once(socket, 'connect', { signal });
    } catch (cause) {
      socket.destroy();
      throw new MctpError('ENOTCONN', `${host}:${port} cannot be reached: ${reason(cause)}`, { cause });
    }
    return connection(socket);
  },

  async listen(host, port, accept) {
    const server = createServer({ noDelay: true }, (socket) => accept(connection(socket)));
    server.listen({ host, port });
    try {
      await once(server, 'listening');
    } catch (cause) {
      const code = (cause as NodeJS.ErrnoException).code === 'EADDRINUSE' ? 'EADDRINUSE' : 'EINVAL';
      throw new MctpError(code, `${host}:${port} cannot be listened on: ${reason(cause)}`, { cause });
    }
    const address = server.address();
    const listener: Listener = {
      port: typeof address === 'object' && address !== null ? address.port : port,
      close: () => void server.close(),
    };
    return listener;
  },
};

/** More than this is left to the system, until it is read. */
const MOST_UNREAD = 256 * 1024;

/** Reads ahead: that the other side is gone is seen while nobody reads. */
function connection(socket: Socket): Connection {
  const closing = new AbortController();
  const queue = new ByteQueue((left) => {
    if (left < MOST_UNREAD) socket.resume();
  });
  const end = (): void => {
    queue.end();
    closing.abort();
  };
  socket.on('data', (chunk: Buffer) => {
    queue.push(chunk);
    if (queue.length >= MOST_UNREAD) socket.pause();
  });
  // What broke it is told by its end.
  socket.on('error', () => {});
  socket.on('end', end);
  socket.on('close', end);
  return {
    peer: `${socket.remoteAddress ?? ''}:${socket.remotePort ?? ''}`,
    closed: closing.signal,
    write: (bytes) =>
      new Promise((resolve, reject) => {
        socket.write(bytes, (error) => (error ? reject(error) : resolve()));
      }),
    // What was written is delivered first.
    close: () => void socket.destroySoon(),
    [Symbol.asyncIterator]: () => queue[Symbol.asyncIterator](),
  };
}

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'no program listens there',
  EADDRINUSE: 'another program uses it',
  ENOTFOUND: 'the name is unknown',
  EACCES: 'permission denied',
  EADDRNOTAVAIL: 'this machine does not have that address',
};

function reason(cause: unknown): string {
  const { code, message } = cause as NodeJS.ErrnoException;
  return REASONS[code ?? ''] ?? message;
}

/** An HTTP server on one address, with bounds: for metrics, and for the web page. */

import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Socket } from 'node:net';
import { MctpError } from '../../stack/errors.js';

export interface ListenOptions {
  /** `127.0.0.1:9100`, `[::1]:8080`; port 0 is any which is free. */
  readonly where: string;
  /** For people: "metrics". */
  readonly what: string;
  /** What chooses another address: "metrics", "--http". */
  readonly setting: string;
  readonly mostConnections: number;
  /** For the headers of a request, its TLS handshake, and a connection on which nothing is asked; ms, default 10 s. */
  readonly patienceMs?: number;
  /** PEM; undefined: plain HTTP. */
  readonly tls?: { readonly cert: string; readonly key: string } | undefined;
  readonly handle: RequestListener;
}

export interface HttpListener {
  /** `http://127.0.0.1:9100` */
  readonly origin: string;
  readonly host: string;
  readonly port: number;
  close(): void;
}

/** More than any browser sends of its own. */
const MOST_HEADER_BYTES = 8 * 1024;
const PATIENCE_MS = 10_000;
/** Requests which come at once are handled at once: after so many a client has to connect again. */
const MOST_REQUESTS = 100;

/** @throws MctpError EADDRINUSE, EINVAL */
export async function listenHttp(options: ListenOptions): Promise<HttpListener> {
  const { where, what, setting, mostConnections, patienceMs = PATIENCE_MS, tls, handle } = options;
  const { host, port } = hostAndPort(where);
  const bounds = {
    maxHeaderSize: MOST_HEADER_BYTES,
    headersTimeout: patienceMs,
    keepAliveTimeout: patienceMs,
    // Node looks every 30 s by itself: so long a few slow clients would keep everybody out.
    connectionsCheckingInterval: patienceMs / 4,
  };
  let server: Server;
  try {
    server =
      tls === undefined
        ? createServer(bounds, handle)
        : createTlsServer({ ...bounds, handshakeTimeout: patienceMs, ...tls }, handle);
  } catch (cause) {
    throw new MctpError(
      'EINVAL',
      `${what} cannot be served with this certificate and key: ${(cause as Error).message}`,
      {
        cause,
      },
    );
  }
  server.maxConnections = mostConnections;
  server.maxRequestsPerSocket = MOST_REQUESTS;
  // Below TLS: of a connection without a handshake the HTTP server knows nothing, and would wait for its end.
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  try {
    server.listen({ host, port });
    await once(server, 'listening');
  } catch (cause) {
    const inUse = (cause as NodeJS.ErrnoException).code === 'EADDRINUSE';
    const why = inUse ? 'another program uses it' : (cause as Error).message;
    throw new MctpError(
      inUse ? 'EADDRINUSE' : 'EINVAL',
      `${what} cannot be served at ${where}: ${why}; choose another address with ${setting}`,
      { cause },
    );
  }
  const address = server.address();
  const given = typeof address === 'object' && address !== null ? address.port : port;
  return {
    origin: `${tls === undefined ? 'http' : 'https'}://${host.includes(':') ? `[${host}]` : host}:${given}`,
    host,
    port: given,
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** Of `127.0.0.1:80` and `[::1]:80`. */
export function hostAndPort(where: string): { readonly host: string; readonly port: number } {
  const [, host, port] = /^\[?(.+?)\]?:(\d+)$/.exec(where)!;
  return { host: host!, port: Number(port) };
}

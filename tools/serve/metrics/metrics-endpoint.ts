/** Metrics for Prometheus: `GET /metrics` on an address of this machine. */

import { once } from 'node:events';
import { createServer } from 'node:http';
import { MctpError } from '../../../stack/errors.js';
import { EXPOSITION_TYPE } from './exposition.js';

const MOST_CONNECTIONS = 16;
const PATH = '/metrics';

export interface MetricsEndpoint {
  /** `http://127.0.0.1:9100/metrics` */
  readonly url: string;
  close(): void;
}

/** `where`: `127.0.0.1:9100`; port 0 is any which is free. @throws MctpError EADDRINUSE, EINVAL */
export async function openMetricsEndpoint(where: string, text: () => string): Promise<MetricsEndpoint> {
  const [, host, port] = /^\[?(.+?)\]?:(\d+)$/.exec(where)!;
  const server = createServer((request, response) => {
    const { method, url = '' } = request;
    const found = url.split('?')[0] === PATH;
    const allowed = method === 'GET' || method === 'HEAD';
    if (found && allowed) response.writeHead(200, { 'Content-Type': EXPOSITION_TYPE }).end(text());
    else response.writeHead(found ? 405 : 404, found ? { Allow: 'GET, HEAD' } : {}).end(`metrics are at ${PATH}\n`);
  });
  server.maxConnections = MOST_CONNECTIONS;
  try {
    server.listen({ host, port: Number(port) });
    await once(server, 'listening');
  } catch (cause) {
    const inUse = (cause as NodeJS.ErrnoException).code === 'EADDRINUSE';
    const why = inUse ? 'another program uses it' : (cause as Error).message;
    throw new MctpError(
      inUse ? 'EADDRINUSE' : 'EINVAL',
      `metrics cannot be served at ${where}: ${why}; choose another address with metrics`,
      { cause },
    );
  }
  const address = server.address();
  const given = typeof address === 'object' && address !== null ? address.port : port;
  return {
    url: `http://${host!.includes(':') ? `[${host}]` : host}:${given}${PATH}`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

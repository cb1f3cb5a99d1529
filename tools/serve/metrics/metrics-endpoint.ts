/** Metrics for Prometheus: `GET /metrics` on an address of this machine. */

import { listenHttp } from '../../web/http-listener.js';
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
  const { origin, close } = await listenHttp({
    where,
    what: 'metrics',
    setting: 'metrics',
    mostConnections: MOST_CONNECTIONS,
    handle: ({ method, url = '' }, response) => {
      const found = url.split('?')[0] === PATH;
      const allowed = method === 'GET' || method === 'HEAD';
      if (found && allowed) response.writeHead(200, { 'Content-Type': EXPOSITION_TYPE }).end(text());
      else response.writeHead(found ? 405 : 404, found ? { Allow: 'GET, HEAD' } : {}).end(`metrics are at ${PATH}\n`);
    },
  });
  return { url: `${origin}${PATH}`, close };
}

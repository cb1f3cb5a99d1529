/** The HTTP server of metrics and of the page: clients which hold their connection. */

import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { type HttpListener, listenHttp } from '../../../tools/web/http-listener.js';

const vector = (name: string): string => readFileSync(new URL(`../../vectors/web/${name}`, import.meta.url), 'utf8');
const TLS = { cert: vector('certificate.pem'), key: vector('key.pem') };

let listener: HttpListener;
let handled = 0;
afterEach(() => listener.close());

async function listen(tls: typeof TLS | undefined, patienceMs?: number): Promise<void> {
  handled = 0;
  listener = await listenHttp({
    where: '127.0.0.1:0',
    what: 'this',
    setting: 'it',
    mostConnections: 4,
    handle: (_request, response) => {
      handled++;
      response.end('yes');
    },
    tls,
    ...(patienceMs !== undefined && { patienceMs }),
  });
}

/** A connection on which nothing is said. */
async function silent(): Promise<Socket> {
  const socket = connect({ host: listener.host, port: listener.port });
  await once(socket, 'connect');
  return socket;
}

/** The same, after a question and its answer: the server has accepted those before it, then. */
async function keptAlive(tls: typeof TLS | undefined): Promise<Socket> {
  const { host, port } = listener;
  const socket = tls === undefined ? connect({ host, port }) : connectTls({ host, port, rejectUnauthorized: false });
  socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  expect(String(await once(socket, 'data'))).toMatch(/^HTTP\/1\.1 200/);
  return socket;
}

/** Whether it is told its end or an error does not matter. */
function ended(socket: Socket): Promise<unknown> {
  socket.on('error', () => {});
  socket.resume();
  return new Promise((resolve) => socket.once('close', resolve));
}

describe.each([
  ['HTTP', undefined],
  ['HTTPS', TLS],
])('by %s', (_name, tls) => {
  it('clients which say nothing, or nothing more, lose their connections when the server is closed', async () => {
    await listen(tls);
    const clients = [await silent(), await keptAlive(tls)];
    listener.close();
    await Promise.all(clients.map(ended));
  });

  it('a client which asks thousands of times at once does not keep the server from others', async () => {
    await listen(tls);
    const client = await keptAlive(tls);
    client.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(3000));
    for await (const chunk of client) if (String(chunk).includes('HTTP/1.1 503')) break;
    expect(handled).toBe(100);
  });

  it('a client which says nothing loses its connection in a while', async () => {
    await listen(tls, 40);
    await ended(await silent());
  });
});

/** Who may read a file of a device from the page: whoever may look, unless reading takes away what is read. */

import { afterAll, beforeAll, expect, it } from 'vitest';
import { VirtualClock } from '../../../stack/clock.js';
import { PacketWatch } from '../../../tools/web/packet-watch.js';
import { WebModel } from '../../../tools/web/web-model.js';
import { WebServer } from '../../../tools/web/web-server.js';

const TOKEN = 'a-token-of-some-length';
const read: number[] = [];

let server: WebServer;
beforeAll(async () => {
  server = await WebServer.open({
    where: '127.0.0.1:0',
    access: { token: TOKEN, cert: undefined, key: undefined, isPublic: false },
    files: new Map(),
    model: new WebModel(),
    clock: new VirtualClock(),
    requests: new Map(),
    packets: new PacketWatch({ record: async () => () => {} }),
    look: () => {},
    watched: () => {},
    metrics: () => undefined,
    fact: () => undefined,
    trace: () => ({ times: [], values: [] }),
    file: async (device, identifier) => {
      if (device !== '1:9') return undefined;
      return {
        name: `file ${identifier}`,
        path: `/file ${identifier}`,
        identifier,
        isFifo: identifier === 2,
        async *parts() {
          read.push(identifier);
          yield Uint8Array.of(0x68, 0x69);
        },
        brokeOff: () => {},
      };
    },
  });
});
afterAll(() => server.close());

const ask = (query: string, init: RequestInit = {}): Promise<Response> =>
  fetch(`${server.origin}/api/file?${query}`, init);
const authorized = { headers: { Authorization: `Bearer ${TOKEN}` } };

it('an ordinary one without the token, as bytes and nothing else', async () => {
  const answer = await ask('device=1:9&file=1');
  expect(await answer.text()).toBe('hi');
  expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
  expect(answer.headers.get('content-disposition')).toMatch(/^attachment; /);
});

it('a FIFO only with it', async () => {
  read.length = 0;
  expect((await ask('device=1:9&file=2')).status).toBe(401);
  expect(read).toEqual([]);
  expect(await (await ask('device=1:9&file=2', authorized)).text()).toBe('hi');
  expect(read).toEqual([2]);
});

it.each([
  ['device=1:9', {}, 404],
  ['device=1:9&file=one', {}, 404],
  ['device=1:9&file=-1', {}, 404],
  ['device=1:10&file=1', {}, 404],
  ['device=1:9&file=1', { method: 'HEAD' }, 404],
  ['device=1:9&file=1', { method: 'POST' }, 401],
  ['device=1:9&file=1', { method: 'POST', ...authorized }, 404],
  // A link on another site makes no device do anything.
  [
    'device=1:9&file=1',
    {
      headers: { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' },
    },
    403,
  ],
])('%s %j: %i', async (query, init, status) => {
  read.length = 0;
  const answer = await ask(query, init);
  expect(answer.status).toBe(status);
  await answer.body?.cancel();
  expect(read).toEqual([]);
});

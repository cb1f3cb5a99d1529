/** The web server of `mctpkit serve --http`: what it shows, and to whom. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type IncomingMessage, request as plainRequest } from 'node:http';
import { type RequestOptions as TlsOptions, request as tlsRequest } from 'node:https';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../../bindings/system-clock.js';
import type { Clock, Timer } from '../../../stack/clock.js';
import type { WebLive, WebPacketDetail } from '../../../tools/web/web-documents.js';
import { mctpkit, RunningVerb } from '../../support/in-process.js';

const folder = mkdtempSync(join(tmpdir(), 'mctpkit-web-'));
const TOKEN = 'a-token-of-some-length';
const tokenFile = join(folder, 'token');
writeFileSync(tokenFile, `${TOKEN}\n`);
const vector = (name: string): string => fileURLToPath(new URL(`../../vectors/web/${name}`, import.meta.url));
afterAll(() => rmSync(folder, { recursive: true }));

let server: RunningVerb;
let origin: string;
beforeAll(async () => {
  const where = [
    '--link',
    'bench:',
    '--name',
    'w',
    '--dir',
    folder,
    '--http',
    '127.0.0.1:0',
    '--http-token',
    tokenFile,
  ];
  server = new RunningVerb(['serve', ...where, '--json']);
  ({ url: origin } = JSON.parse(await server.line(/"page"/)) as { url: string });
});
afterAll(async () => expect(await server.stop()).toMatchObject({ code: 0 }));

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly text: string;
}

/** As it is written: `fetch` would tidy up what is tested here. */
function raw(path: string, options: TlsOptions = {}, body = ''): Promise<Answer> {
  const send = origin.startsWith('https') ? tlsRequest : plainRequest;
  return new Promise((resolve, reject) => {
    const asked = send(origin, { path, agent: false, ...options }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode!, headers: response.headers, text }));
    });
    asked.on('error', reject);
    asked.end(body);
  });
}

/** The stream until `enough` of its messages. */
async function live(query: string, enough: (messages: readonly WebLive[]) => boolean): Promise<WebLive[]> {
  const stop = new AbortController();
  const response = await fetch(`${origin}/api/live?${query}`, { signal: stop.signal });
  expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
  const messages: WebLive[] = [];
  let text = '';
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    const parts = text.split('\n\n');
    text = parts.pop()!;
    for (const part of parts) messages.push(JSON.parse(part.slice('data: '.length)) as WebLive);
    if (enough(messages)) break;
  }
  stop.abort();
  return messages;
}

describe('files', () => {
  it('are the page and what it needs, under a strict policy', async () => {
    const page = await raw('/');
    expect(page.status).toBe(200);
    expect(page.text).toContain('<script type="module" src="/page.js">');
    expect(page.text).not.toMatch(/<script(?![^>]*src=)| style=| on[a-z]+=/);
    expect(page.headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': expect.stringContaining(
        "default-src 'none'; script-src 'self'; style-src 'self'",
      ) as string,
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
    });
    expect((await raw('/page.js')).headers['content-type']).toBe('text/javascript; charset=utf-8');
    const again = await raw('/page.css', { headers: { 'If-None-Match': (await raw('/page.css')).headers.etag } });
    expect([again.status, again.text]).toEqual([304, '']);
  });

  it.each([
    '/../package.json',
    '/..%2f..%2fpackage.json',
    '/%2e%2e/package.json',
    '/page.js/../../package.json',
    '//etc/passwd',
    '/index.html%00',
    '/api/../../package.json',
    '/api/nothing',
  ])('%s is none of them', async (path) => {
    expect((await raw(path)).status).toBe(404);
  });
});

describe('strangers', () => {
  it.each<[string, Record<string, string>, number]>([
    ['another name for our address', { Host: 'evil.example' }, 421],
    ['a page of another site', { Origin: 'https://evil.example' }, 403],
    ['a script of another site', { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'cors' }, 403],
  ])('%s is refused', async (_who, headers, status) => {
    for (const path of ['/', '/api/live?tables=links']) {
      const { status: got, text } = await raw(path, { headers });
      expect(got).toBe(status);
      expect(JSON.parse(text)).toEqual({ error: expect.any(String) });
    }
  });

  it.each([
    ['without a token', {}, 401],
    ['with a wrong one', { Authorization: 'Bearer wrong' }, 401],
    ['with the right one', { Authorization: `Bearer ${TOKEN}` }, 200],
    [
      'with the right one, from another site',
      { Authorization: `Bearer ${TOKEN}`, Origin: 'https://evil.example' },
      403,
    ],
  ])('manage %s: %o', async (_how, headers, status) => {
    expect((await raw('/api/token', { method: 'POST', headers })).status).toBe(status);
  });

  it.each(['9', '0', 'abc', ''])('end no server when they end node "%s", which is not there', async (node) => {
    const headers = { Authorization: `Bearer ${TOKEN}` };
    const { status, text } = await raw(`/api/kick?served=w&node=${node}`, { method: 'POST', headers });
    expect([status, text]).toEqual([422, expect.stringMatching(/node/)]);
    expect(await raw('/')).toMatchObject({ status: 200 });
  });

  it('use no other method, and send no header without end', async () => {
    expect(await raw('/', { method: 'DELETE' })).toMatchObject({ status: 405 });
    expect(await raw('/', { headers: { 'X-Long': 'x'.repeat(9000) } })).toMatchObject({ status: 431 });
  });

  it('name a place which can be one', async () => {
    expect(await raw('//[')).toMatchObject({ status: 400 });
  });

  it('which begin and never end a request are closed', async () => {
    const { hostname, port } = new URL(origin);
    const socket = connect({ host: hostname, port: Number(port) });
    const answer = new Promise<string>((resolve) => {
      let text = '';
      socket.on('data', (chunk) => {
        text += String(chunk);
      });
      socket.on('close', () => resolve(text));
    });
    socket.write('nonsense\r\n\r\n');
    expect(await answer).toMatch(/^HTTP\/1\.1 400/);
  });
});

describe('the live stream', () => {
  it('begins with everything', async () => {
    const found = (messages: readonly WebLive[]): string[] =>
      messages.flatMap(({ tables }) => Object.values(tables?.termini?.rows ?? {}).map(({ thing }) => thing));
    const messages = await live('tables=server,links,rates,endpoints,termini', (all) => found(all).includes('GPU 1'));
    const first = messages[0]!.tables!;
    expect(first.server?.rows.server).toMatchObject({ networks: ['w'], canManage: true });
    expect(Object.keys(first.links!.rows)).toEqual(expect.arrayContaining(['bench:smbus0', 'bench:serial0']));
    const eids = messages.flatMap(({ tables }) => Object.keys(tables?.endpoints?.rows ?? {}));
    expect([...new Set(eids)].sort()).toEqual(['1:10', '1:11', '1:12', '1:13', '1:14', '1:15', '1:9']);
  });

  it('has packets as the command decodes and filters them', async () => {
    const packetsOf = (all: readonly WebLive[]) => all.flatMap(({ packets }) => packets?.items ?? []);
    const reading = live('packets=command%3DGetSensorReading%20eid%3D9', (all) => packetsOf(all).length >= 2);
    const packets = packetsOf(await reading);
    expect(packets.every(({ text, src, dst }) => text.startsWith('GetSensorReading') && [src, dst].includes('9'))).toBe(
      true,
    );
    const { text } = await raw(`/api/packet?n=${packets.at(-1)!.n}`);
    const detail = JSON.parse(text) as WebPacketDetail;
    expect(detail.message?.lines.length).toBeGreaterThan(0);
    expect(detail.hex).toMatch(/^01/);
    expect((await raw('/api/packet?n=999999')).status).toBe(404);
  });

  it('says what is wrong with a filter', async () => {
    const [first] = await live('packets=eit%3D9', (all) => all.length > 0);
    expect(first?.packets?.problem).toBe(
      'no key "eit" (did you mean eid?): known are eid, src, dst, tag, type, link, dir, command, kind, error',
    );
  });

  it('says which table is not known', async () => {
    const response = await fetch(`${origin}/api/live?tables=links,sensorz`);
    expect(response.status).toBe(400);
    expect(await response.text()).toMatch(/there is no table sensorz: known are .*sensors/);
  });

  it('is given to so many pages', async () => {
    const stop = new AbortController();
    const open = await Promise.all(
      Array.from({ length: 16 }, () => fetch(`${origin}/api/live?tables=server`, { signal: stop.signal })),
    );
    expect(open.map(({ status }) => status)).toEqual(Array.from({ length: 16 }, () => 200));
    expect(await raw('/api/live?tables=server')).toMatchObject({ status: 503 });
    stop.abort();
  });
});

it('metrics are there for Prometheus', async () => {
  const { status, text, headers } = await raw('/metrics');
  expect([status, headers['content-type']]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8']);
  expect(text).toContain('mctp_served_clients{served="w"} 0');
  expect((await raw('/metrics/w')).status).toBe(200);
  expect(await raw('/metrics/x')).toMatchObject({ status: 404 });
});

describe('what a device says of itself', () => {
  const fact = async (device: string, name: string, record = ''): Promise<Answer> =>
    raw(`/api/fact?device=${device}&name=${name}${record}`);
  it.each([
    ['pldm', { tid: expect.any(Number) as number }],
    [
      'fru',
      { sets: [{ title: 'record set 1, general', fields: expect.arrayContaining([['model', 'NV-3840']]) as unknown }] },
    ],
    ['firmware', { active: '1.4.2', status: 'IDLE', components: [{ what: 'firmware 1', active: '1.4.2' }] }],
    ['pdr', { entities: [{ name: 'NVMe drive' }] }],
    ['files', { entries: [] }],
  ])('%s', async (name, expected) => {
    const { status, text } = await fact('1:9', name);
    expect(status).toBe(200);
    expect(JSON.parse(text)).toMatchObject(expected);
  });

  it('is refused in a sentence', async () => {
    expect(await fact('1:99', 'fru')).toMatchObject({ status: 404 });
    expect(await fact('1:9', 'nonsense')).toMatchObject({ status: 404 });
    const { status, text } = await fact('1:9', 'record', '&record=9999');
    expect([status, JSON.parse(text)]).toEqual([422, { error: 'there is no record 9999' }]);
    // A bridge without firmware.
    const none = await fact('1:11', 'firmware');
    expect([none.status, (JSON.parse(none.text) as { error: string }).error]).toEqual([
      422,
      expect.stringContaining('QueryDeviceIdentifiers'),
    ]);
  });
});

describe('addresses and files', () => {
  it.each([
    [
      ['--http', '0.0.0.0:0'],
      /would show devices to other machines: use 127\.0\.0\.1, or name --http-token, --http-cert and --http-key/,
    ],
    [['--http', '[::]:0', '--http-token', tokenFile], /would show devices to other machines/],
    [['--http', '127.0.0.1'], /--http 127\.0\.0\.1 is wrong: use an address with a port/],
    [['--http-token', tokenFile], /go with --http/],
    [['--http', '127.0.0.1:0', '--http-cert', vector('certificate.pem')], /a certificate and its key go together/],
    [['--http', '127.0.0.1:0', '--http-token', vector('key.pem')], /must have one word of 16 to 256 characters/],
    [['--http', '127.0.0.1:0', '--http-token', join(folder, 'none')], /none: no such file or directory/],
  ])('%j: one line, exit code 2', async (words, line) => {
    const { code, stderr } = await mctpkit(['serve', '--link', 'bench:', '--dir', folder, ...words]);
    expect([code, stderr.trim().split('\n').length]).toEqual([2, 1]);
    expect(stderr).toMatch(line);
  });

  it('a page which looks on when the server ends leaves no timer behind', async () => {
    const timers = new Set<Timer>();
    const clock: Clock = {
      now: () => systemClock.now(),
      schedule: (delayMs, callback) => {
        const timer = systemClock.schedule(delayMs, () => {
          timers.delete(mine);
          callback();
        });
        const mine: Timer = {
          cancel: () => {
            timer.cancel();
            timers.delete(mine);
          },
        };
        timers.add(mine);
        return mine;
      },
    };
    const where = ['--name', 'end', '--dir', folder, '--http', '127.0.0.1:0'];
    const verb = new RunningVerb(['serve', '--link', 'bench:', ...where, '--json'], { clock });
    const { url } = JSON.parse(await verb.line(/"page"/)) as { url: string };
    const reader = (await fetch(`${url}/api/live?tables=links`)).body!.getReader();
    await reader.read();
    expect(await verb.stop()).toMatchObject({ code: 0 });
    while (!(await reader.read().catch(() => ({ done: true }))).done);
    expect(timers.size).toBe(0);
  });

  it('a port which is taken is named', async () => {
    const { code, stderr } = await mctpkit([
      'serve',
      '--link',
      'bench:',
      '--name',
      'x',
      '--dir',
      folder,
      '--http',
      new URL(origin).host,
    ]);
    expect([code, stderr]).toEqual([
      1,
      expect.stringContaining('another program uses it; choose another address with --http'),
    ]);
  });

  it('by HTTPS everything but the files needs the token, when other machines can ask', async () => {
    const before = origin;
    const tls = ['--http-cert', vector('certificate.pem'), '--http-key', vector('key.pem'), '--http-token', tokenFile];
    const verb = new RunningVerb([
      'serve',
      '--link',
      'bench:',
      '--name',
      'tls',
      '--dir',
      folder,
      '--http',
      '0.0.0.0:0',
      ...tls,
      '--json',
    ]);
    try {
      const { url } = JSON.parse(await verb.line(/"page"/)) as { url: string };
      origin = `https://127.0.0.1:${new URL(url).port}`;
      const trusting = { rejectUnauthorized: false };
      expect((await raw('/', trusting)).status).toBe(200);
      expect((await raw('/api/trace?key=x', trusting)).status).toBe(401);
      expect(
        (await raw('/api/trace?key=x', { ...trusting, headers: { Authorization: `Bearer ${TOKEN}` } })).status,
      ).toBe(200);
      expect((await raw('/', { ...trusting, headers: { Host: 'evil.example' } })).status).toBe(421);
    } finally {
      origin = before;
      expect(await verb.stop()).toMatchObject({ code: 0 });
    }
  });
});

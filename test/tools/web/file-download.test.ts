/** Files of devices as a page gets them: bytes to be kept, within bounds, and whatever ends them told. */

import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { VirtualClock } from '../../../stack/clock.js';
import { MctpError } from '../../../stack/errors.js';
import { type DeviceFile, FileDownloads } from '../../../tools/web/file-download.js';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
});

type Parts = DeviceFile['parts'];

/** Serves one file; what is thrown before anything was sent is the body of a 422. */
async function served(parts: Parts, name = 'boot.log', device = 'a') {
  const clock = new VirtualClock();
  const downloads = new FileDownloads(clock);
  const broken: string[] = [];
  let ended = 0;
  const file: DeviceFile = {
    name,
    path: `/${name}`,
    identifier: 7,
    isFifo: false,
    async *parts(range) {
      try {
        yield* parts(range);
      } finally {
        ended++;
      }
    },
    brokeOff: (bytes, why) => broken.push(`${bytes}: ${why}`),
  };
  const server = createServer((request, response) => {
    const query = new URL(request.url!, 'http://page').searchParams;
    downloads.send(query.get('device') ?? device, file, query, response).catch((error: Error) => {
      if (response.headersSent) response.destroy();
      else response.writeHead(422).end(error.message);
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const ask = (query = '', signal?: AbortSignal): Promise<Response> =>
    fetch(`${origin}/?${query}`, signal === undefined ? {} : { signal });
  return { ask, clock, broken, ended: () => ended };
}

const bytes = (size: number): Uint8Array => new Uint8Array(size).fill(0x41);

describe('a file of a device', () => {
  it('is bytes to be kept, by a harmless name', async () => {
    const asked: unknown[] = [];
    const { ask } = await served(async function* ({ offset, length }) {
      asked.push([offset, length]);
      yield bytes(3);
    }, '../../etc/"pass<b>wd\r\nX: y');
    const answer = await ask('offset=5&length=3');
    expect(answer.headers.get('content-type')).toBe('application/octet-stream');
    const disposition = answer.headers.get('content-disposition')!;
    expect(disposition).toMatch(/^attachment; filename="[\w.-]+"; filename\*=UTF-8''[\w.%-]+$/);
    expect(disposition).not.toMatch(/\.\.|\//);
    expect(await answer.text()).toBe('AAA');
    expect(asked).toEqual([[5, 3]]);
  });

  it('with a name of which nothing is left is called by its number', async () => {
    const { ask } = await served(async function* () {}, '..');
    const answer = await ask();
    expect(answer.headers.get('content-disposition')).toBe(`attachment; filename="file-7"; filename*=UTF-8''file-7`);
    expect(await answer.text()).toBe('');
  });

  it.each(['offset=-1', 'length=ten', 'length=99999999999'])('is not read with %s', async (query) => {
    const { ask } = await served(async function* () {});
    expect(await (await ask(query)).text()).toMatch(/^(offset|length) is a number of bytes$/);
  });

  it('which is too long is not read to its end', async () => {
    const { ask, broken, ended } = await served(async function* () {
      for (;;) yield bytes(1024 * 1024);
    });
    expect(await (await ask('length=67108865')).text()).toBe(
      'at most 67108864 bytes are read at a time: use mctpkit file',
    );
    await expect(ask().then((answer) => answer.arrayBuffer())).rejects.toThrow();
    expect(broken).toEqual(['68157440: it is longer than 67108864 bytes: use mctpkit file']);
    expect(ended()).toBe(1);
  });

  it('of a device is read once at a time, and of four devices', async () => {
    let letGo = (): void => {};
    const held = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    const { ask } = await served(async function* () {
      yield bytes(1);
      await held;
    });
    const running = await Promise.all(['a', 'b', 'c', 'd'].map((device) => ask(`device=${device}`)));
    expect(await (await ask('device=a')).text()).toBe('another file of the device is being read');
    expect(await (await ask('device=e')).text()).toBe('4 files are being read already');
    letGo();
    expect(await Promise.all(running.map((one) => one.text()))).toEqual(['A', 'A', 'A', 'A']);
    expect(await (await ask('device=a')).text()).toBe('A');
  });

  it('is closed when the page does not want it any more, without an event', async () => {
    let heard: AbortSignal | undefined;
    const { ask, broken, ended } = await served(async function* ({ signal }) {
      heard = signal;
      yield bytes(1);
      await new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason));
      });
    });
    const stop = new AbortController();
    await ask('', stop.signal);
    stop.abort();
    await expect.poll(ended).toBe(1);
    expect(MctpError.is(heard!.reason, 'ECANCELED')).toBe(true);
    expect(broken).toEqual([]);
  });

  it('which takes forever is given up, and that is told', async () => {
    const { ask, broken, clock } = await served(async function* ({ signal }) {
      yield bytes(2);
      await new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason));
      });
    });
    const answer = await ask();
    clock.advance(15 * 60_000);
    await expect(answer.text()).rejects.toThrow();
    expect(broken).toEqual(['2: it took longer than 15 minutes']);
  });

  it('which the device breaks off is told; before its first byte the page is', async () => {
    const late = await served(async function* () {
      yield bytes(2);
      throw new MctpError('EIO', 'it has gone');
    });
    await expect(late.ask().then((answer) => answer.text())).rejects.toThrow();
    expect(late.broken).toEqual(['2: it has gone']);
    const early = await served(async function* () {
      yield await Promise.reject(new MctpError('EIO', 'it has gone'));
    });
    expect(await (await early.ask()).text()).toBe('it has gone');
    expect(early.broken).toEqual([]);
  });
});

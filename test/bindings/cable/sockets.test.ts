/** Cables over real sockets: TLS 1.3 with a key or with certificates, and Unix sockets. */

import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls, createServer as createTlsServer } from 'node:tls';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import type { CableEvent } from '../../../bindings/cable/cable-end.js';
import { type CableIdentity, cableKey } from '../../../bindings/cable/cable-identity.js';
import { CableLink, type CableLinkOptions } from '../../../bindings/cable/cable-link.js';
import { splitPlace } from '../../../bindings/cable/place-text.js';
import { SocketNetwork } from '../../../bindings/cable/socket-network.js';
import { createLink } from '../../../bindings/link-registry.js';
import { systemClock } from '../../../bindings/system-clock.js';
import { describeLinkCompliance, samplePacket } from '../../../hw-fixtures/testing/link-compliance.js';
import { RecordingHost } from '../../../hw-fixtures/testing/recording-host.js';
import { TestClock } from '../../../hw-fixtures/testing/test-clock.js';
import { ownPlace } from '../../support/own-place.js';

const clock = systemClock;
const KEY: CableIdentity = { kind: 'key', key: new Uint8Array(32).fill(7) };
const OTHER: CableIdentity = { kind: 'key', key: new Uint8Array(32).fill(8) };
const NONE: CableIdentity = { kind: 'none' };
const pem = (name: string): string => readFileSync(new URL(`../../vectors/cable/${name}.pem`, import.meta.url), 'utf8');

function certificates(name: string, peerName?: string, trust = 'authority'): CableIdentity {
  const [certificate, privateKey] = [pem(name), pem(`${name}.key`)];
  return { kind: 'certificates', certificate, privateKey, trust: pem(trust), peerName };
}

const folder = mkdtempSync(join(tmpdir(), 'cable-'));
afterAll(() => rmSync(folder, { recursive: true }));
let sockets = 0;
const unixPlace = (): string => `${folder}/s${sockets++}`;

interface End {
  readonly link: CableLink;
  readonly host: RecordingHost;
  readonly events: CableEvent[];
}

const ends: End[] = [];
afterEach(async () => {
  for (const { link, host } of ends.splice(0)) {
    await link.close();
    expect(host.violations).toEqual([]);
  }
});

function end(identity: CableIdentity, options: Partial<CableLinkOptions>): End {
  const events: CableEvent[] = [];
  const link = new CableLink({
    name: 'cable:t',
    clock,
    network: new SocketNetwork(clock, identity),
    key: cableKey(identity),
    hear: (event: CableEvent) => events.push(event),
    ...options,
  });
  const made = { link, host: new RecordingHost().attach(link), events };
  ends.push(made);
  return made;
}

const to = (place: string) => [{ place, backup: false }];

async function pair(listens: CableIdentity, connects = listens) {
  const place = await ownPlace();
  const bench = end(listens, { listen: [place] });
  await bench.link.open();
  return { place, bench, laptop: end(connects, { connect: to(place) }) };
}

async function carries(a: End, b: End): Promise<void> {
  for (const [from, at] of [
    [a, b],
    [b, a],
  ] as const) {
    from.host.send(samplePacket(3_000, 1), '');
    while (at.host.packets.length === 0) await at.host.next();
    expect(at.host.packets[0]!.bytes).toEqual(samplePacket(3_000, 1));
  }
}

/** Where a server listens then. */
async function listening(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Wait until this side has told that somebody was refused. */
async function refusal({ events }: End): Promise<string> {
  for (;;) {
    const found = events.find((event) => event.type === 'refused');
    if (found !== undefined && 'reason' in found) return found.reason;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describeLinkCompliance('cable over a Unix socket', () => {
  const place = unixPlace();
  const common = { clock, network: new SocketNetwork(clock, NONE), key: cableKey(NONE), longestUnit: 70 };
  const a = new CableLink({ ...common, name: 'cable:a', listen: [place] });
  const b = new CableLink({ ...common, name: 'cable:b', connect: to(place) });
  return { a, b };
});

describeLinkCompliance('cable over TLS', async () => {
  const place = await ownPlace();
  const common = { clock, network: new SocketNetwork(clock, KEY), key: cableKey(KEY), longestUnit: 70 };
  const a = new CableLink({ ...common, name: 'cable:a', listen: [place] });
  const b = new CableLink({ ...common, name: 'cable:b', connect: to(place) });
  return { a, b };
});

describe('a cable over sockets', () => {
  it('carries packets with a key, and with certificates', async () => {
    for (const [listens, connects] of [
      [KEY, KEY],
      [certificates('bench', 'laptop'), certificates('laptop', 'bench')],
    ] as const) {
      const { bench, laptop } = await pair(listens, connects);
      await laptop.link.open();
      await carries(laptop, bench);
    }
  });

  it('is made of a URL, with files of keys and certificates which others may not read', async () => {
    const file = (name: string, text: string, mode = 0o600): string => {
      const path = join(folder, name);
      writeFileSync(path, text, { mode });
      chmodSync(path, mode);
      return path;
    };
    const of = (name: string, other: string): string =>
      `allow=any&certificate=${file(`${name}.pem`, pem(name))}&private-key=${file(`${name}.key`, pem(`${name}.key`))}` +
      `&trust=${file('authority.pem', pem('authority'))}&peer-name=${other}`;
    const key = file('desk.key', `${'07'.repeat(32)}\n`);
    const socket = unixPlace();
    const place = await ownPlace();
    for (const [listens, connects] of [
      [`cable:?listen=${place}&key=${key}&allow=any`, `cable:${place}?key=${key}&allow=any`],
      [`cable:?listen=${place}&${of('bench', 'laptop')}`, `cable:${place}?${of('laptop', 'bench')}`],
      [`cable:?listen=${socket}&allow=any`, `cable:${socket}?allow=any`],
    ] as const) {
      const [a, b] = [await createLink(listens), await createLink(connects)];
      const [hostA, hostB] = [new RecordingHost().attach(a), new RecordingHost().attach(b)];
      await a.open();
      await b.open();
      hostB.send(samplePacket(300, 1), '');
      while (hostA.packets.length === 0) await hostA.next();
      expect(hostA.packets[0]!.bytes).toEqual(samplePacket(300, 1));
      await b.close();
      await a.close();
    }
    const open = file('open.key', '07'.repeat(32), 0o640);
    const refused = createLink(`cable:127.0.0.1?allow=any&key=${open}`);
    await expect(refused).rejects.toThrow(`others may read ${open}: chmod 600 ${open}`);
    const short = createLink(`cable:127.0.0.1?allow=any&key=${file('short.key', '0707')}`);
    await expect(short).rejects.toThrow('is not a key: it has 64 hex digits');
  });

  it('takes a Unix socket which a killed process left, gives it the mode 0600, and removes it', async () => {
    const place = unixPlace();
    const left = createServer();
    await new Promise<void>((resolve) => left.listen({ path: place }, resolve));
    const first = end(NONE, { listen: [place] });
    await expect(first.link.open()).rejects.toMatchObject({ code: 'EADDRINUSE' });
    await new Promise((resolve) => left.close(resolve));
    await first.link.open();
    expect(statSync(place).mode & 0o777).toBe(0o600);
    await first.link.close();
    expect(existsSync(place)).toBe(false);
  });

  it('says in one line why the other end was not reached', async () => {
    const place = await ownPlace();
    const alone = end(KEY, { connect: to(place) });
    await expect(alone.link.open()).rejects.toThrow(
      `cable:t: the other end at ${place} was not reached: no program listens at ${place}`,
    );
    const open = end(NONE, { connect: to(place) });
    await expect(open.link.open()).rejects.toThrow('a cable needs a key or certificates');
    const silent = createServer((socket) => socket.end());
    const there = await listening(silent);
    await expect(end(KEY, { connect: to(there) }).link.open()).rejects.toThrow('was not reached');
    silent.close();
  });
});

it('says in words that a connection of a cable was cut', async () => {
  const { place } = await pair(KEY);
  const cut: Socket[] = [];
  const between = createServer((near) => {
    const far = connect(splitPlace(place)!);
    for (const socket of [near, far]) cut.push(socket.on('error', () => {}));
    near.pipe(far).pipe(near);
  });
  const way = await listening(between);
  const told = new Promise<CableEvent>((resolve) => {
    const hear = (event: CableEvent): void => {
      if (event.type === 'pathDown') resolve(event);
    };
    end(KEY, { connect: to(way), hear });
  });
  await ends.at(-1)!.link.open();
  for (const socket of cut) socket.resetAndDestroy();
  between.close();
  expect(await told).toMatchObject({ reason: 'the other end was killed, or something on the way cut the connection' });
});

describe('a cable over sockets which is closed while it opens', () => {
  it('listens no longer when it was about to, and opens again', async () => {
    for (const [identity, place] of [
      [KEY, await ownPlace()],
      [NONE, unixPlace()],
    ] as const) {
      const { link } = end(identity, { listen: [place] });
      const opening = link.open();
      opening.catch(() => {});
      await Promise.resolve();
      await link.close();
      await expect(opening).rejects.toMatchObject({ code: 'ECANCELED' });
      const reached = await new Promise((resolve) => {
        const socket = connect(identity === KEY ? splitPlace(place)! : { path: place });
        socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
        socket.once('connect', () => socket.destroy());
      });
      expect(reached).toBe(false);
      await link.open();
    }
  });

  it('gives up a connection which is being made at once, and leaves no timer', async () => {
    const time = new TestClock();
    const silent = createServer();
    const place = await listening(silent);
    const link = new CableLink({
      name: 'cable:t',
      clock: time,
      network: new SocketNetwork(time, KEY),
      key: cableKey(KEY),
      connect: to(place),
    });
    new RecordingHost().attach(link);
    const [[accepted]] = await Promise.all([
      once(silent, 'connection') as Promise<[Socket]>,
      expect(link.open()).rejects.toMatchObject({ code: 'ECANCELED' }),
      once(silent, 'connection').then(() => link.close()),
    ]);
    expect(time.pending).toBe(0);
    accepted.on('error', () => {}).resume();
    if (!accepted.closed) await once(accepted, 'close');
    await new Promise((resolve) => silent.close(resolve));
  });
});

describe('nobody gets into a cable over sockets', () => {
  it.each([
    ['another key', KEY, OTHER, 'it has another key'],
    ['a certificate of another authority', certificates('bench'), certificates('stranger'), 'its certificate is not'],
    ['the certificate of another', certificates('bench', 'rack'), certificates('laptop'), 'it is not rack'],
    ['a key where certificates are wanted', certificates('bench'), KEY, 'TLS handshake'],
    ['certificates where a key is wanted', KEY, certificates('laptop'), 'it has no key'],
  ])('with %s', async (_what, listens, connects, reason) => {
    const { bench, laptop } = await pair(listens, connects);
    const opening = laptop.link.open();
    opening.catch(() => {});
    expect(await refusal(bench)).toContain(reason);
    await laptop.link.close();
    await expect(opening).rejects.toThrow();
    expect(bench.link.counters).toMatchObject({ sessions: 0, rxPackets: 0 });
  });

  it('when who is connected to is another: an authority which is trusted by the whole world does not help', async () => {
    for (const [identity, presents] of [
      [KEY, 'stranger'],
      [certificates('laptop', 'bench'), 'stranger'],
      [certificates('laptop', 'bench'), 'laptop'],
    ] as const) {
      const server = createTlsServer({
        cert: pem(presents),
        key: pem(`${presents}.key`),
        ALPNProtocols: ['mctpkit-cable'],
      });
      server.on('tlsClientError', () => {});
      server.on('secureConnection', (socket) => socket.on('error', () => {}));
      const place = await listening(server);
      const laptop = end(identity, { connect: to(place) });
      await expect(laptop.link.open()).rejects.toThrow(`the other end at ${place} was not reached`);
      expect(laptop.link.counters.sessions).toBe(0);
      server.close();
    }
  });

  it('without TLS 1.3', async () => {
    const { bench, place } = await pair(KEY);
    const key = Buffer.alloc(32, 7);
    const older = connectTls({
      ...splitPlace(place)!,
      maxVersion: 'TLSv1.2',
      ciphers: 'PSK-AES128-GCM-SHA256',
      pskCallback: () => ({ psk: key, identity: 'x' }),
      checkServerIdentity: () => undefined,
    });
    older.on('error', () => {});
    expect(await refusal(bench)).toBe('it speaks an older TLS than 1.3');
    bench.events.length = 0;
    const plain = connect(splitPlace(place)!);
    plain.on('error', () => {});
    plain.write('GET / HTTP/1.1\r\n\r\n');
    expect(await refusal(bench)).toContain('no TLS handshake');
    for (const socket of [older, plain]) socket.destroy();
  });

  it('by a flood of connections which never begin TLS', async () => {
    const { bench, place, laptop } = await pair(KEY);
    const flood: Socket[] = [];
    for (let index = 0; index < 100; index++) {
      const socket = connect(splitPlace(place)!);
      socket.on('error', () => {});
      flood.push(socket);
    }
    // All but four; those are refused too, once their handshake has taken too long.
    while (bench.link.counters.pathsRefused! < 96) await new Promise((resolve) => setImmediate(resolve));
    expect(bench.events).toHaveLength(10);
    for (const socket of flood) socket.destroy();
    while (bench.link.counters.sessions === 0) {
      await laptop.link.open().catch(() => {});
      await new Promise((resolve) => setImmediate(resolve));
    }
    await carries(laptop, bench);
  });
});

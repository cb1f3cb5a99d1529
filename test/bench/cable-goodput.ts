/** What a cable carries, beside a plain TCP connection of the same run: goodput with messages of 4 KiB, and latency. */

import { connect, createServer, type Server, type Socket } from 'node:net';
import { connect as connectTls, createServer as createTlsServer } from 'node:tls';
import { type CableIdentity, cableKey, clientTls, serverTls } from '../../bindings/cable/cable-identity.js';
import { CableLink } from '../../bindings/cable/cable-link.js';
import { SocketNetwork } from '../../bindings/cable/socket-network.js';
import { systemClock } from '../../bindings/system-clock.js';
import { TRANSMIT } from '../../stack/link.js';
import { Mctp } from '../../stack/mctp.js';
import { percentile } from './percentiles.js';
import { atLeast, type BenchRow } from './row.js';

const MESSAGE = 4096;
const MESSAGES = 30_000;
const ROUND_TRIPS = 3_000;
const ROUNDS = 7;
const AIM = 0.8;
const SINK = 0x7f;
const ECHO = 0x7e;
const KEY: CableIdentity = { kind: 'key', key: new Uint8Array(32).fill(7) };

export async function benchCable(): Promise<BenchRow[]> {
  const rows: BenchRow[] = [];
  const tcp = await tcpPair();
  const encrypted = [['plain TLS 1.3', await tlsPair()]] as const;
  const cables = [
    ['cable over TLS, without the stack', await linkPair()],
    ['cable over TLS', await cablePair(1)],
    ['cable over TLS, two sub-paths', await cablePair(2)],
  ] as const;
  // In turns, so that what else the machine does hits all of them.
  const rates = new Map<string, Goodput[]>();
  const note = (name: string, rate: Goodput): void => void rates.set(name, [...(rates.get(name) ?? []), rate]);
  for (let round = 0; round < ROUNDS; round++) {
    note('TCP', await tcp.goodput());
    for (const [name, cable] of [...encrypted, ...cables]) note(name, await cable.goodput());
  }
  // The round which other programs disturbed least.
  const best = (name: string, of: keyof Goodput): number => Math.max(...rates.get(name)!.map((goodput) => goodput[of]));
  rows.push({ name: 'plain TCP, writes of 4 KiB', value: best('TCP', 'perSecond'), unit: 'MB/s' });
  for (const [name] of [...encrypted, ...cables]) {
    rows.push({ name: `${name}, 4 KiB each`, value: best(name, 'perSecond'), unit: 'MB/s' });
    for (const [of, what] of [
      ['perSecond', 'of plain TCP'],
      ['perCpuSecond', 'of plain TCP, for the same processor time'],
    ] as const) {
      rows.push(atLeast(`${name}, ${what}`, best(name, of) / best('TCP', of), '', AIM));
    }
  }
  const trips: [string, number[]][] = [['plain TCP', await tcp.roundTrips()]];
  for (const [name, pair] of [...encrypted, ...cables]) trips.push([name, await pair.roundTrips()]);
  for (const [name, values] of trips) {
    const sorted = values.sort((a, b) => a - b);
    for (const share of [0.5, 0.99]) {
      rows.push({
        name: `${name}, round trip of 64 bytes, p${100 * share}`,
        value: 1000 * percentile(sorted, share),
        unit: 'us',
      });
    }
  }
  tcp.close();
  for (const [, pair] of encrypted) pair.close();
  for (const [, cable] of cables) await cable.close();
  return rows;
}

/** MB, of both ends together. */
interface Goodput {
  readonly perSecond: number;
  readonly perCpuSecond: number;
}

interface Pair {
  goodput(): Promise<Goodput>;
  /** ms each. */
  roundTrips(): Promise<number[]>;
}

async function tcpPair(): Promise<Pair & { close(): void }> {
  const server = createServer({ noDelay: true });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const accepted = new Promise<Socket>((resolve) => server.once('connection', resolve));
  const a = connect({ port: (server.address() as { port: number }).port, host: '127.0.0.1', noDelay: true });
  return socketPair(a, await accepted, server);
}

async function tlsPair(): Promise<Pair & { close(): void }> {
  const server = createTlsServer(serverTls(KEY));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const accepted = new Promise<Socket>((resolve) => server.once('secureConnection', resolve));
  const a = connectTls({ port: (server.address() as { port: number }).port, host: '127.0.0.1', ...clientTls(KEY) });
  return socketPair(a, await accepted, server);
}

function socketPair(a: Socket, b: Socket, server: Server): Pair & { close(): void } {
  const message = Buffer.alloc(MESSAGE, 7);
  return {
    async goodput() {
      const took = stopwatch();
      let received = 0;
      const done = new Promise<void>((resolve) => {
        const hear = (chunk: Buffer): void => {
          received += chunk.length;
          if (received < MESSAGES * MESSAGE) return;
          b.off('data', hear);
          resolve();
        };
        b.on('data', hear);
      });
      for (let sent = 0; sent < MESSAGES; sent++) {
        if (!a.write(message)) await new Promise((resolve) => a.once('drain', resolve));
      }
      await done;
      return took();
    },
    async roundTrips() {
      b.on('data', (chunk: Buffer) => b.write(chunk));
      const ping = Buffer.alloc(64, 1);
      return measured(
        () =>
          new Promise<void>((resolve) => {
            a.once('data', () => resolve());
            a.write(ping);
          }),
      );
    },
    close() {
      a.destroy();
      b.destroy();
      server.close();
    },
  };
}

async function cablePair(paths: number): Promise<Pair & { close(): Promise<void> }> {
  const clock = systemClock;
  const places = await Promise.all(Array.from({ length: paths }, freePlace));
  const common = { clock, network: new SocketNetwork(clock, KEY), key: cableKey(KEY) };
  const connectTo = places.map((place) => ({ place, backup: false }));
  const [a, b] = [new Mctp({ clock }), new Mctp({ clock })];
  b.addLink(new CableLink({ ...common, name: 'cable', listen: places }), { transmissionUnit: 8192 });
  a.addLink(new CableLink({ ...common, name: 'cable', connect: connectTo }), { transmissionUnit: 8192 });
  a.addAddress(8, 'cable');
  b.addAddress(9, 'cable');
  a.addRoute({ start: 9, link: 'cable' });
  b.addRoute({ start: 8, link: 'cable' });
  await b.open();
  await a.open();
  while ((a.linkByName('cable').paths ?? []).filter(({ state }) => state === 'up').length < paths)
    await new Promise((resolve) => setImmediate(resolve));
  const socket = a.socket();
  const echo = b.socket();
  const sink = b.socket();
  echo.bind({ type: ECHO });
  sink.bind({ type: SINK });
  let received = 0;
  let wanted = 0;
  let done = (): void => {};
  sink.onMessage(({ payload }) => {
    received += payload.length;
    if (received === wanted) done();
  });
  echo.onMessage((message) => void echo.reply(message, message.payload));
  const payload = new Uint8Array(MESSAGE).fill(7);
  return {
    async goodput() {
      const took = stopwatch();
      wanted += MESSAGES * MESSAGE;
      const all = new Promise<void>((resolve) => {
        done = resolve;
      });
      for (let sent = 0; sent < MESSAGES; sent++) {
        const sending = socket.send({ eid: 9 }, payload, { type: SINK, reply: false });
        if (sent % 64 === 63) await sending;
      }
      await all;
      return took();
    },
    roundTrips: () => measured(() => socket.request({ eid: 9 }, payload.subarray(0, 59), { type: ECHO })),
    async close() {
      await a.close();
      await b.close();
    },
  };
}

/** The link by itself: packets of 4 KiB from one end to the other. */
async function linkPair(): Promise<Pair & { close(): Promise<void> }> {
  const clock = systemClock;
  const place = await freePlace();
  const common = { clock, network: new SocketNetwork(clock, KEY), key: cableKey(KEY), name: 'cable' };
  const b = new CableLink({ ...common, listen: [place] });
  const a = new CableLink({ ...common, connect: [{ place, backup: false }] });
  let received = 0;
  let answered = (): void => {};
  let ready = (): void => {};
  let done = (): void => {};
  const packet = new Uint8Array(4 + MESSAGE).fill(1);
  const host = { transmitted: () => {}, state: () => {}, fault: () => {}, ready: () => {} };
  b.attach({
    ...host,
    receive: (buffer, start, end) => {
      if (end - start < MESSAGE) {
        b.transmit(buffer, start, end, '', 0);
        b.flush();
        return;
      }
      received += end - start - 4;
      if (received === MESSAGES * MESSAGE) done();
    },
  });
  a.attach({ ...host, receive: () => answered(), ready: () => ready() });
  await b.open();
  await a.open();
  return {
    async goodput() {
      const took = stopwatch();
      received = 0;
      const all = new Promise<void>((resolve) => {
        done = resolve;
      });
      for (let sent = 0; sent < MESSAGES; ) {
        if (a.transmit(packet, 0, packet.length, '', 0) === TRANSMIT.sent) sent++;
        else {
          a.flush();
          await new Promise<void>((resolve) => {
            ready = resolve;
          });
        }
      }
      a.flush();
      await all;
      return took();
    },
    roundTrips: () =>
      measured(
        () =>
          new Promise<void>((resolve) => {
            answered = resolve;
            a.transmit(packet, 0, 64, '', 0);
            a.flush();
          }),
      ),
    async close() {
      await a.close();
      await b.close();
    },
  };
}

async function freePlace(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return `127.0.0.1:${port}`;
}

function stopwatch(): () => Goodput {
  const begin = performance.now();
  const before = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(before);
    const bytes = MESSAGES * MESSAGE;
    return { perSecond: bytes / 1000 / (performance.now() - begin), perCpuSecond: bytes / (user + system) };
  };
}

async function measured(trip: () => Promise<unknown>): Promise<number[]> {
  const times: number[] = [];
  for (let index = 0; index < ROUND_TRIPS; index++) {
    const begin = performance.now();
    await trip();
    times.push(performance.now() - begin);
  }
  return times;
}

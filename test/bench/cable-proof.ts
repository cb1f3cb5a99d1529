/**
 * `npm run bench:cable [-- TIMES]`: a cable over three TLS connections under load, whose ways are cut, held, slowed and healed
 * at random so many times (1000). Nothing may be lost, doubled or reordered; how long each failover takes is printed.
 */

import { createServer } from 'node:net';
import { type CableIdentity, cableKey } from '../../bindings/cable/cable-identity.js';
import { CableLink } from '../../bindings/cable/cable-link.js';
import { SocketNetwork } from '../../bindings/cable/socket-network.js';
import { systemClock as clock } from '../../bindings/system-clock.js';
import { type LinkHost, TRANSMIT } from '../../stack/link.js';
import { CableProxy } from './cable-proxy.js';
import { percentile } from './percentiles.js';

const TIMES = Number(process.argv[2] ?? 1000);
const KEY: CableIdentity = { kind: 'key', key: new Uint8Array(32).fill(7) };
const WAYS = 3;
const PACKET = 500;
/** Packets in both directions, each so often; ms. */
const EVERY_MS = 2;
const SOME = 4;

/** One end: it sends numbered packets, and checks those which come. */
class End {
  sent = 0;
  received = 0;
  lost = 0;
  doubled = 0;
  reordered = 0;
  downs = 0;
  /** Called with the number of each packet which comes. */
  heard: (number: number) => void = () => {};
  readonly #packet = new Uint8Array(PACKET).fill(1);
  readonly #view = new DataView(this.#packet.buffer);

  constructor(readonly link: CableLink) {
    const host: LinkHost = {
      receive: (buffer, start) => {
        const number = new DataView(buffer.buffer, buffer.byteOffset + start).getUint32(5);
        if (number > this.received) this.lost += number - this.received;
        else if (number < this.received) {
          if (number === this.received - 1) this.doubled++;
          else this.reordered++;
          return;
        }
        this.received = number + 1;
        this.heard(number);
      },
      transmitted: () => {},
      ready: () => {},
      state: (up) => {
        if (!up) this.downs++;
      },
      fault: (what) => console.log(`${link.name}: ${what}`),
    };
    link.attach(host);
  }

  /** As many as are taken. */
  send(count: number): void {
    for (let index = 0; index < count; index++) {
      this.#view.setUint32(5, this.sent);
      if (this.link.transmit(this.#packet, 0, PACKET, '', 0) !== TRANSMIT.sent) break;
      this.sent++;
    }
    this.link.flush();
  }
}

function random(below: number): number {
  return Math.floor(Math.random() * below);
}

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const free = createServer();
await new Promise<void>((resolve) => free.listen(0, '127.0.0.1', resolve));
const { port } = free.address() as { port: number };
await new Promise((resolve) => free.close(resolve));

const common = { clock, network: new SocketNetwork(clock, KEY), key: cableKey(KEY), times: { graceMs: 10_000 } };
const bench = new End(new CableLink({ ...common, name: 'bench', listen: [`127.0.0.1:${port}`] }));
const ways = await Promise.all(Array.from({ length: WAYS }, () => CableProxy.open(port)));
const connect = ways.map(({ place }) => ({ place, backup: false }));
const laptop = new End(new CableLink({ ...common, name: 'laptop', connect }));
await bench.link.open();
await laptop.link.open();
while (laptop.link.paths.filter(({ state }) => state === 'up').length < WAYS) await wait(5);

const load = setInterval(() => {
  bench.send(SOME);
  laptop.send(SOME);
}, EVERY_MS);

const failovers: Record<'cut' | 'held', number[]> = { cut: [], held: [] };
const done: Record<string, number> = {};
const started = performance.now();
for (let time = 0; time < TIMES; time++) {
  const way = ways[random(WAYS)]!;
  const others = ways.filter((other) => other !== way);
  const change = (['cut', 'held', 'slow', 'fast', 'heal'] as const)[random(5)]!;
  // Failover is to a way which is there: one which was healed a moment ago may still be connecting.
  const isUp = (place: string): boolean =>
    laptop.link.paths.some(({ name, state }) => name === place && state === 'up');
  const isOut = (change === 'cut' || change === 'held') && others.some(({ works, place }) => works && isUp(place));
  if (isOut) {
    // The next packet is the first which has to find another way.
    const number = laptop.sent;
    const begin = performance.now();
    const arrived = new Promise<void>((resolve) => {
      bench.heard = (came) => {
        if (came < number) return;
        failovers[change].push(performance.now() - begin);
        bench.heard = () => {};
        resolve();
      };
    });
    if (change === 'cut') way.cut();
    else way.hold();
    await Promise.race([arrived, wait(15_000)]);
    done[change] = (done[change] ?? 0) + 1;
  } else if (change === 'slow') way.delayMs = 1 + random(40);
  else if (change === 'fast') way.delayMs = 0;
  else way.heal();
  if (!isOut) done[change] = (done[change] ?? 0) + 1;
  await wait(random(60));
  // One way at least works when the next thing happens.
  if (ways.filter((one) => one.works).length < 2 && random(2) === 0) for (const one of ways) one.heal();
}
clearInterval(load);
for (const way of ways) {
  way.delayMs = 0;
  way.heal();
}
for (let passed = 0; passed < 20_000 && (bench.received < laptop.sent || laptop.received < bench.sent); passed += 20)
  await wait(20);

const seconds = (performance.now() - started) / 1000;
console.log(
  `${TIMES} changes in ${seconds.toFixed(0)} s: ${Object.entries(done)
    .map(([what, count]) => `${count} ${what}`)
    .join(', ')}`,
);
let isRight = true;
for (const [name, end, other] of [
  ['to the laptop', laptop, bench],
  ['to the bench', bench, laptop],
] as const) {
  const lost = end.lost + other.sent - end.received;
  const { txAgain = 0, pathsUp = 0, pathsLost = 0 } = other.link.counters;
  console.log(
    `${name}: ${other.sent} packets sent, ${lost} lost, ${end.doubled} doubled, ${end.reordered} reordered; ` +
      `${txAgain} sent again by another way; ways came ${pathsUp} and went ${pathsLost} times; the link was down ${end.downs} times`,
  );
  isRight &&= lost === 0 && end.doubled === 0 && end.reordered === 0 && end.downs === 0;
}
for (const [what, times] of Object.entries(failovers)) {
  const sorted = times.sort((a, b) => a - b);
  const at = (share: number): string => percentile(sorted, share).toFixed(1);
  console.log(
    `failover, a way is ${what}: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, longest ${at(1)} ms (${sorted.length} times)`,
  );
}
await laptop.link.close();
await bench.link.close();
for (const way of ways) way.close();
process.exitCode = isRight ? 0 : 1;

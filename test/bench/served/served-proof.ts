/**
 * What a served network is to stand, with real processes; figures on standard output, exit code 1 where something is lost
 * or left. `node dist-bench/test/bench/served/served-proof.js [latency|flood|exchange|lossy|kill|hostile]...`
 */

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FRAME_KIND, jsonFrame, newFrame } from '../../../bindings/shared/frame.js';
import { encodeMessageFrame, NO_MESSAGE } from '../../../bindings/shared/message-frame.js';
import { seededRandom } from '../../../hw-fixtures/bench/wires/random.js';
import { percentile } from '../percentiles.js';

const MESSAGES = Number(process.env.MCTPKIT_PROOF_MESSAGES ?? 1_000_000);
const KILLS = Number(process.env.MCTPKIT_PROOF_KILLS ?? 1_000);
const NODES = Number(process.env.MCTPKIT_PROOF_NODES ?? 64);

interface State {
  readonly nodes: readonly { readonly dropped: number; readonly received: number }[];
  readonly bindings: number;
  readonly clients: number;
  readonly hostile: number;
  readonly tags: number;
  readonly heapUsed: number;
  readonly rss: number;
  readonly cpuMs: number;
}

const program = (name: string): string => fileURLToPath(new URL(`${name}.js`, import.meta.url));
const root = mkdtempSync(join(tmpdir(), 'mctpkit-proof-'));
let failed = false;

async function started(name: string, words: readonly (string | number)[]): Promise<ChildProcess> {
  const child = fork(program(name), words.map(String));
  await once(child, 'message');
  return child;
}

async function asked<T>(child: ChildProcess, word: string): Promise<T> {
  const answer = once(child, 'message');
  child.send(word);
  return ((await answer) as [T])[0];
}

function told(name: string, good: boolean, what: string): void {
  if (!good) failed = true;
  console.log(`${good ? 'good' : 'BAD '}  ${name}: ${what}`);
}

const us = (ms: number): string => `${Math.round(1000 * ms)} us`;

async function withServer(
  lossless: boolean,
  queue: number,
  work: (server: ChildProcess, folder: string) => Promise<void>,
): Promise<void> {
  const folder = join(root, `n${Math.random().toString(36).slice(2)}`);
  const server = await started('served-server', [folder, lossless ? 'lossless' : 'lossy', queue]);
  await work(server, folder);
  server.kill('SIGKILL');
  await once(server, 'close');
}

async function exchange(lossless: boolean): Promise<void> {
  const each = Math.ceil(MESSAGES / NODES);
  await withServer(lossless, lossless ? 8 : 2, async (server, folder) => {
    const clients = await Promise.all(
      Array.from({ length: NODES }, (_, own) => started('served-client', ['exchange', folder, own, NODES, each])),
    );
    const begun = performance.now();
    await Promise.all(clients.map((client) => asked(client, 'send')));
    const seconds = (performance.now() - begun) / 1000;
    let received = 0;
    let disordered = 0;
    let dropped = 0;
    // The last ones are on their way.
    for (let quiet = 0; quiet < 3; ) {
      const before = received;
      const { nodes } = await asked<State>(server, 'state');
      dropped = nodes.reduce((sum, node) => sum + node.dropped, 0);
      const counts = await Promise.all(
        clients.map((client) => asked<{ received: number; disordered: number }>(client, 'count')),
      );
      received = counts.reduce((sum, count) => sum + count.received, 0);
      disordered = counts.reduce((sum, count) => sum + count.disordered, 0);
      quiet = received === before ? quiet + 1 : 0;
    }
    const sent = each * NODES;
    const rate = `${Math.round(sent / seconds)}/s`;
    const name = `${NODES} processes, ${sent} messages, ${lossless ? 'lossless' : 'lossy'}`;
    const good = received + dropped === sent && disordered === 0 && (!lossless || dropped === 0);
    told(
      name,
      good,
      `${received} received, ${dropped} dropped and counted, ${sent - received - dropped} lost, ${rate}`,
    );
    for (const client of clients) client.send('end');
  });
}

async function times(child: ChildProcess, word: string): Promise<number[]> {
  const { times: all } = await asked<{ times: number[] }>(child, word);
  return all.sort((a, b) => a - b);
}

async function latency(): Promise<void> {
  await withServer(false, 8, async (server, folder) => {
    const client = await started('served-client', ['measure', folder, 5_000]);
    // Each twice: the first time warms up.
    await times(server, 'alone');
    await times(client, 'measure');
    const alone = await times(server, 'alone');
    const served = await times(client, 'measure');
    const [p50, p99] = [0.5, 0.99].map((share) => percentile(served, share) - percentile(alone, share));
    const against = `p50 ${us(percentile(alone, 0.5))}, p99 ${us(percentile(alone, 0.99))} alone`;
    told('added to a request', p50! <= 0.06, `p50 +${us(p50!)}, p99 +${us(p99!)} (${against}; aim: p50 +60 us)`);
    client.send('end');
  });
}

async function flood(): Promise<void> {
  for (const word of ['deaf', 'flood']) {
    await withServer(true, 8, async (server, folder) => {
      const client = await started('served-client', ['measure', folder, 5_000]);
      await times(client, 'measure');
      const quiet = await times(client, 'measure');
      const deaf = word === 'deaf' ? await started('served-client', ['deaf', folder]) : undefined;
      deaf?.kill('SIGSTOP');
      const other = await started('served-client', ['flood', folder]);
      const beside = await times(client, 'measure');
      const [before, after] = [quiet, beside].map((all) => percentile(all, 0.5)) as [number, number];
      const more = Math.round((100 * (after - before)) / before);
      told(
        `beside a node which floods${word === 'deaf' ? ' one which does not read' : ''}`,
        more <= 10,
        `p50 ${us(before)} -> ${us(after)} (${more} %)`,
      );
      other.kill('SIGKILL');
      deaf?.kill('SIGKILL');
      client.send('end');
      await asked(server, 'state');
    });
  }
}

async function kill(): Promise<void> {
  await withServer(false, 8, async (server, folder) => {
    const one = async (number: number): Promise<void> => {
      const client = await started('served-client', ['busy', folder, number]);
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 20));
      client.kill('SIGKILL');
      await once(client, 'close');
    };
    const before = await asked<State>(server, 'state');
    let left = KILLS;
    const some = async (): Promise<void> => {
      while (left > 0) await one(left--);
    };
    await Promise.all(Array.from({ length: 4 }, some));
    const { nodes, bindings, clients, tags, rss } = await asked<State>(server, 'state');
    const good = nodes.length + bindings + clients + tags === 0;
    const what = `${nodes.length} nodes, ${bindings} bindings, ${clients} clients, ${tags} tags left`;
    told(`${KILLS} clients killed`, good, `${what}; RSS ${mib(before.rss)} -> ${mib(rss)}`);
  });
}

const mib = (bytes: number): string => `${Math.round(bytes / 2 ** 20)} MiB`;

/** Frames which are wrong in every way, a hundred on each line. */
async function hostile(): Promise<void> {
  const random = seededRandom(15);
  const whole = (most: number): number => random.integer(most + 1);
  const bytes = (length: number): Uint8Array => Uint8Array.from({ length }, () => whole(255));
  const frames: (() => Uint8Array)[] = [
    () => bytes(1 + whole(40)),
    () => {
      const frame = newFrame(FRAME_KIND.message, whole(60));
      frame.set(bytes(frame.length - 5), 5);
      return frame;
    },
    () =>
      jsonFrame({
        id: whole(9),
        op: ['bind', 'tag', 'set', 'kick', 'events', 'x'][whole(5)],
        handle: whole(4),
        type: whole(300),
      }),
    () =>
      encodeMessageFrame({
        ...NO_MESSAGE,
        handle: whole(3),
        id: whole(9),
        op: whole(7),
        destination: whole(255),
        type: whole(127),
        link: whole(5),
        payload: bytes(whole(90)),
      }),
  ];
  await withServer(false, 8, async (server, folder) => {
    const client = await started('served-client', ['measure', folder, 2_000]);
    await times(client, 'measure');
    const before = await asked<State>(server, 'state');
    let count = 0;
    const line = async (): Promise<void> => {
      const socket = connect({ path: `${folder}/${['receive', 'use', 'manage'][whole(2)]}` });
      socket.on('error', () => {});
      socket.resume();
      await once(socket, 'connect').catch(() => {});
      const parts: Uint8Array[] = [jsonFrame({ id: 1, op: 'hello', version: 1, withNode: true })];
      // Most lines end at their first wrong frame; what is wrong only in its meaning goes on.
      const kind = whole(3);
      for (let i = 0; i < 100; i++) parts.push(frames[kind < 2 && i < 99 ? 2 + whole(1) : whole(3)]!());
      count += parts.length;
      socket.end(Buffer.concat(parts));
      await once(socket, 'close').catch(() => {});
    };
    const many = async (): Promise<void> => {
      while (count < MESSAGES) await line();
    };
    await Promise.all(Array.from({ length: 8 }, many));
    const after = await asked<State>(server, 'state');
    const still = (await times(client, 'measure')).length === 2_000;
    const what = `${after.hostile} lines ended, ${after.nodes.length} node left, RSS ${mib(before.rss)} -> ${mib(after.rss)}`;
    told(`${count} hostile frames`, still && after.nodes.length === 1 && after.bindings === 0, what);
    client.send('end');
  });
}

const PROOFS: Readonly<Record<string, () => Promise<void>>> = {
  latency,
  flood,
  exchange: () => exchange(true),
  lossy: () => exchange(false),
  kill,
  hostile,
};

const words = process.argv.slice(2);
for (const word of words.length > 0 ? words : Object.keys(PROOFS)) {
  const proof = PROOFS[word];
  if (proof === undefined) throw new Error(`no proof ${word}: known are ${Object.keys(PROOFS).join(', ')}`);
  await proof();
}
rmSync(root, { recursive: true, force: true });
process.exitCode = failed ? 1 : 0;

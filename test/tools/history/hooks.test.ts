/** Hooks: programs without a shell and web servers, told at a bounded rate; what goes wrong stops nothing. */

import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { VirtualClock } from '../../../stack/clock.js';
import type { HookConfig } from '../../../tools/config/config-model.js';
import type { HookEvent } from '../../../tools/serve/watch/hook-events.js';
import { Hooks } from '../../../tools/serve/watch/hooks.js';

const folder = mkdtempSync(join(tmpdir(), 'hooks-'));
afterAll(() => rmSync(folder, { recursive: true }));

const EVENT: HookEvent = {
  on: 'threshold',
  time: '2026-11-28T12:00:00.000Z',
  device: 'aaaa',
  name: 'Board $(id)',
  eid: 9,
  network: 1,
  sensor: 'Inlet',
  value: 95,
  unit: '°C',
  severity: 'critical',
  text: 'Inlet: normal -> upperCritical',
};

function scene(config: Partial<HookConfig>) {
  const clock = new VirtualClock();
  const problems: string[] = [];
  const hook = { name: 'h', command: undefined, url: undefined, on: undefined, perMinute: 10, ...config };
  const hooks = new Hooks({ hooks: [hook], clock, env: process.env, onProblem: (what) => problems.push(what) });
  return { clock, hooks, problems };
}

async function until(done: () => boolean): Promise<void> {
  while (!done()) await new Promise((resolve) => setImmediate(resolve));
}

it('give a program the event on its input and in its environment, and no shell reads it', async () => {
  const file = join(folder, 'told');
  const script = `{ cat; printf '%s\\n' "$MCTPKIT_NAME" "$1"; } > ${file}.new; mv ${file}.new ${file}`;
  const { hooks, problems } = scene({ command: ['/bin/sh', '-c', script, 'sh', '$(touch /tmp/no)'] });
  hooks.tell(EVENT);
  await until(() => existsSync(file));
  const [json, name, word] = readFileSync(file, 'utf8').split('\n');
  expect(JSON.parse(json!)).toEqual(EVENT);
  expect([name, word]).toEqual(['Board $(id)', '$(touch /tmp/no)']);
  expect(problems).toEqual([]);
});

it('are run for what they are for, and so often in a minute; the others are counted', async () => {
  const bodies: string[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => {
      body += chunk.toString();
    });
    request.on('end', () => {
      bodies.push(body);
      response.writeHead(204).end();
    });
  });
  server.listen({ host: '127.0.0.1', port: 0 });
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
  const { hooks, problems, clock } = scene({ url, on: ['lost-device'], perMinute: 3 });
  hooks.tell(EVENT);
  for (let index = 0; index < 8; index++) hooks.tell({ ...EVENT, on: 'lost-device' });
  // What is left is to tell what was left out.
  await until(() => bodies.length === 3 && clock.pending === 1);
  clock.advance(60_000);
  expect(problems).toEqual(['hook h: too many in a minute, 5 left out']);
  hooks.tell({ ...EVENT, on: 'lost-device', text: 'later' });
  await until(() => bodies.length === 4 && clock.pending === 0);
  expect(bodies.map((body) => (JSON.parse(body) as HookEvent).on)).toEqual(Array(4).fill('lost-device'));
  expect(problems).toEqual(['hook h: too many in a minute, 5 left out']);
  server.close();
  server.closeAllConnections();
});

it('are others from now on; one which stays has its last minute behind it', async () => {
  const { hooks, problems, clock } = scene({ command: ['/bin/true'], perMinute: 2 });
  const same = { name: 'h', command: ['/bin/true'], url: undefined, on: undefined, perMinute: 2 };
  const told = join(folder, 'replaced');
  for (let index = 0; index < 3; index++) hooks.tell(EVENT);
  hooks.replace([same, { ...same, name: 'new', command: ['/usr/bin/touch', told] }]);
  hooks.tell(EVENT);
  await until(() => existsSync(told) && clock.pending === 1);
  clock.advance(60_000);
  expect(problems).toEqual(['hook h: too many in a minute, 2 left out']);
  hooks.replace([]);
  hooks.tell(EVENT);
  await until(() => clock.pending === 0);
  expect(problems).toHaveLength(1);
});

it('which fail, or do not end, are told in one line', async () => {
  const missing = scene({ command: ['/nowhere/program'] });
  missing.hooks.tell(EVENT);
  await until(() => missing.problems.length > 0);
  expect(missing.problems).toEqual([expect.stringMatching(/^hook h: \/nowhere\/program: no such file or directory$/)]);
  const slow = scene({ command: ['/bin/sleep', '1000'] });
  slow.hooks.tell(EVENT);
  slow.clock.advance(30_000);
  await until(() => slow.problems.length > 0);
  expect(slow.problems).toEqual(['hook h: it took longer than 30 s']);
});

it('which ignore signals are ended with all that they started', async () => {
  const file = join(folder, 'pids');
  const script = `trap '' TERM; sleep 1000 & echo $$ $! > ${file}.new; mv ${file}.new ${file}; wait; wait`;
  const { hooks, problems, clock } = scene({ command: ['/bin/sh', '-c', script] });
  hooks.tell(EVENT);
  await until(() => existsSync(file));
  clock.advance(30_000);
  await until(() => problems.length > 0);
  const pids = readFileSync(file, 'utf8').trim().split(' ').map(Number);
  expect(pids).toHaveLength(2);
  await until(() => !pids.some(isRunning));
  expect(problems).toEqual(['hook h: it took longer than 30 s']);
});

it('which print much are not ended for that, and what they complain about is told with their exit code', async () => {
  const file = join(folder, 'much');
  const much = scene({ command: ['/bin/sh', '-c', `head -c 3000000 /dev/zero; echo yes > ${file}`] });
  much.hooks.tell(EVENT);
  await until(() => existsSync(file) && much.clock.pending === 0);
  expect(much.problems).toEqual([]);
  const wrong = scene({
    command: ['/bin/sh', '-c', 'head -c 3000000 /dev/zero; printf "no\\033[31m mail\\nmore" >&2; exit 3'],
  });
  wrong.hooks.tell(EVENT);
  await until(() => wrong.problems.length > 0);
  expect(wrong.problems).toEqual(['hook h: /bin/sh failed, exit code 3: no\ufffd[31m mail']);
});

it('are told of a device which has the character 0 in its name', async () => {
  const file = join(folder, 'zero');
  const script = `printf %s "$MCTPKIT_NAME" > ${file}.new; mv ${file}.new ${file}`;
  const { hooks, problems } = scene({ command: ['/bin/sh', '-c', script] });
  hooks.tell({ ...EVENT, name: 'Bo\0ard' });
  await until(() => existsSync(file));
  expect(readFileSync(file, 'utf8')).toBe('Board');
  expect(problems).toEqual([]);
});

/** One which was ended, but has not been fetched by its parent, does not run. */
function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

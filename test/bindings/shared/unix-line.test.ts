/** Lines of served networks and cables on sockets of the system, and how they end. */

import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { unixLine } from '../../../bindings/shared/unix-line.js';
import { TestClock } from '../../../hw-fixtures/testing/test-clock.js';

const folder = mkdtempSync(join(tmpdir(), 'line-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** More than sockets of the system take without a reader. */
const MUCH = new Uint8Array(8 * 1024 * 1024);
let lines = 0;

async function joined() {
  const clock = new TestClock();
  const path = join(folder, `s${lines++}`);
  const server = createServer();
  await new Promise<void>((resolve) => server.listen({ path }, resolve));
  const other = connect({ path });
  const [socket] = (await once(server, 'connection')) as [Socket];
  const line = unixLine(socket, clock);
  const closed = new Promise<void>((resolve) => line.listen({ data: () => {}, closed: resolve }));
  return { clock, server, other, line, closed };
}

describe('a line which is ended', () => {
  it('is closed after a time when the other side does not read: a server which ends waits for it', async () => {
    const { clock, server, other, line, closed } = await joined();
    line.write(MUCH);
    line.end();
    const ended = new Promise<void>((resolve) => server.close(() => resolve()));
    expect(clock.pending).toBe(1);
    clock.advance(1_000);
    await closed;
    await ended;
    other.destroy();
  });

  it('is closed when all has been read, and leaves no timer', async () => {
    const { clock, server, other, line, closed } = await joined();
    let bytes = 0;
    other.on('data', (chunk) => (bytes += chunk.length));
    line.write(MUCH);
    line.end();
    line.end();
    await closed;
    if (!other.closed) await once(other, 'close');
    expect(bytes).toBe(MUCH.length);
    expect(clock.pending).toBe(0);
    server.close();
  });
});

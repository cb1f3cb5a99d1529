/** A client of a served network whose server goes: it tries again, one line at a time, and comes back. */

import { describe, expect, it } from 'vitest';
import type { ByteLine } from '../../../bindings/shared/byte-line.js';
import { FrameReader, jsonFrame, readJson } from '../../../bindings/shared/frame.js';
import { SharedConnection } from '../../../bindings/shared/shared-connection.js';
import { PROTOCOL_VERSION } from '../../../bindings/shared/shared-protocol.js';
import { TestClock } from '../../../hw-fixtures/testing/test-clock.js';
import { type MemoryLine, memoryLines } from '../../support/memory-line.js';

const ANSWER = { version: PROTOCOL_VERSION, network: 't', right: 'use', node: 1, policy: 'switch', messageBytes: 100 };

async function client() {
  const clock = new TestClock();
  const lines: MemoryLine[] = [];
  const told: string[] = [];
  const server = { answers: true };
  const connect = async (): Promise<ByteLine> => {
    const [ours, theirs] = memoryLines();
    lines.push(theirs);
    // As ssh does with a socket which it forwards: it takes every line, and ends it when nobody is at the other end.
    if (!server.answers) clock.schedule(1, () => theirs.destroy());
    const reader = new FrameReader((_kind, body) => {
      const { id } = readJson(body);
      if (server.answers) theirs.write(jsonFrame({ id, result: { ...ANSWER, links: [], bindings: [] } }));
    });
    theirs.listen({ data: (chunk) => reader.push(chunk), closed: () => {} });
    return ours;
  };
  const { connection } = await SharedConnection.open(
    { name: 'shared:t', clock, connect },
    { message() {}, event() {}, lost: () => told.push('lost'), back: () => told.push('back') },
  );
  return { clock, connection, lines, server, told };
}

describe('a client whose server goes', () => {
  it('tries again with growing pauses while its lines are taken and ended at once, and has one line when it is back', async () => {
    const { clock, connection, lines, server, told } = await client();
    server.answers = false;
    lines[0]!.destroy();
    await clock.pass(10_000);
    // 50, 100, 200, 400, 800, 1600 ms, and 2 s from then on.
    expect(lines.length).toBeGreaterThan(6);
    expect(lines.length).toBeLessThan(12);
    expect(told).toEqual(['lost']);
    server.answers = true;
    const before = lines.length;
    await clock.pass(2_000);
    expect(lines.length).toBe(before + 1);
    expect(told).toEqual(['lost', 'back']);
    expect(connection.isUp).toBe(true);
    await clock.pass(10_000);
    expect(lines.length).toBe(before + 1);
    connection.close();
    expect(clock.pending).toBe(0);
  });

  it('makes no line any more when it is closed meanwhile', async () => {
    const { clock, connection, lines, server, told } = await client();
    server.answers = false;
    lines[0]!.destroy();
    await clock.pass(500);
    connection.close();
    const before = lines.length;
    await clock.pass(10_000);
    expect(lines.length).toBe(before);
    expect(told).toEqual(['lost']);
    expect(clock.pending).toBe(0);
  });
});

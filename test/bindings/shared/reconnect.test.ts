/** A client of a served network whose server goes: it tries again, one line at a time, and comes back. */

import { describe, expect, it } from 'vitest';
import type { ByteLine } from '../../../bindings/shared/byte-line.js';
import { FrameReader, jsonFrame, readJson } from '../../../bindings/shared/frame.js';
import { acceptClient } from '../../../bindings/shared/server/served-client.js';
import { ServedNetwork } from '../../../bindings/shared/server/served-network.js';
import { SharedConnection } from '../../../bindings/shared/shared-connection.js';
import { SharedMctp } from '../../../bindings/shared/shared-mctp.js';
import { PROTOCOL_VERSION } from '../../../bindings/shared/shared-protocol.js';
import { TestClock } from '../../../hw-fixtures/testing/test-clock.js';
import { isSettled, pass, settle } from '../../../hw-fixtures/testing/virtual-time.js';
import { MctpError } from '../../../stack/errors.js';
import { type MemoryLine, memoryLines } from '../../support/memory-line.js';
import { oneStack } from '../../support/stacks.js';

const ANSWER = { version: PROTOCOL_VERSION, network: 't', right: 'use', node: 1, policy: 'switch', messageBytes: 100 };

async function client() {
  const clock = new TestClock();
  const lines: MemoryLine[] = [];
  const told: string[] = [];
  const server = { answers: true, greets: true };
  const connect = async (): Promise<ByteLine> => {
    const [ours, theirs] = memoryLines();
    lines.push(theirs);
    // As ssh does with a socket which it forwards: it takes every line, and ends it when nobody is at the other end.
    if (!server.answers) clock.schedule(1, () => theirs.destroy());
    const reader = new FrameReader((_kind, body) => {
      const { id } = readJson(body);
      if (server.answers && server.greets)
        theirs.write(jsonFrame({ id, result: { ...ANSWER, links: [], bindings: [] } }));
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

/** A client of a served network, by lines in memory: `lines` are the server's ends. `before`: it is let in. */
async function served(before?: (far: MemoryLine, count: number, right: 'use' | 'manage') => void) {
  const { clock, mctp, link } = await oneStack();
  const network = new ServedNetwork({ name: 't', stack: mctp, clock, time: () => clock.now() });
  const lines: MemoryLine[] = [];
  const shared = await SharedMctp.open({
    name: 'shared:t',
    clock,
    connect: async (right) => {
      const [near, far] = memoryLines();
      before?.(far, lines.length + 1, right as 'use' | 'manage');
      lines.push(far);
      acceptClient(network, far, right, undefined);
      return near;
    },
  });
  return { clock, mctp, link, network, shared, lines };
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

  it('tells who asks by a line on which hello is not answered that the server is gone', async () => {
    const { clock, connection, lines, server } = await client();
    server.greets = false;
    lines[0]!.destroy();
    await clock.pass(100);
    expect(lines).toHaveLength(2);
    let failure: unknown;
    connection.call('counters').catch((error: unknown) => (failure = error));
    await clock.pass(6_000);
    expect(failure).toMatchObject({ code: 'ENETDOWN' });
    connection.close();
    await clock.pass(1);
    expect(clock.pending).toBe(0);
  });

  it('is not up until the server has answered hello: what is asked before that is told so at once', async () => {
    const { clock, connection, lines, server, told } = await client();
    expect(connection.isUp).toBe(true);
    server.greets = false;
    lines[0]!.destroy();
    await clock.pass(60);
    expect(lines).toHaveLength(2);
    expect(connection.isUp).toBe(false);
    let failure: unknown;
    connection.call('counters').catch((error: unknown) => (failure = error));
    await clock.pass(0);
    expect(failure).toMatchObject({ code: 'ENETDOWN' });
    server.greets = true;
    await clock.pass(10_000);
    expect(told).toEqual(['lost', 'back']);
    expect(connection.isUp).toBe(true);
    connection.close();
  });

  it('a socket which is bound before the server has answered hello is bound once, and stays open', async () => {
    // The second server takes its time.
    const { clock, network, shared, lines } = await served((far, count) => {
      far.held = count === 2;
    });
    lines[0]!.destroy();
    await pass(clock, 60);
    expect(lines).toHaveLength(2);
    const socket = shared.socket();
    socket.bind({ type: 0x7e });
    const read = socket.receive({ timeoutMs: 60_000 }).catch((error: unknown) => error);
    lines[1]!.resume();
    lines[1]!.other.resume();
    await pass(clock, 100);
    expect(await isSettled(read)).toBe(false);
    expect(network.bindings()).toMatchObject([{ type: 0x7e }]);
    shared.close();
    await pass(clock, 10_000);
    expect(clock.pending).toBe(0);
  });

  it('hears the packets of its links again when it is back', async () => {
    const { clock, mctp, link, shared, lines } = await served();
    const heard: string[] = [];
    const stop = await settle(
      clock,
      shared.tap([link.name], ({ direction }) => void heard.push(direction)),
    );
    const sends = () => mctp.socket().send({ eid: 9 }, Uint8Array.of(1), { type: 0x7e, reply: false });
    await settle(clock, sends());
    expect(heard).toEqual(['tx']);
    lines[0]!.destroy();
    await pass(clock, 100);
    await settle(clock, sends());
    expect(heard).toEqual(['tx', 'tx']);
    stop();
    await settle(clock, sends());
    expect(heard).toEqual(['tx', 'tx']);
    shared.close();
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

describe('the second line of a client, by which it manages', () => {
  async function managed() {
    const allowed = { use: true, manage: true };
    const { clock, network, shared, lines } = await served((_far, _count, right) => {
      if (!allowed[right]) throw new MctpError('EACCES', `you may not ${right}`);
    });
    const set = (value: number) => settle(clock, shared.manage('set', { name: 'queue', value }));
    return { clock, network, shared, allowed, lines, set };
  }

  it('is made again when it could not be made before', async () => {
    const { clock, network, shared, allowed, set } = await managed();
    allowed.manage = false;
    await expect(set(7)).rejects.toMatchObject({ code: 'EACCES' });
    allowed.manage = true;
    await set(7);
    expect(network.values.queue).toBe(7);
    shared.close();
    await pass(clock, 1);
    expect(network.clients.size).toBe(0);
  });

  it('is one line after the server was gone, and none after closing', async () => {
    const { clock, network, shared, allowed, lines, set } = await managed();
    await set(7);
    Object.assign(allowed, { use: false, manage: false });
    for (const line of lines) line.destroy();
    await expect(set(8)).rejects.toMatchObject({ code: 'ENETDOWN' });
    Object.assign(allowed, { use: true, manage: true });
    await pass(clock, 10_000);
    await set(8);
    expect(network.values.queue).toBe(8);
    expect(network.clients.size).toBe(2);
    shared.close();
    await pass(clock, 10_000);
    expect(network.clients.size).toBe(0);
  });

  it('manages as soon as the server is told to be back, whichever of the lines comes first', async () => {
    const { clock, network, shared, lines } = await managed();
    await settle(clock, shared.manage('set', { name: 'queue', value: 7 }));
    for (const order of ['own first', 'own last']) {
      let outcome: Promise<unknown> | undefined;
      const stop = shared.on('told', ({ event }) => {
        if (event === 'serverBack') outcome = shared.manage('set', { name: 'queue', value: 8 });
      });
      const both = lines.splice(0, 2);
      for (const line of order === 'own first' ? both : both.reverse()) line.destroy();
      await pass(clock, 5000);
      stop();
      await outcome;
      expect([order, network.values.queue]).toEqual([order, 8]);
      await settle(clock, shared.manage('set', { name: 'queue', value: 7 }));
    }
    expect(network.clients.size).toBe(2);
    shared.close();
    await pass(clock, 10_000);
    expect(network.clients.size).toBe(0);
  });
});

/** The bridge and the device in virtual time: whoever vanishes, it ends with a reason, and nothing is left. */

import { describe, expect, it } from 'vitest';
import { pass, settle, settleError } from '../../../hw-fixtures/testing/virtual-time.js';
import type { VirtualClock } from '../../../stack/clock.js';
import { fromHex, toHex } from '../../../stack/codec/index.js';
import { MESSAGE_TYPE } from '../../../stack/ids.js';
import { concat } from '../../../tools/decode/named-fields.js';
import { encodeFrame, FrameReader } from '../../../tools/spdm/emulator-frames.js';
import { RequesterLine } from '../../../tools/spdm/requester-line.js';
import { type Served, serveRequester } from '../../../tools/spdm/spdm-bridge.js';
import { ResponderClient } from '../../../tools/spdm/spdm-device.js';
import type { Connection } from '../../../tools/world-network.js';
import { connectionPair } from '../../support/memory-connection.js';
import { type RecordedConversation, type RecordedFrame, spdmConversations } from '../../support/spdm-conversations.js';
import { playRequester, playResponder, recorded } from '../../support/spdm-peers.js';
import { twoStacks } from '../../support/stacks.js';
import { SMBUS_100K } from '../../support/topology.js';

/** The stack's reassembly has a timer of its own, which ends by itself. */
async function timersLeft(clock: VirtualClock): Promise<number> {
  await pass(clock, 60_000);
  return clock.pending;
}

const [plain] = spdmConversations();
const TIMEOUT_MS = 1000;

/** Stack a is the bridge's, b a device that answers the first `answers` requests as recorded. */
async function bridge({
  answers = Number.POSITIVE_INFINITY,
  exchange = plain!,
  wire = {},
}: {
  readonly answers?: number;
  readonly exchange?: RecordedConversation;
  readonly wire?: Parameters<typeof twoStacks>[0];
} = {}) {
  const stacks = await twoStacks(wire);
  const answersTo: RecordedFrame[] = exchange.frames.filter(
    ({ fromRequester, command }) => !fromRequester && command === 1,
  );
  const socket = stacks.b.socket();
  socket.bind({ type: MESSAGE_TYPE.spdm });
  let at = 0;
  socket.onMessage((message) => {
    if (at < answers) void socket.reply(message, answersTo[at++]!.payload.subarray(1));
  });
  const serve = (connection: Connection, signal = new AbortController().signal): Promise<Served> =>
    serveRequester(
      connection,
      { transport: stacks.a, clock: stacks.clock, to: { eid: 9 }, timeoutMs: TIMEOUT_MS },
      signal,
    );
  return { ...stacks, serve };
}

const said = plain!.frames.filter(({ fromRequester }) => fromRequester).length;
const steps = Array.from({ length: said }, (_, step) => step);

describe('the bridge', () => {
  it('passes a recorded exchange on, byte by byte', async () => {
    const { serve, clock } = await bridge();
    const [near, far] = connectionPair();
    const heard = playRequester(far, plain!);
    expect(await settle(clock, serve(near))).toMatchObject({ failed: false, exchanges: said - 2 });
    expect(toHex(await heard)).toBe(toHex(recorded(plain!, false)));
    expect(await timersLeft(clock)).toBe(0);
  });

  it.each(steps.slice(0, -2))('ends with a reason when the device vanishes after %i answers', async (answers) => {
    const { serve, clock } = await bridge({ answers });
    const [near, far] = connectionPair();
    void playRequester(far, plain!);
    const served = await settle(clock, serve(near));
    expect(served).toMatchObject({ failed: true, exchanges: answers });
    expect(served.reason).toBe(`the device did not answer within ${TIMEOUT_MS} ms: --timeout gives it longer`);
    expect([near.closed.aborted, await timersLeft(clock)]).toEqual([true, 0]);
  });

  it.each(steps.slice(1))(
    'ends with a reason when the requester vanishes while its message %i is answered',
    async (step) => {
      const { serve, clock } = await bridge({ answers: step - 1 });
      const [near, far] = connectionPair();
      const served = serve(near);
      const requests = plain!.frames.filter(({ fromRequester }) => fromRequester).slice(0, step + 1);
      const reader = new FrameReader();
      void (async () => {
        await far.write(requests.shift()!.bytes);
        for await (const chunk of far) {
          for (const _frame of reader.push(chunk)) {
            const next = requests.shift();
            if (next !== undefined) await far.write(next.bytes).catch(() => {});
          }
        }
      })();
      await pass(clock, TIMEOUT_MS / 2);
      far.close();
      const { reason } = await settle(clock, served);
      expect(reason).toMatch(step === said - 1 ? /ended the session/ : /vanished/);
      expect(await timersLeft(clock)).toBe(0);
    },
  );

  it('tells a requester which vanishes in the middle of a message', async () => {
    const { serve, clock } = await bridge();
    const [near, far] = connectionPair();
    await far.write(fromHex('0000000100000001000000')!);
    const served = serve(near);
    await pass(clock, 1);
    far.close();
    expect((await served).reason).toBe('the requester vanished in the middle of a message');
  });

  it('does not take what is too long, and answers what it does not know with unknown', async () => {
    const { serve, clock } = await bridge();
    const [near, far] = connectionPair();
    const served = serve(near);
    const heard = (async () => {
      const chunks: Uint8Array[] = [];
      for await (const chunk of far) chunks.push(chunk);
      return concat(...chunks);
    })();
    await far.write(encodeFrame({ command: 0x8001, transport: 1, payload: new Uint8Array(3) }));
    await far.write(encodeFrame({ command: 1, transport: 2, payload: fromHex('0510840000')! }));
    await far.write(encodeFrame({ command: 1, transport: 1, payload: fromHex('01800002')! }));
    await far.write(fromHex('0000000100000001ffffffff')!);
    expect((await settle(clock, served)).reason).toMatch(/4294967295 bytes was announced/);
    expect(toHex(await heard)).toBe('0000ffff00000001000000000000ffff00000002000000000000ffff0000000100000000');
  });

  it('stops at once when it is told to', async () => {
    const { serve, clock } = await bridge({ answers: 0 });
    const stop = new AbortController();
    const [near, far] = connectionPair();
    const served = serve(near, stop.signal);
    void playRequester(far, plain!);
    await pass(clock, 10);
    stop.abort();
    expect(await settle(clock, served)).toMatchObject({ reason: 'stopped', failed: false });
    expect(await timersLeft(clock)).toBe(0);
  });
});

describe('a long chain', () => {
  it('goes in portions of 4600 bytes over a wire of 400 kHz', async () => {
    const big = spdmConversations().find(({ name }) => name === 'big13')!;
    const { serve, clock } = await bridge({ exchange: big, wire: { ...SMBUS_100K, bitRate: 400_000 } });
    const [near, far] = connectionPair();
    const heard = playRequester(far, big);
    expect(await settle(clock, serve(near))).toMatchObject({ failed: false });
    expect(toHex(await heard)).toBe(toHex(recorded(big, false)));
    // 14 241 bytes twice take 0.3 s each at the least.
    expect(clock.now()).toBeGreaterThan(600);
  });
});

describe('two requesters at once', () => {
  it('take turns: the second is told, and served when the first has ended', async () => {
    const heard: string[] = [];
    const ends: (() => void)[] = [];
    const line = new RequesterLine(
      ({ peer }) =>
        new Promise<void>((resolve) => {
          heard.push(`serves ${peer}`);
          ends.push(resolve);
        }),
      ({ peer }, what) => heard.push(`${peer} ${what}`),
    );
    const connections = Array.from({ length: 10 }, () => connectionPair()[0]);
    for (const connection of connections) line.add(connection);
    expect(heard.filter((one) => one.startsWith('serves'))).toHaveLength(1);
    expect(heard.filter((one) => one.endsWith('waits'))).toHaveLength(8);
    expect(heard.at(-1)).toBe('b sentAway');
    expect(connections.at(-1)!.closed.aborted).toBe(true);
    ends[0]!();
    await Promise.resolve();
    await Promise.resolve();
    expect(heard.filter((one) => one.startsWith('serves'))).toHaveLength(2);
    line.close();
    expect(connections.at(-2)!.closed.aborted).toBe(true);
  });
});

describe('the responder behind a device', () => {
  it.each(steps.slice(0, -1))('that vanishes after %i answers ends it with a reason', async (most) => {
    const { clock } = await twoStacks();
    const [near, far] = connectionPair();
    void playResponder(far, plain!, most);
    const responder = new ResponderClient(near, clock, TIMEOUT_MS);
    const requests = plain!.frames.filter(({ fromRequester, command }) => fromRequester && command === 1);
    const run = async (): Promise<void> => {
      await responder.hello();
      for (const { payload } of requests) await responder.ask(payload);
    };
    expect(await settleError(clock, run())).toMatchObject({ code: 'ENOTCONN', message: 'the responder vanished' });
    expect([responder.ended.aborted, clock.pending]).toEqual([true, 0]);
  });

  it('that says nothing is given up, and with it what waits', async () => {
    const { clock } = await twoStacks();
    const [near] = connectionPair();
    const responder = new ResponderClient(near, clock, TIMEOUT_MS);
    const asked = Array.from({ length: 20 }, () => responder.ask(fromHex('0510840000')!).catch((error) => error));
    const codes = (await settle(clock, Promise.all(asked))).map(({ code }) => code);
    expect(codes.filter((code) => code === 'ENOBUFS')).toHaveLength(4);
    expect(codes.filter((code) => code === 'ENOTCONN')).toHaveLength(16);
    expect([responder.reason, clock.pending]).toEqual([`the responder did not answer within ${TIMEOUT_MS} ms`, 0]);
  });

  it('answers in the order of the requests', async () => {
    const { clock } = await twoStacks();
    const [near, far] = connectionPair();
    const heard = playResponder(far, plain!);
    const responder = new ResponderClient(near, clock, TIMEOUT_MS);
    await settle(clock, responder.hello());
    const frames = plain!.frames.filter(({ command }) => command === 1);
    const asked = frames.filter(({ fromRequester }) => fromRequester);
    const answers = await settle(clock, Promise.all(asked.map(({ payload }) => responder.ask(payload))));
    const expected = frames.filter(({ fromRequester }) => !fromRequester);
    expect(answers.map((bytes) => toHex(bytes))).toEqual(expected.map(({ payload }) => toHex(payload)));
    await settle(clock, responder.close());
    expect(toHex(await heard)).toBe(toHex(recorded(plain!, true)));
    expect(clock.pending).toBe(0);
  });
});

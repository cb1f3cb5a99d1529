/** The whole stack over a wire, shaken. fast-check prints the seed and the smallest steps that fail. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { randomFaults } from '../../hw-fixtures/bench/wires/random-faults.js';
import { pass } from '../../hw-fixtures/testing/virtual-time.js';
import { VirtualClock } from '../../stack/clock.js';
import type { Limits } from '../../stack/limits.js';
import { Mctp } from '../../stack/mctp.js';
import { ScriptedLink } from '../support/scripted-link.js';
import { NODES, ShakenStacks, type Step } from '../support/shaken-stacks.js';

const node = fc.nat(NODES - 1);
const size = fc.oneof(fc.nat(80), fc.nat(700), fc.constantFrom(62, 63, 64, 126, 127, 128));

const message = (abortable: boolean): fc.Arbitrary<Step> =>
  fc.record({
    do: fc.constantFrom('send', 'datagram', 'request', 'request', 'physical' as const),
    from: node,
    to: node,
    control: fc.boolean(),
    size,
    retries: fc.nat(2),
    noWait: abortable ? fc.boolean() : fc.constant(false),
    abortAfterMs: abortable ? fc.option(fc.nat(150), { nil: undefined, freq: 4 }) : fc.constant(undefined),
  });

const wait: fc.Arbitrary<Step> = fc.record({ do: fc.constant('wait' as const), ms: fc.oneof(fc.nat(5), fc.nat(300)) });
const hand: fc.Arbitrary<Step> = fc.record({
  do: fc.constantFrom('unplug', 'plug', 'plug', 'stall', 'resume', 'resume', 'reopen' as const),
  from: node,
});

/** The time of the wire: none at all (everything happens inside `transmit`), fast, or slow and far. */
const timing = fc.constantFrom(
  {},
  { bitRate: 400_000, bitsPerByte: 9 },
  { latencyMs: 3 },
  { bitRate: 115_200, bitsPerByte: 10, overheadBytes: 6, latencyMs: 2 },
);

/** Tight limits are met, wide ones are not. */
const limits: fc.Arbitrary<Partial<Limits>> = fc.constantFrom(
  {},
  { queueMessages: 2, waiters: 3 },
  { queueBytes: 200 },
  { assemblies: 2, assemblyBytesPerPeer: 600 },
);

const window_ = fc.integer({ min: 1, max: 3 });

describe('any interleaving of senders', () => {
  it('on a clean wire everything arrives once, in order, and every request gets its own answer', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof({ weight: 9, arbitrary: message(false) }, { weight: 1, arbitrary: wait }), { maxLength: 60 }),
        timing,
        window_,
        async (steps, wire, window) => {
          const stacks = await ShakenStacks.make({
            wire,
            window,
            limits: { queueMessages: 3 },
            timeoutMs: 100_000,
          });
          await stacks.run(steps);
          // What is on the wire still arrives.
          await pass(stacks.clock, 100);
          expect([stacks.wrongs, stacks.failures, stacks.garbled]).toEqual([[], [], 0]);

          const count = steps.filter((step) => 'size' in step).length;
          expect(stacks.fulfilled.size).toBe(count);
          expect(new Set(stacks.delivered.map(({ id }) => id)).size).toBe(count);
          expect(stacks.delivered).toHaveLength(count);

          await stacks.aftermath();
          expect(stacks.wrongs).toEqual([]);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('messages of one kind from one to another arrive in the order they were sent', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(node, node, size, fc.boolean()), { maxLength: 60 }),
        timing,
        async (sends, wire) => {
          const stacks = await ShakenStacks.make({ wire });
          await stacks.run(
            sends.map(([from, to, bytes, control]) => ({
              do: 'datagram',
              from,
              to,
              control,
              size: bytes,
              retries: 0,
              noWait: false,
              abortAfterMs: undefined,
            })),
          );
          // What is on the wire still arrives.
          await pass(stacks.clock, 10);
          for (let from = 0; from < NODES; from++) {
            for (let to = 0; to < NODES; to++) {
              for (const control of [false, true]) {
                const arrived = stacks.delivered.filter(
                  (one) => one.from === from && one.to === to && one.control === control,
                );
                const ids = arrived.map(({ id }) => id);
                expect(ids).toEqual([...ids].sort((a, b) => a - b));
              }
            }
          }
          expect(stacks.delivered).toHaveLength(sends.length);
          await stacks.aftermath();
          expect(stacks.wrongs).toEqual([]);
        },
      ),
      { numRuns: 30 },
    );
  });

  it('on a wire that loses and refuses, with hands that pull and plug: nothing wrong, nothing left', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.oneof(
            { weight: 8, arbitrary: message(true) },
            { weight: 2, arbitrary: wait },
            { weight: 1, arbitrary: hand },
          ),
          { maxLength: 60 },
        ),
        timing,
        window_,
        limits,
        fc.integer(),
        async (steps, wire, window, bounds, seed) => {
          const faults = randomFaults(seed, { drop: 0.08, nack: 0.05 });
          const stacks = await ShakenStacks.make({ wire: { ...wire, faults }, window, limits: bounds });
          await stacks.run(steps);
          await stacks.aftermath();
          expect(stacks.wrongs).toEqual([]);
          const expected = ['ECANCELED', 'ETIMEDOUT', 'ENACK', 'ENETDOWN', 'ENODEV', 'EBUSY', 'EAGAIN', 'ENOBUFS'];
          expect(stacks.failures.filter((code) => !expected.includes(code))).toEqual([]);
        },
      ),
      { numRuns: 120 },
    );
  });

  it('on a wire that does everything wires do: no crash, no leak, every call ends, no body that was not sent', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.oneof(
            { weight: 8, arbitrary: message(true) },
            { weight: 2, arbitrary: wait },
            { weight: 1, arbitrary: hand },
          ),
          { maxLength: 60 },
        ),
        timing,
        window_,
        limits,
        fc.integer(),
        fc.boolean(),
        async (steps, wire, window, bounds, seed, headersOnly) => {
          const rates = { drop: 0.05, corrupt: 0.08, duplicate: 0.05, reorder: 0.05, nack: 0.03 };
          const faults = randomFaults(seed, rates, ({ bytes }) => [0, headersOnly ? 4 : bytes.length]);
          const stacks = await ShakenStacks.make({ wire: { ...wire, faults }, window, limits: bounds });
          stacks.lenient = true;
          await stacks.run(steps);
          await stacks.aftermath();
          expect(stacks.wrongs).toEqual([]);
        },
      ),
      { numRuns: 120 },
    );
  });
});

describe('any bytes at all', () => {
  it('received as packets: no crash, every one counted, no timer left', async () => {
    const flags = fc.nat(255);
    const eid = fc.oneof(fc.constantFrom(0, 8, 9, 255), fc.nat(255));
    const shaped = fc
      .tuple(fc.constantFrom(1, 1, 1, 0, 2, 0xf1), eid, eid, flags, fc.uint8Array({ maxLength: 80 }))
      .map(([version, dest, src, bits, rest]) => Uint8Array.of(version, dest, src, bits, ...rest));
    // Whole messages of the types which are listened to, or their first packets.
    const good = fc
      .tuple(fc.constantFrom(9, 10), fc.constantFrom(0xc8, 0xcb, 0x88), fc.constantFrom(0, 1), fc.uint8Array())
      .map(([src, bits, type, rest]) => Uint8Array.of(1, 8, src, bits, type, ...rest));
    const bytes = fc.oneof(fc.uint8Array({ maxLength: 300 }), shaped, shaped, good);
    let most = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(bytes, { maxLength: 200 }), fc.boolean(), async (packets, forwarding) => {
        const clock = new VirtualClock();
        const errors: string[] = [];
        const mctp = new Mctp({
          clock,
          forwarding,
          limits: { messageBytes: 200, assemblies: 5 },
          logger: { debug() {}, info() {}, warn() {}, error: (text) => errors.push(text) },
        });
        const link = new ScriptedLink();
        mctp.addLink(link);
        mctp.addAddress(8, link.name);
        mctp.addRoute({ start: 9, end: 20, link: link.name });
        await mctp.open();
        let received = 0;
        for (const type of [0, 1]) {
          const socket = mctp.socket();
          socket.bind({ type });
          socket.onMessage((incoming) => {
            received++;
            expect(incoming.payload.length).toBeLessThan(200);
            socket.reply(incoming, incoming.payload).catch((error: unknown) => errors.push(String(error)));
          });
        }
        for (const one of packets) {
          link.inject(one);
          clock.advance(10);
        }
        const { rxPackets, rxMessages } = mctp.links()[0]!.counters;
        expect([rxPackets, rxMessages]).toEqual([packets.length, received]);
        await pass(clock, 10_000);
        most = Math.max(most, received);
        expect([errors, clock.pending]).toEqual([[], 0]);
        await mctp.close();
      }),
      { numRuns: 150 },
    );
    expect(most).toBeGreaterThan(1);
  });

  it('messages of every size, over every unit, arrive as they were sent', async () => {
    const unit = fc.integer({ min: 64, max: 250 });
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 2000 }),
        unit,
        fc.boolean(),
        async (payload, transmissionUnit, ic) => {
          const mctp = new Mctp({ clock: new VirtualClock() });
          const link = new ScriptedLink();
          mctp.addLink(link, { transmissionUnit });
          mctp.addAddress(8, link.name);
          mctp.addRoute({ start: 9, link: link.name });
          await mctp.open();
          await mctp.socket().send({ eid: 9 }, payload, { type: 1, integrityCheck: ic, reply: false });
          const packets = link.takeSent();
          expect(packets).toHaveLength(Math.ceil((payload.length + 1) / transmissionUnit));

          // The same packets, as if EID 9 had sent them to us.
          const socket = mctp.socket();
          socket.bind({ type: 1 });
          for (const one of packets) link.inject(`010809${one.slice(6)}`);
          const back = await socket.receive();
          expect(back.payload).toEqual(payload);
          expect(back.integrityCheck).toBe(ic);
          await mctp.close();
        },
      ),
      { numRuns: 100 },
    );
  });
});

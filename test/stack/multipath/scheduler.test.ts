/** The scheduler on the virtual clock, against ways which fail in any order: what holds whatever happens. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { settle } from '../../../hw-fixtures/testing/virtual-time.js';
import { VirtualClock } from '../../../stack/clock.js';
import { MctpError } from '../../../stack/errors.js';
import { MultipathTransport, WAY_POLICIES } from '../../../stack/multipath/index.js';
import { Way, type WayState } from '../../../stack/multipath/way.js';
import { WayChoice } from '../../../stack/multipath/way-choice.js';
import { wait } from '../../../stack/util/async.js';
import { type Fault, TwoWays } from '../../support/two-ways.js';

const RUNS = Number(process.env.MCTPKIT_MULTIPATH_RUNS ?? 150);
const FAULTS: readonly (Fault | undefined)[] = [
  undefined,
  undefined,
  'refuses',
  'loses requests',
  'loses answers',
  'breaks',
];

const policy = fc.constantFrom(...WAY_POLICIES);
const step = fc.oneof(
  fc.record({
    what: fc.constant('fault' as const),
    way: fc.constantFrom(0 as const, 1 as const),
    fault: fc.constantFrom(...FAULTS),
  }),
  fc.record({
    what: fc.constant('delay' as const),
    way: fc.constantFrom(0 as const, 1 as const),
    ms: fc.constantFrom(1, 5, 50),
  }),
  fc.record({ what: fc.constant('cut' as const) }),
  fc.record({ what: fc.constant('pass' as const), ms: fc.constantFrom(1, 10, 500, 5000) }),
  fc.record({ what: fc.constant('ask' as const), idempotent: fc.boolean(), eid: fc.constantFrom(9, 20) }),
);

describe('the scheduler', () => {
  it('nothing is carried out twice that must not be, and nothing is left', async () => {
    let notLeft = 0;
    await fc.assert(
      fc.asyncProperty(policy, fc.boolean(), fc.array(step, { maxLength: 30 }), async (chosen, backup, steps) => {
        const clock = new VirtualClock();
        const device = new TwoWays(clock);
        const transport = new MultipathTransport({ transport: device, clock, policy: chosen });
        const ways = [
          { to: { eid: 9 }, name: 'one' },
          { to: { eid: 20 }, name: 'two', backup },
        ];
        transport.setPeers([{ uuid: 'u', ways }]);
        const socket = transport.socket();
        const outcomes: Promise<void>[] = [];
        const run = async (): Promise<void> => {
          for (const [index, one] of steps.entries()) {
            if (one.what === 'cut') for (const way of device.ways) way.fault = 'refuses';
            else if (one.what === 'fault') device.ways[one.way].fault = one.fault;
            else if (one.what === 'delay') device.ways[one.way].delayMs = one.ms;
            else if (one.what === 'pass') await wait(clock, one.ms);
            else outcomes.push(asked(index, one.idempotent, one.eid));
          }
          await Promise.all(outcomes);
        };
        const asked = async (name: number, idempotent: boolean, eid: number): Promise<void> => {
          try {
            const options = { type: 0x7e, timeoutMs: 400, retries: 0, idempotent };
            const answer = await socket.request({ eid }, Uint8Array.of(name), options);
            expect(answer.payload[0]).toBe(name);
            expect(device.done.get(name)).toBeGreaterThanOrEqual(1);
          } catch (error) {
            if (!(error instanceof MctpError)) throw error;
            expect(['ETIMEDOUT', 'EWAYLOST', 'ENETDOWN']).toContain(error.code);
            // What says that it was not carried out, was not.
            if (error.code === 'ENETDOWN' && !idempotent) {
              notLeft++;
              expect(device.done.get(name) ?? 0).toBe(0);
            }
            if (idempotent) expect(error.code).not.toBe('EWAYLOST');
          }
          if (!idempotent) expect(device.done.get(name) ?? 0).toBeLessThanOrEqual(1);
        };
        await settle(clock, run());
        transport.close();
        await settle(clock, wait(clock, 60_000));
        expect(clock.pending).toBe(0);
      }),
      { numRuns: RUNS },
    );
    expect(notLeft).toBeGreaterThan(0);
  });

  it('with one way that is good, what may be asked twice is answered', async () => {
    const fault = fc.constantFrom<Fault>('refuses', 'loses requests', 'loses answers', 'breaks');
    await fc.assert(
      fc.asyncProperty(
        policy,
        fault,
        fc.constantFrom(0, 1),
        fc.constantFrom(9, 20),
        async (chosen, bad, which, eid) => {
          const clock = new VirtualClock();
          const device = new TwoWays(clock);
          device.ways[which as 0 | 1].fault = bad;
          const transport = new MultipathTransport({ transport: device, clock, policy: chosen });
          const ways = [9, 20].map((one) => ({ to: { eid: one }, name: `${one}` }));
          transport.setPeers([{ uuid: 'u', ways }]);
          const socket = transport.socket();
          for (let name = 1; name <= 3; name++) {
            const options = { type: 0x7e, timeoutMs: 400, idempotent: true };
            const answer = await settle(clock, socket.request({ eid }, Uint8Array.of(name), options));
            expect(answer.source).toBe(device.ways[which === 0 ? 1 : 0].eid);
          }
          transport.close();
        },
      ),
      { numRuns: 60 },
    );
  });

  it('a way is chosen that is up, a backup only without another, and none twice', () => {
    const state = fc.constantFrom<WayState>('unknown', 'up', 'down');
    const anyWay = fc.record({ state, backup: fc.boolean(), rtt: fc.integer({ min: 1, max: 100 }), lost: fc.nat(20) });
    fc.assert(
      fc.property(policy, fc.array(anyWay, { minLength: 1, maxLength: 5 }), (chosen, wanted) => {
        const ways = wanted.map(({ state: is, backup, rtt, lost }, index) => {
          const way = new Way({ to: { eid: 9 + index }, name: String(index), backup });
          for (let i = 0; i < lost; i++) way.lost();
          if (is === 'up') way.succeeded(rtt);
          if (is === 'down') way.failed(0);
          return way;
        });
        const choice = new WayChoice(chosen);
        const tried = new Set<Way>();
        for (let i = 0; i < ways.length; i++) {
          const way = choice.choose(ways, tried)!;
          expect(tried.has(way)).toBe(false);
          const left = ways.filter((one) => !tried.has(one));
          if (left.some((one) => one.usable)) expect(way.usable).toBe(true);
          if (left.some((one) => one.usable && !one.backup)) expect(way.backup).toBe(false);
          tried.add(way);
        }
        expect(choice.choose(ways, tried)).toBeUndefined();
      }),
    );
  });
});

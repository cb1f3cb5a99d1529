/** Cables over several wires in virtual time: whatever happens to the wires, packets arrive once and in order. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CABLE_PLACES, JoinedCable } from '../../support/joined-cable.js';

function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}

const CHANGES = ['cut', 'heal', 'hold', 'slow', 'fast', 'narrow', 'wide'] as const;

const story = fc.array(
  fc.record({
    change: fc.constantFrom(...CHANGES),
    place: fc.constantFrom(...CABLE_PLACES),
    waitMs: fc.integer({ min: 1, max: 400 }),
    packets: fc.integer({ min: 0, max: 120 }),
  }),
  { minLength: 5, maxLength: 25 },
);

describe('a cable over several wires', () => {
  it('loses nothing, doubles nothing and keeps the order, whatever happens to its wires while one is left', async () => {
    const runs = Number(process.env.MCTPKIT_CABLE_RUNS ?? 25);
    await fc.assert(
      fc.asyncProperty(story, async (steps) => {
        const joined = new JoinedCable();
        await joined.open();
        const { wires, listening, connecting } = joined;
        for (const { change, place, waitMs, packets } of steps) {
          const wire = wires.wire(place);
          // One wire at least is left: what happens when none is has its own tests.
          const others = CABLE_PLACES.filter((other) => other !== place);
          const mayGo = others.some((other) => wires.open.includes(other) && !wires.wire(other).held);
          if (change === 'cut' && mayGo) wires.cut(place);
          else if (change === 'hold' && mayGo) wire.held = true;
          else if (change === 'heal') wires.heal(place);
          else if (change === 'slow') wire.latencyMs = 60;
          else if (change === 'fast') wire.latencyMs = 0.1;
          else if (change === 'narrow') wire.bytesPerMs = 50;
          else if (change === 'wide') wire.bytesPerMs = Number.POSITIVE_INFINITY;
          joined.send(connecting, packets);
          joined.send(listening, packets);
          await joined.run(waitMs, 2);
        }
        for (const place of CABLE_PLACES) wires.heal(place);
        await joined.run(4_000, 5);
        expect(joined.arrivedAt(listening)).toEqual(upTo(connecting.sent));
        expect(joined.arrivedAt(connecting)).toEqual(upTo(listening.sent));
        expect(listening.host.states.map(({ up }) => up)).toEqual([true]);
        await joined.close();
      }),
      { numRuns: runs },
    );
  });
});

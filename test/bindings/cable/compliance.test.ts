import { describe, expect, it } from 'vitest';
import { CableLink, type CableLinkOptions } from '../../../bindings/cable/cable-link.js';
import { describeLinkCompliance } from '../../../hw-fixtures/testing/link-compliance.js';
import { RecordingHost } from '../../../hw-fixtures/testing/recording-host.js';
import { TestClock } from '../../../hw-fixtures/testing/test-clock.js';
import { VirtualClock } from '../../../stack/clock.js';
import { CableWires } from '../../support/cable-wires.js';

const KEY = new Uint8Array(32).fill(7);

for (const places of [['a'], ['a', 'b', 'c']]) {
  describeLinkCompliance(`cable over ${places.length} wires in memory`, () => {
    const clock = new VirtualClock();
    const network = new CableWires(clock);
    const common: Omit<CableLinkOptions, 'name'> = { clock, network, key: KEY, longestUnit: 100 };
    const a = new CableLink({ ...common, name: 'cable:a', listen: places });
    const connect = places.map((place) => ({ place, backup: false }));
    const b = new CableLink({ ...common, name: 'cable:b', connect, patient: true });
    return {
      a,
      b,
      step: () => clock.advance(1),
      timers: () => clock.pending,
      garbage: (bytes) => {
        clock.advance(5);
        network.injectBack(places[0]!, bytes);
      },
    };
  });
}

describe('a cable which is closed while it opens', () => {
  it.each([
    ['that listens', { listen: ['a', 'b'] }],
    ['that connects', { connect: [{ place: 'a', backup: false }] }],
    ['that connects, and does not wait', { connect: [{ place: 'a', backup: false }], patient: true }],
  ])('%s, leaves no timer and no listener, at whatever step that was', async (_what, options) => {
    for (let steps = 0; steps < 16; steps++) {
      const clock = new TestClock();
      const network = new CableWires(clock);
      const link = new CableLink({ name: 'cable:t', clock, network, key: KEY, ...options });
      const host = new RecordingHost().attach(link);
      const opening = link.open().catch(() => {});
      for (let step = 0; step < steps; step++) await Promise.resolve();
      await link.close();
      host.closed = true;
      await opening;
      await clock.pass(10_000);
      expect(clock.pending).toBe(0);
      expect(host.violations).toEqual([]);
      const { dials } = network;
      await clock.pass(10_000);
      expect(network.dials).toBe(dials);
      await expect(network.dial('a')).rejects.toMatchObject({ code: 'ENOTCONN' });
    }
  });

  it('is open when it is opened again before it is closed', async () => {
    for (let steps = 0; steps < 16; steps++) {
      const clock = new TestClock();
      const network = new CableWires(clock);
      const there = new CableLink({ name: 'cable:there', clock, network, key: KEY, listen: ['a'] });
      const link = new CableLink({
        name: 'cable:here',
        clock,
        network,
        key: KEY,
        connect: [{ place: 'a', backup: false }],
      });
      for (const one of [there, link]) new RecordingHost().attach(one);
      await there.open();
      const first = link.open().catch(() => {});
      for (let step = 0; step < steps; step++) await Promise.resolve();
      const closing = link.close();
      const second = link.open();
      second.catch(() => {});
      await clock.pass(1_000);
      await Promise.all([first, closing, second]);
      await Promise.all([there.close(), link.close(), clock.pass(10_000)]);
      expect(clock.pending).toBe(0);
    }
  });
});

/** A bench in virtual time with a host stack of EID 8 on it. */

import { expect, onTestFinished } from 'vitest';
import { type Bench, type BenchOptions, openBench } from '../../hw-fixtures/index.js';
import { settle } from '../../hw-fixtures/testing/virtual-time.js';
import { ControlClient } from '../../stack/control/index.js';
import { Mctp, VirtualClock } from '../../stack/index.js';

export interface World {
  readonly clock: VirtualClock;
  readonly bench: Bench;
  readonly host: Mctp;
  readonly client: ControlClient;
}

/**
 * Closed after the test, which has to leave no timer behind. Each test says so for itself: a hook of this module would be that
 * of the first file in a worker alone.
 */
export async function world(options: Omit<BenchOptions, 'clock'> = {}): Promise<World> {
  const clock = new VirtualClock();
  const bench = await openBench({ clock, ...options });
  const host = new Mctp({ clock });
  for (const link of bench.hostLinks()) {
    host.addLink(link);
    host.addAddress(8, link.name);
  }
  await host.open();
  const made = { clock, bench, host, client: new ControlClient({ transport: host, clock }) };
  onTestFinished(async ({ task }) => {
    made.client.close();
    await settle(clock, host.close());
    await bench.close();
    // One which failed did not get as far as closing what it made.
    if (task.result?.state !== 'fail') expect(clock.pending).toBe(0);
  });
  return made;
}

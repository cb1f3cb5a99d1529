/** A bench in virtual time with a host stack of EID 8 on it. */

import { afterEach, expect } from 'vitest';
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

const open: World[] = [];

/** Closed after the test, which has to leave no timer behind. */
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
  open.push(made);
  return made;
}

afterEach(async () => {
  for (const { clock, bench, host, client } of open.splice(0)) {
    client.close();
    await settle(clock, host.close());
    await bench.close();
    expect(clock.pending).toBe(0);
  }
});

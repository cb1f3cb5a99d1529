import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLink } from '../../bindings/link-registry.js';
import { systemClock } from '../../bindings/system-clock.js';
import { BusOwner, type EndpointInfo } from '../../stack/bus-owner/index.js';
import { GetEndpointID } from '../../stack/control/index.js';
import { Mctp } from '../../stack/mctp.js';

// Whatever devices are on a real link: they are found, and answer again and again.
const url = process.env.MCTPKIT_HIL_LINK;
const ASKED = 100;

describe.skipIf(url === undefined)(`devices on ${url ?? 'a link (skipped: set MCTPKIT_HIL_LINK to its URL)'}`, () => {
  const mctp = new Mctp({ clock: systemClock });
  const owner = new BusOwner({ host: mctp, clock: systemClock });
  let endpoints: readonly EndpointInfo[] = [];

  beforeAll(async () => {
    const link = await createLink(url!);
    mctp.addLink(link);
    mctp.addAddress(8, link.name);
    await mctp.open();
    endpoints = await owner.discover();
  }, 30_000);

  afterAll(async () => {
    owner.close();
    await mctp.close();
  });

  it('are found', () => {
    expect(endpoints.length).toBeGreaterThan(0);
  });

  it(`answer ${ASKED} times under the EID they were given`, async () => {
    for (const { eid, network } of endpoints) {
      for (let asked = 0; asked < ASKED; asked++) {
        const answer = await owner.client.request({ eid, network }, GetEndpointID, {});
        expect(answer.eid).toBe(eid);
      }
    }
  }, 120_000);

  it('cost no frame on the way', () => {
    const { counters } = mctp.links()[0]!;
    expect(counters.drops.linkFault).toBe(0);
  });
});

/** The example of an adapter in Python, driven through the link that its users open. */

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { createLink } from '../../bindings/link-registry.js';
import { systemClock } from '../../bindings/system-clock.js';
import { BusOwner } from '../../stack/bus-owner/index.js';
import { Mctp } from '../../stack/mctp.js';

const SCRIPT = fileURLToPath(new URL('simulated-adapter.py', import.meta.url));

function hasPython(): boolean {
  try {
    execFileSync('python3', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

describe('the example of an adapter in Python', () => {
  it('has less than 100 lines', () => {
    expect(readFileSync(SCRIPT, 'utf8').trimEnd().split('\n').length).toBeLessThan(100);
  });

  it.skipIf(!hasPython())('is an adapter with a device behind it (needs python3)', async () => {
    const link = await createLink(`i2c:exec:python3 ${SCRIPT}?probe=0x1d,0x1e`);
    const mctp = new Mctp({ clock: systemClock });
    mctp.addLink(link);
    mctp.addAddress(8, link.name);
    await mctp.open();
    const owner = new BusOwner({ host: mctp, clock: systemClock });
    await owner.discover();
    expect(owner.endpoints().map(({ physicalAddress }) => physicalAddress)).toEqual(['1d']);
    owner.close();
    await mctp.close();
  });
});

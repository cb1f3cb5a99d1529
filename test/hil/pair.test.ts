import { describe, it } from 'vitest';
import { createLink } from '../../bindings/link-registry.js';
import { describeLinkCompliance } from '../../hw-fixtures/testing/link-compliance.js';

// Two links of this machine joined by a wire: the compliance suite on real hardware.
const urls = process.env.MCTPKIT_HIL_PAIR?.trim().split(/\s+/);

if (urls?.length === 2) {
  const [a, b] = urls as [string, string];
  describeLinkCompliance(`${a} joined to ${b}`, async () => ({ a: await createLink(a), b: await createLink(b) }));
} else {
  describe.skip('two joined links (skipped: set MCTPKIT_HIL_PAIR to their URLs)', () => it('is a link', () => {}));
}

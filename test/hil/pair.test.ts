/** Two links of this machine joined by a wire: the compliance suite on real hardware. */

import { it } from 'vitest';
import { createLink } from '../../bindings/link-registry.js';
import { splitUrls } from '../../hw-fixtures/testing/hardware/hil-environment.js';
import { describeLinkCompliance } from '../../hw-fixtures/testing/link-compliance.js';

const [a, b, ...more] = splitUrls(process.env.MCTPKIT_HIL_PAIR ?? '');

if (a !== undefined && b !== undefined && more.length === 0) {
  describeLinkCompliance(`${a} joined to ${b}`, async () => ({ a: await createLink(a), b: await createLink(b) }));
} else {
  it.skip('two joined links are compliant (skipped: set MCTPKIT_HIL_PAIR to their URLs)');
}

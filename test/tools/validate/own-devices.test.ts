/** Our own endpoint and our emulated devices do what the standards require: every group, with everything allowed. */

import { describe, expect, it } from 'vitest';
import { mctpkit } from '../../support/in-process.js';

interface Report {
  readonly summary: Readonly<Record<string, number>>;
  readonly checks: readonly { readonly id: string; readonly verdict: string; readonly why: string }[];
}

describe('our own devices, validated', () => {
  // The endpoints of the default bench: a drive, an adapter, a bridge, three devices behind it, and one on a serial line.
  it.each(['9', '10', '11', '12', '13', '14', '20'])('EID %s of the default bench', async (eid) => {
    const { code, stdout } = await mctpkit(['validate', eid, '--json']);
    const { checks, summary } = JSON.parse(stdout) as Report;
    const bad = checks.filter(({ verdict }) => ['fail', 'warning', 'inconclusive'].includes(verdict));
    expect(bad.map(({ id, verdict, why }) => `${id} ${verdict}: ${why}`)).toEqual([]);
    expect(summary.pass).toBeGreaterThan(20);
    expect(code).toBe(0);
  });
});

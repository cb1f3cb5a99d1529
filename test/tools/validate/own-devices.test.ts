/** Our own endpoint and our emulated devices do what the standards require: every group, with everything allowed. */

import { describe, expect, it } from 'vitest';
import { inVirtualTime } from '../../support/auto-clock.js';
import { Cable } from '../../support/cable.js';
import type { Finished } from '../../support/cli.js';
import { mctpkit, RunningVerb } from '../../support/in-process.js';

interface Report {
  readonly summary: Readonly<Record<string, number>>;
  readonly checks: readonly { readonly id: string; readonly verdict: string; readonly why: string }[];
}

/** Conforming: what would be wrong, and how much was checked. */
function expectConforming({ code, stdout, stderr }: Finished, most: number): void {
  expect(stderr).toBe('');
  const { checks, summary } = JSON.parse(stdout) as Report;
  const bad = checks.filter(({ verdict }) => ['fail', 'warning', 'inconclusive'].includes(verdict));
  expect(bad.map(({ id, verdict, why }) => `${id} ${verdict}: ${why}`)).toEqual([]);
  expect(summary.pass).toBeGreaterThan(most);
  expect(code).toBe(0);
}

describe('our own devices, validated', () => {
  // The endpoints of the default bench: a drive, an adapter, a bridge, three devices behind it, and one on a serial line.
  it.each(['9', '10', '11', '12', '13', '14', '20'])('EID %s of the default bench', async (eid) => {
    expectConforming(await mctpkit(['validate', eid, '--json']), 20);
  });

  it.each([
    ['echo', ['echo', '--eid', '9'], 60],
    ['emulate: a drive', ['emulate', '--eid', '9'], 200],
    ['emulate: an adapter', ['emulate', '--device', 'nic', '--eid', '9'], 200],
  ] as const)('%s on a link, from the other end of its cable', async (_name, device, most) => {
    const result = await inVirtualTime(async (clock) => {
      const cable = new Cable(clock);
      const verb = new RunningVerb([...device, '--link', cable.far, '--json'], { clock });
      await verb.line(/"event":"started"/);
      const allowed = ['--allow', 'update,reset,write,apply'];
      const near = new RunningVerb(['validate', '9', '--link', cable.near, '--json', ...allowed], { clock });
      const ended = await near.finished;
      await cable.end();
      await verb.stop();
      return ended;
    });
    expectConforming(result, most);
  });
});

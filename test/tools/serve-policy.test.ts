import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { GuardedPolicy } from '../../bindings/shared/server/guarded-policy.js';
import { loadPolicy } from '../../tools/serve/load-policy.js';

const folder = mkdtempSync(join(tmpdir(), 'mctpkit-policy-'));
afterAll(() => rmSync(folder, { recursive: true }));

const message = { network: 1, source: 0, destination: 9, tag: 0, tagOwner: true, payload: new Uint8Array(1) };

async function guarded(path: string) {
  const { policy, runHook } = await loadPolicy(path);
  const faults: string[] = [];
  return { faults, policy: new GuardedPolicy(policy, (hook, error) => faults.push(`${hook}: ${error}`), runHook) };
}

function written(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

describe('a policy of the user', () => {
  it('the firewall of the documentation lets nodes send what they may', async () => {
    const { policy, faults } = await guarded('docs/examples/firewall-policy.mjs');
    const node = { right: 'use', uid: 0, pid: 1 } as const;
    expect(policy.newNode({ ...node, description: 'updater' }, 1, undefined)).toBe(1);
    policy.nodeAdded({ ...node, node: 1, description: 'updater' });
    policy.nodeAdded({ ...node, node: 2, description: 'somebody' });
    const passes = (type: number, from: number): boolean =>
      policy.recipients({ ...message, type }, from, [0]).to.includes(0);
    expect([passes(1, 1), passes(5, 1), passes(0x7e, 1)]).toEqual([true, true, false]);
    expect([passes(1, 2), passes(0x7e, 2)]).toEqual([false, true]);
    expect(policy.recipients({ ...message, type: 1 }, 0, [2]).to).toEqual([2]);
    policy.nodeRemoving({ ...node, node: 2, description: 'somebody' });
    expect(faults).toEqual([]);
  });

  it('which loops forever is ended, counted, and its message goes to nobody', async () => {
    const path = written(
      'loop.mjs',
      'export default { newNode: () => { throw new Error("no") }, handleMessage: () => { for (;;); } };',
    );
    const { policy, faults } = await guarded(path);
    expect(policy.recipients({ ...message, type: 1 }, 1, [0]).to).toEqual([]);
    expect(policy.newNode({ description: '', right: 'use', uid: null, pid: null }, 1, undefined)).toBe(
      'the policy failed',
    );
    expect(policy.faults).toBe(2);
    expect(faults[0]).toMatch(/handleMessage: .*timed out/);
  });

  it('which was kept from running for 100 ms, by other work of the machine, is not ended', async () => {
    const path = written(
      'slow.mjs',
      'export default { newNode: () => 1, handleMessage: () => { for (const end = performance.now() + 100; performance.now() < end;); return [0]; } };',
    );
    const { policy, faults } = await guarded(path);
    expect(policy.recipients({ ...message, type: 1 }, 1, [0]).to).toEqual([0]);
    expect(faults).toEqual([]);
  });

  it('which says nonsense is counted', async () => {
    const { policy } = await guarded(
      written('nonsense.mjs', 'export default { newNode: () => 1, handleMessage: () => 5 };'),
    );
    expect(policy.recipients({ ...message, type: 1 }, 1, [0]).to).toEqual([]);
    expect(policy.faults).toBe(1);
  });

  it('without the hooks is refused with what is missing', async () => {
    const path = written('empty.mjs', 'export default {};');
    await expect(loadPolicy(path)).rejects.toThrow(/newNode and handleMessage/);
  });
});

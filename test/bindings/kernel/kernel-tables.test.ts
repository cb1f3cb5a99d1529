/** The kernel's tables, on a kernel that a test plays. */

import { expect, it } from 'vitest';
import { KernelTables } from '../../../bindings/kernel/kernel-tables.js';
import { FakeInterfaces } from './fake-interfaces.js';

it('one device, whether its link is named as the kernel names it or as a URL does', () => {
  const machine = new FakeInterfaces();
  machine.add(4, 'mctpi2c0', [0x10]).neighbours.push({ eid: 9, physicalAddress: '1d' });
  machine.add(5, 'mctpserial0');
  const tables = new KernelTables(machine);
  const keysOf = (eid: number, name: string, physicalAddress: string): Set<string> =>
    new Set([name, `kernel:${name}`].map((link) => tables.peerKey({ eid, link, physicalAddress })));
  expect(tables.peerKey({ eid: 9 })).toBe('1:9');
  for (const eid of [0, 9]) expect(keysOf(eid, 'mctpi2c0', '1d')).toEqual(new Set(['1:9']));
  // Nothing is known of who is there: the place is the key.
  expect(keysOf(0, 'mctpi2c0', '1e')).toEqual(new Set(['kernel:mctpi2c0/0x1e']));
  expect(keysOf(0, 'mctpserial0', '')).toEqual(new Set(['kernel:mctpserial0']));
  tables.close();
});

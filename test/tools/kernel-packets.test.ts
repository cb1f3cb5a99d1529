/** Packets of the kernel's links, on a kernel that a test plays. */

import { expect, it } from 'vitest';
import type { Recorded } from '../../bindings/capture/recorder.js';
import { recordKernel } from '../../tools/capture/kernel-packets.js';
import { FakeInterfaces } from '../bindings/kernel/fake-interfaces.js';

it('packets which the kernel had no room for are in the recording, as a fault which says how many', () => {
  const machine = new FakeInterfaces();
  machine.add(4, 'mctpi2c0', [0x10]);
  const heard: Recorded[] = [];
  const stop = recordKernel(
    machine,
    [{ index: 4, name: 'mctpi2c0' }],
    (recorded) => heard.push(recorded),
    () => 1_700_000_000_000,
  );
  machine.arrive(4, [1, 8, 9, 0xc8, 5, 1]);
  expect(heard.filter(({ fault }) => fault !== undefined)).toEqual([]);
  machine.lost = 9_835;
  machine.arrive(4, [1, 8, 9, 0xc8, 5, 2]);
  expect(heard.at(-1)).toMatchObject({ link: 'mctpi2c0', fault: '9835 packets were lost', isPacket: false });
  // Those of the end as well.
  machine.lost = 2;
  stop();
  expect(heard.at(-1)).toMatchObject({ fault: '2 packets were lost', timeNs: 1_700_000_000_000_000_000n });
  expect(machine.descriptors.size).toBe(0);
});

import { expect, it } from 'vitest';
import type { FamilyReport } from './guest/kernel-family.js';
import { boardOutput, describeOnBoard, guestCommand } from './support.js';

describeOnBoard('openTransport over the kernel', () => {
  it('finds a device, asks it, and hears what it sends', async () => {
    const output = await boardOutput({
      modules: { 'i2c-wire': { ports: [2] }, 'slave-mqueue': {} },
      memory: 512,
      command: `set -e
        i2c-target 0 mctp-i2c-interface 0x20 >/dev/null
        mctp-peer link mctpi2c0 up
        mctp-peer addr add 8 dev mctpi2c0
        mctp-peer route add 9 via mctpi2c0
        mctp-peer neigh add 9 dev mctpi2c0 lladdr 1d
        ${guestCommand('kernel-family').join(' ')}`,
    });
    const report = JSON.parse(output) as FamilyReport;
    expect(report).toEqual({
      resolved: [
        { to: expect.objectContaining({ eid: 9 }), family: 'kernel' },
        { to: expect.objectContaining({ eid: 9 }), family: 'kernel' },
      ],
      uuid: '6ba7b810-9dad-11d1-80b4-00c04fd430c8',
      echoed: 2000,
      heard: '9: 010203',
    });
  });
});

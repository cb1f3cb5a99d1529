import { expect, it } from 'vitest';
import type { DiscoverReport } from './guest/kernel-discover.js';
import { awaited, boardOutput, describeOnBoard, guestCommand } from './support.js';

const modules = { 'i2c-wire': { ports: [2] }, 'slave-mqueue': {} };
const script = guestCommand('kernel-discover').join(' ');
/** A process of that name: what mctpd looks like from outside. */
const mctpd = `printf '#!/bin/sh\\nsleep 60\\n' >/tmp/mctpd; chmod +x /tmp/mctpd; /tmp/mctpd & 
  ${awaited('grep -qx mctpd /proc/$!/comm', '$!')}; `;

async function run(prefix = ''): Promise<DiscoverReport> {
  return JSON.parse(await boardOutput({ command: `${prefix}${script}`, modules })) as DiscoverReport;
}

describeOnBoard('a bus owner through the kernel', () => {
  it('finds a device, gives it an EID, and leaves route and neighbour in the kernel', async () => {
    const report = await run();
    expect(report.links).toMatchObject([
      { name: 'kernel:mctpi2c0', network: 1, binding: 1, up: true, eids: [8], addressSize: 1, ownAddress: '10' },
    ]);
    expect(report.found).toMatchObject([
      { eid: 9, link: 'kernel:mctpi2c0', physicalAddress: '1d', uuid: '6ba7b810-9dad-11d1-80b4-00c04fd430c8' },
    ]);
    expect(report.deviceEid).toBe(9);
    expect(report.routes).toEqual([{ network: 1, start: 9, end: 9, link: 'kernel:mctpi2c0' }]);
    expect(report.neighbours).toEqual([{ network: 1, eid: 9, link: 'kernel:mctpi2c0', physicalAddress: '1d' }]);
    expect(report.echoed).toBe(2000);
    expect(report.mctpd).toBe(false);
    // Six addresses at the bridge's place: itself and the five behind it.
    expect(report.bridged).toEqual({ routes: 2, neighbours: 6, left: 1 });
    console.log(`discovery through the kernel and the rest: ${report.ms} ms`);
  });

  it('only looks where mctpd runs', async () => {
    const report = await run(mctpd);
    expect(report.mctpd).toBe(true);
    expect(report.learnt).toMatchObject([{ eid: 9, link: 'kernel:mctpi2c0' }]);
    expect(report.refusal).toMatch(/^EACCES: .*mctpd/);
  });
});

import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { imageOfSize } from '../pldm/firmware/bench.js';
import type { FirmwareReports } from './guest/kernel-firmware.js';
import { describeOnBoard, scenarioReports } from './support.js';

const UPDATED = [
  'IDLE',
  'LEARN COMPONENTS',
  'READY XFER',
  'DOWNLOAD',
  'VERIFY',
  'APPLY',
  'READY XFER',
  'ACTIVATE',
  'IDLE',
];
/** reasonCode of GetStatus: why a device is in IDLE. */
const REASON = { initialization: 0, activation: 1, cancelled: 2 } as const;

const hashOf = (image: Uint8Array): string => createHash('sha256').update(image).digest('hex');
const runs = (version: string, reasonCode: number) => ({
  set: version,
  component: version,
  pending: '',
  state: 'IDLE',
  reasonCode,
});

describeOnBoard("a firmware update through the kernel's stack", () => {
  const report = scenarioReports<FirmwareReports>('kernel-firmware');

  it.each([
    ['transfers of 1024', 65_536, 64],
    ['transfers of 4096, the last one short', 65_536 + 33, 17],
  ] as const)('%s: the image is the same, and the new version runs', (name, size, requests) => {
    const { update, sentByKernel, ...seen } = report(name);
    expect(update).toMatchObject({ outcome: 'updated', reason: '', leftInUpdateMode: false, component: 'active' });
    expect(seen).toEqual({
      types: [0, 2, 5],
      before: runs('1.0', REASON.initialization),
      requests,
      states: UPDATED,
      running: hashOf(imageOfSize(size)),
      after: runs('2.0', REASON.activation),
    });
    expect(sentByKernel).toBeGreaterThan(size);
    console.log(
      `update through the kernel, ${name}: ${size} bytes in ${update.ms} ms, ${sentByKernel} sent by the kernel`,
    );
  });

  it('cancelled in the middle: the device is idle, runs what it ran, and can be updated', () => {
    const { update, again, ...seen } = report('cancelled in the middle');
    expect(update).toMatchObject({ outcome: 'cancelled', leftInUpdateMode: false });
    expect(update.served).toBeGreaterThanOrEqual(32_768);
    expect(update.served).toBeLessThan(65_536);
    expect(seen).toEqual({
      states: ['IDLE', 'LEARN COMPONENTS', 'READY XFER', 'DOWNLOAD', 'READY XFER', 'IDLE'],
      after: runs('1.0', REASON.cancelled),
    });
    expect(again).toMatchObject({
      outcome: 'updated',
      states: UPDATED.slice(1),
      running: hashOf(imageOfSize(65_536, 3)),
      after: runs('3.0', REASON.activation),
    });
  });
});

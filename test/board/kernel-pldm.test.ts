import { expect, it } from 'vitest';
import type { PldmReport } from './guest/kernel-pldm.js';
import { describeOnBoard, guestScript } from './support.js';

describeOnBoard("PLDM through the kernel's stack", () => {
  it('discovery, the PDR repository, forty sensors, the FRU table and BIOS attributes', async () => {
    const report = await guestScript<PldmReport>('kernel-pldm');
    expect(report).toMatchObject({
      tid: 7,
      types: [0, 2, 3, 4],
      sensors: 40,
      readings: Array.from({ length: 40 }, (_, i) => 20 + i / 2),
      found: 40,
      bios: ['Auto', 'Quiet', 'Leise'],
      year: 2026,
      fru: [{ manufacturer: 'Acme', serialNumber: 'SN-0042' }],
    });
    expect(report.pdrs).toBeGreaterThan(40);
    console.log(`PLDM through the kernel: ${report.pdrs} PDRs, 40 readings, the FRU table and BIOS in ${report.ms} ms`);
  });
});

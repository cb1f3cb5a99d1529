import { beforeAll, expect, it } from 'vitest';
import type { I2cPackage } from '../../bindings/i2c/linux/open-i2c.js';
import type { FaultReport } from './guest/i2c-faults.js';
import type { ProbeReport } from './guest/i2c-probe.js';
import type { UnplugReport } from './guest/i2c-unplug.js';
import { boardOutput, describeOnBoard, guestScript } from './support.js';

const WRITTEN = '2001020304'; // address 0x10 and the data

describeOnBoard('i2c-wire', () => {
  it('makes the adapters asked for', async () => {
    const modules = { 'i2c-wire': { ports: [2, 3] } };
    const wires = await boardOutput({ modules, command: 'cat /sys/bus/i2c/devices/i2c-?/wire; ls /dev/i2c-*' });
    expect(wires.trim().split('\n')).toEqual([
      ...['0.0', '0.1', '1.0', '1.1', '1.2'],
      ...[0, 1, 2, 3, 4].map((n) => `/dev/i2c-${n}`),
    ]);
  });

  it('takes about the time the bytes would', async () => {
    const modules = { 'i2c-wire': { ports: [2], byte_us: 1000 }, 'slave-mqueue': {} };
    const report = await guestScript<FaultReport>('i2c-faults', { modules });
    expect(report.undisturbed?.ms).toBeGreaterThanOrEqual(4.5); // 5 bytes
  });

  it('is asked alike by i2c-bus and by koffi', async () => {
    const modules = { 'i2c-wire': { ports: [2] }, 'slave-mqueue': {} };
    const reports = await guestScript<Record<I2cPackage, ProbeReport>>('i2c-probe', { modules });
    expect(reports.koffi).toEqual(reports['i2c-bus']);
    expect(reports.koffi.functions).toContain('i2c');
    expect(reports.koffi.found).toEqual([true, false, false]);
  });

  it('unplugs an adapter that is open, and brings it back', async () => {
    const modules = { 'i2c-wire': { ports: [2] }, 'slave-mqueue': {} };
    expect(await guestScript<UnplugReport>('i2c-unplug', { modules })).toEqual({
      whileOpen: 'ENODEV',
      nodeWhileOpen: false,
      nodeAfterReturn: true,
      port: '0.0',
      received: ['2055', '2055'],
    });
  });
});

describeOnBoard('i2c-wire faults', () => {
  let report: FaultReport;

  beforeAll(async () => {
    const modules = { 'i2c-wire': { ports: [2], timeout_ms: 200 }, 'slave-mqueue': {} };
    report = await guestScript<FaultReport>('i2c-faults', { modules });
  });

  it.each<[string, string, string[]]>([
    ['undisturbed', 'ok', [WRITTEN]],
    ['nobody', 'ENXIO', []],
    ['nack', 'ENXIO', []],
    ['after nack', 'ok', [WRITTEN]],
    ['data nack', 'EIO', ['200102']], // a target keeps what it had acknowledged
    ['arbitration lost once', 'ok', [WRITTEN]],
    ['arbitration lost four times', 'EAGAIN', []],
    ['flip in the last byte', 'ok', ['2001020305']],
    ['flip in the first byte', 'ok', ['2000020304']],
    ['stuck', 'ETIMEDOUT', []],
    ['after stuck', 'ok', [WRITTEN]],
  ])('%s: %s', (name, outcome, received) => {
    expect(report[name]).toMatchObject({ outcome, received });
  });

  it('waits for a stuck wire as long as the adapter says', () => {
    expect(report.stuck?.ms).toBeGreaterThanOrEqual(190);
    expect(report.stuck?.ms).toBeLessThan(5000);
  });
});

import { expect, it } from 'vitest';
import type { ControlI2cReports } from './guest/control-i2c.js';
import { describeOnBoard, scenarioReports } from './support.js';

const UUID = '6ba7b810-9dad-11d1-80b4-00c04fd430c8';

describeOnBoard('the control protocol on an I2C wire, with the kernel', () => {
  const report = scenarioReports<ControlI2cReports>('control-i2c', {
    modules: { 'i2c-wire': { ports: [2] }, 'slave-mqueue': {} },
  });

  it('finds the kernel, leaves it its EID or gives it another, and watches it', () => {
    const { found, assigned, events, routes } = report('the kernel under our bus owner');
    expect(found).toMatchObject([{ eid: 30, physicalAddress: '20', uuid: UUID, messageTypes: [1, 5], remarks: [] }]);
    expect(found[0]?.versions).toEqual({
      0: ['1.0', '1.1', '1.2', '1.3.1'],
      1: ['1.0'],
      5: ['1.0'],
      255: ['1.0', '1.1', '1.2', '1.3.1'],
    });
    expect({ assigned, events, routes }).toEqual({ assigned: 21, events: ['vanished', 'appeared'], routes: [21] });
  });

  it('our endpoint answers a bus owner that sits on the kernel', () => {
    const { answers, eids, busOwner } = report('our endpoint under a bus owner on the kernel');
    expect(answers).toEqual([
      '000200000000',
      '010100001400',
      '020200140000',
      `030300${UUID.replaceAll('-', '')}`,
      '04040004f1f0ff00f1f1ff00f1f2ff00f1f3f100',
      '0505000105',
      '060a05',
      '070103',
    ]);
    expect(eids).toEqual([20]);
    expect(busOwner).toMatchObject({ eid: 8, physicalAddress: '20' });
  });
});

import { expect, it } from 'vitest';
import type { UsbReports } from './guest/usb-cable.js';
import { describeOnBoard, scenarioReports } from './support.js';

describeOnBoard('both sides of a USB cable', () => {
  const report = scenarioReports<UsbReports>('usb-cable', { memory: 512 });

  // A unit of 1.1 is longer than 255 bytes, not than a transfer of 512.
  const counted = { rxPackets: 4, rxTransfers: 8, rxBadId: 1, rxBadLength: 3, rxTrailingBytes: 3, faults: 6 };

  it.each(['malformed transfers to the host', 'malformed transfers to the device'] as const)(
    '%s are counted by what is wrong',
    (name) => {
      expect(report(name)).toEqual(counted);
    },
  );

  it('the host is down when the device goes, and comes back by itself when it is there again', () => {
    expect(report('taken away and set up again')).toEqual({
      host: [true, false, true, false, true, false, true],
      reason: 'USB device 42 is gone: unplugged, reset or switched off',
    });
  });

  it('both are down when the cable is pulled, under load too, and come back by themselves', () => {
    expect(report('pulled and plugged in')).toEqual({
      host: [true, false, true, false, true, false, true],
      device: [true, false, true, false, true, false, true],
      reasons: [
        'USB device 42 is gone: unplugged, reset or switched off',
        'the host is gone: unplugged, or switched off',
      ],
      last: [30, 40],
      violations: [],
    });
  });

  it('a device that another program took down comes back by itself, and ends without leaving anything', () => {
    expect(report('taken down by another program')).toEqual({ packets: 1, left: [] });
  });

  it('loses none of many packets, both ways at once', () => {
    expect(report('many packets')).toEqual({ toDevice: 10_000, toHost: 10_000, inOrder: true, faults: 0, lost: 0 });
  });
});

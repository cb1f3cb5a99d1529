import { expect, it } from 'vitest';
import type { UsbStackReports } from './guest/usb-stacks.js';
import { describeOnBoard, scenarioReports } from './support.js';

describeOnBoard('two stacks on a USB cable', () => {
  const report = scenarioReports<UsbStackReports>('usb-stacks', { memory: 512 });

  it('carry messages of 4 KiB and 64 KiB, both ways at once', () => {
    const { came, lost, ms } = report('large messages');
    expect(came).toEqual([true, true, true, true]);
    expect(lost).toEqual([0, 0]);
    console.log(`2 x 4 KiB and 2 x 64 KiB over USB, there and back: ${ms} ms`);
  });

  it.each(['LEARN COMPONENTS', 'READY XFER', 'DOWNLOAD', 'VERIFY', 'APPLY', 'ACTIVATE'] as const)(
    'an update whose cable is pulled in state %s leaves the new firmware in the device, when it is run again at the latest',
    (state) => {
      expect(report(state)).toMatchObject({
        replugged: true,
        again: expect.stringMatching(/^(updated|nothing-to-do)$/),
        version: '2.0',
        whole: true,
        state: 'IDLE',
      });
    },
  );
});

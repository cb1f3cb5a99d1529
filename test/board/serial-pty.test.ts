import { expect, it } from 'vitest';
import type { SerialPtyReports } from './guest/serial-pty.js';
import { describeOnBoard, scenarioReports } from './support.js';

const SIZES = [0, 1, 63, 64, 600, 4000, 65_535];

describeOnBoard('our serial link and the mctp-serial of the kernel, on a pseudo terminal', () => {
  const report = scenarioReports<SerialPtyReports>('serial-pty', {});

  it('as requester, up to the largest message of the kernel', () => {
    expect(report('we ask, the kernel answers').right).toEqual(SIZES);
  });

  it('as responder, up to the largest message of the kernel', () => {
    expect(report('the kernel asks, we answer').right).toEqual(SIZES);
  });

  it('with nothing but bytes that are escaped', () => {
    expect(report('every byte escaped').right).toEqual([1, 64, 1000]);
  });

  it('as both at once, more requests than there are tags', () => {
    const { ours, kernels } = report('both ask at once, several times');
    expect(ours).toEqual(Array(24).fill(true));
    expect(kernels).toEqual(Array(6).fill(true));
  });

  it('without a packet lost or misread', () => {
    const { rx, drops } = report('nothing was dropped');
    expect(rx).toBe(true);
    expect(Object.values(drops).every((count) => count === 0)).toBe(true);
  });

  it('drops a damaged frame on either side, and recovers by asking again', () => {
    expect(report('a frame is damaged on the way')).toEqual({
      sent: true,
      received: true,
      kernelAsked: 'ETIMEDOUT',
      linkFault: 2,
      retries: 2,
      next: true,
    });
  });

  it('fails what waits when the line hangs up, and works on the next', () => {
    expect(report('the line hangs up and another takes its place')).toEqual({
      code: 'ENETDOWN',
      reason: 'ENODEV',
      both: [true, true],
    });
  });

  it('lets the process end once it is closed', () => {
    expect(report('closed, nothing is left')).toEqual({ tty: false });
  });
});

import { expect, it } from 'vitest';
import { casesInside, failuresOf } from './cases-inside.js';
import { describeOnBoard } from './support.js';

describeOnBoard('both sides of a USB cable, in the board', () => {
  it('pass the compliance suite of links, with small and with large packets', async () => {
    const cases = await casesInside('usb-compliance', { memory: 512 }, 'usb-events');
    expect(failuresOf(cases)).toEqual([]);
    expect(cases.filter(({ status }) => status === 'passed').length).toBeGreaterThanOrEqual(3 * 14);
  });
});

import { expect, it } from 'vitest';
import { casesInside, failuresOf } from './cases-inside.js';
import { describeOnBoard } from './support.js';

describeOnBoard('the Linux I2C port, in the board', () => {
  it('passes the compliance suite of links, with small and with large packets', async () => {
    const modules = { 'i2c-wire': { ports: [3] }, 'slave-mqueue': { msg_size: 512, depth: 1024 } };
    const cases = await casesInside('i2c-compliance', { modules });
    expect(failuresOf(cases)).toEqual([]);
    expect(cases.filter(({ status }) => status === 'passed').length).toBeGreaterThanOrEqual(2 * 2 * 14);
  });
});

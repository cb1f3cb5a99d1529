import { expect, it } from 'vitest';
import type { QueueReport } from './guest/slave-mqueue.js';
import { boardOutput, describeOnBoard, guestScript } from './support.js';

describeOnBoard('slave-mqueue', () => {
  it('queues what another adapter writes, with the address byte, within its bounds', async () => {
    const modules = { 'i2c-wire': { ports: [2] }, 'slave-mqueue': { msg_size: 8, depth: 4 } };
    const report = await guestScript<QueueReport>('slave-mqueue', { modules });
    expect(report.messages).toEqual(['200f01', '20ff007e0a0d']);
    expect(report.tooLong).toBe('EIO');
    expect(report.overflow).toEqual(['2001', '2002', '2003', '2004']); // the oldest went
    expect(report.statistics).toMatchObject({ queued: 0, received: 7, dropped_full: 1, dropped_long: 1 });
  });

  it('reads as empty by EAGAIN, or by 0 bytes as the BMC driver does', async () => {
    const command = 'cat "$(i2c-target 1 slave-mqueue 0x10)/slave-mqueue" 2>&1; echo $?';
    const wire = { 'i2c-wire': { ports: [2] } };
    const again = await boardOutput({ modules: { ...wire, 'slave-mqueue': {} }, command });
    expect(again).toMatch(/temporarily unavailable\n1\n$/);
    const nothing = await boardOutput({ modules: { ...wire, 'slave-mqueue': { empty_eof: true } }, command });
    expect(nothing).toBe('0\n');
  });

  it('refuses what no driver takes', async () => {
    const modules = { 'i2c-wire': { ports: [2] } };
    const text = await boardOutput({ modules, command: 'i2c-target 1 slave-mqueue 0x10 2>&1; echo $?' });
    expect(text).toMatch(/no driver took slave-mqueue.*\n1\n$/);
  });
});

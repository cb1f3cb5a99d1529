import { expect, it } from 'vitest';
import type { SocketsReport } from './guest/kernel-sockets.js';
import { boardOutput, describeOnBoard, guestCommand, guestScript } from './support.js';

describeOnBoard('kernel sockets', () => {
  it('many, slow, waiting, closed: nothing leaks and the process ends by itself', async () => {
    const report = await guestScript<SocketsReport>('kernel-sockets', { memory: 512 });
    expect(report.answersOfMany).toBe(100);
    expect(report.descriptorsOpen).toBeGreaterThan(report.descriptorsBefore + 999);
    expect(report.descriptorsAfter).toBe(report.descriptorsBefore);
    expect(report.slabGrowthKb).toBeLessThan(2_000);
    expect(report.heapGrowthKb).toBeLessThan(30_000);
    expect(report).toMatchObject({
      parallelRequests: 50,
      datagrams: 30,
      tagWaitersServed: 3,
      iterations: 3,
      connect: 'ENOTSUP',
      unknownLink: 'ENODEV',
      extended: { source: 9, link: 'kernel:mctpserial0' },
      tooManyTags: 'EBUSY',
    });
    expect(report.slowAnswerMs).toBeGreaterThanOrEqual(7_500);
    console.log(`1000 sockets four times: slab ${report.slabGrowthKb} KB, process ${report.heapGrowthKb} KB more`);
  });

  it('without capabilities: EACCES and what to do', async () => {
    const drop = 'setpriv --bounding-set=-net_raw,-net_bind_service,-net_admin --inh-caps=-all';
    const output = await boardOutput({
      command: `mctp-peer link lo up; mctp-peer addr add 8 dev lo
        exec ${drop} ${guestCommand('kernel-errors').join(' ')}`,
    });
    expect(JSON.parse(output)).toEqual({
      bind: expect.stringMatching(/^EACCES: .*CAP_NET_BIND_SERVICE/),
      send: expect.stringMatching(/^EACCES: .*CAP_NET_RAW/),
      change: expect.stringMatching(/^EACCES: .*CAP_NET_ADMIN/),
    });
  });
});

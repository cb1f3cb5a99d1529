import { expect, it } from 'vitest';
import type { JoinReport } from './guest/kernel-join.js';
import { LONGEST_MS } from './longest.js';
import { describeOnBoard, guestScript } from './support.js';

/** MCTPKIT_JOIN_MESSAGES=1000000 takes some ten minutes. */
const messages = Number(process.env.MCTPKIT_JOIN_MESSAGES ?? 20_000);
const timeoutMs = LONGEST_MS + messages * 3;

describeOnBoard('our stack and the kernel, joined', () => {
  it(`${messages} messages without loss, the longest both ways, and parted cleanly`, {
    timeout: timeoutMs + 10_000,
  }, async () => {
    const env = { JOIN_MESSAGES: String(messages) };
    const report = await guestScript<JoinReport>('kernel-join', { env, timeoutMs, memory: 512 });
    expect(report).toMatchObject({
      requested: messages,
      answered: messages,
      wrong: 0,
      largestFromKernel: '65535 same',
      largestFromUs: '65535 same',
      linksAfter: ['kernel:lo'],
      routesAfter: 0,
      ourLinksAfter: 0,
      secondJoin: 'mctpserial0',
    });
    console.log(`join: ${messages} messages, ${Math.round(messages / report.seconds)} per second; ${report.interface}`);
  });
});

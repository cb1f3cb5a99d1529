import { expect, it } from 'vitest';
import { awaited, boardOutput, describeOnBoard, guestCommand } from './support.js';

const ours = guestCommand('kernel-turnaround').join(' ');

describeOnBoard('turnaround through AF_MCTP', () => {
  it('beside that of C, in the same run', async () => {
    const output = await boardOutput({
      command: `mctp-peer link lo up; mctp-peer addr add 8 dev lo; mctp-peer echo 1 >/tmp/echo & echo=$!
        ${awaited('test -s /tmp/echo', '$echo')}
        for round in 1 2 3; do mctp-peer bench 8 1 len=64 --count 3000; ${ours}; done`,
    });
    const lines = output.trim().split('\n');
    const p50 = lines.map((line) => Number(/p50_us ([\d.]+)/.exec(line)?.[1]));
    expect(p50).toHaveLength(6);
    const [c, node] = [0, 1].map((offset) => Math.min(p50[offset]!, p50[offset + 2]!, p50[offset + 4]!));
    console.log(
      `C first, then mctpkit, three rounds:\n${lines.join('\n')}\nbest p50: ${(node! / c!).toFixed(2)} times C's`,
    );
    // Generous: the machine may be busy with something else.
    expect(node! / c!).toBeLessThan(6);
  });
});

import { expect, it } from 'vitest';
import { awaited, boardOutput, describeOnBoard, mctpkit } from './support.js';

/** The bench, joined with the kernel in the background; goes on when it is ready. */
const joined = `
  rm -f /tmp/join.log
  ${mctpkit} join --json >/tmp/join.log 2>&1 & join=$!
  ${awaited(`grep -q '"ready"' /tmp/join.log`, '$join')}
  grep -q '"ready"' /tmp/join.log || { cat /tmp/join.log; exit 1; }`;
const ended = `kill -INT $join; wait $join; echo "join ended with $?"; mctp-peer link mctpserial0 up 2>&1 || true`;

describeOnBoard('the command and the kernel', () => {
  it('link set: down, up, another network, and the MTU the link can have', async () => {
    const set = (words: string, url = 'kernel:') =>
      `${mctpkit} link set mctpserial0 ${words} --link '${url}' 2>&1; echo $?`;
    const output = await boardOutput({
      command: `${joined}
        ${set('network 7', 'kernel:?look=1')}
        ${set('mtu 69')}
        ${set('down')}
        ${set('network 7 mtu 68 up')}
        ${ended}`,
      memory: 512,
    });
    const lines = output.trim().split('\n');
    expect(lines[0]).toContain('belong to another program');
    expect(lines[1]).toBe('1');
    expect(lines[2]).toContain('change mctpserial0');
    expect(lines[3]).toBe('2');
    expect(lines.slice(4, 8)).toEqual([
      'dev kernel:mctpserial0 net 1 mtu 68 down',
      '0',
      'dev kernel:mctpserial0 net 7 mtu 68 up',
      '0',
    ]);
    expect(output).toContain('join ended with 0');
  });

  it('says in one line what is wrong', async () => {
    const output = await boardOutput({
      command: `${mctpkit} discover --link kernel: 2>&1; echo $?
        ${mctpkit} discover --link kernel:nothing 2>&1; echo $?
        ${mctpkit} discover --link kernel: --link bench: 2>&1; echo $?
        ${mctpkit} join --link kernel: 2>&1; echo $?
        setpriv --bounding-set=-net_admin --inh-caps=-all ${mctpkit} join 2>&1; echo $?`,
      memory: 512,
    });
    console.log(output);
    const lines = output.trim().split('\n');
    expect(lines).toHaveLength(10);
    expect(lines.filter((line) => line === '2')).toHaveLength(5);
    expect(lines[0]).toContain('no MCTP link');
    expect(lines[8]).toContain('CAP_NET_ADMIN');
  });
});

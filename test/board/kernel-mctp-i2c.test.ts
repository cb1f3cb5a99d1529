import { expect, it } from 'vitest';
import { boardOutput, describeOnBoard } from './support.js';

// Both ends are in one network namespace; two MCTP networks keep their routes apart.
const twoLinks = `
  i2c-target 0 mctp-i2c-interface 0x20 >/dev/null
  i2c-target 1 mctp-i2c-interface 0x21 >/dev/null
  mctp-peer net mctpi2c1 2
  mctp-peer link mctpi2c0 up
  mctp-peer link mctpi2c1 up
  mctp-peer addr add 8 dev mctpi2c0
  mctp-peer addr add 9 dev mctpi2c1
  mctp-peer route add 9 via mctpi2c0
  mctp-peer route add 8 via mctpi2c1
  mctp-peer neigh add 9 dev mctpi2c0 lladdr 21
  mctp-peer neigh add 8 dev mctpi2c1 lladdr 20
  mctp-peer echo 5 --net 2 >/tmp/echo &
  until [ -s /tmp/echo ]; do sleep 0.02; done
`;

// The kernel's link on one port, a queue of raw frames on another.
const linkAndQueue = `
  queue=$(i2c-target 1 slave-mqueue 0x1d)/slave-mqueue
  i2c-target 0 mctp-i2c-interface 0x20 >/dev/null
  mctp-peer link mctpi2c0 up
  mctp-peer addr add 8 dev mctpi2c0
  take() { dd if=$queue bs=512 count=1 status=none | od -An -v -tx1 | tr -d ' \\n'; echo; }
`;

const lines = (text: string) => text.trim().split('\n');

describeOnBoard('the kernel on an I2C wire', () => {
  it('talks to itself from one adapter to another, in one packet and in many', async () => {
    const output = await boardOutput({
      modules: { 'i2c-wire': { ports: [2] } },
      command: `set -e; ${twoLinks}
        mctp-peer req 9 5 0102030405
        mctp-peer req 9 5 len=4000 | wc -c
        mctp-peer req 0 5 aabb --ext mctpi2c0,21`,
    });
    expect(lines(output)).toEqual(['0102030405', '8001', 'aabb']);
  });

  it('puts the frames of DSP0237 on the wire', async () => {
    const output = await boardOutput({
      modules: { 'i2c-wire': { ports: [2] }, 'slave-mqueue': {} },
      command: `set -e; ${linkAndQueue}
        mctp-peer route add 10 via mctpi2c0
        mctp-peer neigh add 10 dev mctpi2c0 lladdr 1d
        mctp-peer req 10 0 8002 --timeout 200 2>&1 || true
        take`,
    });
    const [reply, frame] = lines(output);
    expect(reply).toBe('mctp-peer: reply: ETIMEDOUT');
    // to 0x1d, from 0x20, EID 8 to 10, one packet with TO and tag 0; the last byte is its PEC
    expect(frame).toMatch(/^3a0f0841010a08c8008002f9$/);
  });

  it('fragments to the mtu of the route', async () => {
    const output = await boardOutput({
      modules: { 'i2c-wire': { ports: [2] }, 'slave-mqueue': {} },
      command: `set -e; ${linkAndQueue}
        mctp-peer route add 10-12 via mctpi2c0 mtu 68
        mctp-peer neigh add 11 dev mctpi2c0 lladdr 1d
        mctp-peer req 11 5 len=100 --timeout 200 2>/dev/null || true
        take; take`,
    });
    // 4 bytes before the source address, 1 of it, 68 or 4+37 of packet, 1 of PEC
    expect(lines(output).map((frame) => frame.length / 2)).toEqual([4 + 68 + 1, 4 + 4 + 37 + 1]);
  });

  it('names the errors', async () => {
    const output = await boardOutput({
      modules: { 'i2c-wire': { ports: [2] }, 'slave-mqueue': {} },
      command: `${linkAndQueue}
        try() { "$@" 2>&1; echo $?; }
        try mctp-peer addr add 8 dev mctpi2c0
        try mctp-peer addr add 7 dev mctpi2c0
        try mctp-peer req 99 0 00
        try mctp-peer link nowhere up
        try mctp-peer route del 30 via mctpi2c0
        mctp-peer route add 30 via nowhere now 2>/dev/null; echo $?`,
    });
    expect(lines(output)).toEqual([
      ...['mctp-peer: addr: EEXIST', '1'],
      ...['mctp-peer: addr: EINVAL', '1'],
      ...['mctp-peer: send: EHOSTUNREACH', '1'],
      ...['mctp-peer: nowhere: ENODEV', '1'],
      ...['mctp-peer: route: ENOENT', '1'],
      '2',
    ]);
  });
});

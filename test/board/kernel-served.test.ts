/** TAP and GRAB on a real kernel: a served network with an interface made for it, and with the kernel's I2C link. */

import { expect, it } from 'vitest';
import type { SharedNode } from '../../bindings/shared/shared-protocol.js';
import { boardOutput, describeOnBoard, mctpkit } from './support.js';

const LAB = 'shared:/tmp/n/lab';
/** Wait until a text is in what a command prints, two minutes at most. */
const until = (text: string, command: string): string =>
  `for i in $(seq 400); do ${command} | grep -q '${text}' && break; sleep 0.3; done; ${command} | grep -q '${text}' || { echo 'never: ${text}'; cat /tmp/*.log; exit 1; }`;

const CONFIG = `[links.a]
url = "bench:serial0"
[links.b]
url = "kernel:mctpi2c0?grab=1&probe=0x1d"
[serve.lab]
[serve.lab.kernel]
kernel-eid = 200
grab = ["mctpi2c0"]
`;

describeOnBoard('a served network and the kernel', () => {
  it('TAP and GRAB: programs of the kernel reach a device on a link of the kernel, through the server', async () => {
    const nodes = `${mctpkit} network nodes --json --link ${LAB}`;
    const output = await boardOutput({
      modules: { 'i2c-wire': { ports: [2] }, 'slave-mqueue': {} },
      command: `i2c-target 0 mctp-i2c-interface 0x20 >/dev/null
        i2c-target 1 slave-mqueue 0x1d >/dev/null
        printf '${CONFIG.replace(/\n/g, '\\n')}' >/tmp/s.toml
        ${mctpkit} emulate --link 'i2c:1?address=0x1d' --json >/tmp/device.log 2>&1 & device=$!
        ${mctpkit} serve --config /tmp/s.toml --dir /tmp/n --json >/tmp/serve.log 2>&1 & server=$!
        ${until('"ready"', 'cat /tmp/serve.log')}
        ${until('"physicalAddress":"1d"', 'cat /tmp/serve.log')}
        eid=$(sed -n 's/.*"appeared".*"network":1,"eid":\\([0-9]*\\),.*"link":"kernel:mctpi2c0".*/\\1/p' /tmp/serve.log | head -n1)
        echo "eid $eid"
        mctp-peer req $eid 0 8002
        ${nodes} | tr -d '\\n'; echo
        ${mctpkit} discover --link 'kernel:mctpi2c0?grab=1' --alone 2>&1; echo $?
        echo 0x1020 >/sys/bus/i2c/devices/i2c-0/delete_device
        ${until('nodeAway', 'cat /tmp/serve.log')}
        i2c-target 0 mctp-i2c-interface 0x20 >/dev/null
        ${until('"nodeJoined".*kernel:mctpi2c0', 'cat /tmp/serve.log')}
        ${mctpkit} ping $eid -c 2 --link ${LAB}
        ${mctpkit} network kick 1 --link ${LAB}
        mctp-peer link mctpserial0 up 2>&1
        ${mctpkit} network tap 201 30 --link ${LAB}
        ${mctpkit} network persist 1 programs --link ${LAB}
        kill -INT $server; wait $server; echo "server ended with $?"
        mctp-peer link mctpserial0 up 2>&1
        ${mctpkit} serve --config /tmp/s.toml --dir /tmp/n --json >/tmp/again.log 2>&1 & server=$!
        ${until('"ready"', 'cat /tmp/again.log')}
        ${nodes} | tr -d '\\n'; echo
        kill -INT $server; wait $server
        kill -INT $device; wait $device`,
      memory: 640,
    });
    const lines = output.trim().split('\n');
    const nodesOf = (line: string): SharedNode[] => (JSON.parse(line) as { nodes: SharedNode[] }).nodes;
    expect(lines[0]).toMatch(/^eid \d+$/);
    expect(lines[1]).toMatch(/^000200/);
    expect(nodesOf(lines[2]!)).toMatchObject([
      { node: 1, description: 'kernel, EID 200', interface: 'kernel:mctpserial0', present: true },
      { node: 2, description: "kernel's mctpi2c0", interface: 'kernel:mctpi2c0', present: true },
    ]);
    expect(lines[3]).toContain("the kernel's link mctpi2c0 is grabbed already");
    expect(lines[4]).toBe('1');
    expect(output).toContain('2 sent, 2 received');
    expect(lines.filter((line) => line === 'mctp-peer: mctpserial0: ENODEV')).toHaveLength(2);
    expect(output).toContain('server ended with 0');
    expect(nodesOf(lines.at(-1)!)).toMatchObject([
      { persistent: 'programs', description: 'kernel, EID 201', present: true },
      { description: 'kernel, EID 200', present: true },
      { description: "kernel's mctpi2c0", present: true },
    ]);
  });
});

/** TAP and GRAB on a real kernel: a served network with an interface made for it, and with the kernel's I2C link. */

import { expect, it } from 'vitest';
import { boardOutput, describeOnBoard } from './support.js';

const mctpkit = 'node test/board/.compiled/test/board/guest/mctpkit.js';
/** Wait until a text is in a file. */
const until = (text: string, file: string): string =>
  `for i in $(seq 300); do grep -q '${text}' ${file} && break; sleep 0.1; done; grep -q '${text}' ${file} || { cat ${file}; exit 1; }`;

const CONFIG = `[links.a]
url = "bench:serial0"
[serve.lab]
[serve.lab.kernel]
grab = ["mctpi2c0"]
`;

describeOnBoard('a served network and the kernel', () => {
  it('TAP and GRAB: programs of the kernel reach a device on a link of the kernel, through the server', {
    timeout: 200_000,
  }, async () => {
    const nodes = `${mctpkit} network nodes --link shared:/tmp/n/lab`;
    const output = await boardOutput({
      modules: { 'i2c-wire': { ports: [2] }, 'slave-mqueue': {} },
      command: `i2c-target 0 mctp-i2c-interface 0x20 >/dev/null
        printf '${CONFIG.replace(/\n/g, '\\n')}' >/tmp/s.toml
        ${mctpkit} emulate --link 'i2c:1?address=0x1d' >/tmp/device.log 2>&1 &
        device=$!
        ${mctpkit} serve --config /tmp/s.toml --dir /tmp/n --json >/tmp/serve.log 2>&1 &
        server=$!
        ${until('"ready"', '/tmp/serve.log')}
        ${nodes}
        ${mctpkit} discover --link shared:/tmp/n/lab
        cat /tmp/serve.log
        kill -INT $server; wait $server; echo "server ended with $?"
        kill -INT $device; wait $device`,
      timeoutMs: 190_000,
      memory: 640,
    });
    console.log(output);
    expect(output).toContain('server ended with 0');
  });
});

import { expect, it } from 'vitest';
import { awaited, boardOutput, describeOnBoard, mctpkit } from './support.js';

/** The kernel's link on one adapter of an I2C wire, our device on the other. */
const kernelAndDevice = (emulate: string): string => `set -e
  i2c-target 1 slave-mqueue 0x1d >/dev/null
  i2c-target 0 mctp-i2c-interface 0x20 >/dev/null
  mctp-peer link mctpi2c0 up
  mctp-peer addr add 8 dev mctpi2c0
  mctp-peer route add 9 via mctpi2c0
  mctp-peer neigh add 9 dev mctpi2c0 lladdr 1d
  ${mctpkit} ${emulate} --link 'i2c:1?address=0x1d' --eid 9 --json >/tmp/device.log 2>&1 & device=$!
  ${awaited('grep -q started /tmp/device.log', '$device')}
  grep -q started /tmp/device.log || { cat /tmp/device.log; exit 1; }`;

const I2C = { 'i2c-wire': { ports: [2] }, 'slave-mqueue': {} };

describeOnBoard('tools against the kernel', () => {
  it('the kernel talks to an emulated device, well-behaved and not', async () => {
    const output = await boardOutput({
      modules: I2C,
      memory: 512,
      command: `${kernelAndDevice("emulate --device nic --behaviour 'lateReply(300, 1)'")}
        mctp-peer req 9 0 8002 --timeout 100 2>&1 || true
        sleep 0.5
        mctp-peer req 9 0 8103 --timeout 2000
        mctp-peer req 9 126 ccdef0010203 --timeout 2000
        kill -INT $device; wait $device; echo "ended with $?"`,
    });
    const lines = output.trim().split('\n');
    expect(lines[0]).toBe('mctp-peer: reply: ETIMEDOUT');
    // Get Endpoint UUID: success, and the UUID of the nic.
    expect(lines[1]?.replaceAll(' ', '')).toMatch(/^0103007a1c5e104c2b11ee8d02001b21000002$/);
    expect(lines[2]?.replaceAll(' ', '')).toBe('ccdef0010203');
    expect(lines.at(-1)).toBe('ended with 0');
  });

  it('capture sees a link of the kernel in both directions, and ends when it is told', async () => {
    const recording = awaited('grep -q recording /tmp/capture.log');
    const ask = 'mctp-peer req 9 126 ccdef0010203 --timeout 2000 >/dev/null';
    const output = await boardOutput({
      modules: I2C,
      memory: 512,
      command: `${kernelAndDevice('echo')}
        ${mctpkit} capture --link kernel:mctpi2c0 -w /tmp/k.pcapng -c 4 2>/tmp/capture.log & capture=$!
        ${recording}
        ${ask}
        mctp-peer link mctpi2c0 down; mctp-peer link mctpi2c0 up
        ${ask}
        wait $capture; cat /tmp/capture.log; rm /tmp/capture.log
        ${mctpkit} capture --link kernel: -w /tmp/t.pcapng 2>/tmp/capture.log & capture=$!
        ${recording}
        ${ask}
        kill -TERM $capture; wait $capture; echo "told, $?"; cat /tmp/capture.log; rm /tmp/capture.log
        { ${mctpkit} capture --link kernel: -w - 2>/tmp/capture.log; echo "no reader, $?" >/tmp/end; } | head -c 100 >/tmp/head &
        ${recording}
        ${awaited(`${ask}; test -e /tmp/end`)}
        cat /tmp/end; wc -c </tmp/head
        ${mctpkit} decode /tmp/k.pcapng --json
        kill -INT $device; wait $device`,
    });
    expect(output).toContain('4 packets, 0 with faults in /tmp/k.pcapng');
    expect(output).toContain('told, 0');
    expect(output).toContain('2 packets, 0 with faults in /tmp/t.pcapng');
    expect(output).toContain('no reader, 0\n100\n');
    const document = JSON.parse(output.slice(output.indexOf('\n{') + 1)) as {
      packets: Record<string, unknown>[];
      messages: Record<string, unknown>[];
    };
    const request = { dir: 'kernel:mctpi2c0 tx', src: 8, dest: 9, to: true, type: 126 };
    const answer = { dir: 'kernel:mctpi2c0 rx', src: 9, dest: 8, to: false, type: 126 };
    // The link was down in between.
    expect(document.packets).toMatchObject([request, answer, request, answer]);
    expect(document.messages[1]).toMatchObject({ message: '7eccdef0010203', request: 0 });
  });

  it('top shows the links of the kernel, who is there and what passes, in a terminal too', async () => {
    const top = `${mctpkit} top --link kernel:mctpi2c0?probe=0x1d`;
    const output = await boardOutput({
      modules: I2C,
      memory: 512,
      // Keys wait for what they are about to be on the screen.
      command: `${kernelAndDevice('emulate')}
        ${top} --json -i 300ms >/tmp/top.json & top=$!
        ${awaited(`grep -q '"messagesPerSecond":[1-9]' /tmp/top.json`, '$top')}
        kill -INT $top; wait $top; echo "ended with $?"; grep -m1 '"messagesPerSecond":[1-9]' /tmp/top.json
        await() { ${awaited('grep -q "$1" /tmp/screen')}; }
        touch /tmp/screen
        { await 'EID.*LINK'; await 'NVMe-MI\\|vendor'; printf '\\r'; await 'rxPackets'; printf '\\033'
          await 'PACKETS'; printf 'q'; } | script -qfec "stty rows 30 cols 110; ${top}" /tmp/screen >/dev/null
        echo "and with $?"
        grep -c rxPackets /tmp/screen
        kill -INT $device; wait $device`,
    });
    const lines = output.trim().split('\n');
    expect(lines[0]).toBe('ended with 0');
    const { links, endpoints } = JSON.parse(lines[1]!) as Record<string, Record<string, unknown>[]>;
    expect(links).toMatchObject([{ name: 'kernel:mctpi2c0', up: true, faults: 0 }]);
    expect((links![0]!.counters as { rxPackets: number }).rxPackets).toBeGreaterThan(3);
    expect(endpoints).toMatchObject([{ eid: 9, link: 'kernel:mctpi2c0', connectivity: 'available', timeouts: 0 }]);
    expect(lines[2]).toBe('and with 0');
    expect(Number(lines[3])).toBeGreaterThan(0);
  });

  it("the kernel's stack is a device: control, PLDM, echo, and a behaviour", async () => {
    const output = await boardOutput({
      modules: I2C,
      memory: 512,
      command: `set -e
        i2c-target 1 slave-mqueue 0x1d >/dev/null
        i2c-target 0 mctp-i2c-interface 0x20 >/dev/null
        mctp-peer link mctpi2c0 up
        ${mctpkit} emulate --link kernel:mctpi2c0 2>&1 || true
        ${mctpkit} emulate --link kernel:mctpi2c0 --eid 9 --json >/tmp/device.log 2>&1 & device=$!
        ${awaited('grep -q started /tmp/device.log', '$device')}
        ${mctpkit} send i2c:1/0x20 GetEndpointUUID --link 'i2c:1?address=0x1d' --raw
        ${mctpkit} send i2c:1/0x20 --type 126 ccdef0010203 --link 'i2c:1?address=0x1d' --raw
        ${mctpkit} sensors i2c:1/0x20 --link 'i2c:1?address=0x1d'
        kill -INT $device; wait $device; echo "ended with $?"; cat /tmp/device.log
        echo again; ${mctpkit} emulate --link kernel:mctpi2c0 2>&1 || true
        ${mctpkit} emulate --link kernel:mctpi2c0 --eid 9 -b 'lateReply(1500, 1000)' >/tmp/late.log 2>&1 & device=$!
        ${awaited('grep -q Ctrl-C /tmp/late.log', '$device')}
        ${mctpkit} ping i2c:1/0x20 --link 'i2c:1?address=0x1d' -c 1 -W 300ms 2>&1 || true
        kill -INT $device; wait $device; echo "ended with $?"`,
    });
    // The EID that was added is gone again.
    expect(output).toMatch(/again\nmctpkit: kernel:mctpi2c0 has no EID/);
    expect(output).toMatch(/ETIMEDOUT|no answer|does not answer/);
    expect(output).toContain('kernel:mctpi2c0 has no EID: give it one with --eid');
    // The UUID of the ssd.
    expect(output).toMatch(/^00..03007a1c5e10/m);
    expect(output).toMatch(/^7eccdef0010203$/m);
    expect(output).toMatch(/1 +Composite temperature +[\d.]+ +°C +normal/);
    expect(output).toContain('ended with 0');
    expect(output).toContain('{"event":"address","link":"kernel:mctpi2c0","eid":9}');
    expect(output).toContain('{"event":"started","device":"ssd","links":["kernel:mctpi2c0"]}');
  });

  it('send and bench through the kernel', async () => {
    const output = await boardOutput({
      modules: I2C,
      memory: 512,
      command: `${kernelAndDevice('echo --quiet')}
        ${mctpkit} send kernel:mctpi2c0/0x1d GetEndpointID --link 'kernel:mctpi2c0?look=1' --raw
        ${mctpkit} bench kernel:mctpi2c0/0x1d --link 'kernel:mctpi2c0?look=1' -c 20 --json
        kill -INT $device; wait $device`,
    });
    const [answer] = output.split('\n');
    expect(answer).toMatch(/^00..020009/);
    expect(JSON.parse(output.slice(output.indexOf('\n{') + 1))).toMatchObject({
      sent: 20,
      received: 20,
      lost: 0,
      links: [{ name: 'kernel:mctpi2c0', counters: { rxPackets: expect.any(Number) } }],
    });
  });
});

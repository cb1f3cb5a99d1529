import { expect, it } from 'vitest';
import { awaited, boardOutput, describeOnBoard, mctpkit } from './support.js';

/** Identify with 72 bytes, which libnvme sends before every command: from the vectors, behind its type byte. */
const PROBE =
  '1000000601000000000000000000000000000000000000000000000000000048000000000000000000000001000000000000000000000000000000000000000000000056d3712e';
const nvme = (words: string): string => `${mctpkit} nvme ${words} --link kernel:mctpi2c0`;

describeOnBoard('NVMe-MI through the kernel', () => {
  it('a client over the stack of the kernel manages a drive on a real I2C wire', async () => {
    const output = await boardOutput({
      modules: { 'i2c-wire': { ports: [2] }, 'slave-mqueue': {} },
      memory: 512,
      command: `set -e
        i2c-target 1 slave-mqueue 0x1d >/dev/null
        i2c-target 0 mctp-i2c-interface 0x20 >/dev/null
        mctp-peer link mctpi2c0 up
        mctp-peer addr add 8 dev mctpi2c0
        mctp-peer route add 9 via mctpi2c0
        mctp-peer neigh add 9 dev mctpi2c0 lladdr 1d
        ${mctpkit} emulate --device ssd --behaviour 'wornDrive(97)' --behaviour 'floodEvents(500)' --link 'i2c:1?address=0x1d' --eid 9 --json >/tmp/device.log 2>&1 & device=$!
        ${awaited('grep -q started /tmp/device.log', '$device')}
        grep -q started /tmp/device.log || { cat /tmp/device.log; exit 1; }
        head -c 20000 /dev/zero >/tmp/image.bin
        ${nvme('health 9 --json')}
        echo "=== $?"
        ${nvme('fw download 9 /tmp/image.bin 2')}
        echo "=== $?"
        ${nvme('fw list 9')}
        ${nvme('sanitize 9 crypto --yes WRONG')} 2>&1 || echo "=== $?"
        ${mctpkit} send 9 --link kernel:mctpi2c0 --type nvmeMi -W 5s --raw ${PROBE}
        echo "=== events"
        ${nvme('health 9 --watch -i 4s -c 2 --json')}
        kill -INT $device; wait $device; echo "ended with $?"`,
    });
    const [health, afterHealth, ...rest] = output.split(/^=== /m);
    expect(JSON.parse(health!)).toMatchObject({
      action: 'health',
      drives: [{ eid: 9, well: true, health: { used: 97, functional: true }, smart: { availableSpare: 100 } }],
    });
    expect(afterHealth).toMatch(
      /^0\n.*20\.0 kB in .* s, .*\n.*slot 2 has the image, which runs after the next reset\n$/,
    );
    const [fw, ending, events] = rest;
    expect(fw).toMatch(/^0\n/);
    expect(fw).toMatch(/slot 1 +1\.4\.2 +active/);
    expect(fw).toMatch(/slot 2 +dl20000 +active after the next reset/);
    expect(fw).toMatch(/--yes WRONG is not this drive/);
    const [code, answer] = ending!.trim().split('\n');
    expect(code).toBe('2');
    // The probe that libnvme sends before every command: Identify, 72 bytes.
    expect(answer).toMatch(/^8490/);
    expect(Buffer.from(answer!, 'hex').toString('latin1')).toContain('Acme NV-3840');
    // The drive tells by itself, through a socket of the kernel which is bound to NVMe-MI.
    expect(events).toMatch(/"event":"told".*"eid":9,"events":\[\{"id":5,"name":"firmware activated"/);
    expect(events!.trim().split('\n').at(-1)).toBe('ended with 0');
  });
});

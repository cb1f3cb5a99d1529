import { expect, it } from 'vitest';
import { RunningCommand } from '../support/cli.js';
import { nullModem } from '../support/null-modem.js';
import { awaited, boardOutput, describeOnBoard, mctpkit } from './support.js';

interface Discovery {
  readonly endpoints: readonly { eid: number; bridge: number | null; uuid: string; connectivity: string }[];
}

/** The bridge of the default bench, and its three devices. */
function checkEndpoints({ endpoints }: Discovery): void {
  const [bridge, ...behind] = endpoints;
  expect(bridge).toMatchObject({ bridge: null, uuid: '7a1c5e10-4c2b-11ee-8d03-001b21000003' });
  expect(behind.map(({ uuid }) => uuid.slice(-1)).sort()).toEqual(['4', '5', '6']);
  for (const one of behind) expect(one).toMatchObject({ bridge: bridge!.eid, connectivity: 'available' });
}

describeOnBoard('an emulated bridge', () => {
  it('on a serial line of this machine, with the kernel of a board as its bus owner', async () => {
    const cable = await nullModem();
    const device = new RunningCommand(['emulate', '-d', 'bridge', '--link', `serial:${cable.ends[1]}`, '--json']);
    try {
      await device.line(/"started"/);
      const output = await boardOutput({
        serial: cable.ends[0],
        memory: 512,
        command: `set -e
          link=$(mctp-peer ldisc /dev/ttyS0)
          mctp-peer link $link up
          ${mctpkit} discover --link kernel:$link --json
          mctp-peer req 11 0 8002 --timeout 5000
          mctp-peer req 11 126 ccdef0010203 --timeout 5000`,
      });
      const end = output.lastIndexOf('}') + 1;
      checkEndpoints(JSON.parse(output.slice(0, end)) as Discovery);
      const [eid, echo] = output.slice(end).trim().split('\n');
      // Get Endpoint ID of the second device behind, asked by the kernel itself.
      expect(eid).toMatch(/^000200 ?0b/);
      expect(echo?.replaceAll(' ', '')).toBe('ccdef0010203');
      await device.line(/"eid":11,"device"/);
    } finally {
      const { code, stderr } = await device.stop();
      await cable.close();
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    }
  });

  it('as a target on an I2C bus, with our own bus owner', async () => {
    const output = await boardOutput({
      modules: { 'i2c-wire': { ports: [2] }, 'slave-mqueue': {} },
      memory: 512,
      command: `set -e
        i2c-target 0 slave-mqueue 0x10 >/dev/null
        i2c-target 1 slave-mqueue 0x40 >/dev/null
        ${mctpkit} emulate -d bridge --link 'i2c:1?address=0x40' --json >/tmp/device.log 2>&1 & device=$!
        ${awaited('grep -q started /tmp/device.log', '$device')}
        ${mctpkit} discover --link 'i2c:0?address=0x10&probe=0x40' --json
        kill -INT $device; wait $device`,
    });
    checkEndpoints(JSON.parse(output) as Discovery);
  });
});

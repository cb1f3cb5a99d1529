import { expect, it } from 'vitest';
import { awaited, describeOnBoard } from './support.js';
import { found, mctpkit, PATIENT, usbOutput } from './usb-commands.js';

interface Discovery {
  readonly endpoints: readonly { eid: number; bridge: number | null; uuid: string; connectivity: string }[];
}

describeOnBoard('a bridge between USB above and SMBus below', () => {
  it('is discovered by a bus owner, with what is behind it, which answers through it', async () => {
    const output = await usbOutput(
      `
        i2c-target 0 slave-mqueue 0x10 >/dev/null
        i2c-target 1 slave-mqueue 0x1d >/dev/null
        cat >/tmp/bridge.toml <<'END'
[links.up]
url = "usb-gadget:?serial=42"
role = "endpoint"
[links.down]
url = "i2c:0?address=0x10&probe=0x1d"
[bridge]
upstream = "up"
pool-size = 4
${PATIENT}END
        ${mctpkit} emulate --device nic --link 'i2c:1?address=0x1d' --json >/tmp/nic.log 2>&1 & nic=$!
        ${mctpkit} run --config /tmp/bridge.toml --json >/tmp/bridge.log 2>&1 & bridge=$!
        ${awaited('grep -q started /tmp/nic.log', '$nic')}
        ${awaited('grep -q started /tmp/bridge.log', '$bridge')}
        ${found(1, '$bridge')}
        ${mctpkit} discover --link usb:42 >/dev/null
        ${awaited('grep -q appeared /tmp/bridge.log', '$bridge')}
        ${mctpkit} discover --link usb:42 --json >/tmp/found.json
        cat /tmp/found.json
        ${mctpkit} sensors 10 --link usb:42 | head -2
        kill -INT $bridge; wait $bridge; echo "bridge ended with $?"
        kill -INT $nic; wait $nic; echo "device ended with $?"`,
      { modules: { 'i2c-wire': { ports: [2] }, 'slave-mqueue': {} } },
    );
    const end = output.lastIndexOf('\n}') + 2;
    const { endpoints } = JSON.parse(output.slice(output.indexOf('{'), end)) as Discovery;
    expect(endpoints).toMatchObject([
      { eid: 9, bridge: null },
      { eid: 10, bridge: 9, uuid: '7a1c5e10-4c2b-11ee-8d02-001b21000002', connectivity: 'available' },
    ]);
    expect(output.slice(end)).toMatch(/EID 10 +Ethernet adapter\n +1 +ASIC temperature/);
    expect(output).toMatch(/bridge ended with 0\ndevice ended with 0\n$/);
  });
});

import { expect, it } from 'vitest';
import { awaited, describeOnBoard } from './support.js';
import { device, found, mctpkit, usbOutput } from './usb-commands.js';

describeOnBoard('tools over USB', () => {
  it('a device is listed, discovered, and read; what is wrong is one line', async () => {
    const output = await usbOutput(`
        ${mctpkit} usb
        ${mctpkit} discover --link usb: 2>&1; echo "exit $?"
        ${device('serial=42&product=Drive')}
        ${mctpkit} usb
        ${mctpkit} emulate --link usb-gadget: 2>&1; echo "exit $?"
        ${mctpkit} emulate --link usb-gadget:other 2>&1; echo "exit $?"
        ${mctpkit} discover --link usb:dead:beef 2>&1; echo "exit $?"
        ${mctpkit} discover --link usb:42
        ${mctpkit} sensors usb:1209:0001 --link usb:1209:0001 | head -2
        ${mctpkit} ping usb:1-1 --link usb:1-1 -c 3 -i 10ms --capture /tmp/ping.pcapng
        ${mctpkit} decode /tmp/ping.pcapng | grep GetEndpointID
        ${mctpkit} bench 9 --link usb:42 -c 3 -s 4096 -W 10s
        kill -INT $device; wait $device; echo "ended with $?"
        find /sys/kernel/config/usb_gadget -mindepth 1; mount | grep functionfs; ls /run/mctpkit; echo nothing left`);
    expect(output).toContain('mctpkit: no USB device with an MCTP interface: is it plugged in?');
    expect(output).toMatch(/usb:1-1 +1209:0001 +mctpkit Drive +serial number 42 +480 Mbit\/s/);
    expect(output).toContain(
      'device controller dummy_udc.0 is in use by the gadget mctpkit-dummy_udc_0: stop its program',
    );
    expect(output).toContain('there is no USB device controller other: there is dummy_udc.0');
    expect(output).toContain('no USB device dead:beef with an MCTP interface: is it plugged in?');
    expect(output).toMatch(/9 {2}endpoint {2}7a1c5e10/);
    expect(output).toMatch(/1 +Composite temperature +[\d.]+ +°C +normal/);
    expect(output).toContain('3 sent, 3 received, 0% loss');
    expect(output).toMatch(/GetEndpointID request #0\n *GetEndpointID response #0 /);
    expect(output).toContain('EID 9 (usb:42): 3 sent, 3 received, 0 lost (0%)');
    expect(output).toMatch(/ended with 0\nnothing left\n$/);
  });

  it('capture records a device, and what a host asks of one', async () => {
    const output = await usbOutput(`
        ${device('serial=42')}
        ${mctpkit} capture --link usb:42 --discover -w /tmp/host.pcapng -c 6 --for 60s; echo "exit $?"
        ${mctpkit} decode /tmp/host.pcapng
        kill -INT $device; wait $device
        ${mctpkit} capture --link 'usb-gadget:?serial=43' -w /tmp/device.pcapng -c 1 --for 60s >/tmp/device.log 2>&1 & capture=$!
        ${found()}
        ${mctpkit} discover --link usb:43 >/dev/null 2>&1 & host=$!
        wait $capture; echo "exit $?"; kill -INT $host; wait $host
        ${mctpkit} decode /tmp/device.pcapng
        find /sys/kernel/config/usb_gadget -mindepth 1; echo nothing left`);
    const [host, gadget] = output.split(/(?<=\n)(?=exit \d+\n)/);
    expect(host).toMatch(/^exit 0\n/);
    expect(host).toMatch(
      /usb:42 tx {2}8>0 .*\n +GetEndpointID request #0\n.*usb:42 rx {2}9>8 .*\n +GetEndpointID response #0/,
    );
    expect(host).toMatch(/\n6 packets, 3 requests, 3 answered /);
    expect(gadget).toMatch(/^exit 0\n[\s\S]*usb-gadget: rx {2}8>0 .*\n +GetEndpointID request #0\n/);
    expect(gadget).toMatch(/\nnothing left\n$/);
  });

  it('a device that was killed is gone, and its next start clears what it left', async () => {
    const output = await usbOutput(`
        ${device('serial=42')}
        kill -KILL $device; wait $device; ${awaited('! test -e /sys/bus/usb/devices/1-1')}; udevadm settle
        ls /sys/kernel/config/usb_gadget
        ${mctpkit} discover --link usb:42 2>&1; echo "exit $?"
        ${device('serial=43', '/tmp/again.log')}
        ${mctpkit} discover --link usb:43
        kill -INT $device; wait $device; echo "ended with $?"
        ls /sys/kernel/config/usb_gadget; echo nothing left`);
    expect(output).toMatch(/^mctpkit-dummy_udc_0\nmctpkit: no USB device with the serial number 42/);
    expect(output).toMatch(/usb:43 {2}USB[\s\S]*9 {2}endpoint/);
    expect(output).toMatch(/ended with 0\nnothing left\n$/);
  });

  it('a host that is killed leaves the device as it was for the next one', async () => {
    const output = await usbOutput(`
        ${device('serial=42')}
        ${mctpkit} ping usb:42 --link usb:42 -c 1000 -i 5ms >/tmp/ping.log 2>&1 & ping=$!
        ${awaited('test $(wc -l </tmp/ping.log) -gt 4', '$ping')}
        kill -KILL $ping; wait $ping
        ${mctpkit} discover --link usb:42
        kill -INT $device; wait $device; echo "ended with $?"`);
    expect(output).toMatch(/9 {2}endpoint/);
    expect(output).toMatch(/ended with 0\n$/);
  });
});

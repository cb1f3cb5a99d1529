import { expect, it } from 'vitest';
import { describeOnBoard } from './support.js';
import { device, mctpkit, usbOutput } from './usb-commands.js';

/** A package for the ssd of the bench. */
const PACKAGE = JSON.stringify({
  version: '9.0',
  devices: [
    {
      descriptors: [
        { type: 'pciVendorId', data: 0x1ab4 },
        { type: 'pciDeviceId', data: 0x3840 },
      ],
      version: '9.1',
      components: [0],
    },
  ],
  components: [{ file: 'ssd.bin', identifier: 1, version: '9.1' }],
});

/** The ssd, which takes its time to write: whatever is killed is killed in the middle. */
const slowDevice = (log: string): string => device('serial=42&unit=247&batch=1', log, '--bench slow.toml');

describeOnBoard('a firmware update over USB', () => {
  it('goes on when the host was killed, and can be done again when the device was killed', async () => {
    const output = await usbOutput(`
        cd /tmp
        sed '/^pciDevice = 0x3840/a writeMs = 100' $CHECKOUT/hw-fixtures/bench/description/default-bench.toml >slow.toml
        head -c 40000 /dev/urandom >ssd.bin; echo '${PACKAGE}' >package.json
        ${mctpkit} fw build package.json fw.pldm
        update="${mctpkit} fw update fw.pldm usb:42 --link usb:42?unit=247&batch=1 --yes --transfer-size 1024"
        # The update, until it is in the middle; then kill what is named.
        middle() { while read line; do echo "$line" >>progress; case $line in *'"done":'[1-9]*) kill -KILL $1; break;; esac; done; }
        mkfifo lines
        ${slowDevice('first.log')}
        $update --journal journal --json >lines & updating=$!
        middle $updating <lines; wait $updating
        $update --journal journal 2>&1; echo "host killed: $?"
        ${mctpkit} fw inventory usb:42 --link usb:42
        kill -INT $device; wait $device
        ${slowDevice('second.log')}
        $update --json >lines & updating=$!
        { middle $device; cat >failed; } <lines & reader=$!
        wait $device; echo "left: $(ls /sys/kernel/config/usb_gadget)"
        ${slowDevice('third.log')}
        wait $updating; echo "device killed: $?"; wait $reader; tail -n 1 failed
        $update; echo "again: $?"
        kill -INT $device; wait $device; echo "ended with $?"
        ls /sys/kernel/config/usb_gadget; mount | grep functionfs; ls /run/mctpkit; echo nothing left`);
    const [goneOn = '', again = ''] = output.split('left: ');
    expect(goneOn).toMatch(/going on with component 0 where the device is: DOWNLOAD/);
    expect(goneOn).toMatch(/the new firmware runs\nhost killed: 0\n/);
    expect(goneOn).toMatch(/^ {2}firmware 1 {2}9\.1/m);
    expect(again).toMatch(/^mctpkit-dummy_udc_0\ndevice killed: 1\n/);
    expect(again).toContain('"reason":"component 0: the device left update mode while downloading');
    expect(again).toMatch(/component 0, 1\.4\.2 to 9\.1: updated[\s\S]*again: 0\nended with 0\nnothing left\n$/);
  });
});

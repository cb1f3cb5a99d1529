import { expect, it } from 'vitest';
import { awaited, describeOnBoard } from './support.js';
import { found, mctpkit, usbOutput } from './usb-commands.js';

const asNobody = `setpriv --reuid 65534 --clear-groups ${mctpkit}`;
const UDEV_RULE = `as root: echo 'SUBSYSTEM=="usb"`;

/** A device of the bench on that controller; what the one before it has said is taken away before it is looked at. */
const deviceAt = (index: number): string => `
  rm -f /tmp/d${index}
  ${mctpkit} emulate --link 'usb-gadget:dummy_udc.${index}?serial=4${index}' --eid 9 --json >/tmp/d${index} 2>&1 & d${index}=$!
  ${awaited(`grep -q started /tmp/d${index}`, `$d${index}`)}`;

describeOnBoard('several USB devices, and what can be wrong', () => {
  it('each is found by its serial number; every problem is one line with a remedy', async () => {
    const output = await usbOutput(
      `exec 2>&1
        ${deviceAt(0)}
        ${deviceAt(1)}
        ${found(2)}
        ${mctpkit} emulate --link usb-gadget:; echo "[several controllers] $?"
        ${mctpkit} ping usb: --link usb: -c 1; echo "[several devices] $?"
        ${mctpkit} discover --link usb:40 --link usb:41; echo "[both] $?"
        ${mctpkit} completion --words -- discover --link usb
        ${mctpkit} extcap --extcap-interfaces | grep usb; echo "[offered]"
        ${mctpkit} ping usb:40 --link usb:40 -c 100000 -i 10ms >/tmp/ping & ping=$!
        ${awaited('test $(wc -l </tmp/ping) -gt 2', '$ping')}
        ${mctpkit} ping usb:1-1 --link usb:1-1 -c 1; echo "[used] $?"
        kill -INT $ping; wait $ping
        chmod 600 /dev/bus/usb/*/*
        ${asNobody} ping usb:41 --link usb:41 -c 1; echo "[not allowed] $?"
        ${asNobody} doctor | grep -A 1 'broken.*/dev/bus/usb/002'; echo "[doctor]"
        kill -INT $d0 $d1; wait $d0; wait $d1
        ${asNobody} emulate --link usb-gadget:dummy_udc.0; echo "[not root] $?"
        ls /sys/kernel/config/usb_gadget; echo "[nothing left]"
        umount /sys/kernel/config
        ${asNobody} emulate --link usb-gadget:dummy_udc.0; echo "[no configfs] $?"
        ${mctpkit} doctor | grep -A 1 'no USB gadgets'; echo "[doctor]"
        ${deviceAt(0)}
        cat /tmp/d0; kill -INT $d0; wait $d0; echo "[configfs mounted] $?"
        for name in dummy_udc.0 dummy_udc.1; do echo $name >/sys/bus/platform/drivers/dummy_udc/unbind; done
        ${mctpkit} emulate --link usb-gadget:; echo "[no controller] $?"
        ls /sys/kernel/config/usb_gadget; echo "[nothing left]"`,
      { kernelArgs: ['dummy_hcd.num=2'], memory: 640 },
    );
    const parts = output.split(/^(\[.*\](?: \d+)?)$/m).map((part) => part.trim());
    const said: [string, string][] = [];
    for (let index = 1; index < parts.length; index += 2) said.push([parts[index]!, parts[index - 1]!]);
    const mctpFault = (text: string) => expect.stringMatching(new RegExp(`^mctpkit: ${text}[^\\n]*$`));
    expect(said).toEqual([
      ['[several controllers] 2', mctpFault('several USB device controllers: name one, as in usb-gadget:dummy_udc.0')],
      ['[several devices] 1', mctpFault('several USB devices have an MCTP interface: name one: usb:1-1, usb:2-1')],
      ['[both] 0', expect.stringMatching(/^usb:40 [\s\S]*9 +endpoint[\s\S]*usb:41 [\s\S]*10 +endpoint/)],
      [
        '[offered]',
        expect.stringMatching(/^usb:1-1\tMCTP over USB\nusb:2-1\t[\s\S]*display=MCTP: usb:1-1[\s\S]*MCTP: usb:2-1/),
      ],
      ['[used] 1', mctpFault('USB device 1-1 is in use by another program')],
      ['[not allowed] 2', mctpFault(`USB device with the serial number 41 \\(2-1\\): permission denied; ${UDEV_RULE}`)],
      ['[doctor]', expect.stringMatching(`^broken +/dev/bus/usb/002/\\d+ may not be opened\\n +fix: ${UDEV_RULE}`)],
      ['[not root] 2', mctpFault('only root may set up a USB device: use sudo')],
      ['[nothing left]', ''],
      ['[no configfs] 2', mctpFault('no USB gadgets in /sys/kernel/config: as root: mount -t configfs')],
      ['[doctor]', expect.stringMatching(/^missing +no USB gadgets[^\n]*\n +fix: sudo modprobe libcomposite/)],
      ['[configfs mounted] 0', expect.stringContaining('"started"')],
      ['[no controller] 2', mctpFault('this machine has no USB device controller that is switched on')],
      ['[nothing left]', ''],
    ]);
  });
});

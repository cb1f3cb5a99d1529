// What the tests of commands over USB share: the board they run on, and a device of the bench at the end of its cable.

import type { BoardOptions } from '../../hw-fixtures/linux-board/index.js';
import { awaited, boardOutput } from './support.js';

/** The command as it is published, from any folder of the board. */
export const mctpkit = `node $CHECKOUT/dist/tools/mctpkit.js`;

/** On a machine with much to do, an answer within the 100 ms of DSP0236 is too much to ask for. */
export const PATIENT = '[control]\ntimeout-ms = 2000\n';

export function usbOutput(command: string, more: Partial<BoardOptions> = {}): Promise<string> {
  return boardOutput({
    memory: 512,
    env: { MCTPKIT_CONFIG: '/tmp/patient.toml' },
    ...more,
    command: `CHECKOUT=$PWD; printf '%s' '${PATIENT}' >/tmp/patient.toml; usb-events
      ${command}`,
  });
}

/** Waits until the host has found the device on that bus, and udev has told libusb of it. */
export const found = (bus = 1, process = '$$'): string => `
  ${awaited(`test -e /sys/bus/usb/devices/${bus}-1:1.0`, process)}; udevadm settle`;

/**
 * A device of the bench on the board's device controller, in the background as $device. What the one before it has said is
 * taken away first: a process which is not ready yet does not hear a signal.
 */
export const device = (options: string, log = '/tmp/device.log', more = ''): string => `
  rm -f ${log}
  ${mctpkit} emulate ${more} --link 'usb-gadget:?${options}' --eid 9 --json >${log} 2>&1 & device=$!
  ${awaited(`grep -q started ${log}`, '$device')}
  ${found(1, '$device')}`;

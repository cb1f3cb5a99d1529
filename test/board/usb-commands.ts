// What the tests of commands over USB share: the board they run on, and a device of the bench at the end of its cable.

import type { BoardOptions } from '../../hw-fixtures/linux-board/index.js';
import { boardOutput } from './support.js';

export const mctpkit = 'node $CHECKOUT/test/board/.compiled/test/board/guest/mctpkit.js';

/** On a machine with much to do, an answer within the 100 ms of DSP0236 is too much to ask for. */
export const PATIENT = '[control]\ntimeout-ms = 2000\n';

export function usbOutput(command: string, more: Partial<BoardOptions> = {}): Promise<string> {
  return boardOutput({
    timeoutMs: 120_000,
    memory: 512,
    env: { MCTPKIT_CONFIG: '/tmp/patient.toml' },
    ...more,
    command: `CHECKOUT=$PWD; printf '%s' '${PATIENT}' >/tmp/patient.toml; usb-events
      ${command}`,
  });
}

/** Waits until the host has found the device on that bus, and libusb has heard of it. */
export const found = (bus = 1): string => `
  for i in $(seq 50); do ls /sys/bus/usb/devices | grep -q ${bus}-1:1.0 && break; sleep 0.1; done; sleep 0.3`;

/** A device of the bench on the board's device controller, in the background as $device. */
export const device = (options: string, log = '/tmp/device.log', more = ''): string => `
  ${mctpkit} emulate ${more} --link 'usb-gadget:?${options}' --eid 9 --json >${log} 2>&1 & device=$!
  for i in $(seq 200); do grep -q started ${log} && break; sleep 0.1; done
  ${found()}`;

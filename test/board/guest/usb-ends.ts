// Runs inside the board: both ends of its USB cable, and the cable in between.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { systemClock as clock } from '../../../bindings/system-clock.js';
import { UsbGadgetPort } from '../../../bindings/usb/gadget/gadget-port.js';
import { UsbHostPort } from '../../../bindings/usb/host/host-port.js';
import { UsbLink, type UsbLinkOptions } from '../../../bindings/usb/usb-link.js';

/** The host's kernel configures a device, and udev tells libusb of it, when the machine gets to it. */
const LONGEST_MS = 60_000;

export const SERIAL = '42';
const IDENTITY = { vendorId: 0x1209, productId: 1, serial: SERIAL, manufacturer: 'mctpkit', product: 'test' };

// There is a host: opened without one, a link would lose what is sent.
export const gadgetPort = (): UsbGadgetPort => new UsbGadgetPort({ identity: IDENTITY, clock, hostWaitMs: LONGEST_MS });
export const hostPort = (): UsbHostPort => new UsbHostPort(SERIAL, { serial: SERIAL });

export const deviceLink = (options: Partial<UsbLinkOptions> = {}): UsbLink =>
  new UsbLink({ port: gadgetPort(), clock, ...options });
export const hostLink = (options: Partial<UsbLinkOptions> = {}): UsbLink =>
  new UsbLink({ port: hostPort(), clock, ...options });

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export async function opened(open: () => Promise<void>): Promise<void> {
  const deadline = performance.now() + LONGEST_MS;
  for (;;) {
    try {
      return await open();
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await sleep(50);
    }
  }
}

const run = promisify(execFile);

/** What a hand does to the cable. The kernel waits for us while it pulls: it must not be done in this thread. */
export async function cable(what: 'pull' | 'plug'): Promise<void> {
  await run('usb-cable', [what]);
}

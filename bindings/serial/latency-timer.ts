/**
 * USB-UARTs of the FTDI kind hold received bytes back until a timer expires (16 ms by default) or a packet is full: an
 * exchange of short messages then runs at about 60 per second, whatever the baud rate. Linux lets root set the timer.
 */

import { readFile, realpath } from 'node:fs/promises';
import { basename, join } from 'node:path';

/** From this many ms on, the timer is the slowest part of an exchange. */
const WORTH_SAYING_MS = 2;

/**
 * A sentence with the remedy when the adapter behind the tty waits too long; undefined when it does not, or has no such
 * timer. `sysRoot` is where sysfs is mounted.
 */
export async function latencyTimerHint(ttyPath: string, sysRoot = '/sys'): Promise<string | undefined> {
  try {
    const tty = basename(await realpath(ttyPath));
    const file = join(sysRoot, 'bus/usb-serial/devices', tty, 'latency_timer');
    const ms = Number.parseInt(await readFile(file, 'utf8'), 10);
    if (!(ms >= WORTH_SAYING_MS)) return undefined;
    const perSecond = Math.floor(1000 / ms);
    return `${tty}: latency timer is ${ms} ms: at most about ${perSecond} exchanges per second; as root: echo 1 > ${file}`;
  } catch {
    return undefined;
  }
}

/** Channels of muxes which a driver of the kernel switches: each is a bus of its own, with a number of its own. */

import { access, realpath } from 'node:fs/promises';
import { join } from 'node:path';

export interface KernelMuxChannel {
  /** N of /dev/i2c-N of the bus in front of all muxes, the only one which can be written to by devices. */
  readonly root: number;
}

/** Undefined: the bus is not behind a mux of the kernel. */
export async function kernelMuxChannel(bus: number, sysRoot = '/sys'): Promise<KernelMuxChannel | undefined> {
  const folder = join(sysRoot, 'bus/i2c/devices', `i2c-${bus}`);
  try {
    await access(join(folder, 'mux_device'));
    // .../i2c-1/i2c-4: adapters lie in the folder of the one that they are behind.
    const [first] = (await realpath(folder)).match(/(?<=\/i2c-)\d+(?=\/|$)/g) ?? [];
    return first === undefined || Number(first) === bus ? undefined : { root: Number(first) };
  } catch {
    return undefined;
  }
}

/** Which I2C buses this Linux machine has, and what each can do for MCTP. */

import { constants } from 'node:fs';
import { access, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MctpError } from '../../../stack/errors.js';
import type { OpenI2cBus } from './i2c-bus.js';
import { openError } from './i2c-errors.js';
import { kernelMuxChannel } from './mux-root.js';
import { openI2cBus } from './open-i2c.js';
import { OWN_TARGET } from './slave-mqueue.js';

export interface I2cAdapterInfo {
  readonly bus: number;
  /** The driver's name for it. */
  readonly name: string;
  /** `/dev/i2c-1`. */
  readonly device: string;
  /** Names of what it can do (`i2c smbusQuick ...`); undefined when it could not be opened. */
  readonly functions: readonly string[] | undefined;
  /** The package which reaches it, `i2c-bus` or `koffi`; undefined when it could not be opened. */
  readonly by: string | undefined;
  /** Why it could not be opened. */
  readonly problem: MctpError | undefined;
  /** 7-bit addresses at which a slave-mqueue backend receives for user space. */
  readonly targetAddresses: readonly number[];
  /** It is a channel of a mux of the kernel: the number of the bus in front of it. */
  readonly behind: number | undefined;
  /** It can write packets; it can receive them, at one of `targetAddresses`. */
  readonly controller: boolean;
  readonly target: boolean;
}

export interface ListI2cOptions {
  readonly sysRoot?: string;
  readonly devRoot?: string;
  readonly openBus?: OpenI2cBus;
}

/** All adapters by number; none when the kernel has no I2C. */
export async function listI2cAdapters(options: ListI2cOptions = {}): Promise<I2cAdapterInfo[]> {
  const { sysRoot = '/sys', devRoot = '/dev', openBus = openI2cBus } = options;
  const devices = join(sysRoot, 'bus/i2c/devices');
  const entries = await readdir(devices).catch(() => []);
  const buses = entries
    .map((entry) => /^i2c-(\d+)$/.exec(entry)?.[1])
    .filter((number) => number !== undefined)
    .map(Number)
    .sort((a, b) => a - b);
  return Promise.all(
    buses.map(async (bus) => {
      const device = join(devRoot, `i2c-${bus}`);
      const name = await readFile(join(devices, `i2c-${bus}`, 'name'), 'utf8').catch(() => '');
      const opened = await functionsOf(bus, device, openBus);
      const targetAddresses = await backends(devices, entries, bus);
      return {
        bus,
        name: name.trim(),
        device,
        ...opened,
        targetAddresses,
        behind: (await kernelMuxChannel(bus, sysRoot))?.root,
        controller: opened.functions?.includes('i2c') ?? false,
        target: targetAddresses.length > 0,
      };
    }),
  );
}

async function functionsOf(
  bus: number,
  device: string,
  openBus: OpenI2cBus,
): Promise<Pick<I2cAdapterInfo, 'functions' | 'by' | 'problem'>> {
  try {
    await access(device, constants.R_OK | constants.W_OK);
    const opened = await openBus(bus, true);
    await opened.close();
    return { functions: opened.functions, by: opened.by, problem: undefined };
  } catch (cause) {
    return { functions: undefined, by: undefined, problem: MctpError.is(cause) ? cause : openError(cause, device) };
  }
}

async function backends(devices: string, entries: readonly string[], bus: number): Promise<number[]> {
  const found: number[] = [];
  for (const entry of entries) {
    const [, number, address = ''] = /^(\d+)-([0-9a-f]{4})$/.exec(entry) ?? [];
    const value = Number.parseInt(address, 16);
    if (Number(number) !== bus || (value & OWN_TARGET) === 0) continue;
    const present = await access(join(devices, entry, 'slave-mqueue')).then(
      () => true,
      () => false,
    );
    if (present) found.push(value & 0x7f);
  }
  return found.sort((a, b) => a - b);
}

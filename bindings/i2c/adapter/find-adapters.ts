/** Picos with mctpkit's firmware that are plugged in: serial ports whose USB device says that it is one. */

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MctpError } from '../../../stack/errors.js';
import { optionalPackage } from '../../optional.js';

/** What the firmware calls itself on USB. */
export const PRODUCT = 'mctpkit I2C adapter';
const MANUFACTURER = 'mctpkit';

export interface FoundAdapter {
  /** `/dev/ttyACM0` */
  readonly path: string;
  readonly serialNumber: string;
  /** `1.1`, as its USB device says; undefined where the system does not tell. */
  readonly firmware: string | undefined;
}

export interface FindOptions {
  readonly sysRoot?: string;
  readonly devRoot?: string;
  /** Where serial ports are looked for; default `process.platform`. */
  readonly platform?: string;
}

/** In the order of their serial numbers. */
export async function findAdapters(options: FindOptions = {}): Promise<FoundAdapter[]> {
  const { platform = process.platform } = options;
  const found = platform === 'linux' ? await inSysfs(options) : await byPackage();
  return found.sort((a, b) => (a.serialNumber < b.serialNumber ? -1 : 1));
}

/**
 * The one that is meant: the only one, or the one with this serial number (its end is enough).
 * @throws MctpError ENODEV; EUSAGE when several could be meant
 */
export async function findAdapter(serial: string | undefined, options: FindOptions = {}): Promise<FoundAdapter> {
  const all = await findAdapters(options);
  const fit =
    serial === undefined
      ? all
      : all.filter(({ serialNumber }) => serialNumber.toLowerCase().endsWith(serial.toLowerCase()));
  const [first] = fit;
  if (fit.length > 1) {
    const urls = fit.map(({ serialNumber }) => `i2c:pico?serial=${serialNumber}`).join(', ');
    throw new MctpError('EUSAGE', `${fit.length} Pico adapters are plugged in: say which: ${urls}`);
  }
  if (first !== undefined) return first;
  if (all.length === 0) {
    throw new MctpError(
      'ENODEV',
      'no Pico adapter is plugged in (a new Pico needs its firmware: mctpkit adapter flash)',
    );
  }
  const have = all.map(({ serialNumber }) => serialNumber).join(', ');
  throw new MctpError('ENODEV', `no Pico adapter with the serial number ${serial} is plugged in: there is ${have}`);
}

async function inSysfs({ sysRoot = '/sys', devRoot = '/dev' }: FindOptions): Promise<FoundAdapter[]> {
  const folder = join(sysRoot, 'class/tty');
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.startsWith('ttyACM'));
  const found: FoundAdapter[] = [];
  for (const name of names) {
    // `device` leads to the USB interface, whose parent is the device: the kernel must resolve it, not `join`.
    const text = (file: string): Promise<string> =>
      readFile(`${join(folder, name, 'device')}/../${file}`, 'utf8').then(
        (content) => content.trim(),
        () => '',
      );
    if ((await text('product')) !== PRODUCT) continue;
    const firmware = versionOf(await text('bcdDevice'));
    found.push({ path: join(devRoot, name), serialNumber: await text('serial'), firmware });
  }
  return found;
}

/** `0101` is 1.1. */
function versionOf(bcd: string): string | undefined {
  const [, major, minor] = /^(\d\d)(\d\d)$/.exec(bcd) ?? [];
  return major === undefined ? undefined : `${Number(major)}.${Number(minor)}`;
}

async function byPackage(): Promise<FoundAdapter[]> {
  const { SerialPort } = await optionalPackage('serialport', 'i2c:pico', () => import('serialport'));
  const ports = await SerialPort.list();
  return ports
    .filter(({ manufacturer }) => manufacturer === MANUFACTURER)
    .map(({ path, serialNumber = '' }) => ({ path, serialNumber, firmware: undefined }));
}

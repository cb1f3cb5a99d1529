/** Links one could name on this machine: what is plugged in or soldered on, the kernel's, and the bench. */

import { readdir, readFile } from 'node:fs/promises';

export interface LinkHere {
  readonly url: string;
  readonly what: string;
}

/** ARPHRD_MCTP */
const INTERFACE_TYPE = '290';

export async function linksHere(): Promise<LinkHere[]> {
  const devices = (await readdir('/dev').catch(() => [])).sort();
  const serial = devices
    .filter((name) => /^tty(USB|ACM|AMA)\d+$/.test(name))
    .map((name) => ({ url: `serial:/dev/${name}`, what: 'serial adapter' }));
  const i2c = devices
    .flatMap((name) => /^i2c-(\d+)$/.exec(name)?.[1] ?? [])
    .map((bus) => ({ url: `i2c:${bus}`, what: 'I2C bus' }));
  const kernel = await kernelInterfaces();
  return [...serial, ...i2c, ...kernel, { url: 'bench:', what: 'the virtual bench' }];
}

async function kernelInterfaces(): Promise<LinkHere[]> {
  const names = (await readdir('/sys/class/net').catch(() => [])).sort();
  const types = await Promise.all(names.map((name) => readFile(`/sys/class/net/${name}/type`, 'utf8').catch(() => '')));
  return names
    .filter((_, index) => types[index]!.trim() === INTERFACE_TYPE)
    .map((name) => ({ url: `kernel:${name}`, what: "the kernel's link" }));
}

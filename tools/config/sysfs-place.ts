/** Where the device of a link is in sysfs: how an mctpd.conf may name its interfaces. */

import { realpathSync } from 'node:fs';

/** Undefined: the link has no device on this machine. */
export function sysfsPath(link: string): string | undefined {
  const [scheme = '', place = ''] = link.split(/:(.*)/s);
  const files: Readonly<Record<string, string>> = {
    i2c: `/sys/bus/i2c/devices/i2c-${place}`,
    serial: `/sys/class/tty/${place.slice(place.lastIndexOf('/') + 1)}/device`,
    usb: `/sys/bus/usb/devices/${place}`,
    kernel: `/sys/class/net/${place}`,
  };
  const file = files[scheme];
  if (file === undefined || /\.\.|\0/.test(place)) return undefined;
  try {
    return realpathSync(file);
  } catch {
    return undefined;
  }
}

/** Is it the device at `wanted`, or below it? With or without `/sys` at the front; `*` stands for any text. */
export function isBelow(path: string | undefined, wanted: string): boolean {
  if (path === undefined) return false;
  const parts = withoutSys(wanted).split('*');
  let rest = withoutSys(path);
  if (!rest.startsWith(parts[0]!)) return false;
  rest = rest.slice(parts[0]!.length);
  for (const part of parts.slice(1)) {
    const at = rest.indexOf(part);
    if (at < 0) return false;
    rest = rest.slice(at + part.length);
  }
  return rest === '' || rest.startsWith('/') || wanted.endsWith('*');
}

function withoutSys(path: string): string {
  return path.replace(/^\/sys(?=\/)/, '').replace(/\/$/, '');
}

/** Versions of PLDM types: ver32 as hex, alpha first, as in fields (DSP0240 §12.1). */

import { encode, ver32, versionText } from '../../stack/codec/index.js';

/** "1.2.1" for "00f1f2f1". */
export function ver32Text(version: string): string {
  return versionText(encode(ver32, version).reverse());
}

/** By digits: major, minor, update, then the letter, where none comes last. */
export function compareVersions(a: string, b: string): number {
  const [x, y] = [versionKey(a), versionKey(b)];
  for (let at = 0; at < x.length; at++) if (x[at] !== y[at]) return x[at]! - y[at]!;
  return 0;
}

function versionKey(version: string): number[] {
  const [alpha = 0, update = 0, minor = 0, major = 0] = encode(ver32, version);
  const digits = (byte: number) => (byte === 0xff ? -1 : (byte >> 4 === 0xf ? 0 : byte >> 4) * 10 + (byte & 0xf));
  return [digits(major), digits(minor), digits(update), alpha === 0 ? 256 : alpha];
}

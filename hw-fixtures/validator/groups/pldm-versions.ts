/** Versions on the wire: alpha, update, minor, major (DSP0240 §8, ver32). */

import { hexDigits } from '../../../stack/util/text.js';

/** What is wrong with the four bytes of a version, in a sentence; undefined: nothing. */
export function bcdFault(version: Uint8Array): string | undefined {
  const [alpha, update, minor, major] = version as unknown as readonly number[];
  const isNumber = (byte: number): boolean => byte % 16 <= 9 && (byte >> 4 <= 9 || byte >> 4 === 15);
  const bytes = [major!, minor!, update!].map((byte) => hexDigits(byte)).join(' ');
  if (!isNumber(major!) || !isNumber(minor!)) return `version ${bytes} is not a number`;
  if (update !== 0xff && !isNumber(update!)) return `the update of version ${bytes} is not a number`;
  const isLetter = (alpha! >= 0x41 && alpha! <= 0x5a) || (alpha! >= 0x61 && alpha! <= 0x7a);
  return alpha === 0 || isLetter ? undefined : `the alpha byte of version ${bytes} is not a letter: ${alpha}`;
}

/** Strings of BIOS attributes: bytes in entries, text for people (DSP0247 table 10). */

import { decode, type Encoding, encode, fromHex, REST, string, toHex } from '../../stack/codec/index.js';
import { MctpError } from '../../stack/errors.js';
import { STRING_TYPE } from './table-entries.js';

const latin1 = string('ascii', REST);
const ENCODINGS: Readonly<Record<number, Encoding>> = {
  [STRING_TYPE.utf8]: 'utf8',
  [STRING_TYPE.utf16le]: 'utf16le',
  [STRING_TYPE.utf16be]: 'utf16be',
};

/** Text of a string as entries hold it (a character per byte). Hex strings are shown as hex. */
export function entryText(stringType: number, value: string): string {
  const bytes = encode(latin1, value);
  if (stringType === STRING_TYPE.hex) return toHex(bytes);
  const encoding = ENCODINGS[stringType];
  return encoding === undefined ? value : decode(string(encoding, REST), bytes);
}

/** The inverse. @throws MctpError EINVAL */
export function textEntry(stringType: number, text: string): string {
  if (stringType === STRING_TYPE.hex) {
    const bytes = fromHex(text);
    if (bytes === undefined) throw new MctpError('EINVAL', `"${text}" is not hex`);
    return decode(latin1, bytes);
  }
  const encoding = ENCODINGS[stringType];
  return decode(latin1, encode(string(encoding ?? 'ascii', REST), text));
}

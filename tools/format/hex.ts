/** Hex as people write it, and as they read it. */

import { toHex } from '../../stack/codec/buffer.js';
import { hexDigits, hexNumber } from '../../stack/util/text.js';
import { usageError } from '../command-error.js';

/**
 * Bytes of hex digits; blanks, colons, commas, dashes and 0x between bytes are fine.
 * @throws CommandError (usage) that says what is wrong, and with what (`what`)
 */
export function parseHex(text: string, what: string): Uint8Array {
  const digits = text.replace(/\b0x/gi, '').replace(/[\s:,-]/g, '');
  const strange = /[^0-9a-f]/i.exec(digits);
  if (strange !== null) throw usageError(`${what} is not hex: "${strange[0]}" is not a hex digit`);
  if (digits.length === 0) throw usageError(`${what} is empty: give hex bytes such as 00800200`);
  if (digits.length % 2 !== 0) {
    throw usageError(`${what} has ${digits.length} hex digits, an odd number: two make a byte, so one is missing`);
  }
  return Uint8Array.from({ length: digits.length / 2 }, (_, at) =>
    Number.parseInt(digits.slice(2 * at, 2 * at + 2), 16),
  );
}

/** Bytes in one line, long ones cut: `01 02 03 .. (130 bytes)`. */
export function shortHex(bytes: Uint8Array, most = 24): string {
  const shown = toHex(bytes, 0, Math.min(most, bytes.length)).replace(/..(?=.)/g, '$& ');
  return bytes.length <= most ? shown : `${shown} .. (${bytes.length} bytes)`;
}

/** `0x1d` */
export function hexByte(value: number): string {
  return hexNumber(value);
}

/** 16 bytes a line, with their offset and their printable characters. */
export function hexDumpLines(bytes: Uint8Array): string[] {
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += 16) {
    const row = bytes.subarray(at, at + 16);
    const hex = toHex(row).replace(/..(?=.)/g, '$& ');
    const text = [...row].map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.')).join('');
    lines.push(`  ${hexDigits(at, 4)}  ${hex.padEnd(47)}  ${text}`);
  }
  return lines;
}

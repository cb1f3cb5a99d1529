/** Version numbers and timestamps of the DMTF: hex strings in fields, readable in text. */

import { hexDigits } from '../util/text.js';
import { fromHex } from './buffer.js';
import { hex } from './bytes.js';

/**
 * "1.3.1" for f1f3f100: major, minor, update (BCD, a high nibble F for one digit, update FF for none) and an ASCII
 * letter or 0 (DSP0236 §12.6, DSP0240 ver32).
 */
export function versionText(majorFirst: Uint8Array): string {
  const [major = 0, minor = 0, update = 0xff, alpha = 0] = majorFirst;
  const digits = (byte: number) => ((byte & 0xf0) === 0xf0 ? (byte & 0x0f).toString(16) : hexByte(byte));
  const dotted = `${digits(major)}.${digits(minor)}${update === 0xff ? '' : `.${digits(update)}`}`;
  if (alpha === 0) return dotted;
  return dotted + (alpha > 0x20 && alpha < 0x7f ? String.fromCharCode(alpha) : ` (alpha ${hexByte(alpha)})`);
}

function hexByte(byte: number): string {
  return hexDigits(byte);
}

/** As the control protocol sends it, major first: "f1f3f100". */
export const version32 = hex(4, 'ver32', (value) => versionText(fromHex(value) ?? new Uint8Array()));

/** As PLDM sends it, alpha first: "00f0f0f1". */
export const ver32 = hex(4, 'ver32', (value) => versionText((fromHex(value) ?? new Uint8Array()).reverse()));

/** PLDM timestamp104, 13 bytes as they are on the wire (DSP0240). */
export const timestamp104 = hex(13, 'timestamp104', timestampText);

/** "2026-11-20 12:15:30.123456 +60 min"; "unspecified" when all bytes are zero. */
export function timestampText(value: string): string {
  const b = fromHex(value) ?? new Uint8Array(13);
  if (b.every((byte) => byte === 0)) return 'unspecified';
  const two = (at: number) => String(b[at]).padStart(2, '0');
  const year = String(b[10]! | (b[11]! << 8)).padStart(4, '0');
  const micros = String(b[2]! | (b[3]! << 8) | (b[4]! << 16)).padStart(6, '0');
  const offset = ((b[0]! | (b[1]! << 8)) << 16) >> 16;
  return `${year}-${two(9)}-${two(8)} ${two(7)}:${two(6)}:${two(5)}.${micros} ${offset < 0 ? '' : '+'}${offset} min`;
}

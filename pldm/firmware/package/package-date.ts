/** The release date of a package (timestamp104, DSP0240 table 3): made of text, and looked at for what no calendar has. */

import { fromHex, toHex } from '../../../stack/codec/index.js';
import { MctpError } from '../../../stack/errors.js';

const UNSPECIFIED = '00'.repeat(13);

/** "2026-11-21", "2026-11-21 10:30:00", with T too; unspecified without. @throws MctpError EINVAL */
export function timestampOf(date: string | undefined): string {
  if (date === undefined) return UNSPECIFIED;
  const match = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d))?Z?)?$/.exec(date);
  if (match === null) throw new MctpError('EINVAL', `"${date}" is not a date: write 2026-11-21 or 2026-11-21T10:30:00`);
  const [year, month, day, hour, minute, second] = match.slice(1).map((digits) => Number(digits ?? 0)) as number[];
  const text = toHex(Uint8Array.of(0, 0, 0, 0, 0, second!, minute!, hour!, day!, month!, year! & 0xff, year! >> 8, 0));
  const fault = timestampFault(text);
  if (fault !== undefined) throw new MctpError('EINVAL', `"${date}": ${fault}`);
  return text;
}

/** What is impossible about a timestamp104 in hex; undefined when it can be, and when it is unspecified. */
export function timestampFault(hex: string): string | undefined {
  const bytes = fromHex(hex);
  if (bytes === undefined || hex === UNSPECIFIED) return undefined;
  const [, , low, middle, high, second, minute, hour, day, month] = bytes as unknown as number[];
  const year = bytes[10]! | (bytes[11]! << 8);
  const microseconds = low! | (middle! << 8) | (high! << 16);
  if (month! < 1 || month! > 12) return `there is no month ${month}`;
  const days = month === 2 ? (isLeap(year) ? 29 : 28) : [4, 6, 9, 11].includes(month!) ? 30 : 31;
  if (day! < 1 || day! > days) return `month ${month} of ${year} has no day ${day}`;
  // A leap second is the sixtieth.
  if (hour! > 23 || minute! > 59 || second! > 60) return `there is no time ${hour}:${minute}:${second}`;
  return microseconds > 999_999 ? `a second has no ${microseconds} microseconds` : undefined;
}

function isLeap(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

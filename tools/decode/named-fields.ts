/** Named fields of packets and frames as JSON, and reading them back with clear complaints. */

import { toHex } from '../../stack/codec/buffer.js';
import type { Json } from '../../stack/codec/codec.js';
import { MctpError } from '../../stack/errors.js';

export type Fields = Readonly<Record<string, Json>>;

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** @throws MctpError EINVAL when it is missing (and has no default) or out of range */
export function numberField(fields: Fields, name: string, least: number, most: number, absent?: number): number {
  const value = fields[name] ?? absent;
  if (typeof value !== 'number' || !Number.isInteger(value) || value < least || value > most) {
    throw unfit(name, value, `a whole number from ${least} to ${most}`);
  }
  return value;
}

/** @throws MctpError EINVAL */
export function booleanField(fields: Fields, name: string, absent: boolean): boolean {
  const value = fields[name] ?? absent;
  if (value === true || value === 1) return true;
  if (value === false || value === 0) return false;
  throw unfit(name, value, 'true or false');
}

/** Bytes given as hex. @throws MctpError EINVAL */
export function bytesField(fields: Fields, name: string, absent?: string): Uint8Array {
  const value = fields[name] ?? absent;
  if (typeof value !== 'string') throw unfit(name, value, 'a hex string');
  return strictHex(value, name);
}

/** @throws MctpError EINVAL */
function strictHex(text: string, name: string): Uint8Array {
  if (!/^([0-9a-f]{2})*$/i.test(text)) {
    const why = /^[0-9a-f]*$/i.test(text) ? 'has an odd number of hex digits' : 'is not a hex string';
    throw new MctpError('EINVAL', `${name} ${why}`);
  }
  return Uint8Array.from({ length: text.length / 2 }, (_, at) => Number.parseInt(text.slice(2 * at, 2 * at + 2), 16));
}

/** Of a value that is missing, or is not what it has to be. */
export function unfit(name: string, value: unknown, wanted: string): MctpError {
  if (value === undefined) return new MctpError('EINVAL', `${name} is missing: it has to be ${wanted}`);
  return new MctpError('EINVAL', `${name}: ${JSON.stringify(value)} is not ${wanted}`);
}

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

export { toHex };

/**
 * The code by which two machines are paired, once: 75 random bits and a check, in letters and digits which cannot be taken
 * for each other. What is made of it with scrypt is the key of one TLS connection; guessing it offline, from a recording of
 * the handshake, takes 2^75 times scrypt.
 */

import { scryptSync } from 'node:crypto';
import { KEY_BYTES } from './handshake.js';

/** Crockford's base 32: no I, L, O, U. */
const SYMBOLS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const RANDOM_SYMBOLS = 15;
const GROUP = 4;
/** Fixed: a code is used once, and has more bits than a table of all of them can hold. */
const SALT = 'mctpkit cable pair';
const SCRYPT = { N: 2 ** 15, r: 8, p: 1, maxmem: 64 * 1024 * 1024 };

/** `random`: bytes, which become symbols. */
export function newPairCode(random: (bytes: number) => Uint8Array): string {
  const symbols = Array.from(random(RANDOM_SYMBOLS), (byte) => SYMBOLS[byte % SYMBOLS.length]!);
  const text = `${symbols.join('')}${checkSymbol(symbols)}`;
  return text.match(new RegExp(`.{${GROUP}}`, 'g'))!.join('-');
}

/** The code as it was meant: case, hyphens, spaces and letters that look like digits do not matter. Undefined: mistyped. */
export function readPairCode(text: string): string | undefined {
  const symbols = [...text.toUpperCase().replace(/[\s-]/g, '').replace(/O/g, '0').replace(/[IL]/g, '1')];
  if (symbols.length !== RANDOM_SYMBOLS + 1 || symbols.some((symbol) => !SYMBOLS.includes(symbol))) return undefined;
  const check = symbols.pop();
  return check === checkSymbol(symbols) ? `${symbols.join('')}${check}` : undefined;
}

/** `code`: as `readPairCode` gives it. */
export function pairKey(code: string): Uint8Array {
  return new Uint8Array(scryptSync(code, SALT, KEY_BYTES, SCRYPT));
}

/** Of the other symbols: one which was mistyped, or two which changed places, are noticed. */
function checkSymbol(symbols: readonly string[]): string {
  const sum = symbols.reduce((total, symbol, index) => total + (index + 1) * SYMBOLS.indexOf(symbol), 0);
  return SYMBOLS[sum % 31]!;
}

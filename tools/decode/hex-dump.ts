/**
 * Lines of one hex dump put together: `hexdump -C`, `xxd`, `tcpdump -x`, `od` in bytes and words, the kernel's and
 * Zephyr's. Pure.
 */

import type { HexRun, Offset } from './hex-run.js';

/** A star stands for lines that are like the one before: no more of them than this. */
const MOST_REPEATED = 1 << 20;
/** Dumps without offsets go on behind a full line. */
const FULL_LINE = 16;

export class HexDump {
  #chunks: Uint8Array[] = [];
  #length = 0;
  #last: HexRun | undefined;
  #repeats = false;
  /** Of the offsets, once one of them has told it: `od` counts in octal, `hexdump` in hex with as many digits. */
  #radix: 8 | 16 | undefined;

  /** A star, or the length alone as `hexdump` and `od` end with; false for other lines. */
  special(line: string): boolean {
    const last = this.#last;
    if (last?.offset === undefined) return false;
    const text = line.trim();
    if (text === '*') {
      this.#repeats = true;
      return true;
    }
    if (last.offset.colon || !/^[0-9a-f]{6,16}$/i.test(text)) return false;
    const end = this.#offset(text);
    if (!(this.#repeats || Math.abs(end - this.#length) <= 1)) return false;
    this.#repeatTo(end);
    // Words are filled up with a zero.
    if (end < this.#length) this.#cutTo(end);
    return true;
  }

  /** Does the line belong to the dump before it? `isBare`: it has nothing else in it. */
  goesOn({ offset, hasText }: HexRun, isBare: boolean): boolean {
    const last = this.#last;
    if (last === undefined) return false;
    if (offset === undefined) {
      return isBare && hasText && last.hasText && last.offset === undefined && last.bytes.length === FULL_LINE;
    }
    if (last.offset === undefined) return false;
    const at = this.#offset(offset.digits);
    return at > 0 && (at === this.#length || (this.#repeats && at > this.#length));
  }

  add(run: HexRun): void {
    if (run.offset !== undefined && this.#repeats) {
      this.#repeatTo(this.#offset(run.offset.digits));
    }
    const bytes = isWords(run) ? swapped(run) : run.bytes;
    this.#chunks.push(bytes);
    this.#length += bytes.length;
    this.#last = run;
  }

  /** All of it; empty without any lines. Begins anew. */
  take(): Uint8Array {
    const whole = this.#whole();
    this.#chunks = [];
    this.#length = 0;
    this.#last = undefined;
    this.#repeats = false;
    this.#radix = undefined;
    return whole;
  }

  #offset(digits: string): number {
    const hex = Number.parseInt(digits, 16);
    const octal = digits.length === 7 && /^[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : hex;
    if (hex === octal) return hex;
    // The length alone, which ends a dump of words, is one less when the last word was filled up.
    const isNear = (number: number): boolean => Math.abs(number - this.#length) <= 1;
    if (this.#radix === undefined && isNear(hex) !== isNear(octal)) this.#radix = isNear(octal) ? 8 : 16;
    return (this.#radix ?? (this.#last?.width === 4 ? 16 : 8)) === 8 ? octal : hex;
  }

  #repeatTo(end: number): void {
    this.#repeats = false;
    const last = this.#chunks.at(-1);
    if (last === undefined || last.length === 0) return;
    while (this.#length + last.length <= end && this.#length < MOST_REPEATED) {
      this.#chunks.push(last);
      this.#length += last.length;
    }
  }

  #cutTo(end: number): void {
    this.#chunks = [this.#whole().subarray(0, end)];
    this.#length = end;
  }

  #whole(): Uint8Array {
    const whole = new Uint8Array(this.#length);
    let at = 0;
    for (const chunk of this.#chunks) {
      whole.set(chunk, at);
      at += chunk.length;
    }
    return whole;
  }
}

/** `od -x` and plain `hexdump` write numbers of 16 bits, lowest byte first in memory. */
function isWords({ offset, width }: HexRun): boolean {
  return isOd(offset) && width === 4;
}

function isOd(offset: Offset | undefined): boolean {
  return offset !== undefined && !offset.colon && offset.digits.length === 7;
}

function swapped({ bytes }: HexRun): Uint8Array {
  const out = bytes.slice();
  for (let at = 0; at + 1 < out.length; at += 2) [out[at], out[at + 1]] = [bytes[at + 1]!, bytes[at]!];
  return out;
}

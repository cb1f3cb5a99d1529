/** How FRU and BIOS tables end: 0 to 3 zero bytes up to a multiple of 4, then a CRC-32 over everything before it. */

import { Fault, le, type Reader, type Writer } from '../../stack/codec/index.js';
import { crc32 } from './crc.js';

const CRC_SIZE = 4;

export interface TableTrailer {
  /** 0..3 */
  readonly padBytes: number;
  readonly crc32: number;
}

/** Does the range end in the CRC-32 of all that comes before? */
export function endsInCrc(buffer: Uint8Array, start: number, end: number): boolean {
  const length = end - start;
  if (length < CRC_SIZE || length % 4 !== 0) return false;
  return crcAt(buffer, end) === crc32(buffer, start, end - CRC_SIZE);
}

function crcAt(b: Uint8Array, end: number): number {
  return (b[end - 4]! | (b[end - 3]! << 8) | (b[end - 2]! << 16) | (b[end - 1]! << 24)) >>> 0;
}

/**
 * Read entries up to the trailer and the trailer itself. Entries are longer than 3 bytes each, so what is shorter is pad.
 * @throws Fault `length` when the size is not a multiple of 4, `rule` when the checksum is wrong or the pad is not 0
 */
export function readTable<T>(reader: Reader, entry: (reader: Reader) => T): TableTrailer & { entries: T[] } {
  const { buffer, position: start, end } = reader;
  const length = end - start;
  if (length % 4 !== 0 || length < CRC_SIZE) {
    throw new Fault('length', `a table of ${length} bytes is not a multiple of 4`, start);
  }
  if (!endsInCrc(buffer, start, end)) throw new Fault('rule', 'the checksum of the table is wrong', end - CRC_SIZE);
  reader.end = end - CRC_SIZE;
  const entries: T[] = [];
  while (reader.remaining > 3) {
    try {
      entries.push(entry(reader));
    } catch (error) {
      throw error instanceof Fault ? error.within(`entries[${entries.length}]`) : error;
    }
  }
  const padBytes = reader.remaining;
  for (let at = reader.position; at < reader.end; at++) {
    if (buffer[at] !== 0) throw new Fault('rule', 'the pad is not 0', at);
  }
  reader.position = end;
  reader.end = end;
  return { entries, padBytes, crc32: crcAt(buffer, end) };
}

/** Pad and checksum behind what was written since `start`. */
export function writeTrailer(writer: Writer, start: number): void {
  while ((writer.position - start) % 4 !== 0) writer.uint(0, 1, true);
  le.u32.write(writer, crc32(writer.buffer, start, writer.position));
}

/** The trailer that belongs behind these bytes, with them. */
export function withTrailer(records: Uint8Array): Uint8Array {
  const padded = (records.length + 3) & ~3;
  const table = new Uint8Array(padded + CRC_SIZE);
  table.set(records);
  const crc = crc32(table, 0, padded);
  for (let at = 0; at < CRC_SIZE; at++) table[padded + at] = crc >>> (8 * at);
  return table;
}

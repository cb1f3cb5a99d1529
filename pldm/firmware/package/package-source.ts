/** Bytes that need not be in memory: a file, a slice of one, or an array. I/O lives with whoever makes the source. */

import { MctpError } from '../../../stack/errors.js';
import { throwIfAborted } from '../../../stack/util/abort.js';
import { crc32 } from '../../base/crc.js';

export interface ByteSource {
  /** Bytes. */
  readonly size: number;
  /**
   * Exactly `length` bytes, 0 <= offset, offset + length <= size. What comes at once is given at once; the bytes are not
   * changed later. @throws MctpError EIO when there are fewer
   */
  read(offset: number, length: number): Uint8Array | Promise<Uint8Array>;
}

/** Bytes taken at a time by whatever goes through a whole source. */
export const CHUNK_BYTES = 256 * 1024;

export function bytesSource(bytes: Uint8Array): ByteSource {
  return { size: bytes.length, read: (offset, length) => bytes.subarray(offset, offset + length) };
}

/** A part of a source. @throws MctpError EINVAL when it lies outside */
export function sliceSource(source: ByteSource, start: number, size: number): ByteSource {
  if (start < 0 || size < 0 || start + size > source.size) {
    throw new MctpError('EINVAL', `bytes ${start} to ${start + size} are not in a source of ${source.size}`);
  }
  return { size, read: (offset, length) => source.read(start + offset, length) };
}

export interface ScanOptions {
  readonly signal?: AbortSignal | undefined;
  /** Bytes done so far. */
  readonly onProgress?: ((done: number) => void) | undefined;
}

/** All of a source, chunk by chunk. */
export async function* chunks(source: ByteSource, { signal, onProgress }: ScanOptions = {}) {
  for (let at = 0; at < source.size; at += CHUNK_BYTES) {
    throwIfAborted(signal);
    const chunk = await source.read(at, Math.min(CHUNK_BYTES, source.size - at));
    yield chunk;
    onProgress?.(at + chunk.length);
  }
}

/** CRC-32 of a whole source; `crc` continues an earlier one. */
export async function crc32OfSource(source: ByteSource, options: ScanOptions = {}, crc = 0): Promise<number> {
  let value = crc;
  for await (const chunk of chunks(source, options)) value = crc32(chunk, 0, chunk.length, value);
  return value;
}

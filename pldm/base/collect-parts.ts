/** Data that comes in parts by handle, as most Get commands deliver it. Whatever the peer says, the work is bounded. */

import { MctpError } from '../../stack/errors.js';
import { concat } from './concat.js';

export interface Part {
  readonly data: Uint8Array;
  readonly nextHandle: number;
  /** The flag said End or StartAndEnd. */
  readonly last: boolean;
}

export interface CollectOptions {
  /** "FRU record table" */
  readonly what: string;
  /** More than this is a peer gone wrong; bytes. */
  readonly maxBytes: number;
  /** More parts than this, too; default 8192. */
  readonly maxParts?: number;
  /** Handle of the first part; default 0. */
  readonly firstHandle?: number;
  readonly load: (handle: number, first: boolean) => Promise<Part>;
}

/** All parts in one. @throws MctpError EPROTO when the transfer gets nowhere or does not end */
export async function collectParts(options: CollectOptions): Promise<Uint8Array> {
  const { what, maxBytes, maxParts = 8192, firstHandle = 0, load } = options;
  const parts: Uint8Array[] = [];
  let size = 0;
  let handle = firstHandle;
  for (let first = true; ; first = false) {
    const { data, nextHandle, last } = await load(handle, first);
    parts.push(data);
    size += data.length;
    if (size > maxBytes) throw new MctpError('EPROTO', `${what}: more than ${maxBytes} bytes came, and no end`);
    if (last) return concat(parts, size);
    if (parts.length >= maxParts) throw new MctpError('EPROTO', `${what}: ${maxParts} parts came, and no end`);
    if (data.length === 0) throw new MctpError('EPROTO', `${what}: a part without data, and no end`);
    if (!first && nextHandle === handle) {
      throw new MctpError('EPROTO', `${what}: transfer handle 0x${handle.toString(16)} leads back to itself`);
    }
    handle = nextHandle;
  }
}

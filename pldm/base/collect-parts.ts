/**
 * Data that comes or goes in parts by handle, as most Get and Set commands move it (DSP0240 §9): the requester's side of
 * `serve-parts.ts`. Whatever the peer says, the work is bounded. Sections of type 0 are in `multipart-requester.ts`.
 */

import { MctpError } from '../../stack/errors.js';
import { concat } from './concat.js';
import { transferFlag } from './shared-fields.js';

const { start, middle, end, startAndEnd } = transferFlag.names;

interface Part {
  readonly data: Uint8Array;
  readonly nextHandle: number;
  /** The flag said End or StartAndEnd. */
  readonly last: boolean;
}

/** The fields of every request for a part. */
interface NextPart {
  readonly dataTransferHandle: number;
  readonly transferOperationFlag: 'getFirstPart' | 'getNextPart';
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
  readonly load: (request: NextPart, first: boolean) => Promise<Part>;
}

/** All parts in one. @throws MctpError EPROTO when the transfer gets nowhere or does not end */
export async function collectParts(options: CollectOptions): Promise<Uint8Array> {
  const { what, maxBytes, maxParts = 8192, firstHandle = 0, load } = options;
  const parts: Uint8Array[] = [];
  let size = 0;
  let handle = firstHandle;
  for (let first = true; ; first = false) {
    const { data, nextHandle, last } = await load(
      { dataTransferHandle: handle, transferOperationFlag: first ? 'getFirstPart' : 'getNextPart' },
      first,
    );
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

/** The transferFlag of the last part, or of the only one. Type 2 counts otherwise: `PLATFORM_TRANSFER_FLAG`. */
export function isLastPart(flag: number): boolean {
  return (flag & end) !== 0;
}

/** The fields of every Set command that takes a table by parts. */
export interface PartToSend {
  readonly dataTransferHandle: number;
  readonly transferFlag: number;
  readonly data: Uint8Array;
}

/** Data in parts of `partSize` bytes. `send` resolves to the handle that the peer wants with the next part. */
export async function sendParts(
  data: Uint8Array,
  partSize: number,
  send: (part: PartToSend) => Promise<number>,
): Promise<void> {
  let dataTransferHandle = 0;
  for (let at = 0; at < data.length; at += partSize) {
    const last = at + partSize >= data.length;
    const transferFlag = at === 0 ? (last ? startAndEnd : start) : last ? end : middle;
    dataTransferHandle = await send({ dataTransferHandle, transferFlag, data: data.subarray(at, at + partSize) });
  }
}

/** Data given out and taken in by parts. A handle is the offset of its part, so nothing is kept between requests. */

import { concat } from './concat.js';

export interface PartRequest {
  readonly dataTransferHandle: number;
  /** 0 next, 1 first. */
  readonly transferOperationFlag: number;
}

export interface OutgoingPart {
  readonly data: Uint8Array;
  /** 0 with the last part. */
  readonly nextHandle: number;
  readonly first: boolean;
  readonly last: boolean;
}

/** The part asked for; 'handle' or 'operation' names what is wrong with the request. */
export function partOf(data: Uint8Array, request: PartRequest, size: number): OutgoingPart | 'handle' | 'operation' {
  const { dataTransferHandle: handle, transferOperationFlag: operation } = request;
  if (operation !== 0 && operation !== 1) return 'operation';
  const first = operation === 1;
  // Where the first part is asked for, the handle is ignored (DSP0240 §9.4).
  const start = first ? 0 : handle;
  if (!first && (start === 0 || start >= data.length)) return 'handle';
  const end = Math.min(start + size, data.length);
  const last = end === data.length;
  return { data: data.subarray(start, end), nextHandle: last ? 0 : end, first, last };
}

export interface IncomingPart {
  readonly dataTransferHandle: number;
  readonly transferFlag: number;
  readonly data: Uint8Array;
}

const FLAG = { start: 1, middle: 2, end: 4, startAndEnd: 5 } as const;

/** Parts pushed by one requester at a time, put together. */
export class Assembly {
  #parts: Uint8Array[] = [];
  #size = 0;
  #owner: string | undefined;

  constructor(
    /** Bytes; more than this is refused. */
    readonly maxBytes: number,
  ) {}

  /** All of the data with the last part; otherwise the next handle, or what is wrong. */
  add(
    owner: string,
    { dataTransferHandle, transferFlag, data }: IncomingPart,
  ): Uint8Array | number | 'handle' | 'flag' | 'size' {
    if (transferFlag === FLAG.start || transferFlag === FLAG.startAndEnd) {
      // A new start ends what was there before, whoever sent it.
      this.#reset(owner);
      if (dataTransferHandle !== 0) return this.#refuse('handle');
    } else if (transferFlag !== FLAG.middle && transferFlag !== FLAG.end) {
      return this.#refuse('flag');
    } else if (this.#owner !== owner) {
      return 'flag';
    } else if (dataTransferHandle !== this.#size) {
      return this.#refuse('handle');
    }
    if (this.#size + data.length > this.maxBytes) return this.#refuse('size');
    this.#parts.push(data);
    this.#size += data.length;
    if (transferFlag !== FLAG.end && transferFlag !== FLAG.startAndEnd) return this.#size;
    const all = concat(this.#parts);
    this.#reset(undefined);
    return all;
  }

  #refuse<T>(why: T): T {
    this.#reset(undefined);
    return why;
  }

  #reset(owner: string | undefined): void {
    this.#parts = [];
    this.#size = 0;
    this.#owner = owner;
  }
}

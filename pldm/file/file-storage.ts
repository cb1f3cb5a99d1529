/** Where the bytes of a hosted file are. Two ready-made ones in memory; a device brings its own. */

import { copyOf } from '../../stack/util/slab.js';

/** A regular file. What throws is answered with an error. */
export interface FileStorage {
  /** Bytes now. */
  readonly size: number;
  /** Fewer bytes than asked for at the end of the file. */
  read(offset: number, length: number): Uint8Array;
  /** Without it the file is read only. `offset` is never beyond the end. */
  readonly write?: ((offset: number, data: Uint8Array) => void) | undefined;
  /** Only ever called with 0 (DfClose). */
  readonly truncate?: ((size: number) => void) | undefined;
}

/** A FIFO: what was read and acknowledged is gone. */
export interface FifoStorage extends FileStorage {
  /** Take so many bytes off the front. */
  consume(length: number): void;
}

export function isFifo(storage: FileStorage): storage is FifoStorage {
  return 'consume' in storage;
}

/** Bytes in memory: writable, or (`readOnly`) only by the device itself. */
export class MemoryFile implements FileStorage {
  #bytes: Uint8Array;
  #size: number;
  readonly write: ((offset: number, data: Uint8Array) => void) | undefined;
  readonly truncate: ((size: number) => void) | undefined;

  constructor(content: Uint8Array = new Uint8Array(), options: { readonly readOnly?: boolean } = {}) {
    this.#bytes = copyOf(content);
    this.#size = content.length;
    const readOnly = options.readOnly === true;
    this.write = readOnly ? undefined : (offset, data) => this.put(offset, data);
    this.truncate = readOnly ? undefined : (size) => this.setSize(size);
  }

  get size(): number {
    return this.#size;
  }

  /** A copy of all of it. */
  get content(): Uint8Array {
    return copyOf(this.#bytes, 0, this.#size);
  }

  read(offset: number, length: number): Uint8Array {
    return copyOf(this.#bytes, offset, Math.min(this.#size, offset + length));
  }

  append(data: Uint8Array): void {
    this.put(this.#size, data);
  }

  /** What lies between the end and `offset` becomes 0. */
  put(offset: number, data: Uint8Array): void {
    const end = offset + data.length;
    if (end > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(end, 2 * this.#bytes.length));
      grown.set(this.#bytes.subarray(0, this.#size));
      this.#bytes = grown;
    }
    this.#bytes.set(data, offset);
    this.#size = Math.max(this.#size, end);
  }

  setSize(size: number): void {
    if (size < this.#size) this.#bytes.fill(0, size, this.#size);
    else this.put(size, new Uint8Array());
    this.#size = size;
  }
}

/** A FIFO in memory that forgets its oldest bytes when it is full. */
export class MemoryFifo implements FifoStorage {
  #bytes = new Uint8Array();
  /** Bytes forgotten because nobody came for them. */
  lost = 0;

  constructor(readonly capacity: number) {}

  get size(): number {
    return this.#bytes.length;
  }

  read(offset: number, length: number): Uint8Array {
    return copyOf(this.#bytes, offset, offset + length);
  }

  consume(length: number): void {
    this.#bytes = copyOf(this.#bytes, length);
  }

  push(data: Uint8Array): void {
    const all = new Uint8Array(this.#bytes.length + data.length);
    all.set(this.#bytes);
    all.set(data, this.#bytes.length);
    const excess = Math.max(0, all.length - this.capacity);
    this.lost += excess;
    this.#bytes = all.slice(excess);
  }
}

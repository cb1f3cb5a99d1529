/** An image on its way to a device: what it will ask for next is there before it asks. Bounded, whatever the image. */

import type { ByteSource } from '../package/package-source.js';

const BLOCK_BYTES = 64 * 1024;
/** Blocks kept: the one being read, the next, and one for devices that go back. */
const BLOCKS = 4;

export class ImageWindow {
  readonly #blocks = new Map<number, Uint8Array | Promise<Uint8Array>>();

  constructor(private readonly source: ByteSource) {}

  get size(): number {
    return this.source.size;
  }

  /** `length` bytes from `offset`, zeros behind the end of the image. At once when they are here. */
  read(offset: number, length: number): Uint8Array | Promise<Uint8Array> {
    const end = Math.min(offset + length, this.size);
    const first = Math.floor(offset / BLOCK_BYTES);
    const last = Math.floor((end - 1) / BLOCK_BYTES);
    if (last - first >= BLOCKS) return padded(this.source.read(offset, end - offset), length);
    const needed: (Uint8Array | Promise<Uint8Array>)[] = [];
    for (let index = first; index <= last; index++) needed.push(this.#block(index));
    if ((last + 1) * BLOCK_BYTES < this.size) this.#block(last + 1);
    const at = offset - first * BLOCK_BYTES;
    if (needed.every((block) => block instanceof Uint8Array))
      return cut(needed as Uint8Array[], at, end - offset, length);
    return Promise.all(needed).then((blocks) => cut(blocks, at, end - offset, length));
  }

  /** Have the beginning here. */
  async warm(): Promise<void> {
    if (this.size > 0) await this.#block(0);
  }

  #block(index: number): Uint8Array | Promise<Uint8Array> {
    const known = this.#blocks.get(index);
    if (known !== undefined) return known;
    if (this.#blocks.size >= BLOCKS) this.#blocks.delete(this.#farthest(index));
    const start = index * BLOCK_BYTES;
    const block = this.source.read(start, Math.min(BLOCK_BYTES, this.size - start));
    this.#blocks.set(index, block);
    if (block instanceof Promise) {
      block.then(
        (bytes) => {
          if (this.#blocks.get(index) === block) this.#blocks.set(index, bytes);
        },
        // The next reader reads again, and gets the error.
        () => this.#blocks.delete(index),
      );
    }
    return block;
  }

  #farthest(index: number): number {
    return [...this.#blocks.keys()].reduce((a, b) => (Math.abs(b - index) > Math.abs(a - index) ? b : a));
  }
}

function cut(blocks: readonly Uint8Array[], at: number, count: number, length: number): Uint8Array {
  if (blocks.length === 1 && count === length) return blocks[0]!.subarray(at, at + count);
  const out = new Uint8Array(length);
  let skip = at;
  let done = 0;
  for (const block of blocks) {
    const part = block.subarray(skip, skip + count - done);
    out.set(part, done);
    done += part.length;
    skip = 0;
  }
  return out;
}

function padded(bytes: Uint8Array | Promise<Uint8Array>, length: number): Uint8Array | Promise<Uint8Array> {
  if (bytes instanceof Promise) return bytes.then((value) => padded(value, length));
  if (bytes.length === length) return bytes;
  const out = new Uint8Array(length);
  out.set(bytes);
  return out;
}

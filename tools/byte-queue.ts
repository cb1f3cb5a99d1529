/** Pieces of a stream between the writer and the reader. */

export class ByteQueue implements AsyncIterable<Uint8Array> {
  readonly #chunks: Uint8Array[] = [];
  #length = 0;
  #ended = false;
  #wake: (() => void) | undefined;

  /** `taken` is called whenever a piece was read. */
  constructor(private readonly taken: (bytesLeft: number) => void = () => {}) {}

  /** Bytes which nobody has read. */
  get length(): number {
    return this.#length;
  }

  push(chunk: Uint8Array): void {
    this.#chunks.push(chunk);
    this.#length += chunk.length;
    this.#wake?.();
  }

  /** What is there can still be read. */
  end(): void {
    this.#ended = true;
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    for (;;) {
      const chunk = this.#chunks.shift();
      if (chunk !== undefined) {
        this.#length -= chunk.length;
        this.taken(this.#length);
        yield chunk;
      } else if (this.#ended) return;
      else
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
    }
  }
}

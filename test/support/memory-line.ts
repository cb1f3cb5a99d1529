/** Two ends of a line of bytes in memory: what is written is there at once, and taken at once, unless it is held. */

import type { ByteLine, ByteLineUser } from '../../bindings/shared/byte-line.js';

export class MemoryLine implements ByteLine {
  other!: MemoryLine;
  /** The other side reads nothing while this is true. */
  held = false;
  readonly #waiting: { readonly bytes: Uint8Array; readonly taken: (() => void) | undefined }[] = [];
  #user: ByteLineUser | undefined;
  #closed = false;

  get unsent(): number {
    return this.#waiting.reduce((sum, { bytes }) => sum + bytes.length, 0);
  }

  listen(user: ByteLineUser): void {
    this.#user = user;
    this.other.flush();
  }

  write(bytes: Uint8Array, taken?: () => void): void {
    if (this.#closed) return;
    this.#waiting.push({ bytes: bytes.slice(), taken });
    this.flush();
  }

  /** What was written goes over, when it may. */
  flush(): void {
    while (!this.held && this.other.#user !== undefined) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      this.other.#user.data(next.bytes);
      next.taken?.();
    }
  }

  pause(): void {
    this.other.held = true;
  }

  resume(): void {
    this.other.held = false;
    this.other.flush();
  }

  end(): void {
    this.destroy();
  }

  destroy(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#waiting.length = 0;
    this.#user?.closed();
    this.other.destroy();
  }
}

export function memoryLines(): readonly [MemoryLine, MemoryLine] {
  const a = new MemoryLine();
  const b = new MemoryLine();
  a.other = b;
  b.other = a;
  return [a, b];
}

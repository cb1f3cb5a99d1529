/** The door of a link to its frames: those which hear what comes, and the link's own way to send. */

import type { FrameDoor } from '../stack/link.js';
import { copyOf } from '../stack/util/slab.js';

export class FrameListeners implements FrameDoor {
  readonly send: (frame: Uint8Array) => Promise<void>;
  readonly #listeners = new Set<(frame: Uint8Array) => void>();
  /** Somebody hears: asked for every frame, so that nothing is copied otherwise. */
  active = false;

  constructor(send: (frame: Uint8Array) => Promise<void>) {
    this.send = send;
  }

  hear(listener: (frame: Uint8Array) => void): () => void {
    this.#listeners.add(listener);
    this.active = true;
    return () => {
      this.#listeners.delete(listener);
      this.active = this.#listeners.size > 0;
    };
  }

  /** buffer[start, end) came, behind the byte `first` where the medium has one that drivers leave out. */
  heard(buffer: Uint8Array, start: number, end: number, first?: number): void {
    const bytes = copyOf(buffer, start, end);
    const frame = first === undefined ? bytes : Uint8Array.of(first, ...bytes);
    for (const listener of [...this.#listeners]) listener(frame);
  }
}

/** Frames on their way into a `BytePort`, which takes one range at a time: two buffers take turns. */

import { MctpError } from '../../../stack/errors.js';
import type { BytePort } from '../../serial/byte-port.js';
import { MAX_FRAME } from './frames.js';

/** Writes that an adapter holds, of the longest kind, and questions and credits besides. */
const BYTES = 16 * MAX_FRAME;

/** Where to build the next frame. One object serves all. */
export interface Place {
  bytes: Uint8Array;
  at: number;
}

export class TransmitBuffer {
  readonly #port: BytePort;
  readonly #place: Place = { bytes: new Uint8Array(BYTES), at: 0 };
  #other: Uint8Array = new Uint8Array(BYTES);
  #busy = false;

  constructor(port: BytePort) {
    this.#port = port;
  }

  /** @throws MctpError ENOBUFS when the stream has not taken what came before: nobody reads at its other end */
  reserve(): Place {
    if (this.#place.at + MAX_FRAME > BYTES) throw new MctpError('ENOBUFS', `${this.#port.name} takes no more bytes`);
    return this.#place;
  }

  /** The frame that was built at the reserved place ends here: send it. */
  commit(end: number): void {
    this.#place.at = end;
    this.#next();
  }

  send(bytes: Uint8Array): void {
    const { bytes: to, at } = this.reserve();
    to.set(bytes, at);
    this.commit(at + bytes.length);
  }

  /** The port is done with its range. */
  written(): void {
    this.#busy = false;
    this.#next();
  }

  clear(): void {
    this.#place.at = 0;
    this.#busy = false;
  }

  #next(): void {
    const end = this.#place.at;
    if (this.#busy || end === 0) return;
    const bytes = this.#place.bytes;
    this.#place.bytes = this.#other;
    this.#place.at = 0;
    this.#other = bytes;
    this.#busy = !this.#port.write(bytes, 0, end);
  }
}

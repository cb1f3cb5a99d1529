/** One end of a virtual serial line: the `BytePort` a link works on, and the handles to pull it out. */

import type { BytePort, BytePortHost } from '../../../bindings/serial/byte-port.js';
import { MctpError } from '../../../stack/errors.js';
import type { Pluggable } from './pluggable.js';

export interface UartEnd extends BytePort, Pluggable {}

/** Where an end's bytes go. */
interface Transmitter {
  write(buffer: Uint8Array, start: number, end: number): boolean;
  borrowEnds(): void;
  cut(): void;
}

export class VirtualUartEnd implements UartEnd {
  #line!: Transmitter;
  #host: BytePortHost | undefined;
  #plugged = true;

  constructor(readonly name: string) {}

  connect(line: Transmitter): void {
    this.#line = line;
  }

  get plugged(): boolean {
    return this.#plugged;
  }

  async open(host: BytePortHost): Promise<void> {
    if (!this.#plugged) throw gone(this.name);
    if (this.#host !== undefined) throw new MctpError('EBUSY', `${this.name} is in use`);
    this.#host = host;
  }

  write(buffer: Uint8Array, start: number, end: number): boolean {
    // Gone: `closed` has been told.
    if (this.#host === undefined) return true;
    return this.#line.write(buffer, start, end);
  }

  async close(): Promise<void> {
    if (this.#host === undefined) return;
    this.#host = undefined;
    this.#line.borrowEnds();
  }

  unplug(): void {
    if (!this.#plugged) return;
    this.#plugged = false;
    this.#line.cut();
    const host = this.#host;
    this.#host = undefined;
    host?.closed(gone(this.name));
  }

  /** The port can be opened again; nobody is told, as with a real adapter. */
  replug(): void {
    this.#plugged = true;
  }

  // Called by the wire

  /** False when nobody is there to read. */
  receive(chunk: Uint8Array): boolean {
    if (this.#host === undefined) return false;
    this.#host.data(chunk, 0, chunk.length);
    return true;
  }

  wrote(): void {
    this.#host?.written();
  }

  forget(): void {
    this.#host = undefined;
    this.#line.cut();
  }
}

function gone(name: string): MctpError {
  return new MctpError('ENODEV', `${name} was unplugged`);
}

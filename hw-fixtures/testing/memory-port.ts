/** Two byte ports back to back in memory: a serial line without hardware, that can be unplugged and disturbed. */

import type { BytePort, BytePortHost } from '../../bindings/serial/byte-port.js';
import type { Clock } from '../../stack/clock.js';
import { MctpError } from '../../stack/errors.js';
import { copyOf } from '../../stack/util/slab.js';

export interface MemoryPortOptions {
  readonly clock: Clock;
  /** Bytes per delivery and per millisecond; default 64 (about 640 kbit/s). */
  readonly bytesPerMs?: number;
}

export class MemoryPort implements BytePort {
  readonly name: string;
  /** Everything ever written here. */
  readonly written: number[] = [];
  /** Opening fails with it. */
  refuse: MctpError | undefined;
  opens = 0;
  /** The line takes nothing, as with flow control. */
  stalled = false;
  readonly #clock: Clock;
  readonly #bytesPerMs: number;
  #peer!: MemoryPort;
  #host: BytePortHost | undefined;

  constructor(name: string, options: MemoryPortOptions) {
    this.name = name;
    this.#clock = options.clock;
    this.#bytesPerMs = options.bytesPerMs ?? 64;
  }

  connect(peer: MemoryPort): void {
    this.#peer = peer;
  }

  get isOpen(): boolean {
    return this.#host !== undefined;
  }

  async open(host: BytePortHost): Promise<void> {
    const { refuse } = this;
    if (refuse !== undefined) throw refuse;
    this.opens++;
    this.#host = host;
  }

  write(buffer: Uint8Array, start: number, end: number): boolean {
    this.#shift(this.#host, buffer, start, end);
    return false;
  }

  async close(): Promise<void> {
    this.#host = undefined;
  }

  /** What the user's hand does to a USB adapter. */
  unplug(): void {
    const host = this.#host;
    this.#host = undefined;
    host?.closed(new MctpError('ENODEV', `${this.name} is gone`));
  }

  /** Bytes on the line out of nowhere. */
  inject(bytes: Uint8Array): void {
    this.#host?.data(bytes, 0, bytes.length);
  }

  /** The borrowed range is read as late as the contract allows: when its bytes leave. */
  #shift(host: BytePortHost | undefined, buffer: Uint8Array, start: number, end: number): void {
    this.#clock.schedule(1, () => {
      if (host === undefined || this.#host !== host) return;
      if (this.stalled) {
        this.#shift(host, buffer, start, end);
        return;
      }
      const stop = Math.min(end, start + this.#bytesPerMs);
      for (let at = start; at < stop; at++) this.written.push(buffer[at]!);
      this.#peer.#host?.data(copyOf(buffer, start, stop), 0, stop - start);
      if (stop < end) this.#shift(host, buffer, stop, end);
      else host.written();
    });
  }
}

export function memoryPortPair(options: MemoryPortOptions): [MemoryPort, MemoryPort] {
  const a = new MemoryPort('memory:a', options);
  const b = new MemoryPort('memory:b', options);
  a.connect(b);
  b.connect(a);
  return [a, b];
}

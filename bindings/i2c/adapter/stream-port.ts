/** A pair of Node streams as a `BytePort`: what a program's standard input and output, and a socket, have in common. */

import type { Readable, Writable } from 'node:stream';
import type { MctpError } from '../../../stack/errors.js';
import { copyOf } from '../../../stack/util/slab.js';
import type { BytePort, BytePortHost } from '../../serial/byte-port.js';

export interface OpenStreams {
  /** From the other end. */
  readonly input: Readable;
  /** To the other end. */
  readonly output: Writable;
  /** Why it ended, told when it has. */
  readonly ended: Promise<MctpError>;
  /** End it, and wait until it has ended. */
  close(): Promise<void>;
}

export class StreamPort implements BytePort {
  #streams: OpenStreams | undefined;

  constructor(
    readonly name: string,
    private readonly openStreams: () => Promise<OpenStreams>,
  ) {}

  async open(host: BytePortHost): Promise<void> {
    const streams = await this.openStreams();
    this.#streams = streams;
    const current = (): boolean => this.#streams === streams;
    // What goes wrong is told by `ended`.
    streams.output.on('error', () => {});
    streams.input.on('error', () => {});
    streams.input.on('data', (chunk: Buffer) => {
      if (current()) host.data(chunk, 0, chunk.length);
    });
    streams.output.on('drain', () => {
      if (current()) host.written();
    });
    void streams.ended.then((reason) => {
      if (!current()) return;
      this.#streams = undefined;
      host.closed(reason);
    });
  }

  write(buffer: Uint8Array, start: number, end: number): boolean {
    // The stream keeps what it is given until it has written it: it gets a copy.
    return this.#streams?.output.write(copyOf(buffer, start, end)) ?? true;
  }

  async close(): Promise<void> {
    const streams = this.#streams;
    this.#streams = undefined;
    await streams?.close();
  }
}

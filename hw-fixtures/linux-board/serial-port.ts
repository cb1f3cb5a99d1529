// The host's end of a board's serial line as a BytePort, for a SerialLink; it survives the board's reboots.

import type { Duplex } from 'node:stream';
import type { BytePort, BytePortHost } from '../../bindings/serial/byte-port.js';
import { MctpError } from '../../stack/errors.js';

export class BoardSerialPort implements BytePort {
  readonly name: string;
  #line: Duplex | undefined;
  #host: BytePortHost | undefined;
  #detach: (() => void) | undefined;

  constructor(name = 'board') {
    this.name = name;
  }

  /** The line of a board that runs now: `run.serial`. What was before is gone. */
  connect(line: Duplex): void {
    this.#hungUp();
    this.#line = line;
    line.once('close', () => {
      if (this.#line === line) this.#hungUp();
    });
  }

  async open(host: BytePortHost): Promise<void> {
    const line = this.#line;
    if (line === undefined) throw new MctpError('ENODEV', `${this.name} is not running`);
    if (this.#host !== undefined) throw new MctpError('EBUSY', `${this.name} is in use`);
    this.#host = host;
    const data = (chunk: Uint8Array): void => host.data(chunk, 0, chunk.length);
    line.on('data', data);
    this.#detach = () => line.off('data', data);
  }

  write(buffer: Uint8Array, start: number, end: number): boolean {
    const line = this.#line;
    if (line === undefined) return true;
    line.write(buffer.subarray(start, end), (error) => {
      if (!error && this.#line === line) this.#host?.written();
    });
    return false;
  }

  async close(): Promise<void> {
    this.#host = undefined;
    this.#detach?.();
    this.#detach = undefined;
  }

  #hungUp(): void {
    const host = this.#host;
    this.#line = undefined;
    void this.close();
    host?.closed(new MctpError('ENODEV', `${this.name} ended`));
  }
}

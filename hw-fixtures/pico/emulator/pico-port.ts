/** The serial port of an emulated Pico as a `BytePort`: what a host opens when the Pico is plugged in. */

import type { BytePort, BytePortHost } from '../../../bindings/serial/byte-port.js';
import { MctpError } from '../../../stack/errors.js';
import type { EmulatedPico } from './pico.js';

export class EmulatedPicoPort implements BytePort {
  readonly name = 'emulated Pico';
  readonly #pico: EmulatedPico;
  #host: BytePortHost | undefined;

  constructor(pico: EmulatedPico) {
    this.#pico = pico;
  }

  async open(host: BytePortHost): Promise<void> {
    const { usb } = this.#pico;
    if (!usb.plugged) throw new MctpError('ENODEV', 'the emulated Pico is not plugged in');
    this.#host = host;
    usb.onData = (bytes) => {
      if (this.#host === host) host.data(bytes, 0, bytes.length);
    };
    usb.onUnplugged = () => {
      if (this.#host !== host) return;
      this.#host = undefined;
      host.closed(new MctpError('ENODEV', 'the emulated Pico was unplugged'));
    };
  }

  write(buffer: Uint8Array, start: number, end: number): boolean {
    this.#pico.usb.write(buffer.subarray(start, end));
    return true;
  }

  async close(): Promise<void> {
    this.#host = undefined;
  }
}

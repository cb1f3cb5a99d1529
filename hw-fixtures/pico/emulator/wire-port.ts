/** The other side of an emulated Pico's wire, as a port: a simulated controller and target in one. */

import { type I2cCapabilities, type I2cPort, type I2cPortHost, NackError } from '../../../bindings/smbus/i2c-port.js';
import { MctpError } from '../../../stack/errors.js';
import { copyOf } from '../../../stack/util/slab.js';
import type { EmulatedI2cBus, SimulatedResult } from './emulated-i2c-bus.js';

export class WirePort implements I2cPort {
  readonly name = 'wire';
  readonly maxWrite = 258;
  readonly functionality = 'simulated';
  readonly capabilities: I2cCapabilities = { controller: true, target: true };
  readonly #bus: EmulatedI2cBus;
  #host: I2cPortHost | undefined;
  #address = 0;
  #writing: Promise<void> = Promise.resolve();

  constructor(
    bus: EmulatedI2cBus,
    private readonly byteNs?: number,
  ) {
    this.#bus = bus;
  }

  async open(host: I2cPortHost, ownAddress: number): Promise<void> {
    this.#address = ownAddress;
    this.#bus.addTarget(ownAddress, {
      received: (bytes) => host.received(bytes, 0, bytes.length, ownAddress),
    });
    this.#host = host;
  }

  write(address: number, buffer: Uint8Array, start: number, end: number): void {
    this.#writing = this.#bus.write(address, copyOf(buffer, start, end), this.byteNs).then((result) => {
      this.#host?.written(errorOf(result));
    });
  }

  async close(): Promise<void> {
    await this.#writing;
    this.#bus.removeTarget(this.#address);
    this.#host = undefined;
  }
}

function errorOf(result: SimulatedResult): MctpError | undefined {
  if (result === 'done') return undefined;
  if (result === 'arbitrationLost') return new MctpError('EARBITRATION', 'another controller held the data line');
  return new NackError(result === 'dataNack' ? 'data' : 'address', 'not acknowledged');
}

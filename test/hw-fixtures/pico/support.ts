/** The real image in an emulated Pico, and a device on its wire. */

import { readFileSync } from 'node:fs';
import { AdapterPort } from '../../../bindings/i2c/adapter/adapter-port.js';
import type { I2cCapabilities, I2cPort, I2cPortHost } from '../../../bindings/smbus/i2c-port.js';
import { NackError } from '../../../bindings/smbus/i2c-port.js';
import { systemClock } from '../../../bindings/system-clock.js';
import { IMAGE } from '../../../hw-fixtures/pico/build-firmware.js';
import type { EmulatedI2cBus } from '../../../hw-fixtures/pico/emulator/emulated-i2c-bus.js';
import { EmulatedPico } from '../../../hw-fixtures/pico/emulator/pico.js';
import { EmulatedPicoPort } from '../../../hw-fixtures/pico/emulator/pico-port.js';
import type { MctpError } from '../../../stack/errors.js';

export const image = readFileSync(IMAGE);

/** Powered, and known to the host's USB. */
export async function startedPico(): Promise<EmulatedPico> {
  const pico = new EmulatedPico(image);
  pico.bus.keep = false;
  const enumerated = pico.usb.enumerated();
  pico.start();
  await enumerated;
  return pico;
}

export function adapterPort(pico: EmulatedPico, options: { readonly speedHz?: number } = {}): AdapterPort {
  return new AdapterPort({ name: 'pico', clock: systemClock, stream: () => new EmulatedPicoPort(pico), ...options });
}

/** A simulated controller and target on the emulated wire, as a port of its own: the other side of the Pico. */
export class WirePort implements I2cPort {
  readonly name = 'wire';
  readonly maxWrite = 258;
  readonly functionality = 'simulated';
  readonly capabilities: I2cCapabilities = { controller: true, target: true };
  readonly #bus: EmulatedI2cBus;
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
  #host: I2cPortHost | undefined;

  write(address: number, buffer: Uint8Array, start: number, end: number): void {
    this.#writing = this.#bus.write(address, buffer.slice(start, end), this.byteNs).then((result) => {
      this.#host?.written(errorOf(result));
    });
  }

  async close(): Promise<void> {
    await this.#writing;
    this.#bus.removeTarget(this.#address);
    this.#host = undefined;
  }
}

function errorOf(result: 'done' | 'addressNack' | 'dataNack'): MctpError | undefined {
  if (result === 'done') return undefined;
  return new NackError(result === 'dataNack' ? 'data' : 'address', 'not acknowledged');
}

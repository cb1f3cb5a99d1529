/**
 * A mux on a virtual I2C bus, as PCA9548 and its relatives: a register of one byte with a bit for each channel. It is written
 * like any device, and holds from the STOP of that write on. What is on a channel which is not selected is on a bus of its
 * own, where nobody acknowledges: an answer that comes late is lost there.
 */

import type { I2cPortHost } from '../../../bindings/smbus/i2c-port.js';
import type { Clock } from '../../../stack/clock.js';
import { I2cWire } from './i2c-wire.js';
import { seedFor } from './random.js';

export interface I2cMuxOptions {
  readonly clock: Clock;
  /** The wire it is on. */
  readonly wire: I2cWire;
  readonly name: string;
  /** 7-bit, 0x70 to 0x77. */
  readonly address: number;
  /** Names of its channels, 1 to 8, from channel 0 on. */
  readonly channels: readonly string[];
  readonly fair?: boolean;
  readonly seed?: number;
}

export class I2cMux {
  readonly channels: readonly I2cWire[];
  /** Live. */
  readonly counters = { selections: 0 };
  #register = 0;

  constructor({ clock, wire, name, address, channels, fair, seed = 1 }: I2cMuxOptions) {
    this.channels = channels.map((channel) => {
      const { speedKhz } = wire;
      const own = { clock, name: channel, speedKhz, above: wire, seed: seedFor(seed, channel) };
      return new I2cWire({ ...own, ...(fair !== undefined && { fair }) });
    });
    const host: I2cPortHost = {
      received: (buffer, start, end) => {
        // Every byte of a write is a new value of the register; the last one stays.
        if (end > start) this.#select(buffer[end - 1]!);
      },
      written: () => {},
      state: () => {},
      fault: () => {},
    };
    // A virtual port has its host at once.
    void wire.port({ name, controller: false }).open(host, address);
  }

  /** A bit for each channel, bit 0 being channel 0. */
  get register(): number {
    return this.#register;
  }

  /** As with a pulse on its reset line: no channel is selected. */
  reset(): void {
    this.#select(0);
  }

  #select(value: number): void {
    this.counters.selections++;
    this.#register = value;
    for (const selected of [false, true]) {
      this.channels.forEach((channel, index) => {
        if ((((value >> index) & 1) === 1) === selected) channel.join(selected);
      });
    }
  }
}

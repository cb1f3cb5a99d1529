/**
 * A mux on a virtual I2C bus, as PCA9548 and its relatives: a register of one byte which says what is connected. It is written
 * like any device, and holds from the STOP of that write on. What is on a channel which is not selected is on a bus of its
 * own, where nobody acknowledges: an answer that comes late is lost there.
 */

import {
  DEFAULT_MUX_KIND,
  type MuxKind,
  type MuxKindName,
  muxKind,
  selects,
} from '../../../bindings/i2c/mux/mux-kind.js';
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
  /** Default `pca9548`: a bit for each channel. */
  readonly kind?: MuxKindName;
  /** Names of its channels, at most as many as its kind has, from channel 0 on. */
  readonly channels: readonly string[];
  readonly fair?: boolean;
  readonly seed?: number;
}

export class I2cMux {
  readonly channels: readonly I2cWire[];
  /** Live. */
  readonly counters = { selections: 0 };
  readonly #kind: MuxKind;
  #register = 0;

  constructor({ clock, wire, name, address, kind = DEFAULT_MUX_KIND, channels, fair, seed = 1 }: I2cMuxOptions) {
    this.#kind = muxKind(kind);
    this.channels = channels.map((channel) => {
      const { speedKhz } = wire;
      const own = { clock, name: channel, speedKhz, above: wire, seed: seedFor(seed, channel) };
      return new I2cWire({ ...own, ...(fair !== undefined && { fair }) });
    });
    const host: I2cPortHost = {
      received: (buffer, start, end) => {
        // Every byte of a write is a new value of the register; the last one stays.
        if (end === start) return;
        this.counters.selections++;
        this.#connect(buffer[end - 1]!);
      },
      written: () => {},
      state: () => {},
      fault: () => {},
    };
    this.reset();
    // A virtual port has its host at once.
    void wire.port({ name, controller: false }).open(host, address);
  }

  /** As it was written, or is after a reset. */
  get register(): number {
    return this.#register;
  }

  /** As with a pulse on its reset line, and as after power-on: no channel is selected, of a PCA9547 channel 0. */
  reset(): void {
    this.#connect(this.#kind.initial);
  }

  #connect(value: number): void {
    this.#register = value;
    for (const selected of [false, true]) {
      this.channels.forEach((channel, index) => {
        if (selects(this.#kind, value, index) === selected) channel.join(selected);
      });
    }
  }
}

/** A channel of a mux, or the bus which the muxes are on, as a bus: its links take turns with those of the others. */

import type { I2cCapabilities, I2cPort, I2cPortHost } from '../../smbus/i2c-port.js';
import type { MuxKind } from './mux-kind.js';

/** A register on the bus which says which channel is connected. */
export interface Mux {
  readonly kind: MuxKind;
  /** 7-bit. */
  readonly address: number;
  readonly on: MuxChannel;
  /** What it holds; undefined: not known. */
  register: number | undefined;
}

/** What a channel needs of the whole. */
export interface BusOfChannel {
  readonly root: I2cPort;
  attach(channel: MuxChannel, ownAddress: number): Promise<void>;
  detach(channel: MuxChannel): Promise<void>;
  request(channel: MuxChannel): void;
}

const NOTHING = new Uint8Array();

export class MuxChannel implements I2cPort {
  /** Muxes on this segment. */
  readonly muxes: Mux[] = [];
  /** 7-bit addresses which have written to us from here, and from nowhere in front. */
  readonly heard = new Set<number>();
  host: I2cPortHost | undefined;
  /** A write waits for its turn, or is under way: buffer[start, end) to the address. */
  pending = false;
  /** Which one it is. */
  ticket = 0;
  address = 0;
  buffer: Uint8Array = NOTHING;
  start = 0;
  end = 0;
  readonly #bus: BusOfChannel;

  constructor(
    readonly name: string,
    bus: BusOfChannel,
    /** Undefined: it is the bus which the muxes are on. */
    readonly place?: { readonly mux: Mux; readonly channel: number },
  ) {
    this.#bus = bus;
  }

  get capabilities(): I2cCapabilities {
    return this.#bus.root.capabilities;
  }

  get functionality(): string {
    const { functionality } = this.#bus.root;
    if (this.place === undefined) return functionality;
    return `channel ${this.place.channel} of the mux at 0x${this.place.mux.address.toString(16)}: ${functionality}`;
  }

  get maxWrite(): number {
    return this.#bus.root.maxWrite;
  }

  async open(host: I2cPortHost, ownAddress: number): Promise<void> {
    await this.#bus.attach(this, ownAddress);
    this.host = host;
  }

  write(address: number, buffer: Uint8Array, start: number, end: number): void {
    this.pending = true;
    this.ticket++;
    this.address = address;
    this.buffer = buffer;
    this.start = start;
    this.end = end;
    this.#bus.request(this);
  }

  async close(): Promise<void> {
    if (this.host === undefined) return;
    this.host = undefined;
    this.pending = false;
    await this.#bus.detach(this);
  }

  hints(): readonly string[] {
    return this.#bus.root.hints?.() ?? [];
  }
}

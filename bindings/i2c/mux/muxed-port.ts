/** A channel as the bus of one link, which also says how the bus in front of all muxes is to be used. */

import type { I2cCapabilities, I2cPort, I2cPortHost } from '../../smbus/i2c-port.js';
import type { BusUse, MuxBus } from './mux-bus.js';
import type { MuxChannel } from './mux-channel.js';

export class MuxedPort implements I2cPort {
  readonly name: string;

  constructor(
    private readonly bus: MuxBus,
    private readonly channel: MuxChannel,
    private readonly use: BusUse,
  ) {
    this.name = channel.name;
  }

  get capabilities(): I2cCapabilities {
    return this.channel.capabilities;
  }

  get functionality(): string {
    return this.channel.functionality;
  }

  get maxWrite(): number {
    return this.channel.maxWrite;
  }

  /** @throws MctpError EUSAGE when links of the bus which are open want to use it otherwise */
  async open(host: I2cPortHost, ownAddress: number): Promise<void> {
    this.bus.useAs(this.use, this.name);
    await this.channel.open(host, ownAddress);
  }

  write(address: number, buffer: Uint8Array, start: number, end: number): void {
    this.channel.write(address, buffer, start, end);
  }

  close(): Promise<void> {
    return this.channel.close();
  }

  hints(): readonly string[] {
    return this.channel.hints();
  }
}

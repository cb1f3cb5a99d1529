/** The I2C wires of a bench with the muxes on them, and the host's end of each: where muxes are, its links take turns. */

import { MuxBus } from '../../bindings/i2c/mux/mux-bus.js';
import type { MuxChannel } from '../../bindings/i2c/mux/mux-channel.js';
import type { I2cPort } from '../../bindings/smbus/i2c-port.js';
import type { Clock } from '../../stack/clock.js';
import type { BenchDescription, SmbusDescription } from './description/bench-description.js';
import { I2cMux } from './wires/i2c-mux.js';
import { I2cWire } from './wires/i2c-wire.js';
import type { Pluggable } from './wires/pluggable.js';
import { seedFor } from './wires/random.js';

export interface SmbusWire {
  readonly wire: I2cWire;
  /** Undefined: the host is not on it. */
  readonly host: { readonly port: I2cPort; readonly plug: Pluggable } | undefined;
}

/** A channel which was made with its mux. */
interface Channel {
  readonly wire: I2cWire;
  readonly port: MuxChannel;
  readonly plug: Pluggable;
  readonly bus: MuxBus;
}

export class SmbusWires {
  readonly muxes = new Map<string, I2cMux>();
  readonly #channels = new Map<string, Channel>();

  constructor(
    private readonly bench: BenchDescription,
    private readonly clock: Clock,
    private readonly seed: number,
  ) {}

  /** In the order of the description: what is in front of a mux comes before what is behind it. */
  make({ name, speedKhz, host, fair, behind }: SmbusDescription): SmbusWire {
    if (behind !== undefined) {
      const channel = this.#channels.get(name)!;
      this.#addMuxes(name, fair, channel);
      return { wire: channel.wire, host: channel };
    }
    const wire = new I2cWire({ clock: this.clock, name, speedKhz, fair, seed: seedFor(this.seed, name) });
    if (host === undefined) return { wire, host: undefined };
    const plug = wire.port({ name: 'host' });
    const holdMs = this.#holdMs(name);
    if (holdMs === undefined) return { wire, host: { port: plug, plug } };
    const bus = new MuxBus({ root: plug, clock: this.clock, holdMs });
    this.#addMuxes(name, fair, { wire, port: bus.trunk, plug, bus });
    return { wire, host: { port: bus.trunk, plug } };
  }

  #addMuxes(name: string, fair: boolean, { wire, port, plug, bus }: Channel): void {
    for (const description of this.bench.muxes) {
      if (description.wire !== name) continue;
      const { kind, address, channels } = description;
      const mux = new I2cMux({
        clock: this.clock,
        wire,
        name: description.name,
        address,
        kind,
        channels,
        fair,
        seed: this.seed,
      });
      this.muxes.set(description.name, mux);
      const ports = bus.addMux(address, channels, port, kind);
      channels.forEach((channel, index) => {
        this.#channels.set(channel, { wire: mux.channels[index]!, port: ports[index]!, plug, bus });
      });
    }
  }

  /** The longest of all muxes behind the wire; undefined: there is none. */
  #holdMs(wire: string): number | undefined {
    const here = this.bench.muxes.filter((mux) => mux.wire === wire);
    const all = here.flatMap(({ holdMs, channels }) => [
      holdMs,
      ...channels.map((channel) => this.#holdMs(channel) ?? 0),
    ]);
    return all.length === 0 ? undefined : Math.max(...all);
  }
}

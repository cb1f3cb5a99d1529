/** A virtual bench: the wires and devices of a description, and the host's links to them. */

import { SerialLink } from '../../bindings/serial/serial-link.js';
import { SmbusLink } from '../../bindings/smbus/smbus-link.js';
import { UsbLink } from '../../bindings/usb/usb-link.js';
import type { Clock } from '../../stack/clock.js';
import { MctpError } from '../../stack/errors.js';
import type { Link } from '../../stack/link.js';
import type { BenchDescription, DeviceDescription, WireDescription } from './description/bench-description.js';
import { DEFAULT_BENCH } from './description/default-bench.js';
import { deviceOptions } from './description/device-options.js';
import { isOn, parseBench } from './description/parse-bench.js';
import { Device, type DeviceApp } from './device/device.js';
import type { DevicePort } from './device/device-port.js';
import type { PldmExtension } from './pldm/pldm-app.js';
import { SmbusWires } from './smbus-wires.js';
import type { I2cMux } from './wires/i2c-mux.js';
import { I2cWire } from './wires/i2c-wire.js';
import type { Pluggable } from './wires/pluggable.js';
import { seedFor } from './wires/random.js';
import { UartWire } from './wires/uart-wire.js';
import { UsbCable } from './wires/usb-cable.js';

export interface BenchOptions {
  /** Virtual in tests, that of the system for people. */
  readonly clock: Clock;
  /** Default: `DEFAULT_BENCH`. */
  readonly description?: BenchDescription | string;
  /** Of the random faults; default 1. */
  readonly seed?: number;
  /** Applications of a device beyond the echo: what its tables in the description ask for. */
  readonly apps?: (device: DeviceDescription) => readonly DeviceApp[];
  /** A bridge of the description that is made elsewhere; `portsBelow` are its places here. */
  readonly without?: string;
  /** More that its PLDM terminus does. */
  readonly pldm?: (device: DeviceDescription) => readonly PldmExtension[];
}

interface BenchWire {
  readonly description: WireDescription;
  readonly wire: I2cWire | UartWire | UsbCable;
  /** The host's end, where it has one. */
  readonly hostPort: Pluggable | undefined;
  readonly hostLink: Link | undefined;
  /** Make the port of one more device. */
  port(device: DeviceDescription, address: number | undefined): DevicePort;
}

export class Bench {
  readonly description: BenchDescription;
  readonly #wires = new Map<string, BenchWire>();
  readonly #devices = new Map<string, Device>();
  readonly #muxes: ReadonlyMap<string, I2cMux>;

  /** Wires and devices, all off: `openBench` switches them on. */
  constructor(options: BenchOptions) {
    const { clock, description = DEFAULT_BENCH, seed = 1, apps, pldm, without } = options;
    this.description = typeof description === 'string' ? parseBench(description) : description;
    const smbus = new SmbusWires(this.description, clock, seed);
    for (const wire of this.description.wires) {
      this.#wires.set(wire.name, makeWire(wire, this.description, clock, seedFor(seed, wire.name), smbus));
    }
    this.#muxes = smbus.muxes;
    for (const fault of this.description.faults) {
      if (fault.kind === 'smbus') this.i2c(fault.wire).faults.add(fault.rule);
      else this.uart(fault.wire).faults.add(fault.rule);
    }
    for (const device of this.description.devices) {
      if (device.name === without) continue;
      const choices = deviceOptions(device, apps?.(device), pldm?.(device));
      this.#devices.set(device.name, this.#device(device, clock, choices));
    }
  }

  /** The host's links, one per wire it is on, not attached yet: `bench:smbus0`, `bench:serial0`, `bench:usb0`. */
  hostLinks(): Link[] {
    return [...this.#wires.values()].flatMap(({ hostLink }) => (hostLink === undefined ? [] : [hostLink]));
  }

  /** The host's own end of a wire, to be pulled out. @throws MctpError ENODEV */
  hostPort(wire: string): Pluggable {
    const port = this.#wire(wire).hostPort;
    if (port === undefined) throw new MctpError('ENODEV', `the host is not on the wire ${wire}`);
    return port;
  }

  devices(): Device[] {
    return [...this.#devices.values()];
  }

  /** @throws MctpError ENODEV */
  device(name: string): Device {
    return found(this.#devices, 'device', name);
  }

  /** @throws MctpError ENODEV when there is no such SMBus */
  i2c(name: string): I2cWire {
    const { wire } = this.#wire(name);
    if (wire instanceof I2cWire) return wire;
    throw new MctpError('ENODEV', `the wire ${name} is not an SMBus`);
  }

  /** @throws MctpError ENODEV when there is no such serial line */
  uart(name: string): UartWire {
    const { wire } = this.#wire(name);
    if (wire instanceof UartWire) return wire;
    throw new MctpError('ENODEV', `the wire ${name} is not a serial line`);
  }

  /** @throws MctpError ENODEV */
  mux(name: string): I2cMux {
    return found(this.#muxes, 'mux', name);
  }

  /** New ports of a bridge on the wires below it: for one that is not the bench's own. */
  portsBelow(bridge: DeviceDescription): DevicePort[] {
    return (bridge.bridge?.below ?? []).map(({ wire, address }) => this.#wire(wire).port(bridge, address));
  }

  async powerOn(): Promise<void> {
    await Promise.all(this.devices().map((device) => device.powerOn()));
  }

  /** Devices off, wires away; no timer is left. The host closes its own stack, before or after. */
  async close(): Promise<void> {
    await Promise.all(this.devices().map((device) => device.powerOff()));
    for (const { wire } of this.#wires.values()) wire.close();
  }

  #wire(name: string): BenchWire {
    return found(this.#wires, 'wire', name);
  }

  #device(device: DeviceDescription, clock: Clock, choices: ReturnType<typeof deviceOptions>): Device {
    const { wire, address, ways, bridge } = device;
    return new Device({
      ...choices,
      clock,
      port: this.#wire(wire).port(device, address),
      ...(ways.length > 0 && { ways: ways.map((way) => this.#wire(way.wire).port(device, way.address)) }),
      ...(bridge !== undefined && { bridge: { poolSize: bridge.pool, below: this.portsBelow(device) } }),
    });
  }
}

/**
 * Build a bench and switch its devices on.
 * @throws MctpError EUSAGE for a description that is wrong
 */
export async function openBench(options: BenchOptions): Promise<Bench> {
  const bench = new Bench(options);
  await bench.powerOn();
  return bench;
}

function found<T>(all: ReadonlyMap<string, T>, what: string, name: string): T {
  const value = all.get(name);
  if (value !== undefined) return value;
  throw new MctpError('ENODEV', `the bench has no ${what} ${name}: it has ${[...all.keys()].join(', ')}`);
}

function makeWire(
  description: WireDescription,
  bench: BenchDescription,
  clock: Clock,
  seed: number,
  smbus: SmbusWires,
): BenchWire {
  const { name, unit } = description;
  const link = { clock, name: `bench:${name}`, ...(unit !== undefined && { transmissionUnit: unit }) };
  if (description.kind === 'serial') {
    const { baudRate, latencyMs, host } = description;
    const parties = bench.devices.filter((device) => isOn(device, name));
    const [near, far] = [...(host ? ['host'] : []), ...parties.map((party) => party.name), 'nobody', 'nobody'];
    const wire = new UartWire({ clock, name, baudRate, latencyMs, seed, ends: [near!, far!] });
    const free = host ? [wire.b] : [wire.a, wire.b];
    return {
      description,
      wire,
      hostPort: host ? wire.a : undefined,
      hostLink: host ? new SerialLink({ ...link, port: wire.a }) : undefined,
      // The description has been checked: there is an end for everybody.
      port: () => ({ kind: 'serial', name, port: free.shift()!, ...(unit !== undefined && { unit }) }),
    };
  }
  if (description.kind === 'usb') {
    const { host } = description;
    const device = bench.devices.find((one) => isOn(one, name))?.name ?? 'nobody';
    const wire = new UsbCable({ clock, ends: ['host', device] });
    return {
      description,
      wire,
      hostPort: host ? wire.host : undefined,
      hostLink: host ? new UsbLink({ ...link, port: wire.host }) : undefined,
      port: () => ({ kind: 'usb', name, port: wire.device, ...(unit !== undefined && { unit }) }),
    };
  }
  const { speedKhz, probe } = description;
  const { wire, host } = smbus.make(description);
  const addresses = bench.devices.flatMap((one) =>
    [one, ...one.ways].flatMap(({ wire: at, address }) => (at === name ? [address!] : [])),
  );
  return {
    description,
    wire,
    hostPort: host?.plug,
    hostLink:
      host === undefined
        ? undefined
        : new SmbusLink({
            ...link,
            port: host.port,
            ownAddress: description.host!,
            speedKhz,
            ...(probe === 'devices' && { probe: addresses }),
          }),
    port: (device, address) => ({
      kind: 'smbus',
      name,
      port: wire.port({ name: device.name, stretchUs: device.stretchUs }),
      address: address!,
      speedKhz,
      probe: addresses,
      ...(unit !== undefined && { unit }),
    }),
  };
}

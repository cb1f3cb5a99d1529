/**
 * A bench in a text: wires, devices on them, how they behave, what goes wrong. TOML, read strictly.
 *
 *     [wires.smbus0]
 *     kind = "smbus"
 *     speed = 400                 # kHz: 100 (default), 400, 1000
 *     host = 0x10                 # the host's 7-bit address; left out below a bridge
 *     probe = "devices"           # where the host looks for devices: "devices" (default) or "all" addresses
 *     fair = true                 # fairness arbitration (default); false: on a busy bus the higher address loses
 *     unit = 64                   # payload bytes per packet that everybody on the wire sends
 *
 *     [wires.serial0]
 *     kind = "serial"
 *     baud = 115200
 *     host = true                 # the host has one end
 *     latency = 0.0               # ms from the line to its reader
 *
 *     [wires.usb0]
 *     kind = "usb"
 *     host = true                 # the host has its end; the other is a device's
 *
 *     [muxes.mux0]                # an I2C mux: each channel is a wire, with the speed and the host of the wire it is on
 *     wire = "smbus0"
 *     address = 0x70              # 0x70 to 0x77
 *     kind = "pca9548"            # the chip: what its register means (default)
 *     channels = ["bay0", "bay1"] # names of wires, 1 to 8 (as many as the chip has)
 *     hold = 1000                 # ms for which the host leaves a channel selected when an answer does not come
 *
 *     [devices.ssd]
 *     wire = "smbus0"
 *     address = 0x1d              # SMBus only
 *     uuid = "7a1c5e10-4c2b-11ee-8d01-001b21000001"
 *     eid = 20                    # it comes up with; default none
 *     types = [{ type = 4, versions = ["f1f0ff00"] }]   # said to be spoken, besides those of its applications
 *     vendor = [{ pci = 0x1ab4, set = 1 }, { iana = 412, set = 1 }]
 *     echo = true                 # answer the echo of type 0x7e (default)
 *     files = true                # offer files by PLDM; default false
 *     spdm = true                 # answer SPDM, without cryptography; default false
 *     behaviours = ["slow(50)", { name = "dropPacket", index = 3 }]
 *     boot = 50                   # ms a reset takes
 *     stretch = 0                 # us of clock stretching per byte received
 *     ways = [{ wire = "serial0" }]   # the same device on other wires too: an endpoint on each
 *
 *     [devices.ssd.pldm]          # a PLDM terminus: see docs/pldm.md
 *     entity = "solid state drive"
 *     sensors = [{ id = 1, name = "Temperature", unit = "°C", value = 41, upperCritical = 80 }]
 *
 *     [devices.ssd.speaks.acme]   # answer messages of a declared vendor: see docs/vendor-messages.md
 *     ReadTemperature = { celsius = 41 }   # in place of the declared values
 *
 *     [devices.riser]             # a bridge
 *     wire = "smbus0"
 *     address = 0x40
 *     pool = 8                    # EIDs it wants for what is below
 *     below = [{ wire = "smbus1", address = 0x10 }]
 *
 *     [[faults]]                  # see faults.ts
 *     wire = "smbus0"
 *     kind = "corrupt"
 *     from = "ssd"                # or "host"
 *     probability = 0.01          # or skip, every, count
 */

import type { VendorProtocol } from '../../../stack/vendor/index.js';
import type { BenchDescription, DeviceDescription, MuxDescription, WireDescription } from './bench-description.js';
import { readDevice } from './parse-device.js';
import { readMuxes } from './parse-mux.js';
import { readFault, readWire } from './parse-wire.js';
import type { TomlTable } from './toml-table.js';
import { readToml } from './toml-text.js';

/**
 * Read a description. `name` is what errors call the text, `vendors` those whose messages its devices may speak.
 * @throws MctpError EUSAGE: one line with the place, what is wrong, and what would be right
 */
export function parseBench(
  text: string,
  name = 'bench.toml',
  vendors: readonly VendorProtocol[] = [],
): BenchDescription {
  const root = readToml(text, name);
  const own = root.tables('wires').map(([key, table]) => readWire(String(key), table));
  const { muxes, wires } = readMuxes(root.tables('muxes'), own);
  const devices = root.tables('devices').map(([key, table]) => readDevice(String(key), table, wires, vendors));
  checkPlaces(root, wires, muxes, devices);
  const faults = root.tables('faults').map(([, table]) => readFault(table, wires, (wire) => partiesOf(wire, devices)));
  root.done();
  if (wires.length === 0) throw root.error([], 'there is no wire: add a [wires.NAME]');
  return { wires, muxes, devices, faults };
}

/** The senders on a wire, by the names that faults use. */
function partiesOf(wire: WireDescription, devices: readonly DeviceDescription[]): string[] {
  const here = devices.filter((device) => isOn(device, wire.name));
  const host = wire.kind === 'smbus' ? wire.host !== undefined : wire.host;
  return [...(host ? ['host'] : []), ...here.map((device) => device.name)];
}

/** By any of its places. */
export function isOn({ wire: first, ways, bridge }: DeviceDescription, wire: string): boolean {
  return first === wire || [...ways, ...(bridge?.below ?? [])].some((place) => place.wire === wire);
}

/** Two parties at an address, or three on a serial line, cannot be. What is in front of a mux is on its channels, too. */
function checkPlaces(
  root: TomlTable,
  wires: readonly WireDescription[],
  muxes: readonly MuxDescription[],
  devices: readonly DeviceDescription[],
): void {
  const takenOn = new Map<string, Map<number, string>>();
  // A mux stands behind the wire it is on.
  for (const wire of wires) {
    const behind = wire.kind === 'smbus' ? wire.behind?.mux : undefined;
    const front = muxes.find(({ name }) => name === behind)?.wire;
    const taken = new Map(front === undefined ? [] : takenOn.get(front));
    takenOn.set(wire.name, taken);
    let ends = 0;
    if (wire.kind === 'smbus' && wire.host !== undefined) taken.set(wire.host, 'the host');
    for (const mux of muxes) {
      if (mux.wire !== wire.name) continue;
      const other = taken.get(mux.address);
      if (other !== undefined)
        throw root.error(['muxes', mux.name, 'address'], occupied(mux.address, wire.name, other));
      taken.set(mux.address, mux.name);
    }
    if (wire.kind === 'serial' && wire.host) ends++;
    // One of the ends is that of a host, whether it is ours or not.
    if (wire.kind === 'usb') ends++;
    const occupy = (device: string, address: number | undefined, key: string): void => {
      if (wire.kind !== 'smbus') {
        const what = wire.kind === 'usb' ? 'USB cable' : 'serial wire';
        if (++ends > 2)
          throw root.error(['devices', device, key], `the ${what} ${wire.name} has two ends, and both are taken`);
        return;
      }
      const other = taken.get(address!);
      if (other === undefined) taken.set(address!, device);
      else throw root.error(['devices', device, key], occupied(address!, wire.name, other));
    };
    for (const { name, wire: upstream, address, ways, bridge } of devices) {
      if (upstream === wire.name) occupy(name, address, 'address');
      for (const way of ways) if (way.wire === wire.name) occupy(name, way.address, 'ways');
      for (const below of bridge?.below ?? []) if (below.wire === wire.name) occupy(name, below.address, 'below');
    }
  }
}

function occupied(address: number, wire: string, by: string): string {
  return `0x${address.toString(16)} on ${wire} belongs to ${by} already`;
}

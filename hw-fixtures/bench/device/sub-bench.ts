/** What is behind a bridge, for one that is itself somewhere else: on a real link. */

import type { BenchDescription, DeviceDescription } from '../description/bench-description.js';

/** The bridge, the wires below it, and everything on them, further bridges with theirs among it. */
export function behind(bench: BenchDescription, bridge: DeviceDescription): BenchDescription {
  const devices = [bridge];
  const wires = new Set<string>();
  // Grows while it is gone through.
  for (const device of devices) {
    for (const { wire } of device.bridge?.below ?? []) {
      if (wires.has(wire)) continue;
      wires.add(wire);
      devices.push(...bench.devices.filter((other) => other.wire === wire && !devices.includes(other)));
    }
  }
  return {
    wires: bench.wires.filter(({ name }) => wires.has(name)),
    // A mux has a host on its wire, and below a bridge there is none.
    muxes: [],
    devices,
    faults: bench.faults.filter(({ wire }) => wires.has(wire)),
  };
}

/** Drives of a bench, the host's stack with the way to each of them, and a requester. */

import type { MuxKindName } from '../../bindings/i2c/mux/mux-kind.js';
import { driveApp } from '../../hw-fixtures/bench/nvme/drive-app.js';
import { GOOD_DRIVE } from '../../hw-fixtures/bench/nvme/drive-description.js';
import type { DriveState } from '../../hw-fixtures/bench/nvme/drive-state.js';
import { settle } from '../../hw-fixtures/testing/virtual-time.js';
import { NvmeMiClient, type NvmeMiClientOptions } from '../../stack/nvme-mi/index.js';
import { world } from '../hw-fixtures/support.js';

export interface Place {
  readonly wire: string;
  readonly address: number;
  readonly eid: number;
  /** More of the device's table, as TOML. */
  readonly more?: string;
}

/** Of `muxes`: the wire which it is on, and the names of its channels. */
export interface MuxPlace {
  readonly wire: string;
  readonly channels: readonly string[];
  /** Default 0x70. */
  readonly address?: number;
  /** Default: that of a bench. */
  readonly kind?: MuxKindName;
}

/** `wires`: speed by name, kHz. */
export async function driveWorld(
  wires: Readonly<Record<string, number>>,
  places: readonly Place[],
  description = GOOD_DRIVE,
  options: Partial<NvmeMiClientOptions> & { readonly muxes?: readonly MuxPlace[] } = {},
) {
  const states = new Map<string, DriveState>();
  const { muxes = [], ...clientOptions } = options;
  const text = [
    ...Object.entries(wires).map(([name, speed]) => `[wires.${name}]\nkind = "smbus"\nspeed = ${speed}\nhost = 0x10`),
    ...muxes.map(
      ({ wire, channels, address = 0x70, kind }, index) =>
        `[muxes.mux${index}]\nwire = "${wire}"\naddress = ${address}\nchannels = ${JSON.stringify(channels)}${kind === undefined ? '' : `\nkind = "${kind}"`}`,
    ),
    ...places.map(
      ({ wire, address, eid, more = '' }) =>
        `[devices.d${eid}]\nwire = "${wire}"\naddress = ${address}\neid = ${eid}\n${more}`,
    ),
  ].join('\n');
  const made = await world({
    description: text,
    apps: ({ name, behaviours }) => [
      driveApp(description, { behaviours: behaviours(), onState: (state) => states.set(name, state) }),
    ],
  });
  const { host, clock, bench } = made;
  for (const { wire, address, eid } of places) {
    host.addRoute({ start: eid, end: eid, link: `bench:${wire}` });
    host.addNeighbour(eid, `bench:${wire}`, address.toString(16));
  }
  const client = new NvmeMiClient({ transport: host, clock, ...clientOptions });
  const ask = <T>(work: Promise<T>): Promise<T> => settle(clock, work, { maxSteps: 100_000_000 });
  return { host, clock, bench, client, ask, states, device: (eid: number) => bench.device(`d${eid}`) };
}

/** A device on a bench of its own, and all checks against it: for the matrix of checks and mutants. */

import { type Behaviour, openBench, parseBench } from '../../hw-fixtures/index.js';
import type { BenchDevice, Check } from '../../hw-fixtures/validator/declaration.js';
import { type CheckResult, type RunOptions, runChecks } from '../../hw-fixtures/validator/run-checks.js';
import { stackTarget } from '../../hw-fixtures/validator/stack-target.js';
import type { Target } from '../../hw-fixtures/validator/target.js';
import type { Clock } from '../../stack/clock.js';
import { Mctp } from '../../stack/mctp.js';
import { inClosedWorld } from './auto-clock.js';

const EID = 9;
const OWN_EID = 8;

/** Run checks against a device with this behaviour, in virtual time. */
export function validated(
  device: BenchDevice,
  checks: readonly Check[],
  behaviours: readonly Behaviour[] = [],
  allowed: RunOptions['allowed'] = [],
): Promise<CheckResult[]> {
  return withDevice(device, behaviours, ({ target }) =>
    runChecks({ target, checks, ...(allowed && { allowed }), signal: new AbortController().signal }),
  );
}

export interface DeviceOnBench {
  readonly target: Target;
  /** Our stack, whose neighbour the device is. */
  readonly mctp: Mctp;
  readonly clock: Clock;
}

/** Something with a device that has this behaviour, in virtual time. */
export function withDevice<T>(
  device: BenchDevice,
  behaviours: readonly Behaviour[],
  work: (there: DeviceOnBench) => Promise<T>,
): Promise<T> {
  return inClosedWorld(async (clock) => {
    const description = parseBench(benchText(device));
    const [first] = description.devices;
    const bench = await openBench({
      clock,
      description: { ...description, devices: [{ ...first!, behaviours: () => [...behaviours] }] },
    });
    const mctp = new Mctp({ clock });
    const [link] = bench.hostLinks();
    try {
      mctp.addLink(link!);
      mctp.addAddress(OWN_EID, link!.name);
      await mctp.open();
      const physicalAddress = (device.wire ?? 'smbus') === 'smbus' ? '1d' : '';
      mctp.addNeighbour(EID, link!.name, physicalAddress);
      mctp.addRoute({ start: EID, end: EID, link: link!.name });
      const target = stackTarget(mctp, { eid: EID, link: link!.name, physicalAddress });
      return await work({ target, mctp, clock });
    } finally {
      await mctp.close();
      await bench.close();
    }
  });
}

const WIRES = {
  smbus: 'kind = "smbus"\nspeed = 400\nhost = 0x10',
  serial: 'kind = "serial"\nbaud = 115200\nhost = true',
  usb: 'kind = "usb"\nhost = true',
} as const;

function benchText({ toml, wire = 'smbus' }: BenchDevice): string {
  const address = wire === 'smbus' ? 'address = 0x1d\n' : '';
  return `[wires.w]\n${WIRES[wire]}\n\n[devices.dut]\nwire = "w"\n${address}uuid = "7a1c5e10-4c2b-11ee-8d01-001b21000001"\neid = ${EID}\n${toml}\n`;
}

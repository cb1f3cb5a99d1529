/** The tables `[wires.NAME]` and `[[faults]]` of a bench description. */

import { MAX_UNIT } from '../../../bindings/usb/usb-link.js';
import { type FaultRule, I2C_FAULTS, UART_FAULTS } from '../wires/faults.js';
import type { FaultDescription, WireDescription } from './bench-description.js';
import type { TomlTable } from './toml-table.js';

export const FIRST_ADDRESS = 0x08;
export const LAST_ADDRESS = 0x77;
const LONGEST_MS = 3_600_000;

export function readWire(name: string, table: TomlTable): WireDescription {
  const kind = table.required('kind = "smbus", "serial" or "usb"', table.oneOf('kind', ['smbus', 'serial', 'usb']));
  let wire: WireDescription;
  if (kind === 'smbus') {
    wire = {
      kind,
      name,
      speedKhz: table.oneOf('speed', [100, 400, 1000]) ?? 100,
      host: table.whole('host', FIRST_ADDRESS, LAST_ADDRESS),
      fair: table.flag('fair') ?? true,
      probe: table.oneOf('probe', ['devices', 'all']) ?? 'devices',
      unit: table.whole('unit', 64, 250),
      behind: undefined,
    };
  } else if (kind === 'usb') {
    wire = { kind, name, host: table.flag('host') ?? false, unit: table.whole('unit', 64, MAX_UNIT) };
  } else {
    wire = {
      kind,
      name,
      baudRate: table.whole('baud', 300, 12_000_000) ?? 115_200,
      host: table.flag('host') ?? false,
      latencyMs: table.number('latency', 0, 1000) ?? 0,
      unit: table.whole('unit', 64, 251),
    };
  }
  table.done();
  return wire;
}

export function readFault(
  table: TomlTable,
  wires: readonly WireDescription[],
  parties: (wire: WireDescription) => readonly string[],
): FaultDescription {
  const names = wires.map((wire) => wire.name);
  const wireName = table.required('wire', table.reference('wire', 'wire', names));
  const wire = wires.find((candidate) => candidate.name === wireName)!;
  if (wire.kind === 'usb') throw table.error(['wire'], `the USB cable ${wireName} has no faults`);
  const rule = <Kind extends string>(kinds: readonly Kind[]): FaultRule<Kind> => {
    const kind = table.required('kind', table.oneOf('kind', kinds));
    const from = table.reference('from', `party on ${wireName}`, parties(wire));
    const optional = {
      from,
      to: wire.kind === 'smbus' ? table.whole('to', FIRST_ADDRESS, LAST_ADDRESS) : undefined,
      skip: table.whole('skip', 0, 1e9),
      every: table.whole('every', 1, 1e9),
      probability: table.number('probability', 0, 1),
      count: table.whole('count', 1, 1e9),
      byte: table.whole('byte', 0, 258),
      bit: table.whole('bit', 0, 7),
      ms: table.number('ms', 0, LONGEST_MS),
    };
    const given = Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== undefined));
    return { kind, ...given };
  };
  const fault: FaultDescription =
    wire.kind === 'smbus'
      ? { wire: wireName, kind: 'smbus', rule: rule(I2C_FAULTS) }
      : { wire: wireName, kind: 'serial', rule: rule(UART_FAULTS) };
  table.done();
  return fault;
}

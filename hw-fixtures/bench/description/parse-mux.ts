/** The table `[muxes.NAME]` of a bench description: an I2C mux, whose channels are wires. */

import {
  DEFAULT_MUX_KIND,
  MUX_KINDS,
  type MuxKindName,
  muxKind,
  wrongCount,
} from '../../../bindings/i2c/mux/mux-kind.js';
import type { MuxDescription, SmbusDescription, WireDescription } from './bench-description.js';
import type { TomlTable } from './toml-table.js';

/** What the address pins of PCA954x leave. */
const FIRST_MUX = 0x70;
const LAST_MUX = 0x77;
const DEFAULT_HOLD_MS = 1000;

/** The muxes in their order, and all wires with their channels. A mux may be on a channel of one in front of it. */
export function readMuxes(
  tables: readonly (readonly [key: string | number, table: TomlTable])[],
  wires: readonly WireDescription[],
): { readonly muxes: readonly MuxDescription[]; readonly wires: readonly WireDescription[] } {
  const muxes: MuxDescription[] = [];
  const all = [...wires];
  for (const [key, table] of tables) {
    const { mux, channels } = readMux(String(key), table, all);
    muxes.push(mux);
    all.push(...channels);
  }
  return { muxes, wires: all };
}

function readMux(name: string, table: TomlTable, wires: readonly WireDescription[]) {
  const names = wires.map((wire) => wire.name);
  const on = table.required('wire', table.reference('wire', 'wire', names));
  const wire = wires.find((candidate) => candidate.name === on)!;
  if (wire.kind !== 'smbus' || wire.host === undefined) {
    throw table.error(['wire'], `a mux is on an SMBus which has a host, and ${on} is not one`);
  }
  const kind = table.oneOf('kind', MUX_KINDS) ?? DEFAULT_MUX_KIND;
  const mux: MuxDescription = {
    name,
    kind,
    wire: on,
    address: table.required('address', table.whole('address', FIRST_MUX, LAST_MUX)),
    channels: table.required('channels = ["NAME", ...]', readChannels(table, names, kind)),
    holdMs: table.number('hold', 1, 60_000) ?? DEFAULT_HOLD_MS,
  };
  table.done();
  const channels = mux.channels.map((channel, index): SmbusDescription => {
    return { ...wire, name: channel, behind: { mux: name, channel: index } };
  });
  return { mux, channels };
}

function readChannels(table: TomlTable, taken: readonly string[], kind: MuxKindName): readonly string[] | undefined {
  const list = table.list('channels');
  if (list === undefined) return undefined;
  const wrong = wrongCount(muxKind(kind), list.length);
  if (wrong !== undefined) throw table.error(['channels'], wrong);
  return list.map((name, index) => {
    if (typeof name !== 'string' || name === '') {
      throw table.error(['channels', index], 'a channel is the name of a wire, as in "bay0"');
    }
    if (taken.includes(name) || list.indexOf(name) < index) {
      throw table.error(['channels', index], `there is a wire ${name} already`);
    }
    return name;
  });
}

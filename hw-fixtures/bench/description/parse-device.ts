/** The table `[devices.NAME]` of a bench description. */

import { VENDOR_ID_FORMAT, type VendorSet } from '../../../stack/control/index.js';
import { MctpError } from '../../../stack/errors.js';
import { isUuid } from '../../../stack/util/text.js';
import type { VendorProtocol } from '../../../stack/vendor/index.js';
import type { Behaviour } from '../device/behaviour.js';
import { makeBehaviour, parseBehaviour } from '../device/behaviour-catalogue.js';
import { readDrive } from '../nvme/read-drive.js';
import { readPldm } from '../pldm/read-pldm.js';
import type { DeviceDescription, WireDescription } from './bench-description.js';
import { readSpeaks } from './parse-speaks.js';
import { FIRST_ADDRESS, LAST_ADDRESS } from './parse-wire.js';
import type { TomlTable } from './toml-table.js';

const VERSION = /^[0-9a-f]{8}$/;

export function readDevice(
  name: string,
  table: TomlTable,
  wires: readonly WireDescription[],
  vendors: readonly VendorProtocol[],
): DeviceDescription {
  if (name === 'host') throw table.error([], "host is the name of the bench's own host: give the device another");
  const place = readPlace(table, wires);
  const uuid = table.text('uuid');
  if (uuid !== undefined && !isUuid(uuid)) {
    throw table.error(['uuid'], `"${uuid}" is not a UUID: write 8-4-4-4-12 hex digits`);
  }
  const device: DeviceDescription = {
    name,
    ...place,
    ways: readWays(table, wires, place.wire),
    uuid: uuid?.toLowerCase(),
    eid: table.whole('eid', 8, 254),
    echo: table.flag('echo') ?? true,
    files: table.flag('files') ?? false,
    spdm: table.flag('spdm') ?? false,
    speaks: readSpeaks(table, vendors),
    types: (table.list('types') ?? []).map((item, index) => readType(table, index, item)),
    vendorSets: (table.list('vendor') ?? []).map((item, index) => readVendorSet(table.item('vendor', index, item))),
    behaviours: readBehaviours(table),
    bootMs: table.number('boot', 0, 600_000),
    stretchUs: table.number('stretch', 0, 10_000) ?? 0,
    bridge: readBridge(table, wires, place.wire),
    pldm: readOptional(table.table('pldm'), readPldm),
    nvme: readOptional(table.table('nvme'), readDrive),
  };
  table.done();
  return device;
}

function readOptional<T>(table: TomlTable | undefined, read: (table: TomlTable) => T): T | undefined {
  return table === undefined ? undefined : read(table);
}

/** A wire, and on an SMBus the address there. */
function readPlace(table: TomlTable, wires: readonly WireDescription[]): { wire: string; address: number | undefined } {
  const names = wires.map((wire) => wire.name);
  const wire = table.required('wire', table.reference('wire', 'wire', names));
  const address = table.whole('address', FIRST_ADDRESS, LAST_ADDRESS);
  const { kind } = wires.find((candidate) => candidate.name === wire)!;
  if (kind === 'smbus') table.required('address', address);
  else if (address !== undefined) {
    throw table.error(['address'], `the ${kind === 'usb' ? 'USB cable' : 'serial wire'} ${wire} has no addresses`);
  }
  return { wire, address };
}

/** `ways = [{ wire = "serial0" }]` */
function readWays(table: TomlTable, wires: readonly WireDescription[], first: string): DeviceDescription['ways'] {
  return (table.list('ways') ?? []).map((item, index) => {
    const port = table.item('ways', index, item);
    const place = readPlace(port, wires);
    port.done();
    if (place.wire === first) throw port.error(['wire'], `the device is on ${first} already: name another wire`);
    return place;
  });
}

function readBridge(
  table: TomlTable,
  wires: readonly WireDescription[],
  upstream: string,
): DeviceDescription['bridge'] {
  const pool = table.whole('pool', 1, 246);
  const below = (table.list('below') ?? []).map((item, index) => {
    const port = table.item('below', index, item);
    const place = readPlace(port, wires);
    port.done();
    if (place.wire === upstream) throw port.error(['wire'], `${place.wire} cannot be above and below the bridge`);
    return place;
  });
  if (below.length > 0) return { pool: table.required('pool, the EIDs it wants for what is below', pool), below };
  if (pool !== undefined) throw table.error(['pool'], 'a pool is for a bridge: add below = [{ wire = "..." }]');
  return undefined;
}

/** `1`, or `{ type = 1, versions = ["f1f0ff00"] }`. */
function readType(table: TomlTable, index: number, item: unknown): DeviceDescription['types'][number] {
  const isType = (value: unknown): value is number =>
    Number.isInteger(value) && Number(value) >= 1 && Number(value) <= 127;
  if (typeof item !== 'object' || item === null) {
    if (isType(item)) return { type: item, versions: [] };
    throw table.error(['types', index], `${String(item)} is not a message type: use 1 to 127`);
  }
  const entry = table.item('types', index, item);
  const type = entry.required('type', entry.whole('type', 1, 127));
  const versions = (entry.list('versions') ?? []).map((version, at) => {
    if (typeof version === 'string' && VERSION.test(version)) return version;
    throw entry.error(['versions', at], `${String(version)} is not a version: use eight hex digits, f1f0ff00 for 1.0`);
  });
  entry.done();
  return { type, versions };
}

/** `{ pci = 0x1ab4, set = 1 }` or `{ iana = 412, set = 1 }`. */
function readVendorSet(entry: TomlTable): VendorSet {
  const pci = entry.whole('pci', 0, 0xffff);
  const iana = entry.whole('iana', 0, 0xffffffff);
  const commandSet = entry.whole('set', 0, 0xffff) ?? 0;
  entry.done();
  if ((pci === undefined) === (iana === undefined)) throw entry.error([], 'a vendor is pci = ... or iana = ...');
  return pci === undefined
    ? { format: VENDOR_ID_FORMAT.iana, vendorId: iana!, commandSet }
    : { format: VENDOR_ID_FORMAT.pci, vendorId: pci, commandSet };
}

/** Texts like `lateReply(400)`, or tables with `name` and the values by name. */
function readBehaviours(table: TomlTable): () => Behaviour[] {
  const makers = (table.list('behaviours') ?? []).map((item, index) => {
    const make = (): Behaviour => {
      if (typeof item === 'string') return parseBehaviour(item);
      const { name, ...values } = item as Record<string, unknown>;
      if (typeof name === 'string') return makeBehaviour(name, values);
      throw new MctpError('EUSAGE', 'a behaviour is a text like "silent", or a table with a name');
    };
    try {
      make();
    } catch (error) {
      if (!MctpError.is(error)) throw error;
      throw table.error(['behaviours', index], error.message);
    }
    return make;
  });
  return () => makers.map((make) => make());
}

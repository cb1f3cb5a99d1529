/**
 * The configuration of mctpd (2.6). All of it is read; what has no meaning here is told, and is not a mistake, because the
 * file is right for the program that it was written for.
 */

import type { TomlTable } from '../../hw-fixtures/bench/description/toml-table.js';
import { BUS_OWNER, CONTROL, LINK, MULTIPATH } from './config-keys.js';
import type { Config, InterfaceConfig, LinkRole } from './config-model.js';
import { readSection } from './config-section.js';
import { eidRange, uuid } from './key-kinds.js';

/** `unknown`: mctpd waits until D-Bus says which. */
const ROLES = ['bus-owner', 'endpoint', 'unknown'] as const;
type MctpdRole = (typeof ROLES)[number];
/** What mctpd calls the transport bindings, and the scheme of our links. */
const SCHEMES: ReadonlyMap<string, string> = new Map([
  ['i2c', 'i2c'],
  ['serial', 'serial'],
  ['usb', 'usb'],
]);

/** By its name, or by what only it has. */
export function looksLikeMctpdConf(file: string, root: TomlTable): boolean {
  if (/(^|[\\/])mctpd[^\\/]*\.conf$/.test(file)) return true;
  const values = ['mode', 'role', 'mctp', 'interface'].some((key) => root.any(key) !== undefined);
  return values && root.any('links') === undefined;
}

export function readMctpdConf(root: TomlTable, file: string): Config {
  const notes: string[] = [];
  const tell = (table: TomlTable, key: string, what: string): void => {
    notes.push(table.error([key], what).message);
  };
  // The name until 2.5.
  const key = root.any('role') === undefined ? 'mode' : 'role';
  const role = roleFrom(root, key, tell) ?? LINK.role.default;
  if (key === 'role' && root.any('mode') !== undefined)
    tell(root, 'mode', 'mode is the old name of role, which counts');
  const mctp = root.table('mctp');
  const owner = root.table('bus-owner');
  const interfaces = root.tables('interface').map(([, table]) => readInterface(table, tell));
  const config: Config = {
    file,
    uuid: mctp && uuid.read(mctp, 'uuid', []),
    networkId: undefined,
    // mctpd uses the links the kernel has; here they are named on the command line.
    links: [],
    control: { ...readSection(CONTROL, undefined), timeoutMs: mctp?.whole('message_timeout_ms', 1, 100_000) },
    busOwner: {
      ...readSection(BUS_OWNER, undefined),
      dynamicEids: owner && eidRange.read(owner, 'dynamic_eid_range', []),
      maxBridgePool: owner?.whole('max_pool_size', 0, 246),
      pollMs: owner?.whole('endpoint_poll_ms', 0, 3_600_000),
    },
    bridge: undefined,
    rateLimits: undefined,
    devices: [],
    firewall: undefined,
    vendors: [],
    multipath: readSection(MULTIPATH, undefined),
    names: [],
    limits: {},
    serve: [],
    cables: [],
    web: undefined,
    watch: undefined,
    defaultRole: role,
    interfaces,
    notes,
  };
  mctp?.done();
  owner?.done();
  return config;
}

type Tell = (table: TomlTable, key: string, what: string) => void;

function roleFrom(table: TomlTable, key: string, tell: Tell): LinkRole | undefined {
  const role: MctpdRole | undefined = table.oneOf(key, ROLES);
  if (role !== 'unknown') return role;
  tell(
    table,
    key,
    `${key} "unknown": there is no D-Bus here that could say more: we are an endpoint, and give no EIDs`,
  );
  return 'endpoint';
}

/** One `[[interface]]`: to which interfaces it applies, and what holds for them. */
function readInterface(table: TomlTable, tell: Tell): InterfaceConfig {
  const match = table.table('match');
  const binding = match?.text('binding');
  const path = match?.text('path') ?? match?.text('sysfs_path') ?? match?.text('sysfs');
  const scheme = binding === undefined ? undefined : SCHEMES.get(binding);
  if (match !== undefined && binding !== undefined && scheme === undefined) {
    tell(match, 'binding', `binding "${binding}": there are no such links here: it applies to none`);
  }
  if (match === undefined) tell(table, 'role', 'an interface section without match applies to all links');
  if (match !== undefined) tellRest(match, tell);
  const role = roleFrom(table, 'role', tell);
  const dynamicEids = eidRange.read(table, 'dynamic_eid_range', []);
  tellRest(table, tell);
  return { scheme: binding === undefined ? undefined : (scheme ?? ''), path, role, dynamicEids };
}

/** Keys that we do not know may have a meaning to mctpd. */
function tellRest(table: TomlTable, tell: Tell): void {
  for (const key of table.rest()) tell(table, key, `${key} has no meaning here`);
}

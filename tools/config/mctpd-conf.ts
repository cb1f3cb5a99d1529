/** The configuration of mctpd (2.6), understood as far as it goes. */

import type { TomlTable } from '../../hw-fixtures/bench/description/toml-table.js';
import { BUS_OWNER, CONTROL, LINK } from './config-keys.js';
import type { Config } from './config-model.js';
import { readSection } from './config-section.js';
import { eidRange, uuid } from './key-kinds.js';

/** By its name, or by what only it has. */
export function looksLikeMctpdConf(file: string, root: TomlTable): boolean {
  if (/(^|[\\/])mctpd[^\\/]*\.conf$/.test(file)) return true;
  const values = root.any('mode') !== undefined || root.any('mctp') !== undefined;
  return values && root.any('links') === undefined;
}

export function readMctpdConf(root: TomlTable, file: string): Config {
  const role = LINK.role.kind.read(root, 'mode', []) ?? LINK.role.default;
  const mctp = root.table('mctp');
  const owner = root.table('bus-owner');
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
    serve: [],
    defaultRole: role,
  };
  mctp?.done();
  owner?.done();
  return config;
}

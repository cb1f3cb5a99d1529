/** The configuration of mctpd (2.6), understood as far as it goes. */

import type { TomlTable } from '../../hw-fixtures/bench/description/toml-table.js';
import { type Config, ROLES } from './config-model.js';
import { eidRange, uuidValue } from './values.js';

/** By its name, or by what only it has. */
export function looksLikeMctpdConf(file: string, root: TomlTable): boolean {
  if (/(^|[\\/])mctpd[^\\/]*\.conf$/.test(file)) return true;
  const values = root.any('mode') !== undefined || root.any('mctp') !== undefined;
  return values && root.any('links') === undefined;
}

export function readMctpdConf(root: TomlTable, file: string): Config {
  const role = root.oneOf('mode', ROLES) ?? 'bus-owner';
  const mctp = root.table('mctp');
  const owner = root.table('bus-owner');
  const config: Config = {
    file,
    uuid: mctp === undefined ? undefined : uuidValue(mctp, 'uuid'),
    networkId: undefined,
    // mctpd uses the links the kernel has; here they are named on the command line.
    links: [],
    control: {
      timeoutMs: mctp?.whole('message_timeout_ms', 1, 100_000),
      retries: undefined,
      notReadyDelayMs: undefined,
      minGapMs: undefined,
    },
    busOwner: {
      dynamicEids: owner === undefined ? undefined : eidRange(owner, 'dynamic_eid_range'),
      keepForeignEids: undefined,
      maxBridgePool: owner?.whole('max_pool_size', 0, 246),
      settleMs: undefined,
      reclaimMs: undefined,
      pollMs: owner?.whole('endpoint_poll_ms', 0, 3_600_000),
      scanMs: undefined,
      parallel: undefined,
      routingUpdates: undefined,
      stateFile: undefined,
    },
    bridge: undefined,
    rateLimits: undefined,
    devices: [],
    firewall: undefined,
    defaultRole: role,
  };
  mctp?.done();
  owner?.done();
  return config;
}

/** The roles a configuration gives us, taken: bus owner, endpoint, bridge, on a stack whose links are there. */

import { BusOwner } from '../../stack/bus-owner/index.js';
import type { Clock } from '../../stack/clock.js';
import { MctpError } from '../../stack/errors.js';
import type { Mctp } from '../../stack/mctp.js';
import { BridgeRole, BusOwnerRole, EndpointRole, Firewall } from '../../stack/roles/index.js';
import { type Config, linkName } from './model.js';
import { busOwnerOptions } from './owner-options.js';

/** A node stays: it looks for new devices unless the configuration says how often. */
const SCAN_MS = 5_000;
/** What Linux gives a bus owner in its examples. */
const DEFAULT_OWN_EID = 8;

export interface NodeOptions {
  readonly config: Config;
  readonly mctp: Mctp;
  readonly clock: Clock;
  /** Told about what nobody waits for: a state file that cannot be written. */
  onProblem(error: unknown): void;
}

export interface MctpNode {
  readonly endpoint: EndpointRole;
  /** One per network on which we are the bus owner; none for a bridge, whose own is its own business. */
  readonly owners: readonly BusOwner[];
  readonly bridge: BridgeRole | undefined;
  readonly firewall: Firewall | undefined;
  close(): void;
}

/** @throws MctpError EADDRINUSE, EINVAL, EUSAGE, ECONFLICT */
export function startNode(options: NodeOptions): MctpNode {
  const { config, mctp, clock } = options;
  const identity = { mctp, clock, ...(config.uuid !== undefined && { uuid: config.uuid }) };
  const network = config.networkId === undefined ? {} : { networkId: config.networkId };
  const firewall = config.firewall === undefined ? undefined : new Firewall(config.firewall);
  if (firewall !== undefined) mctp.forwardFilter = firewall.filter;
  if (config.bridge !== undefined) {
    const { upstream, poolSize } = config.bridge;
    const below = busOwnerOptions(config, 1, options.onProblem);
    const { dynamic: _dynamic, network: _network, only: _only, ...rest } = below;
    const bridge = new BridgeRole({
      ...identity,
      ...network,
      upstream: linkName(config, upstream),
      poolSize,
      below: rest,
    });
    return { endpoint: bridge.endpoint, owners: [], bridge, firewall, close: () => bridge.close() };
  }
  const endpointLinks = mctp.links().flatMap(({ name }) => (roleOf(config, name) === 'endpoint' ? [name] : []));
  const owned = mctp.links().filter(({ name }) => !endpointLinks.includes(name));
  for (const { name } of owned) {
    giveOwnEid(mctp, name, config.links.find(({ url }) => url === name)?.ownEid ?? DEFAULT_OWN_EID);
  }
  const staticEids = Object.fromEntries(
    config.links.flatMap(({ url, role, ownEid }) =>
      role === 'endpoint' && ownEid !== undefined ? [[url, ownEid]] : [],
    ),
  );
  if (owned.length === 0) {
    const endpoint = new EndpointRole({ ...identity, staticEids });
    return { endpoint, owners: [], bridge: undefined, firewall, close: () => endpoint.close() };
  }
  const networks = [...new Set(owned.map((link) => link.network))];
  const owners = networks.map(
    (id) => new BusOwner({ scanMs: SCAN_MS, ...busOwnerOptions(config, id, options.onProblem), host: mctp, clock }),
  );
  const role = new BusOwnerRole({ ...identity, ...network, owners, endpointLinks, staticEids });
  return { endpoint: role.endpoint, owners, bridge: undefined, firewall, close: () => role.close() };
}

/** By its URL; links only named on the command line have the role of the file as a whole. */
function roleOf(config: Config, link: string): Config['defaultRole'] {
  return config.links.find(({ url }) => url === link)?.role ?? config.defaultRole;
}

function giveOwnEid(mctp: Mctp, link: string, eid: number | undefined): void {
  const status = mctp.links().find(({ name }) => name === link);
  if (eid === undefined || status === undefined || status.eids.length > 0) return;
  try {
    mctp.addAddress(eid, link);
  } catch (error) {
    if (!MctpError.is(error, 'EEXIST')) throw error;
  }
}

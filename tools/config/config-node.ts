/** The roles a configuration gives us, taken: bus owner, endpoint, bridge, on a stack whose links are there. */

import { BusOwner } from '../../stack/bus-owner/index.js';
import type { Clock } from '../../stack/clock.js';
import { MctpError } from '../../stack/errors.js';
import { DEFAULT_NETWORK } from '../../stack/ids.js';
import type { Mctp } from '../../stack/mctp.js';
import {
  BridgeRole,
  BusOwnerRole,
  EndpointRole,
  Firewall,
  type RateLimitedLink,
  serveRateLimits,
} from '../../stack/roles/index.js';
import { type Config, linkEntry, linkName, roleOf } from './config-model.js';
import { busOwnerOptions, type OwnerSurroundings } from './owner-options.js';
import { StateFile } from './state-file.js';

/** What Linux gives a bus owner in its examples. */
const DEFAULT_OWN_EID = 8;
/** Devices may come later: unless the configuration says how often, they are looked for this often. */
const SCAN_MS = 5_000;

export interface NodeOptions {
  readonly config: Config;
  readonly mctp: Mctp;
  readonly clock: Clock;
  /** Links of the stack that can hold back; the configuration says what they offer. */
  readonly rateLimited?: readonly RateLimitedLink[];
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
  const { config } = options;
  const node = takeRoles(options);
  if (config.rateLimits !== undefined) {
    serveRateLimits(node.endpoint.responder, options.rateLimited ?? [], config.rateLimits.abilities);
  }
  return node;
}

function takeRoles({ config, mctp, clock, onProblem }: NodeOptions): MctpNode {
  const { stateFile } = config.busOwner;
  const surroundings: OwnerSurroundings = {
    state: stateFile === undefined ? undefined : new StateFile(stateFile),
    onProblem,
  };
  const identity = { mctp, clock, ...(config.uuid !== undefined && { uuid: config.uuid }) };
  const network = config.networkId === undefined ? {} : { networkId: config.networkId };
  const firewall = config.firewall === undefined ? undefined : new Firewall(config.firewall);
  mctp.forwardFilter = firewall?.filter;
  if (config.bridge !== undefined) {
    const { upstream, poolSize } = config.bridge;
    const upstreamLink = linkName(config, upstream);
    const own = mctp.links().find(({ name }) => name === upstreamLink)?.network ?? DEFAULT_NETWORK;
    const below = busOwnerOptions(config, own, surroundings);
    const { dynamic: _dynamic, network: _network, only: _only, ...rest } = below;
    const bridge = new BridgeRole({
      ...identity,
      ...network,
      upstream: upstreamLink,
      poolSize,
      below: rest,
    });
    return { endpoint: bridge.endpoint, owners: [], bridge, firewall, close: () => bridge.close() };
  }
  const endpointLinks = mctp.links().flatMap(({ name }) => (roleOf(config, name) === 'endpoint' ? [name] : []));
  const owned = mctp.links().filter(({ name }) => !endpointLinks.includes(name));
  for (const { name } of owned) giveOwnEid(mctp, name, linkEntry(config, name)?.ownEid ?? DEFAULT_OWN_EID);
  const staticEids = Object.fromEntries(
    endpointLinks.flatMap((name) => {
      const eid = linkEntry(config, name)?.ownEid;
      return eid === undefined ? [] : [[name, eid]];
    }),
  );
  if (owned.length === 0) {
    const endpoint = new EndpointRole({ ...identity, staticEids });
    return { endpoint, owners: [], bridge: undefined, firewall, close: () => endpoint.close() };
  }
  const networks = [...new Set(owned.map((link) => link.network))];
  const owners = networks.map(
    (id) => new BusOwner({ scanMs: SCAN_MS, ...busOwnerOptions(config, id, surroundings), host: mctp, clock }),
  );
  const role = new BusOwnerRole({ ...identity, ...network, owners, endpointLinks, staticEids });
  return { endpoint: role.endpoint, owners, bridge: undefined, firewall, close: () => role.close() };
}

function giveOwnEid(mctp: Mctp, link: string, eid: number): void {
  if (mctp.links().some(({ name, eids }) => name === link && eids.length > 0)) return;
  try {
    mctp.addAddress(eid, link);
  } catch (error) {
    if (!MctpError.is(error, 'EEXIST')) throw error;
  }
}

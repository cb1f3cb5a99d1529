/** The path of a message: by the route table, by physical address, back to its sender, or to ourselves. */

import { MctpError } from '../errors.js';
import { DEFAULT_NETWORK, EID_BROADCAST, EID_NULL, isEid, NET_ANY } from '../ids.js';
import type { PhysicalAddress } from '../link.js';
import { BASELINE_TRANSMISSION_UNIT } from '../packet.js';
import type { MctpAddress, MctpMessage } from '../transport.js';
import type { LinkPort } from './link-port.js';
import type { Network } from './network.js';
import { LOCAL_LINK, type Path } from './path.js';
import { checkPhysicalAddress, networkOrDefault, type Tables } from './tables.js';
import type { Peer } from './tags.js';

/** Paths to EIDs are kept until a table changes. */
export class RouteLookup {
  /** By network and EID. */
  readonly #paths = new Map<number, (Path | undefined)[]>();
  /** Those of the network asked for last. */
  #network = -1;
  #ofNetwork: readonly (Path | undefined)[] | undefined;
  #version = -1;

  constructor(private readonly tables: Tables) {}

  /** @throws MctpError EHOSTUNREACH, ENODEV, EINVAL */
  pathTo(to: MctpAddress): Path {
    const { tables } = this;
    if (to.link !== undefined) return extendedPath(tables, to, to.link);
    if (this.#version !== tables.version) {
      this.#version = tables.version;
      this.#paths.clear();
      this.#ofNetwork = undefined;
    }
    const network = to.network ?? DEFAULT_NETWORK;
    if (network !== this.#network || this.#ofNetwork === undefined) {
      this.#network = network;
      this.#ofNetwork = this.#paths.get(network);
    }
    return this.#ofNetwork?.[to.eid] ?? this.#find(to);
  }

  #find(to: MctpAddress): Path {
    const path = plainPath(this.tables, to);
    let paths = this.#paths.get(path.network);
    if (paths === undefined) this.#paths.set(path.network, (paths = new Array<undefined>(256).fill(undefined)));
    paths[path.destination] = path;
    return path;
  }
}

function plainPath(tables: Tables, to: MctpAddress): Path {
  const id = networkOrDefault(to.network);
  if (!isEid(to.eid)) throw unreachable(to.eid);
  const network = tables.networks.get(id);
  if (network?.isLocal(to.eid)) return localPath(network, to.eid);
  const route = tables.routes.lookup(id, to.eid);
  if (network === undefined || route === undefined) {
    throw new MctpError(
      'EHOSTUNREACH',
      `there is no route to EID ${to.eid} on network ${id}: discover it or add a route`,
    );
  }
  const attached = tables.link(route.link);
  const hop = route.gateway ?? to.eid;
  const address = attached.link.addressSize === 0 ? '' : tables.neighbours.lookup(route.link, hop);
  if (address === undefined) {
    throw new MctpError('EHOSTUNREACH', `link ${route.link} has no physical address for EID ${hop}: add a neighbour`);
  }
  const source = attached.eids[0] ?? network.addresses[0]?.eid;
  if (source === undefined) {
    throw new MctpError('EHOSTUNREACH', `link ${route.link} has no EID of ours to send from: add an address`);
  }
  return {
    link: attached,
    network: id,
    source,
    destination: to.eid,
    to: address,
    unit: route.transmissionUnit ?? attached.transmissionUnit,
    peer: network.peer(to.eid),
  };
}

/** Where a received message came from, by the same link. @throws MctpError ENODEV */
export function pathBack(tables: Tables, message: MctpMessage): Path {
  const network = tables.network(message.network);
  if (message.link === LOCAL_LINK) {
    return { ...localPath(network, message.source), source: message.destination };
  }
  const attached = tables.link(message.link);
  const own = isEid(message.destination) && network.isLocal(message.destination);
  const route = isEid(message.source) ? tables.routes.lookup(message.network, message.source) : undefined;
  return {
    link: attached,
    network: message.network,
    source: own ? message.destination : tables.ownEid(attached),
    destination: message.source,
    to: message.physicalAddress,
    unit: (route?.link === message.link ? route.transmissionUnit : undefined) ?? attached.transmissionUnit,
    peer: network.peer(message.source),
  };
}

function extendedPath(tables: Tables, to: MctpAddress, name: string): Path {
  const attached = tables.link(name);
  const address = to.physicalAddress ?? '';
  checkPhysicalAddress(attached.link, address);
  if (!isEid(to.eid) && to.eid !== EID_NULL && to.eid !== EID_BROADCAST) throw unreachable(to.eid);
  if (to.network !== undefined && to.network !== NET_ANY && to.network !== attached.network.id) {
    throw new MctpError('EINVAL', `link ${name} belongs to network ${attached.network.id}, not ${to.network}`);
  }
  return {
    link: attached,
    network: attached.network.id,
    source: tables.ownEid(attached),
    destination: to.eid,
    to: address,
    unit: attached.transmissionUnit,
    // The answer may come from another EID than was asked (none yet, or a new one): the address is what counts.
    peer: attached.physicalPeer(address),
    aliases: peersBehind(tables, attached, address),
  };
}

/** Peers we know by EID that are, or may be, the device at a physical address. */
function peersBehind(tables: Tables, attached: LinkPort, address: PhysicalAddress): Peer[] {
  const { link, network, name } = attached;
  return network
    .peers()
    .filter(({ eid }) =>
      link.addressSize === 0
        ? tables.routes.lookup(network.id, eid)?.link === name
        : tables.neighbours.lookup(name, eid) === address,
    )
    .map(({ peer }) => peer);
}

function localPath(network: Network, id: number): Path {
  return {
    link: undefined,
    network: network.id,
    source: id,
    destination: id,
    to: '',
    unit: BASELINE_TRANSMISSION_UNIT,
    peer: network.peer(id),
  };
}

function unreachable(id: number): MctpError {
  return new MctpError(
    'EHOSTUNREACH',
    `EID ${id} does not say which endpoint is meant: null (0) and broadcast (255) need a link, 1 to 7 are reserved`,
  );
}

/** Links, addresses, routes and neighbours of MCTP as rtnetlink messages: structures and attributes, both ways. */

import type { PhysicalAddress } from '../../../stack/link.js';
import { AF_MCTP, ARPHRD_LOOPBACK } from '../kernel-numbers.js';
import { LITTLE_ENDIAN, physicalBytes, physicalText } from '../structures.js';
import { type Attribute, bytes, decodeAttributes, nested, readText, readU8, readU32, u8, u32 } from './attributes.js';
import { decodeStatistics, type KernelLinkCounters } from './statistics.js';

export const RTM = {
  NEWLINK: 16,
  DELLINK: 17,
  GETLINK: 18,
  NEWADDR: 20,
  DELADDR: 21,
  GETADDR: 22,
  NEWROUTE: 24,
  DELROUTE: 25,
  GETROUTE: 26,
  NEWNEIGH: 28,
  DELNEIGH: 29,
  GETNEIGH: 30,
} as const;

/** Multicast groups, as bits of the address a netlink socket is bound to, and as numbers. */
export const RTNLGRP_LINK = 1;
export const RTNLGRP_MCTP_IFADDR = 34;

const IFLA_ADDRESS = 1;
const IFLA_IFNAME = 3;
const IFLA_MTU = 4;
const IFLA_TXQLEN = 13;
const IFLA_STATS64 = 23;
const IFLA_AF_SPEC = 26;
const IFLA_MCTP_NET = 1;
const IFLA_MCTP_PHYS_BINDING = 2;
const IFA_ADDRESS = 1;
const IFA_LOCAL = 2;
const RTA_DST = 1;
const RTA_OIF = 4;
const RTA_GATEWAY = 5;
const RTA_METRICS = 8;
const RTAX_MTU = 2;
const NDA_DST = 1;
const NDA_LLADDR = 2;
const IFF_UP = 1;
export const RTN_UNICAST = 1;
const NUD_PERMANENT = 0x80;

export interface KernelLink {
  readonly index: number;
  readonly name: string;
  readonly up: boolean;
  readonly loopback: boolean;
  /** ARPHRD_...; 290 for interfaces made for MCTP. */
  readonly hardwareType: number;
  readonly mtu: number;
  /** Packets the transmit queue holds. */
  readonly queueLength: number;
  /** Our own physical address; '' on point-to-point links. */
  readonly physicalAddress: PhysicalAddress;
  /** The MCTP network; undefined on an interface that carries no MCTP. */
  readonly network: number | undefined;
  /** DSP0239 binding, where the kernel says it (6.13 and later). */
  readonly binding: number | undefined;
  readonly counters: KernelLinkCounters;
}

/** The body of RTM_NEWLINK. */
export function decodeLink(body: Uint8Array, little = LITTLE_ENDIAN): KernelLink | undefined {
  if (body.length < 16) return undefined;
  const view = viewOf(body);
  const attributes = decodeAttributes(body.subarray(16), little);
  const spec = decodeAttributes(attributes.get(IFLA_AF_SPEC) ?? new Uint8Array(0), little).get(AF_MCTP);
  const mctp = decodeAttributes(spec ?? new Uint8Array(0), little);
  const hardwareType = view.getUint16(2, little);
  const address = attributes.get(IFLA_ADDRESS) ?? new Uint8Array(0);
  return {
    index: view.getInt32(4, little),
    name: readText(attributes.get(IFLA_IFNAME)) ?? '',
    up: (view.getUint32(8, little) & IFF_UP) !== 0,
    loopback: hardwareType === ARPHRD_LOOPBACK,
    hardwareType,
    mtu: readU32(attributes.get(IFLA_MTU), little) ?? 0,
    queueLength: readU32(attributes.get(IFLA_TXQLEN), little) ?? 0,
    physicalAddress: physicalText(address, 0, address.length),
    network: readU32(mctp.get(IFLA_MCTP_NET), little),
    binding: readU8(mctp.get(IFLA_MCTP_PHYS_BINDING)),
    counters: decodeStatistics(attributes.get(IFLA_STATS64), little),
  };
}

export interface LinkChange {
  readonly index: number;
  readonly up?: boolean;
  readonly network?: number;
  readonly mtu?: number;
  readonly queueLength?: number;
}

export interface NetlinkBody {
  readonly fixed: Uint8Array;
  readonly attributes: readonly Attribute[];
}

export function linkChange(change: LinkChange, little = LITTLE_ENDIAN): NetlinkBody {
  const fixed = new Uint8Array(16);
  const view = viewOf(fixed);
  view.setInt32(4, change.index, little);
  if (change.up !== undefined) {
    view.setUint32(8, change.up ? IFF_UP : 0, little);
    view.setUint32(12, IFF_UP, little);
  }
  const attributes: Attribute[] = [];
  if (change.mtu !== undefined) attributes.push(u32(IFLA_MTU, change.mtu, little));
  if (change.queueLength !== undefined) attributes.push(u32(IFLA_TXQLEN, change.queueLength, little));
  if (change.network !== undefined) {
    const net = u32(IFLA_MCTP_NET, change.network, little);
    attributes.push(nested(IFLA_AF_SPEC, [nested(AF_MCTP, [net], little)], little));
  }
  return { fixed, attributes };
}

export interface KernelAddress {
  readonly index: number;
  readonly eid: number;
}

export function decodeAddress(body: Uint8Array, little = LITTLE_ENDIAN): KernelAddress | undefined {
  if (body.length < 8 || body[0] !== AF_MCTP) return undefined;
  const attributes = decodeAttributes(body.subarray(8), little);
  const eid = readU8(attributes.get(IFA_LOCAL) ?? attributes.get(IFA_ADDRESS));
  return eid === undefined ? undefined : { index: viewOf(body).getUint32(4, little), eid };
}

export function addressBody({ index, eid }: KernelAddress, little = LITTLE_ENDIAN): NetlinkBody {
  const fixed = new Uint8Array(8);
  fixed[0] = AF_MCTP;
  viewOf(fixed).setUint32(4, index, little);
  return { fixed, attributes: [u8(IFA_LOCAL, eid)] };
}

export interface KernelRoute {
  readonly start: number;
  readonly end: number;
  /** 0 when the route has a gateway instead. */
  readonly index: number;
  /** RTN_LOCAL for the kernel's own EIDs. */
  readonly type: number;
  /** With the 4 bytes of the packet header; 0: that of the link. */
  readonly mtu: number;
  readonly gateway?: { readonly network: number; readonly eid: number };
}

export function decodeRoute(body: Uint8Array, little = LITTLE_ENDIAN): KernelRoute | undefined {
  if (body.length < 12 || body[0] !== AF_MCTP) return undefined;
  const attributes = decodeAttributes(body.subarray(12), little);
  const start = readU8(attributes.get(RTA_DST));
  if (start === undefined) return undefined;
  const metrics = decodeAttributes(attributes.get(RTA_METRICS) ?? new Uint8Array(0), little);
  const gateway = attributes.get(RTA_GATEWAY);
  return {
    start,
    end: start + body[1]!, // dst_len counts further EIDs, not bits
    index: readU32(attributes.get(RTA_OIF), little) ?? 0,
    type: body[7]!,
    mtu: readU32(metrics.get(RTAX_MTU), little) ?? 0,
    ...(gateway?.length === 8 && {
      gateway: { network: viewOf(gateway).getUint32(0, little), eid: gateway[4]! },
    }),
  };
}

export function routeBody(route: Omit<KernelRoute, 'type'>, little = LITTLE_ENDIAN): NetlinkBody {
  const fixed = new Uint8Array(12);
  fixed[0] = AF_MCTP;
  fixed[1] = route.end - route.start;
  fixed[7] = RTN_UNICAST;
  const attributes = [u8(RTA_DST, route.start)];
  if (route.gateway === undefined) {
    attributes.push(u32(RTA_OIF, route.index, little));
  } else {
    const gateway = new Uint8Array(8);
    viewOf(gateway).setUint32(0, route.gateway.network, little);
    gateway[4] = route.gateway.eid;
    attributes.push(bytes(RTA_GATEWAY, gateway));
  }
  if (route.mtu !== 0) attributes.push(nested(RTA_METRICS, [u32(RTAX_MTU, route.mtu, little)], little));
  return { fixed, attributes };
}

export interface KernelNeighbour {
  readonly index: number;
  readonly eid: number;
  readonly physicalAddress: PhysicalAddress;
}

export function decodeNeighbour(body: Uint8Array, little = LITTLE_ENDIAN): KernelNeighbour | undefined {
  if (body.length < 12 || body[0] !== AF_MCTP) return undefined;
  const attributes = decodeAttributes(body.subarray(12), little);
  const eid = readU8(attributes.get(NDA_DST));
  const address = attributes.get(NDA_LLADDR) ?? new Uint8Array(0);
  if (eid === undefined) return undefined;
  return {
    index: viewOf(body).getInt32(4, little),
    eid,
    physicalAddress: physicalText(address, 0, address.length),
  };
}

/** Without a physical address: for taking it away. */
export function neighbourBody(
  neighbour: Omit<KernelNeighbour, 'physicalAddress'> & { readonly physicalAddress?: PhysicalAddress },
  little = LITTLE_ENDIAN,
): NetlinkBody {
  const fixed = new Uint8Array(12);
  fixed[0] = AF_MCTP;
  const view = viewOf(fixed);
  view.setInt32(4, neighbour.index, little);
  view.setUint16(8, NUD_PERMANENT, little);
  const attributes = [u8(NDA_DST, neighbour.eid)];
  if (neighbour.physicalAddress !== undefined) {
    attributes.push(bytes(NDA_LLADDR, physicalBytes(neighbour.physicalAddress)));
  }
  return { fixed, attributes };
}

/** The structure of a dump request, of the size the kernel wants for that kind. */
export function dumpFixed(type: number, family: number): Uint8Array {
  const size = type === RTM.GETLINK ? 16 : type === RTM.GETADDR ? 8 : 12;
  const fixed = new Uint8Array(size);
  fixed[0] = family;
  return fixed;
}

function viewOf(buffer: Uint8Array): DataView {
  return new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength);
}

/** Where endpoints are: commands 0x07 to 0x0a, 0x0e to 0x10 and 0x14 (DSP0236 §12.9 to §12.12, §12.16 to §12.18). */

import { be, bit, bits, bytes, command, derived, enumOf, list, rest, struct, u8, uuid } from '../../codec/index.js';
import { BINDING } from '../../ids.js';

export const ALLOCATE_OPERATION = { allocate: 0, force: 1, getInformation: 2 } as const;
export const ALLOCATION_STATUS = { accepted: 0, rejected: 1 } as const;
/** What a range of EIDs belongs to. */
export const ROUTE_TYPE = { endpoint: 0, bridgeAndPool: 1, bridge: 2, pool: 3 } as const;
/** A handle or selector that says there is nothing more. */
export const LAST_HANDLE = 0xff;

/** The bridge's EID is the target's own when it is directly reachable; the address is for the bus of the question. */
export const ResolveEndpointID = command({
  name: 'ResolveEndpointID',
  code: 0x07,
  source: 'DSP0236 §12.9',
  idempotent: true,
  request: { eid: u8 },
  response: { bridgeEid: u8, phys: rest.note('as wide as the binding has it') },
});

/** Operation `getInformation` ignores count and start. A count of 0 takes all EIDs away. */
export const AllocateEndpointIDs = command({
  name: 'AllocateEndpointIDs',
  code: 0x08,
  source: 'DSP0236 §12.10',
  request: { ...bits(u8, { operation: bit(1, 0, ALLOCATE_OPERATION) }), count: u8, start: u8 },
  response: {
    ...bits(u8, { status: bit(1, 0, ALLOCATION_STATUS) }),
    poolSize: u8,
    first: u8.note('0: none allocated'),
  },
});

/** Addresses have the width of the binding, the same in every entry; it follows from the length of the message. */
export const RoutingInformationUpdate = command({
  name: 'RoutingInformationUpdate',
  code: 0x09,
  source: 'DSP0236 §12.11',
  idempotent: true,
  request: {
    count: derived(u8),
    entries: list(
      struct('routing update', {
        ...bits(u8, { type: bit(3, 0, ROUTE_TYPE) }),
        size: u8.note('EIDs in the range'),
        first: u8,
        phys: rest,
      }),
      { count: 'count', evenly: true },
    ),
  },
  response: {},
  completionCodes: { ERROR_INSUFFICIENT_SPACE: 0x80 },
});

const location = {
  binding: enumOf(u8, BINDING),
  medium: u8.asHex(),
  addressSize: derived(u8),
  phys: bytes('addressSize'),
} as const;

/** From handle 0 on until the next handle is 0xff. */
export const GetRoutingTableEntries = command({
  name: 'GetRoutingTableEntries',
  code: 0x0a,
  source: 'DSP0236 §12.12',
  idempotent: true,
  request: { handle: u8 },
  response: {
    next: u8.asHex(),
    count: derived(u8),
    entries: list(
      struct('routing entry', {
        size: u8.note('EIDs in the range'),
        start: u8,
        ...bits(u8, { type: bit(7, 6, ROUTE_TYPE), static: bit(5), port: bit(4, 0) }),
        ...location,
      }),
      { count: 'count' },
    ),
  },
});

export const GetNetworkID = command({
  name: 'GetNetworkID',
  code: 0x0e,
  source: 'DSP0236 §12.16',
  idempotent: true,
  request: {},
  response: { networkId: uuid },
});

/** Transmission units are counted as (bytes - 64) / 16. */
export const QueryHop = command({
  name: 'QueryHop',
  code: 0x0f,
  source: 'DSP0236 §12.17',
  idempotent: true,
  request: { eid: u8, type: u8 },
  response: {
    nextBridge: u8.note('0: not through this bridge; the target: this was the last hop'),
    type: u8.asHex().note('0xff: all types'),
    inUnits: be.u16,
    outUnits: be.u16,
  },
});

export const ResolveUUID = command({
  name: 'ResolveUUID',
  code: 0x10,
  source: 'DSP0236 §12.18',
  idempotent: true,
  request: { uuid, handle: u8 },
  response: {
    next: u8.asHex(),
    count: derived(u8),
    entries: list(struct('resolved endpoint', { eid: u8, ...location }), { count: 'count' }),
  },
});

/** The interface type is taken to be the transport binding ID. */
export const QuerySupportedInterfaces = command({
  name: 'QuerySupportedInterfaces',
  code: 0x14,
  source: 'DSP0236 §12.22',
  idempotent: true,
  request: {},
  response: {
    count: derived(u8),
    interfaces: list(struct('interface', { type: enumOf(u8, BINDING), eid: u8 }), { count: 'count', min: 1 }),
  },
});

/** Bytes of a `QueryHop` transmission unit: 64 for 0, 240 for 11. */
export function hopUnitBytes(units: number): number {
  return 64 + 16 * units;
}

/**
 * The least time in which a fleet of good devices can be discovered, by these rules:
 *
 * - what must be said on a wire takes its time there, one packet after the other; nobody thinks, nobody waits;
 * - no EID is given on a wire before every address of it was asked, lest somebody has it already;
 * - nothing can be said below a bridge before the bridge has its EIDs;
 * - an endpoint is asked one thing at a time, and a packet is stored in each bridge before it is passed on.
 */

import type { PacketWire } from '../../hw-fixtures/bench/wires/packet-wire.js';
import type { Fleet, FleetDevice } from './fleet.js';

/** Bytes of control messages, type byte included: request and response. */
type Exchange = readonly [request: number, response: number];

const GET_EID: Exchange = [3, 7];
const UUID: Exchange = [3, 20];
const SET_EID: Exchange = [5, 7];
/** Message types; versions of the base, of control, of PLDM. */
const SPEAKS: readonly Exchange[] = [
  [3, 6],
  [4, 21],
  [4, 21],
  [4, 9],
];
const ALLOCATE: Exchange = [6, 7];
const ADDRESSES = 0x70 - 1;
const HEADER = 4;
const ENTRIES_PER_PAGE = 8;

/** A routing table has an entry of 7 bytes for each endpoint and each pool. */
function table(entries: number): Exchange[] {
  return Array.from({ length: Math.max(1, Math.ceil(entries / ENTRIES_PER_PAGE)) }, (_, page) => [
    4,
    6 + 7 * Math.min(ENTRIES_PER_PAGE, entries - ENTRIES_PER_PAGE * page),
  ]);
}

export function idealDiscoveryMs(fleet: Fleet): number {
  const { bitRate = 1, bitsPerByte = 8, overheadBytes = 0 } = fleet.wires[0]!.options;
  const ms = (message: number): number => ((message + HEADER + overheadBytes) * bitsPerByte * 1000) / bitRate;
  const cost = (exchanges: readonly Exchange[]): number => exchanges.reduce((sum, [q, a]) => sum + ms(q) + ms(a), 0);
  const on = (wire: PacketWire): FleetDevice[] => fleet.devices.filter(({ place }) => place.wire === wire);
  const bridgesOn = (wire: PacketWire): FleetDevice[] => on(wire).filter(({ below }) => below !== undefined);
  const tableOf = (wire: PacketWire): number => cost(table(on(wire).length + bridgesOn(wire).length));

  const bridgeUp = cost([UUID, SET_EID, ALLOCATE, ALLOCATE]);
  const number = cost([UUID, SET_EID]);
  const speaks = cost(SPEAKS);
  const survey = (wire: PacketWire): number => {
    const answers = on(wire).length;
    return ADDRESSES * ms(GET_EID[0]) + answers * ms(GET_EID[1]);
  };
  /** What the bus owner says to what is on a wire behind a bridge, and below it. */
  const learnt = (wire: PacketWire): number =>
    on(wire).length * (cost([GET_EID, UUID]) + speaks) +
    tableOf(wire) +
    bridgesOn(wire).reduce((sum, { below }) => sum + learnt(below!), 0);
  /** What must be said on a wire: by its owner, and through it by the topmost one. */
  const busy = (wire: PacketWire, depth: number): number => {
    const own = on(wire).length * number + bridgesOn(wire).length * cost([ALLOCATE, ALLOCATE]);
    const asked = on(wire).length * (depth === 0 ? speaks : cost([GET_EID, UUID]) + speaks);
    return survey(wire) + own + asked + bridgesOn(wire).reduce((sum, { below }) => sum + learnt(below!), 0);
  };
  const finish = (wire: PacketWire, start: number, depth: number): number => {
    const numbered = start + survey(wire) + on(wire).length * number;
    // The last endpoint that got its number is seen in the table, and asked, through all bridges above.
    const last =
      depth === 0 ? numbered : numbered + depth * tableOf(wire) + (depth + 1) * (cost([GET_EID, UUID]) + speaks);
    const next = start + survey(wire) + bridgeUp;
    return Math.max(
      start + busy(wire, depth),
      last,
      ...bridgesOn(wire).map(({ below }) => finish(below!, next, depth + 1)),
    );
  };
  return Math.max(...fleet.wires.map((wire) => finish(wire, 0, 0)));
}

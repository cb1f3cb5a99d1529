/** Transfers of USB, right and wrong, and devices which treat them wrongly. */

import { encodeUnit, HEADER_BYTES, maxPacket } from '../../../bindings/usb/usb-framing.js';
import type { Behaviour } from '../../bench/device/behaviour.js';
import type { Probe } from '../probe.js';
import { goodFrame, type Wire } from './frame-steps.js';
import { smallRequest } from './transport-steps.js';

export { HEADER_BYTES };
/** Of a unit: ID, high and low byte of the length, packet. */
export const AT = { id: 0, high: 2, length: 3, packet: 4 } as const;
export const ID = [0x1a, 0xb4] as const;
/** What a length may be at least: its own header and that of a packet. */
export const LEAST = 8;
export const LONGEST_PACKET = maxPacket('1.0');

export const USB: Wire = {
  kind: 'usb',
  frame: (_probe, packet) => unitOf(packet),
  isTheirs: () => true,
};

export function unitOf(packet: Uint8Array): Uint8Array {
  const unit = new Uint8Array(HEADER_BYTES + packet.length);
  encodeUnit(packet, 0, packet.length, unit, 0);
  return unit;
}

/** Units one behind the other. */
export function joined(...units: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(units.flatMap((unit) => [...unit]));
}

/** A request in a unit with other bytes at some offsets. */
export function changed(probe: Probe, bytes: Readonly<Record<number, number>>): Uint8Array {
  return withBytes(goodFrame(USB, probe), bytes);
}

/** A packet of a type that nobody has, of this length: it is answered by nobody. */
export function idlePacket(probe: Probe, length: number): Uint8Array {
  const packet = new Uint8Array(length);
  packet.set(smallRequest(probe).subarray(0, 4));
  packet[4] = 0x3e;
  return packet;
}

/** The units of a transfer, as far as they are whole; what is behind them is `rest`. */
export function unitsOf(transfer: Uint8Array): { readonly units: readonly Uint8Array[]; readonly rest: Uint8Array } {
  const units: Uint8Array[] = [];
  let at = 0;
  while (transfer.length - at >= LEAST) {
    const length = transfer[at + AT.length]!;
    if (!isUnit(transfer, at) || length < LEAST || at + length > transfer.length) break;
    units.push(transfer.subarray(at, at + length));
    at += length;
  }
  return { units, rest: transfer.subarray(at) };
}

function isUnit(transfer: Uint8Array, at: number): boolean {
  return transfer[at] === ID[0] && transfer[at + 1] === ID[1] && transfer[at + AT.high] === 0;
}

/** A device which takes another transfer than the one that comes; undefined: that one. */
export function takes(other: (transfer: Uint8Array) => Uint8Array | undefined): Behaviour {
  return { name: 'takes wrong transfers', frameIn: (transfer) => [other(transfer) ?? transfer] };
}

/** A device whose transfers are changed. */
export function sends(change: (transfer: Uint8Array) => Uint8Array): Behaviour {
  return { name: 'sends wrong transfers', frameOut: (transfer) => change(transfer) };
}

export function withBytes(unit: Uint8Array, bytes: Readonly<Record<number, number>>): Uint8Array {
  const copy = unit.slice();
  for (const [at, value] of Object.entries(bytes)) copy[Number(at)] = value;
  return copy;
}

/** A device that is reached by a stack of ours: packets of any form go to it. */

import { SmbusLink } from '../../bindings/smbus/smbus-link.js';
import { BINDING, EID_NULL } from '../../stack/ids.js';
import type { Link, PhysicalAddress } from '../../stack/link.js';
import type { Mctp } from '../../stack/mctp.js';
import { placeName } from '../../stack/place.js';
import type { FrameKind } from '../bench/device/behaviour.js';
import type { Target, TargetFrames } from './target.js';

export interface DevicePlace {
  /** 8..254; 0 while it has none. */
  readonly eid: number;
  readonly link: string;
  /** Undefined when it is behind a bridge. */
  readonly physicalAddress?: PhysicalAddress | undefined;
}

/** @throws MctpError ENODEV */
export function stackTarget(mctp: Mctp, { eid, link, physicalAddress }: DevicePlace): Target {
  const door = mctp.linkByName(link);
  const status = mctp.links().find(({ name }) => name === link)!;
  const kind = FRAME_KINDS.get(door.binding);
  const frames = physicalAddress === undefined ? undefined : framesOf(door);
  const place = placeName(link, physicalAddress ?? '');
  /** A packet whose frame or header is wrong has no sender that we know: on this link, now, it is the device's. */
  const isTheirs = (direction: 'rx' | 'tx', address: PhysicalAddress, packet: Uint8Array): boolean =>
    address === physicalAddress || (eid !== EID_NULL && packet[direction === 'rx' ? 2 : 1] === eid);
  return {
    eid,
    link,
    physicalAddress,
    name: eid === EID_NULL ? place : `EID ${eid} (${place})`,
    transport: mctp,
    clock: mctp.clock,
    network: status.network,
    ownEid: status.eids[0] ?? EID_NULL,
    binding: door.binding,
    maxUnit: door.transmissionUnit.max,
    ...(physicalAddress !== undefined && {
      sendPacket: (packet: Uint8Array) => mctp.sendPacket(link, packet, physicalAddress),
    }),
    ...(frames !== undefined && { frames }),
    record: async (hear) =>
      mctp.tap(({ link: on, direction, time, physicalAddress: address, buffer, start, end, fault }) => {
        const frame = buffer.subarray(start, end);
        const isFaulty = fault !== undefined && address === '';
        const packet = isFaulty ? packetWithin(fault, frame, door.binding) : frame;
        if (on !== link || !(isFaulty || isTheirs(direction, address, packet))) return;
        hear({
          direction: direction === 'tx' ? 'sent' : 'received',
          at: time,
          bytes: packet.slice(),
          fault,
          ...(isFaulty && NO_PACKETS.has(fault) && kind !== undefined && { frame: kind }),
        });
      }),
  };
}

/** Faults of links, of bytes in which there is no packet. */
const NO_PACKETS: ReadonlySet<string> = new Set(['noise', 'bad revision', 'bad count', 'bytes behind the last packet']);
/** Faults of a USB link, of a unit: ID, length, packet. */
const BAD_UNITS: ReadonlySet<string> = new Set(['not the DMTF ID', 'bad length']);

/**
 * The packet in a frame that is wrong. SMBus gives command, count, source, packet, PEC; serial the packet alone. A packet
 * which the stack dropped on a link without addresses comes here, too.
 */
function packetWithin(fault: string, frame: Uint8Array, binding: number): Uint8Array {
  if (binding === BINDING.smbus && frame.length >= 5) {
    return frame.subarray(3, Math.min(frame.length, frame[1]! + 2));
  }
  return binding === BINDING.usb && BAD_UNITS.has(fault) && frame.length >= 8 ? frame.subarray(4) : frame;
}

const FRAME_KINDS: ReadonlyMap<number, FrameKind> = new Map([
  [BINDING.smbus, 'smbus'],
  [BINDING.serial, 'serial'],
  [BINDING.usb, 'usb'],
]);

function framesOf(link: Link): TargetFrames | undefined {
  const kind = FRAME_KINDS.get(link.binding);
  if (link.frames === undefined || kind === undefined) return undefined;
  const { frames: door, ownAddress } = link;
  return {
    kind,
    ownAddress,
    send: (frame) => door.send(frame),
    hear: (listener) => door.hear(listener),
    ...(link instanceof SmbusLink && { misbehave: (fault) => link.misbehave(fault) }),
  };
}

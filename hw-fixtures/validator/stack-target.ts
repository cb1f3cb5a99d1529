/** A device that is reached by a stack of ours: packets of any form go to it. */

import { BINDING, EID_NULL } from '../../stack/ids.js';
import type { PhysicalAddress } from '../../stack/link.js';
import type { Mctp } from '../../stack/mctp.js';
import { placeName } from '../../stack/place.js';
import type { Target } from './target.js';

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
  const place = placeName(link, physicalAddress ?? '');
  /** A packet whose frame or header is wrong has no sender that we know: on this link, now, it is the device's. */
  const isTheirs = (direction: 'rx' | 'tx', address: PhysicalAddress, packet: Uint8Array): boolean =>
    physicalAddress !== undefined ? address === physicalAddress : packet[direction === 'rx' ? 2 : 1] === eid;
  return {
    ...{ eid, link, physicalAddress },
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
    record: async (hear) =>
      mctp.tap(({ link: on, direction, time, physicalAddress: address, buffer, start, end, fault }) => {
        const frame = buffer.subarray(start, end);
        const isFaulty = fault !== undefined && address === '';
        const packet = isFaulty && door.binding === BINDING.smbus ? packetWithin(frame) : frame;
        if (on !== link || !(isFaulty || isTheirs(direction, address, packet))) return;
        hear({ direction: direction === 'tx' ? 'sent' : 'received', at: time, bytes: packet.slice(), fault });
      }),
  };
}

/** SMBus gives the whole write when it is wrong: command, count, source, the packet, PEC. */
function packetWithin(frame: Uint8Array): Uint8Array {
  return frame.length < 5 || frame[0] !== 0x0f ? frame : frame.subarray(3, Math.min(frame.length, frame[1]! + 2));
}

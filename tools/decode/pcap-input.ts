/** Captures of Wireshark's family as units: MCTP packets, and frames of what they carry. */

import { DIRECTION, FLAG_CRC_ERROR } from '../../bindings/capture/pcapng.js';
import {
  decodeSll,
  decodeSll2,
  LINKTYPE_LINUX_SLL,
  LINKTYPE_LINUX_SLL2,
  PACKET_TYPE,
  PROTOCOL_MCTP,
  type Sll2,
} from '../../bindings/capture/sll2.js';
import { MctpError } from '../../stack/errors.js';
import { type ReadPacket, readPcap } from '../capture/pcap-read.js';
import { usageError } from '../command-error.js';
import type { Input } from './inputs.js';
import type { Unit } from './unit.js';

/** Bare packets of a user's own, as some tools write them. */
const LINKTYPE_USER0 = 147;
const LINKTYPE_MCTP = 291;

/** @throws CommandError (usage) for a file that is damaged, or has nothing of ours in it */
export function pcapInput(name: string, bytes: Uint8Array): Input {
  const units: Unit[] = [];
  const strange = new Set<number>();
  let remark: string | undefined;
  try {
    const packets = readPcap(bytes);
    let next = packets.next();
    for (; next.done !== true; next = packets.next()) {
      const unit = unitOf(next.value);
      if (unit === undefined) strange.add(next.value.linkType);
      else units.push(unit);
    }
    if (next.value < bytes.length) remark = `${name} was cut off: no whole packet from byte ${next.value} on`;
  } catch (cause) {
    if (!MctpError.is(cause)) throw cause;
    remark = `${name}: ${cause.message}`;
    if (units.length === 0) throw usageError(remark, cause);
  }
  if (units.length === 0) {
    const types = strange.size === 0 ? 'no packets' : `no MCTP, only packets of link type ${[...strange].join(', ')}`;
    throw usageError(`${name} has ${types} in it`);
  }
  return {
    name,
    layer: 'mctp',
    detected: true,
    source: 'a capture',
    ...(remark !== undefined && { remarks: [remark] }),
    units,
  };
}

/** Undefined: not of ours. */
function unitOf(packet: ReadPacket): Unit | undefined {
  const { linkType, data, timeNs } = packet;
  const timeUs = timeNs === undefined ? undefined : Number(timeNs / 1000n) + Number(timeNs % 1000n) / 1000;
  if (linkType === LINKTYPE_USER0 || linkType === LINKTYPE_MCTP) {
    return { timeUs, dir: direction(packet, undefined), layer: 'mctp', bytes: data };
  }
  const sll =
    linkType === LINKTYPE_LINUX_SLL2 ? decodeSll2(data) : linkType === LINKTYPE_LINUX_SLL ? decodeSll(data) : undefined;
  if (sll === undefined) return undefined;
  const fault = faultOf(packet, sll);
  if (sll.protocol !== PROTOCOL_MCTP && fault === undefined) return undefined;
  const unit = { timeUs, dir: direction(packet, sll), layer: 'mctp', bytes: sll.payload };
  return fault === undefined ? unit : { ...unit, fault };
}

/** Frames that were wrong; what the stack dropped is found again from the packets. */
function faultOf({ comments, flags }: ReadPacket, { protocol }: Sll2): string | undefined {
  if (protocol === PROTOCOL_MCTP && (flags & FLAG_CRC_ERROR) === 0) return undefined;
  const text = comments.filter((comment) => !/^to 0x/.test(comment)).join('; ');
  if (text !== '') return text;
  return protocol === PROTOCOL_MCTP ? 'wrong checksum' : undefined;
}

/** "bench:smbus0 rx" */
function direction({ flags, interface: name }: ReadPacket, sll: Sll2 | undefined): string {
  const outbound =
    (flags & 3) === DIRECTION.outbound || ((flags & 3) === DIRECTION.unknown && sll?.packetType === PACKET_TYPE.fromUs);
  return `${name} ${outbound ? 'tx' : 'rx'}`;
}

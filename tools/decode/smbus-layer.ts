/** Block writes of the SMBus binding, address byte first, as an analyser on the wire sees them. */

import { pec } from '../../bindings/smbus/pec.js';
import { COMMAND_MCTP, encodeFrame, FRAME_OVERHEAD, SmbusReceiver } from '../../bindings/smbus/smbus-framing.js';
import { hexNumber } from '../../stack/util/text.js';
import type { FramedPacket, FrameFault, PacketLayer } from './layer.js';
import { concat, type Fields, numberField } from './named-fields.js';

export const smbus: PacketLayer = {
  carries: 'packets',
  title: 'an SMBus block write',
  looksLike: (bytes) => hasShape(bytes) && smbusPec(bytes) === bytes.at(-1),
  unframe: (bytes) => [unframe(bytes)],
  frame: (packet, fields) => {
    const dest7 = numberField(fields, 'dest7', 0, 0x7f);
    const src7 = numberField(fields, 'src7', 0, 0x7f);
    const target = new Uint8Array(packet.length + FRAME_OVERHEAD);
    const end = encodeFrame(packet, 0, packet.length, src7, dest7, target, 0);
    return concat(Uint8Array.of(dest7 << 1), target.subarray(0, end));
  },
};

/** Everything but the PEC is as it should be. */
export function hasShape(bytes: Uint8Array): boolean {
  return (bytes[0]! & 1) === 0 && bytes[1] === COMMAND_MCTP && bytes.length === bytes[2]! + 4;
}

/** What the last byte ought to be. */
export function smbusPec(bytes: Uint8Array): number {
  return pec(bytes, 0, bytes.length - 1);
}

function unframe(bytes: Uint8Array): FramedPacket | FrameFault {
  if (bytes.length < 2) return { fault: `${bytes.length} bytes are not an SMBus write`, bytes };
  if ((bytes[0]! & 1) !== 0) return { fault: 'the address byte says read, not write', bytes };
  const dest7 = bytes[0]! >> 1;
  let found: FramedPacket | FrameFault = { fault: 'no packet', bytes };
  const receiver = new SmbusReceiver(
    {
      packet: (buffer, start, end, src7) => {
        found = { packet: buffer.slice(start, end), frame: frameFields(bytes, dest7, src7) };
      },
      fault: (what) => {
        const wrong = what === 'bad PEC' ? `${what}: ${hex(bytes.at(-1)!)}, not ${hex(smbusPec(bytes))}` : what;
        found = { fault: wrong, bytes };
      },
    },
    { ownAddress: dest7 },
  );
  receiver.frame(bytes, 1, bytes.length, dest7);
  return found;
}

function frameFields(bytes: Uint8Array, dest7: number, src7: number): Fields {
  return { dest7, command: COMMAND_MCTP, byteCount: bytes[2]!, src7, pec: bytes.at(-1)! };
}

function hex(byte: number): string {
  return hexNumber(byte);
}

/**
 * An independent reader of pcapng and SLL2, written against the format and not against our writer: it checks every length
 * twice and refuses what Wireshark would refuse.
 */

interface ReadInterface {
  readonly linkType: number;
  readonly name: string;
  readonly resolution: number;
}

interface ReadPacket {
  readonly interface: number;
  readonly timeNs: bigint;
  readonly protocol: number;
  readonly hardware: number;
  readonly packetType: number;
  readonly address: string;
  readonly payload: string;
  readonly direction: 'in' | 'out' | 'unknown';
  readonly crcError: boolean;
  readonly comments: readonly string[];
}

export interface ReadCapture {
  readonly application: string;
  readonly interfaces: readonly ReadInterface[];
  readonly packets: readonly ReadPacket[];
  readonly statistics: readonly { readonly interface: number; readonly received: bigint; readonly dropped: bigint }[];
}

export function readCapture(file: Buffer): ReadCapture {
  const interfaces: ReadInterface[] = [];
  const packets: ReadPacket[] = [];
  const statistics: { interface: number; received: bigint; dropped: bigint }[] = [];
  let application = '';
  let at = 0;
  for (let number = 0; at < file.length; number++) {
    const type = file.readUInt32LE(at);
    const length = file.readUInt32LE(at + 4);
    if (length % 4 !== 0) throw new Error(`block ${number} has length ${length}`);
    if (file.readUInt32LE(at + length - 4) !== length) throw new Error(`block ${number}: its two lengths differ`);
    if ((number === 0) !== (type === 0x0a0d0d0a)) throw new Error(`block ${number} is of type ${type}`);
    const body = file.subarray(at + 8, at + length - 4);
    if (type === 0x0a0d0d0a) {
      if (body.readUInt32LE(0) !== 0x1a2b3c4d || body.readUInt16LE(4) !== 1) throw new Error('no section of version 1');
      application =
        options(body.subarray(16))
          .find(([code]) => code === 4)?.[1]
          .toString() ?? '';
    } else if (type === 1) {
      const found = options(body.subarray(8));
      const name = found.find(([code]) => code === 2)?.[1].toString() ?? '';
      interfaces.push({
        linkType: body.readUInt16LE(0),
        name,
        resolution: found.find(([code]) => code === 9)?.[1][0] ?? 6,
      });
    } else if (type === 6) packets.push(packet(body, interfaces.length));
    else if (type === 5) {
      const found = options(body.subarray(12));
      const value = (wanted: number): bigint => found.find(([code]) => code === wanted)?.[1].readBigUInt64LE() ?? -1n;
      statistics.push({ interface: body.readUInt32LE(0), received: value(4), dropped: value(5) });
    } else throw new Error(`block ${number} is of the unknown type ${type}`);
    at += length;
  }
  return { application, interfaces, packets, statistics };
}

function packet(body: Buffer, interfaces: number): ReadPacket {
  const number = body.readUInt32LE(0);
  if (number >= interfaces) throw new Error(`a packet of interface ${number}, of which nothing is known`);
  const captured = body.readUInt32LE(12);
  if (captured !== body.readUInt32LE(16)) throw new Error('a packet was cut');
  const sll = body.subarray(20, 20 + captured);
  const found = options(body.subarray(20 + Math.ceil(captured / 4) * 4));
  const flags = found.find(([code]) => code === 2)?.[1].readUInt32LE() ?? 0;
  const addressLength = sll.readUInt8(11);
  return {
    interface: number,
    timeNs: BigInt(body.readUInt32LE(4)) * 0x1_0000_0000n + BigInt(body.readUInt32LE(8)),
    protocol: sll.readUInt16BE(0),
    hardware: sll.readUInt16BE(8),
    packetType: sll.readUInt8(10),
    address: sll.subarray(12, 12 + addressLength).toString('hex'),
    payload: sll.subarray(20).toString('hex'),
    direction: (['unknown', 'in', 'out'] as const)[flags & 3] ?? 'unknown',
    crcError: (flags & 0x0100_0000) !== 0,
    comments: found.filter(([code]) => code === 1).map(([, value]) => value.toString()),
  };
}

function options(bytes: Buffer): [number, Buffer][] {
  const found: [number, Buffer][] = [];
  let at = 0;
  while (at < bytes.length) {
    const code = bytes.readUInt16LE(at);
    const length = bytes.readUInt16LE(at + 2);
    if (code === 0) {
      if (length !== 0 || at + 4 !== bytes.length) throw new Error('something follows the end of the options');
      return found;
    }
    if (at + 4 + length > bytes.length) throw new Error('an option is longer than its block');
    found.push([code, bytes.subarray(at + 4, at + 4 + length)]);
    at += 4 + Math.ceil(length / 4) * 4;
  }
  if (found.length > 0) throw new Error('the options have no end');
  return found;
}

/** A capture as a pcapng stream: an interface per link, declared when its first packet comes. Pure but for its sink. */

import { fromHex } from '../../stack/codec/buffer.js';
import { isEid } from '../../stack/ids.js';
import {
  DIRECTION,
  enhancedPacket,
  FLAG_CRC_ERROR,
  interfaceDescription,
  interfaceStatistics,
  sectionHeader,
} from './pcapng.js';
import type { Recorded } from './recorder.js';
import { encodeSll2, LINKTYPE_LINUX_SLL2, PACKET_TYPE, PROTOCOL_MCTP, PROTOCOL_OTHER } from './sll2.js';

export interface CapturedLink {
  readonly name: string;
  /** For people, in the list of interfaces. */
  readonly description: string;
  /** Ours on the link. */
  readonly ownAddress: string;
}

/** What made the capture, as its first block says. */
export interface CapturingProgram {
  /** `mctpkit 1.0.0` */
  readonly name: string;
  /** `linux arm64` */
  readonly system: string;
}

/**
 * The bytes of a pcapng file, block by block, as packets come: with `record`, everything that passes on the links of a stack.
 *
 *     const links = () => mctp.links().map(({ name }) => ({ name, description: '', ownAddress: mctp.linkByName(name).ownAddress }));
 *     const stream = new CaptureStream(links, { name: 'our program', system: 'linux' }, (bytes) => file.write(bytes));
 *     const stop = record(mctp, (recorded) => stream.packet(recorded), { originMs: Date.now() - clock.now() });
 */
export class CaptureStream {
  readonly #numbers = new Map<string, { readonly number: number; readonly ownAddress: Uint8Array; count: number }>();
  readonly #links: () => readonly CapturedLink[];
  readonly #write: (bytes: Uint8Array) => void;
  #lastNs = 0n;

  /** Writes what every capture begins with. `links` is asked again for links that come later. */
  constructor(links: () => readonly CapturedLink[], program: CapturingProgram, write: (bytes: Uint8Array) => void) {
    this.#links = links;
    this.#write = write;
    write(sectionHeader(program.name, program.system));
    for (const link of links()) this.#add(link);
  }

  packet(recorded: Recorded): void {
    const found = this.#numbers.get(recorded.link) ?? this.#add(this.#find(recorded.link));
    found.count++;
    this.#lastNs = recorded.timeNs;
    const outbound = recorded.direction === 'tx';
    const sll = encodeSll2({
      protocol: recorded.isPacket ? PROTOCOL_MCTP : PROTOCOL_OTHER,
      interfaceIndex: found.number + 1,
      packetType: outbound ? PACKET_TYPE.fromUs : packetType(recorded),
      address: outbound ? found.ownAddress : addressBytes(recorded.physicalAddress),
      payload: recorded.bytes,
    });
    const direction = outbound ? DIRECTION.outbound : DIRECTION.inbound;
    this.#write(
      enhancedPacket({
        interface: found.number,
        timeNs: recorded.timeNs,
        data: sll,
        flags: direction | (isChecksum(recorded.fault) ? FLAG_CRC_ERROR : 0),
        comments: comments(recorded),
      }),
    );
  }

  /** What is written last: how much came, and how much of it could not be kept. */
  end(dropped = 0): void {
    for (const { number, count } of this.#numbers.values()) {
      this.#write(interfaceStatistics(number, this.#lastNs, { received: count, dropped: number === 0 ? dropped : 0 }));
    }
  }

  #find(name: string): CapturedLink {
    return this.#links().find((link) => link.name === name) ?? { name, description: '', ownAddress: '' };
  }

  #add({ name, description, ownAddress }: CapturedLink): {
    readonly number: number;
    readonly ownAddress: Uint8Array;
    count: number;
  } {
    const added = { number: this.#numbers.size, ownAddress: addressBytes(ownAddress), count: 0 };
    this.#numbers.set(name, added);
    this.#write(interfaceDescription({ linkType: LINKTYPE_LINUX_SLL2, name, description }));
    return added;
  }
}

function comments({ fault, linkFault, direction, physicalAddress }: Recorded): string[] {
  const to = direction === 'tx' && physicalAddress !== '' ? [`to 0x${physicalAddress}`] : [];
  if (fault === undefined) return to;
  return [...to, linkFault ? fault : `dropped: ${fault}`];
}

function isChecksum(fault: string | undefined): boolean {
  return fault !== undefined && /\b(PEC|FCS)\b/.test(fault);
}

function packetType({ bytes, isPacket }: Recorded): number {
  if (isPacket && bytes[1] === 0xff) return PACKET_TYPE.broadcast;
  return isPacket && !isEid(bytes[1]!) && bytes[1] !== 0 ? PACKET_TYPE.toOthers : PACKET_TYPE.toUs;
}

function addressBytes(address: string): Uint8Array {
  return fromHex(address) ?? new Uint8Array();
}

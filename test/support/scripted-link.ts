/** A link under the hand of a test: what the stack transmits is kept, what the test injects is received. */

import { MctpError } from '../../stack/errors.js';
import { BINDING } from '../../stack/ids.js';
import {
  type Link,
  type LinkHost,
  type PhysicalAddress,
  TRANSMIT,
  type TransmissionUnitLimits,
  type TransmitResult,
} from '../../stack/link.js';
import { type PacketHeader, writeHeader } from '../../stack/packet.js';
import { fromHex, hex } from './hex.js';

export interface SentPacket {
  readonly hex: string;
  readonly to: PhysicalAddress;
  readonly slot: number;
}

export interface ScriptedLinkOptions {
  readonly name?: string;
  readonly addressSize?: number;
  readonly ownAddress?: PhysicalAddress;
  readonly window?: number;
  readonly transmissionUnit?: TransmissionUnitLimits;
}

export class ScriptedLink implements Link {
  readonly name: string;
  readonly binding = BINDING.unspecified;
  readonly medium = 0;
  readonly transmissionUnit: TransmissionUnitLimits;
  readonly addressSize: number;
  readonly ownAddress: PhysicalAddress;
  readonly window: number;
  readonly counters = {};
  /** What the link says to the next packets: `sent`, `pending` or `busy`, or whatever a function decides. */
  answer: TransmitResult | ((packet: SentPacket) => TransmitResult) = TRANSMIT.sent;
  /** Everything taken, in order. */
  readonly sent: SentPacket[] = [];
  /** Slots not given back yet, in order. */
  readonly pending: number[] = [];
  host!: LinkHost;
  closed = false;

  constructor(options: ScriptedLinkOptions = {}) {
    this.name = options.name ?? 'scripted';
    this.addressSize = options.addressSize ?? 0;
    this.ownAddress = options.ownAddress ?? '';
    this.window = options.window ?? 1;
    this.transmissionUnit = options.transmissionUnit ?? { default: 64, max: 250 };
  }

  attach(host: LinkHost): void {
    this.host = host;
  }

  async open(): Promise<void> {
    this.host.state(true);
  }

  async close(): Promise<void> {
    this.closed = true;
    for (const slot of this.pending.splice(0)) this.host.transmitted(slot, new MctpError('ECANCELED', 'closed'));
  }

  transmit(buffer: Uint8Array, start: number, end: number, to: PhysicalAddress, slot: number): TransmitResult {
    const packet = { hex: hex(buffer.subarray(start, end)), to, slot };
    const answer = typeof this.answer === 'function' ? this.answer(packet) : this.answer;
    if (answer === TRANSMIT.busy) return answer;
    this.sent.push(packet);
    if (answer === TRANSMIT.pending) this.pending.push(slot);
    return answer;
  }

  probeAddresses(): Iterable<PhysicalAddress> {
    return this.addressSize === 0 ? [''] : [];
  }

  addressToWire(address: PhysicalAddress): Uint8Array {
    return fromHex(address);
  }

  addressFromWire(bytes: Uint8Array): PhysicalAddress | undefined {
    return bytes.length === this.addressSize ? hex(bytes) : undefined;
  }

  /** Take what was transmitted since the last look. */
  takeSent(): string[] {
    return this.sent.splice(0).map((packet) => packet.hex);
  }

  /** A packet comes in. */
  inject(packet: string | Uint8Array, from: PhysicalAddress = ''): void {
    const bytes = typeof packet === 'string' ? fromHex(packet) : packet;
    this.host.receive(bytes, 0, bytes.length, from);
  }

  /** The oldest pending packet is done. */
  finish(error?: MctpError): void {
    const slot = this.pending.shift();
    if (slot === undefined) throw new Error('no packet is pending');
    this.host.transmitted(slot, error);
  }
}

/** A packet from its fields; by default one that begins and ends a request. */
export function packet(header: Partial<Omit<PacketHeader, 'version'>>, payload: Uint8Array | string): Uint8Array {
  const bytes = typeof payload === 'string' ? fromHex(payload) : payload;
  const whole = new Uint8Array(4 + bytes.length);
  writeHeader(whole, 0, { dest: 8, src: 9, som: true, eom: true, seq: 0, to: true, tag: 0, ...header });
  whole.set(bytes, 4);
  return whole;
}

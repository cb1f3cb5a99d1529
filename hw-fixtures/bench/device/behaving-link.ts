/** A device's real link, with its behaviours at both doors: packets which they lose or change on the way in and out. */

import type { MctpError } from '../../../stack/errors.js';
import { ForwardingLink } from '../../../stack/forwarding-link.js';
import { type Link, type LinkHost, type PhysicalAddress, TRANSMIT, type TransmitResult } from '../../../stack/link.js';

/** What stands at the doors of a link. Ranges are valid during the call only. */
export interface PacketGates {
  /** The packets which come in for this one; none: it is lost. */
  in(packet: Uint8Array, from: PhysicalAddress): readonly Uint8Array[];
  /** The packet which goes out for this one; undefined: it is lost. */
  out(packet: Uint8Array): Uint8Array | undefined;
}

export class BehavingLink extends ForwardingLink {
  readonly #gates: PacketGates;

  constructor(inner: Link, gates: PacketGates) {
    super(inner);
    this.#gates = gates;
  }

  override attach(host: LinkHost): void {
    this.inner.attach({
      receive: (buffer, start, end, from) => {
        const packet = buffer.subarray(start, end);
        for (const one of this.#gates.in(packet, from)) {
          if (one === packet) host.receive(buffer, start, end, from);
          else host.receive(one, 0, one.length, from);
        }
      },
      transmitted: (slot: number, error?: MctpError) => host.transmitted(slot, error),
      ready: () => host.ready(),
      state: (up, reason) => host.state(up, reason),
      fault: (what, buffer, start, end) => host.fault(what, buffer, start, end),
    });
  }

  override transmit(buffer: Uint8Array, start: number, end: number, to: PhysicalAddress, slot: number): TransmitResult {
    const packet = buffer.subarray(start, end);
    const goes = this.#gates.out(packet);
    if (goes === undefined) return TRANSMIT.sent;
    if (goes === packet) return this.inner.transmit(buffer, start, end, to, slot);
    return this.inner.transmit(goes, 0, goes.length, to, slot);
  }
}

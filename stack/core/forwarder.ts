/** Passing packets on between links of a network (DSP0236 clause 9): one by one, unopened, never changed. */

import type { Clock } from '../clock.js';
import type { DropReason } from '../counters.js';
import { EID_NULL } from '../ids.js';
import type { PhysicalAddress } from '../link.js';
import { HEADER_SIZE } from '../packet.js';
import type { LinkPort } from './link-port.js';
import { LoopGuard } from './loop-guard.js';
import type { Tables } from './tables.js';
import { TxMessage } from './tx-message.js';

/** Asked before a packet is passed on; false drops it. The range is the whole packet. */
export type ForwardFilter = (packet: {
  from: string;
  to: string;
  buffer: Uint8Array;
  start: number;
  end: number;
}) => boolean;

export class Forwarder {
  /** Off: packets for others are dropped as for an unknown destination. */
  enabled = false;
  filter: ForwardFilter | undefined;

  readonly #guard: LoopGuard;

  constructor(
    private readonly tables: Tables,
    clock: Clock,
    /** A filter that throws lets nothing pass. */
    private readonly failed: (error: unknown) => void,
    /** A packet came round: the routes of two bridges point at each other. */
    private readonly circled: (link: string, source: number, destination: number) => void,
  ) {
    this.#guard = new LoopGuard(clock);
  }

  /** Queue the packet on the link its destination is behind; or say why it is dropped. */
  forward(
    from: LinkPort,
    buffer: Uint8Array,
    start: number,
    end: number,
    physicalAddress: PhysicalAddress,
  ): DropReason | undefined {
    if (!this.enabled) return 'unknownDestination';
    const destination = buffer[start + 1]!;
    if (buffer[start + 2] === EID_NULL) return 'notForwardable';
    const route = this.tables.routes.lookup(from.network.id, destination);
    if (route === undefined || route.link === from.name) return 'unknownDestination';
    const out = this.tables.links.get(route.link)!;
    const to =
      out.link.addressSize === 0 ? '' : this.tables.neighbours.lookup(route.link, route.gateway ?? destination);
    if (to === undefined) return 'unknownDestination';
    if (end - start - HEADER_SIZE > out.link.transmissionUnit.max) return 'unitTooLarge';
    if (this.filter !== undefined && !this.#passes(this.filter, from.name, out.name, buffer, start, end)) {
      return 'filtered';
    }
    if (this.#guard.circles(from.name, physicalAddress, buffer, start, end)) {
      this.circled(from.name, buffer[start + 2]!, destination);
      return 'circling';
    }
    if (!out.up || !out.queue.hasRoom(end - start)) {
      out.counters.forwardDropped++;
      return undefined;
    }
    from.tellTaps();
    // Order is kept per sender and receiver, so that is what a flow is here; above 255, not to meet our own flows.
    const flow = ((buffer[start + 2]! << 8) | destination) + 0x100;
    out.queue.push(TxMessage.packet(buffer, start, end, to), flow, false);
    return undefined;
  }

  #passes(filter: ForwardFilter, from: string, to: string, buffer: Uint8Array, start: number, end: number): boolean {
    try {
      return filter({ from, to, buffer, start, end });
    } catch (error) {
      this.failed(error);
      return false;
    }
  }
}

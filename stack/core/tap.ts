/** Every packet of every link, as it passes; for capture, logs and tests. */

import type { Clock } from '../clock.js';
import type { PhysicalAddress } from '../link.js';

export interface TapEvent {
  readonly link: string;
  readonly direction: 'rx' | 'tx';
  /** Of the stack's clock, ms: when the packet came, or was given to the link. */
  readonly time: number;
  /** Of the sender for rx, of the receiver for tx. */
  readonly physicalAddress: PhysicalAddress;
  /** The packet, header included, is buffer[start, end); valid only during the call. */
  readonly buffer: Uint8Array;
  readonly start: number;
  readonly end: number;
  /** Why it was dropped, when it was: a drop counter's name, or the words of the link. */
  readonly fault?: string;
}

export type PacketTap = (event: TapEvent) => void;

/** A packet's turn among the events; its own once it is known what became of it. */
export interface TapPlace {
  readonly time: number;
  event: TapEvent | undefined;
  known: boolean;
}

/**
 * Reports packets in the order in which they began. What became of a packet is known only when it is dealt with, and
 * meanwhile others pass: a handler answers at once, a bridge forwards, a link without delay brings the answer before it
 * has taken the request. Those wait for their turn.
 */
export class TapOrder {
  /** Those that began and are not reported. */
  readonly #places: TapPlace[] = [];

  constructor(
    private readonly clock: Clock,
    private readonly report: PacketTap,
  ) {}

  begin(): TapPlace {
    const place = { time: this.clock.now(), event: undefined, known: false };
    this.#places.push(place);
    return place;
  }

  /** Without an event: there was none. The buffer of one that has to wait is copied. */
  end(place: TapPlace, event?: Omit<TapEvent, 'time'>): void {
    place.known = true;
    if (this.#places[0] !== place) {
      if (event !== undefined) place.event = { ...waiting(event), time: place.time };
      return;
    }
    this.#places.shift();
    if (event !== undefined) this.report({ ...event, time: place.time });
    while (this.#places[0]?.known === true) {
      const next = this.#places.shift()!;
      if (next.event !== undefined) this.report(next.event);
    }
  }
}

function waiting(event: Omit<TapEvent, 'time'>): Omit<TapEvent, 'time'> {
  const buffer = event.buffer.slice(event.start, event.end);
  return { ...event, buffer, start: 0, end: buffer.length };
}

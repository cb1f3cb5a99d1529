/**
 * The latest packets of every link in memory, to be written when something went wrong. Each link has its own ring, so that a
 * busy one does not push out what a quiet one did. Recording allocates nothing per packet.
 */

import type { TapEvent } from '../../stack/core/tap.js';
import { MctpError } from '../../stack/errors.js';
import { BINDING } from '../../stack/ids.js';
import type { Mctp } from '../../stack/mctp.js';
import { type Recorded, recordedPacket } from './recorder.js';

export interface FlightRecorderOptions {
  readonly stack: Mctp;
  /** Packets of each link, at least 1. */
  readonly packets: number;
  /** ms since 1970 at which the stack's clock showed 0. */
  readonly originMs: number;
}

export interface RecordedWish {
  /** The event is good only during the call. */
  readonly wants?: (event: TapEvent) => boolean;
  readonly most?: number;
}

/** Of a packet, on average: longer ones take the room of several. */
const BYTES_OF_A_PACKET = 128;
const MOST_LINKS = 256;

export class FlightRecorder {
  readonly #options: FlightRecorderOptions;
  readonly #rings = new Map<string, Ring>();
  readonly #stop: () => void;
  #packets: number;

  constructor(options: FlightRecorderOptions) {
    this.#options = options;
    this.#packets = options.packets;
    this.#stop = options.stack.tap((event) => this.#ring(event.link)?.put(event));
  }

  /** What is in memory now, in the order of time. `wants`: only such packets; `most`: the latest of each link. */
  recorded({ wants = () => true, most = Number.POSITIVE_INFINITY }: RecordedWish = {}): Recorded[] {
    const originNs = BigInt(Math.round(this.#options.originMs * 1000)) * 1000n;
    const all: Recorded[] = [];
    for (const [link, ring] of this.#rings) {
      const binding = this.#binding(link);
      let wanted = 0;
      if (Number.isFinite(most)) ring.each((event) => void (wants(event) && wanted++), link);
      let passed = 0;
      ring.each((event) => {
        if (wants(event) && ++passed > wanted - most) all.push(recordedPacket(event, binding, originNs, true));
      }, link);
    }
    return all.sort((a, b) => (a.timeNs < b.timeNs ? -1 : a.timeNs > b.timeNs ? 1 : 0));
  }

  /** So many packets of each link from now on: the latest of those which are in memory stay. */
  resize(packets: number): void {
    this.#packets = packets;
    for (const [link, old] of this.#rings) {
      const ring = new Ring(packets);
      old.each((event) => ring.put(event), link);
      this.#rings.set(link, ring);
    }
  }

  close(): void {
    this.#stop();
    this.#rings.clear();
  }

  #ring(link: string): Ring | undefined {
    let ring = this.#rings.get(link);
    if (ring === undefined && this.#rings.size < MOST_LINKS) {
      this.#rings.set(link, (ring = new Ring(this.#packets)));
    }
    return ring;
  }

  #binding(link: string): number {
    try {
      return this.#options.stack.linkByName(link).binding;
    } catch (error) {
      if (MctpError.is(error)) return BINDING.unspecified;
      throw error;
    }
  }
}

class Ring {
  readonly #bytes: Uint8Array;
  readonly #starts: Uint32Array;
  readonly #lengths: Uint32Array;
  readonly #times: Float64Array;
  readonly #sent: Uint8Array;
  readonly #places: string[];
  readonly #faults: (string | undefined)[];
  /** Slots in use: `#count` of them, from `#first` on. */
  #first = 0;
  #count = 0;
  /** Where the next packet goes. */
  #end = 0;

  constructor(private readonly slots: number) {
    this.#bytes = new Uint8Array(slots * BYTES_OF_A_PACKET);
    this.#starts = new Uint32Array(slots);
    this.#lengths = new Uint32Array(slots);
    this.#times = new Float64Array(slots);
    this.#sent = new Uint8Array(slots);
    this.#places = new Array<string>(slots).fill('');
    this.#faults = new Array<string | undefined>(slots).fill(undefined);
  }

  put({ buffer, start, end, time, direction, physicalAddress, fault }: TapEvent): void {
    const length = Math.min(end - start, this.#bytes.length);
    if (this.#count === this.slots) this.#drop();
    if (this.#end + length > this.#bytes.length) {
      // The rest of the room is left empty: a packet is in one piece.
      while (this.#count > 0 && this.#starts[this.#first]! >= this.#end) this.#drop();
      this.#end = 0;
    }
    while (this.#count > 0 && this.#overlaps(length)) this.#drop();
    const slot = (this.#first + this.#count) % this.slots;
    for (let index = 0; index < length; index++) this.#bytes[this.#end + index] = buffer[start + index]!;
    this.#starts[slot] = this.#end;
    this.#lengths[slot] = length;
    this.#times[slot] = time;
    this.#sent[slot] = direction === 'tx' ? 1 : 0;
    this.#places[slot] = physicalAddress;
    this.#faults[slot] = fault;
    this.#end += length;
    this.#count++;
  }

  each(hear: (event: TapEvent) => void, link: string): void {
    for (let index = 0; index < this.#count; index++) {
      const slot = (this.#first + index) % this.slots;
      const start = this.#starts[slot]!;
      const fault = this.#faults[slot];
      hear({
        link,
        direction: this.#sent[slot] === 1 ? 'tx' : 'rx',
        time: this.#times[slot]!,
        physicalAddress: this.#places[slot]!,
        buffer: this.#bytes,
        start,
        end: start + this.#lengths[slot]!,
        ...(fault !== undefined && { fault }),
      });
    }
  }

  /** Would the next `length` bytes be written over the oldest packet? */
  #overlaps(length: number): boolean {
    const start = this.#starts[this.#first]!;
    return start >= this.#end && start < this.#end + length;
  }

  #drop(): void {
    this.#first = (this.#first + 1) % this.slots;
    this.#count--;
  }
}

/** The packets of one check, both sides, as they passed. Bounded: a device that floods does not fill the memory. */

import type { PassedPacket } from './target.js';

/** Packets of a check that are kept; the others are counted. */
const MOST_PACKETS = 512;

export class PacketLog {
  readonly packets: PassedPacket[] = [];
  /** Packets beyond those that are kept. */
  dropped = 0;
  /** Frames are kept by `addFrame`, and what is in them is not kept once more. */
  framesOnly = false;
  readonly #listeners = new Set<(packet: PassedPacket) => void>();

  add(packet: PassedPacket): void {
    if (!this.framesOnly) this.#keep(packet);
  }

  addFrame(frame: PassedPacket): void {
    this.#keep(frame);
  }

  #keep(packet: PassedPacket): void {
    if (this.packets.length < MOST_PACKETS) this.packets.push(packet);
    else this.dropped++;
    for (const listener of [...this.#listeners]) listener(packet);
  }

  /** Be told of every packet; returns how to stop. */
  onPacket(listener: (packet: PassedPacket) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Of the device, from an index on. */
  received(from = 0): PassedPacket[] {
    return this.packets.slice(from).filter(({ direction }) => direction === 'received');
  }
}

/**
 * Notices a line that gives back what was sent to it: RX and TX joined, or half duplex without the receiver switched off.
 * Such a line shows it with its first packets: after many that did not come back it is not one, and costs nothing more.
 */

import { copyOf } from '../../stack/util/slab.js';

/** Packets sent until a line on which nothing came back counts as a good one. */
const PROBATION = 64;
/** Packets that may be under way on the line at once. */
const REMEMBERED = 8;

export const ECHO_SENTENCE = 'this line echoes: RX and TX are joined or half duplex';

export class EchoWatch {
  /** Packets that came back. */
  count = 0;
  #sent = 0;
  readonly #recent: Uint8Array[] = [];

  /** Is there anything to compare with? */
  get watching(): boolean {
    return this.count > 0 || this.#sent <= PROBATION;
  }

  get echoes(): boolean {
    return this.count > 0;
  }

  /** Another device may be there now. */
  reset(): void {
    this.#sent = 0;
    this.count = 0;
    this.#recent.length = 0;
  }

  sent(buffer: Uint8Array, start: number, end: number): void {
    if (!this.watching) return;
    this.#sent++;
    if (this.#recent.length >= REMEMBERED) this.#recent.shift();
    this.#recent.push(copyOf(buffer, start, end));
  }

  /** True for a packet that is byte for byte one of those just sent; each is given back once. */
  isEcho(buffer: Uint8Array, start: number, end: number): boolean {
    if (!this.watching) return false;
    const at = this.#recent.findIndex((packet) => isSame(packet, buffer, start, end));
    if (at < 0) return false;
    this.#recent.splice(at, 1);
    this.count++;
    return true;
  }
}

function isSame(packet: Uint8Array, buffer: Uint8Array, start: number, end: number): boolean {
  if (packet.length !== end - start) return false;
  for (let i = 0; i < packet.length; i++) if (packet[i] !== buffer[start + i]) return false;
  return true;
}

/**
 * When no frame of a peer has the right FCS, it is rarely noise: the peer computes it in another way, always the same.
 * Off the fast path: nothing here runs for a good frame.
 */

import { fcs } from './fcs.js';

export type FcsVariant =
  | 'start value 0'
  | 'complemented'
  | 'low byte first'
  | 'complemented, low byte first'
  | 'without revision and count';

const CAUSE: Readonly<Record<FcsVariant, string>> = {
  'start value 0': 'its FCS starts from 0 instead of 0xffff, as that of Linux before 6.1 does',
  complemented: 'it complements the FCS, which DSP0253 does not',
  'low byte first': 'it sends the low byte of the FCS first, DSP0253 sends the high byte first',
  'complemented, low byte first': 'its FCS is that of PPP (RFC 1662): complemented and low byte first',
  'without revision and count': 'its FCS leaves out the revision and count bytes',
};

/** Failures in a row, all of one kind and with no good frame between, before we blame the peer. */
const ENOUGH = 3;

/** How the FCS `received` came from frame[0, end) (revision, count, unescaped packet); undefined: none we know. */
export function fcsVariant(frame: Uint8Array, end: number, received: number): FcsVariant | undefined {
  const right = fcs(frame, 0, end);
  const wrong = right ^ 0xffff;
  if (received === wrong) return 'complemented';
  if (received === swapped(right)) return 'low byte first';
  if (received === swapped(wrong)) return 'complemented, low byte first';
  if (received === fcs(frame, 0, end, 0)) return 'start value 0';
  if (received === fcs(frame, 2, end)) return 'without revision and count';
  return undefined;
}

function swapped(value: number): number {
  return ((value & 0xff) << 8) | (value >> 8);
}

/** Watches the failures of one receiver. */
export class FcsDiagnosis {
  #suspect: FcsVariant | undefined;
  #seen = 0;

  /** What to tell the user, once every frame fails the same way. */
  get text(): string | undefined {
    if (this.#suspect === undefined || this.#seen < ENOUGH) return undefined;
    return `the peer computes the FCS wrongly: ${CAUSE[this.#suspect]}; update it, or receive with fcs=any`;
  }

  good(): void {
    this.#seen = 0;
    this.#suspect = undefined;
  }

  /** True when this failure made the diagnosis. */
  failed(variant: FcsVariant | undefined): boolean {
    if (variant === undefined || variant !== this.#suspect) this.#seen = 0;
    this.#suspect = variant;
    if (variant === undefined) return false;
    this.#seen++;
    return this.#seen === ENOUGH;
  }
}

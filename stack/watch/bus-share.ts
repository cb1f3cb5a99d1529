/**
 * A share of the time of one wire: watching takes no more of it, in turns, so that others find the wire free. The
 * time is an account: it fills with the share of the time that passes, and every exchange is charged with the time in which
 * its bytes were on the wire, not with the time in which a device thought, or did not answer at all.
 */

import type { Clock, Timer } from '../clock.js';
import { Line, type PromisedTurn, waitInLine } from '../util/line.js';

export interface BusShareOptions {
  readonly clock: Clock;
  /** Percent of the time, 1 to 100. */
  readonly percent: number;
}

export interface BusShareUse {
  readonly exchanges: number;
  /** Time which the exchanges took of the wire; ms. */
  readonly wireMs: number;
  /** Exchanges which wait for their turn now. */
  readonly waiting: number;
}

/** Saved up while nobody asks; ms of the wire. */
const MOST_SAVED_MS = 100;
const MOST_WAITING = 16_384;
/** SMBus at 100 kHz: until it is known better. */
const USUAL_MS_PER_BYTE = 0.09;
/** Start, addresses, counts and checks around a packet, and its MCTP header. */
const PACKET_OVERHEAD = 12;
const PACKET_PAYLOAD = 64;

export class BusShare {
  readonly #clock: Clock;
  #share: number;
  readonly #line = new Line<PromisedTurn<number>>(MOST_WAITING, 'exchanges wait for the share of a wire');
  #balance = MOST_SAVED_MS;
  #filledAt: number;
  #timer: Timer | undefined;
  /** The fastest exchange seen tells how long a byte takes. */
  #msPerByte: number | undefined;
  /** What an exchange took lately, taken from the account while it is under way. */
  #usual = 4;
  #exchanges = 0;
  #wireMs = 0;

  constructor({ clock, percent }: BusShareOptions) {
    this.#clock = clock;
    this.#share = percent / 100;
    this.#filledAt = clock.now();
  }

  /** Percent of the time from now on, 1 to 100. */
  set percent(percent: number) {
    this.#fill();
    this.#share = percent / 100;
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#arm();
  }

  get use(): BusShareUse {
    return { exchanges: this.#exchanges, wireMs: this.#wireMs, waiting: this.#line.length };
  }

  /** Wait for the turn; `leave` must follow. Resolves to what was reserved. @throws MctpError ECANCELED, ENOBUFS */
  enter(signal?: AbortSignal): Promise<number> {
    this.#fill();
    if (this.#line.length > 0 || this.#balance <= 0 || signal?.aborted) {
      const turn = waitInLine(this.#line, signal);
      this.#arm();
      return turn;
    }
    this.#balance -= this.#usual;
    return Promise.resolve(this.#usual);
  }

  /** `bytes`: of all its messages, the tries included. `ms`: what it took; undefined when no answer came. */
  leave(reserved: number, bytes: number, ms: number | undefined): void {
    const onWire = bytes + PACKET_OVERHEAD * Math.ceil(bytes / PACKET_PAYLOAD);
    if (ms !== undefined) this.#msPerByte = Math.min(this.#msPerByte ?? Number.POSITIVE_INFINITY, ms / onWire);
    const took = onWire * (this.#msPerByte ?? USUAL_MS_PER_BYTE);
    this.#usual += (took - this.#usual) / 8;
    this.#balance += reserved - took;
    this.#exchanges++;
    this.#wireMs += took;
    this.#arm();
  }

  #fill(): void {
    const now = this.#clock.now();
    this.#balance = Math.min(MOST_SAVED_MS, this.#balance + (now - this.#filledAt) * this.#share);
    this.#filledAt = now;
  }

  /** The next one goes when the account is above zero. */
  #arm(): void {
    if (this.#timer !== undefined || this.#line.length === 0) return;
    this.#fill();
    const wait = Math.max(0, -this.#balance / this.#share);
    this.#timer = this.#clock.schedule(wait + 0.001, () => {
      this.#timer = undefined;
      this.#fill();
      while (this.#balance > 0 && this.#line.first !== undefined) {
        this.#balance -= this.#usual;
        this.#line.first.grant(this.#usual);
      }
      this.#arm();
    });
  }
}

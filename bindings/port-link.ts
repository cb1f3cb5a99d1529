/** A point-to-point link on a port of this machine, which may vanish and come back. */

import type { Clock, Timer } from '../stack/clock.js';
import { MctpError } from '../stack/errors.js';
import { type PhysicalAddress, TRANSMIT, type TransmitResult } from '../stack/link.js';
import { HEADER_SIZE } from '../stack/packet.js';
import { PointToPointLink } from './point-to-point-link.js';

/** A packet without payload is not sent. */
const MIN_PACKET = HEADER_SIZE + 1;

/** Pauses before the attempts to open a vanished device again, doubling from the first to the longest; ms. */
export interface ReopenPauses {
  readonly firstMs: number;
  readonly longestMs: number;
}

export interface PortLinkOptions {
  readonly clock: Clock;
  readonly reopen: ReopenPauses | false;
  readonly closeWaitMs: number;
}

/** What every such link counts of sending. */
export function portLinkCounters() {
  return {
    txPackets: 0,
    txBytes: 0,
    /** Packets refused: of a wrong size, or the link was down. */
    txRefused: 0,
    /** Packets that were taken and never reached the other side, because it went away. */
    txLost: 0,
    txBusy: 0,
    /** How often the link went down. */
    downs: 0,
  };
}

export abstract class PortLink extends PointToPointLink {
  abstract override readonly counters: ReturnType<typeof portLinkCounters>;
  readonly #clock: Clock;
  readonly #reopen: ReopenPauses | false;
  readonly #closeWaitMs: number;
  #isUp = false;
  /** The port is open, whether the other side can be reached or not. */
  #hasPort = false;
  #timer: Timer | undefined;
  #drained: (() => void) | undefined;
  /** Opens the port, the first time or again. */
  #opening: Promise<void> | undefined;

  constructor({ clock, reopen, closeWaitMs }: PortLinkOptions) {
    super(clock);
    this.#clock = clock;
    this.#reopen = reopen;
    this.#closeWaitMs = closeWaitMs;
  }

  transmit(buffer: Uint8Array, start: number, end: number, _to: PhysicalAddress, slot: number): TransmitResult {
    const length = end - start;
    const { counters } = this;
    if (!this.#isUp || length < MIN_PACKET || length > this.transmissionUnit.max + HEADER_SIZE) {
      counters.txRefused++;
      const what = `${length} bytes are not a packet ${this.name} can send`;
      return this.refused(slot, this.#isUp ? new MctpError('EMSGSIZE', what) : this.whyDown());
    }
    if (!this.enqueue(buffer, start, end)) {
      this.saysBusy();
      counters.txBusy++;
      return TRANSMIT.busy;
    }
    counters.txPackets++;
    counters.txBytes += length;
    this.write();
    return TRANSMIT.sent;
  }

  /** Copy a packet behind those which wait; false: there is no room. */
  protected abstract enqueue(buffer: Uint8Array, start: number, end: number): boolean;

  /** Hand what waits to the port, unless that is busy. */
  protected abstract write(): void;

  /** The port has taken bytes which are not out yet. */
  protected abstract get isWriting(): boolean;

  /** Give up what waits; how many packets those were. */
  protected abstract loseQueue(): number;

  /** Open the port. `closed` is called once it is gone, in the middle of opening or later. */
  protected abstract openPort(closed: (reason: MctpError) => void): Promise<void>;

  protected abstract closePort(): Promise<void>;

  protected get isUp(): boolean {
    return this.#isUp;
  }

  protected begin(): Promise<void> {
    this.#opening = this.#open();
    return this.#opening;
  }

  protected async end(): Promise<void> {
    this.#cancelTimer();
    const wasUp = this.#isUp;
    this.#isUp = false;
    this.stopped();
    if (wasUp && this.isWriting) await this.#drain();
    // An opening under way sees that it is not wanted; a next one must not begin before it has ended.
    const closed = this.closePort();
    await this.#opening?.catch(() => {});
    await closed;
    if (this.#hasPort) await this.closePort();
    this.#hasPort = false;
    this.#lose();
  }

  /** No bytes will be looked at until it is up again. */
  protected stopped(): void {}

  /** The port is done with what it was given: before the next is written. */
  protected written(): void {
    this.write();
    if (!this.isWriting) this.#drained?.();
    if (this.#isUp) this.sayReady();
  }

  protected comeUp(): void {
    if (this.#isUp || !this.isWanted) return;
    this.#isUp = true;
    this.tellUp();
    this.sayReady();
  }

  protected goDown(reason: MctpError): void {
    this.#drained?.();
    if (!this.#isUp) return;
    this.#isUp = false;
    this.stopped();
    this.counters.downs++;
    this.#lose();
    this.tellDown(reason);
  }

  async #open(): Promise<void> {
    let gone: MctpError | undefined;
    await this.openPort((reason) => {
      gone = reason;
      this.#vanished(reason);
    });
    if (gone !== undefined) throw gone;
    this.#hasPort = true;
    if (!this.isWanted) throw this.wasClosed();
    this.comeUp();
  }

  #vanished(reason: MctpError): void {
    const hadPort = this.#hasPort;
    this.#hasPort = false;
    this.goDown(reason);
    if (hadPort && this.isWanted && this.#reopen !== false) {
      this.#scheduleOpening(this.#reopen.firstMs, this.#reopen.longestMs);
    }
  }

  #scheduleOpening(pauseMs: number, longestMs: number): void {
    this.#cancelTimer();
    this.#timer = this.#clock.schedule(pauseMs, () => {
      this.#timer = undefined;
      this.#opening = this.#open();
      this.#opening.catch(() => {
        if (this.isWanted) this.#scheduleOpening(Math.min(2 * pauseMs, longestMs), longestMs);
      });
    });
  }

  #lose(): void {
    this.counters.txLost += this.loseQueue();
  }

  async #drain(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#drained = resolve;
      this.#timer = this.#clock.schedule(this.#closeWaitMs, resolve);
    });
    this.#drained = undefined;
    this.#cancelTimer();
  }

  #cancelTimer(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }
}

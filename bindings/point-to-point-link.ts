/** What links have in common whose medium has one other end and no addresses. */

import type { Clock } from '../stack/clock.js';
import { MctpError } from '../stack/errors.js';
import type { Link, LinkHost, PhysicalAddress, TransmissionUnitLimits, TransmitResult } from '../stack/link.js';
import { Openings } from '../stack/util/openings.js';
import { Refusals } from './refusals.js';

export abstract class PointToPointLink implements Link {
  abstract readonly name: string;
  abstract readonly binding: number;
  abstract readonly medium: number;
  abstract readonly transmissionUnit: TransmissionUnitLimits;
  abstract readonly counters: Readonly<Record<string, number>>;
  readonly addressSize = 0;
  readonly ownAddress = '';
  readonly window = 1;
  readonly #refusals: Refusals;
  readonly #openings = new Openings();
  #host: LinkHost | undefined;
  #isWanted = false;
  #saidBusy = false;
  #downReason: MctpError | undefined;

  constructor(clock: Clock) {
    this.#refusals = new Refusals(clock);
  }

  attach(host: LinkHost): void {
    this.#host = host;
    this.#refusals.attach(host);
  }

  async open(): Promise<void> {
    if (this.#host === undefined) throw new MctpError('EINVAL', `${this.name} is opened before it is attached`);
    const wasClosed = await this.#openings.begin();
    if (wasClosed()) throw this.wasClosed();
    if (this.#isWanted) return;
    this.#isWanted = true;
    try {
      await this.begin();
    } catch (error) {
      // It was closed while it opened, and may be wanted again: a second closing would end that.
      await (wasClosed() ? this.#openings.begin() : this.close());
      throw error;
    }
  }

  abstract transmit(buffer: Uint8Array, start: number, end: number, to: PhysicalAddress, slot: number): TransmitResult;

  close(): Promise<void> {
    return this.#openings.close(() => this.#close());
  }

  probeAddresses(): Iterable<PhysicalAddress> {
    return [''];
  }

  addressToWire(_address: PhysicalAddress): Uint8Array {
    return new Uint8Array(0);
  }

  addressFromWire(bytes: Uint8Array): PhysicalAddress | undefined {
    return bytes.length === 0 ? '' : undefined;
  }

  /** Packets may pass when it resolves, or will pass later. `close` may come before that. */
  protected abstract begin(): Promise<void>;

  /** No more packets; those which were taken go out whole, within a time. */
  protected abstract end(): Promise<void>;

  protected get host(): LinkHost {
    return this.#host!;
  }

  /** Between `open` and `close`, whether the other end is there or not. */
  protected get isWanted(): boolean {
    return this.#isWanted;
  }

  /** Why packets cannot pass now. */
  protected whyDown(): MctpError {
    return this.#downReason ?? new MctpError('ENETDOWN', `${this.name} is not open`);
  }

  protected wasClosed(): MctpError {
    return new MctpError('ECANCELED', `${this.name} was closed`);
  }

  /** The result of `transmit` for a packet which cannot go. */
  protected refused(slot: number, error: MctpError): TransmitResult {
    return this.#refusals.add(slot, error);
  }

  /** `transmit` said busy: `sayReady` will be heard. */
  protected saysBusy(): void {
    this.#saidBusy = true;
  }

  /** There is room again. */
  protected sayReady(): void {
    if (!this.#saidBusy) return;
    this.#saidBusy = false;
    this.host.ready();
  }

  protected tellUp(): void {
    this.#downReason = undefined;
    this.host.state(true);
  }

  protected tellDown(reason: MctpError): void {
    this.#downReason = new MctpError('ENETDOWN', `${this.name} is down: ${reason.message}`, { cause: reason });
    this.#refusals.flush();
    this.host.state(false, reason);
  }

  async #close(): Promise<void> {
    if (!this.#isWanted) return;
    this.#isWanted = false;
    this.#downReason = undefined;
    this.#saidBusy = false;
    await this.end();
    this.#saidBusy = false;
    this.#downReason = undefined;
    this.#refusals.close();
  }
}

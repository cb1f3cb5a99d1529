/** A stack's side of a link that only writes down what happens, and complains when the link breaks the contract. */

import type { MctpError } from '../../stack/errors.js';
import { type Link, type LinkHost, type PhysicalAddress, TRANSMIT, type TransmitResult } from '../../stack/link.js';

export interface ReceivedPacket {
  readonly bytes: Uint8Array;
  readonly from: PhysicalAddress;
}

/** What a freed packet buffer is overwritten with: a link that still reads it sends this. */
const POISON = 0xee;

export class RecordingHost implements LinkHost {
  readonly packets: ReceivedPacket[] = [];
  readonly faults: string[] = [];
  readonly states: { readonly up: boolean; readonly reason: MctpError | undefined }[] = [];
  /** Outcome of every slot that was pending. */
  readonly done = new Map<number, MctpError | undefined>();
  readonly pending = new Map<number, Uint8Array>();
  /** What the link did against the contract. */
  readonly violations: string[] = [];
  readies = 0;
  /** Called for each packet while it is received, as a stack may answer at once. */
  onPacket: ((bytes: Uint8Array) => void) | undefined;
  closed = false;
  #link!: Link;
  #slot = 0;
  #transmitting = false;
  #receiving = false;
  #owesReady = false;
  #waiters: (() => void)[] = [];

  attach(link: Link): this {
    this.#link = link;
    link.attach(this);
    return this;
  }

  /** Transmit a copy that is overwritten as soon as the link has to be done with it. */
  send(bytes: Uint8Array, to: PhysicalAddress): { readonly result: TransmitResult; readonly slot: number } {
    const slot = this.#slot++;
    // At an odd place of a larger buffer: links get ranges, not whole buffers.
    const buffer = new Uint8Array(bytes.length + 10).fill(POISON);
    buffer.set(bytes, 3);
    this.#transmitting = true;
    const result = this.#link.transmit(buffer, 3, 3 + bytes.length, to, slot);
    this.#transmitting = false;
    if (result === TRANSMIT.pending) this.pending.set(slot, buffer);
    else if (result === TRANSMIT.sent) buffer.fill(POISON);
    else this.#owesReady = true;
    this.#link.flush?.();
    return { result, slot };
  }

  receive(buffer: Uint8Array, start: number, end: number, from: PhysicalAddress): void {
    this.#event('receive');
    if (this.#transmitting) this.violations.push('receive inside transmit');
    if (this.#receiving) this.violations.push('receive inside receive');
    this.#receiving = true;
    const bytes = new Uint8Array(buffer.subarray(start, end));
    this.packets.push({ bytes, from });
    this.onPacket?.(bytes);
    this.#receiving = false;
  }

  transmitted(slot: number, error?: MctpError): void {
    this.#event('transmitted');
    if (this.#transmitting) this.violations.push('transmitted inside transmit');
    const buffer = this.pending.get(slot);
    if (buffer === undefined) this.violations.push(`slot ${slot} given back though not pending`);
    buffer?.fill(POISON);
    this.pending.delete(slot);
    this.done.set(slot, error);
  }

  ready(): void {
    this.#event('ready');
    if (this.#transmitting) this.violations.push('ready inside transmit');
    if (!this.#owesReady) this.violations.push('ready without busy');
    this.#owesReady = false;
    this.readies++;
  }

  state(up: boolean, reason?: MctpError): void {
    this.#event('state');
    if (!up && this.pending.size > 0) this.violations.push('down with slots pending');
    this.states.push({ up, reason });
  }

  fault(what: string, buffer?: Uint8Array, start = 0, end = 0): void {
    this.#event('fault');
    if (buffer !== undefined && (start > end || end > buffer.length)) this.violations.push(`fault range of "${what}"`);
    this.faults.push(what);
  }

  /** Resolves at the next call of the link. */
  next(): Promise<void> {
    return new Promise((resolve) => this.#waiters.push(resolve));
  }

  #event(what: string): void {
    if (this.closed) this.violations.push(`${what} after close`);
    for (const waiter of this.#waiters.splice(0)) waiter();
  }
}

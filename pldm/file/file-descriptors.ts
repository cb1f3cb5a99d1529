/**
 * The open descriptors of a file host: numbers, owners, and the time after which an owner that is not heard of loses
 * one (DSP0242 §9). No descriptor stays open forever: one without a heartbeat has an idle time.
 */

import type { Clock, Timer } from '../../stack/clock.js';
import type { HostedFile } from './hosted-file.js';

export interface OpenDescriptor {
  readonly descriptor: number;
  /** Who opened it: it means nothing to others. */
  readonly owner: string;
  readonly file: HostedFile;
  readonly write: boolean;
  readonly exclusive: boolean;
  readonly fifo: boolean;
}

interface Entry extends OpenDescriptor {
  heardAt: number;
  /** ms without a word from its owner; then it is closed. */
  patience: number;
  timer: Timer | undefined;
}

const NUMBERS = 0x10000;

export class DescriptorTable {
  readonly #entries = new Map<number, Entry>();
  #next = 0;

  constructor(
    private readonly clock: Clock,
    private readonly idleMs: number,
    /** It is closed, for whatever reason. */
    private readonly onClose: (descriptor: OpenDescriptor, expired: boolean) => void,
  ) {}

  get size(): number {
    return this.#entries.size;
  }

  of(file: HostedFile): OpenDescriptor[] {
    return [...this.#entries.values()].filter((entry) => entry.file.identifier === file.identifier);
  }

  /** Numbers go round, so that a late message for a closed descriptor does not hit the next one. */
  open(fields: Omit<OpenDescriptor, 'descriptor'>): OpenDescriptor {
    while (this.#entries.has(this.#next)) this.#next = (this.#next + 1) % NUMBERS;
    const descriptor = this.#next;
    this.#next = (this.#next + 1) % NUMBERS;
    const entry: Entry = {
      ...fields,
      descriptor,
      heardAt: this.clock.now(),
      patience: this.idleMs,
      timer: undefined,
    };
    this.#entries.set(descriptor, entry);
    this.#watch(entry);
    return entry;
  }

  /** Undefined unless it is open and the owner's; its time starts again. */
  hear(descriptor: number, owner: string): OpenDescriptor | undefined {
    const entry = this.#entries.get(descriptor);
    if (entry === undefined || entry.owner !== owner) return undefined;
    entry.heardAt = this.clock.now();
    return entry;
  }

  /** From now on its owner must be heard of every so many ms; 0: within the idle time. */
  grant(descriptor: number, ms: number): void {
    const entry = this.#entries.get(descriptor);
    if (entry === undefined) return;
    entry.patience = ms === 0 ? this.idleMs : ms;
    this.#watch(entry);
  }

  close(descriptor: number, expired = false): void {
    const entry = this.#entries.get(descriptor);
    if (entry === undefined) return;
    entry.timer?.cancel();
    this.#entries.delete(descriptor);
    this.onClose(entry, expired);
  }

  closeAll(): void {
    for (const descriptor of [...this.#entries.keys()]) this.close(descriptor);
  }

  /** One timer per descriptor, set again only when it fires: hearing costs nothing. */
  #watch(entry: Entry): void {
    entry.timer?.cancel();
    const left = entry.heardAt + entry.patience - this.clock.now();
    entry.timer = this.clock.schedule(Math.max(0, left), () => {
      if (this.clock.now() >= entry.heardAt + entry.patience) this.close(entry.descriptor, true);
      else this.#watch(entry);
    });
  }
}

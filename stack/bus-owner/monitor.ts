/**
 * Keeping an eye on endpoints (DSP0236 §8.17.6): one that is silent is degraded, not gone; one that comes back within
 * TRECLAIM keeps its EID; only after TRECLAIM, and at least three more tries, is it given up.
 */

import type { Clock, Timer } from '../clock.js';
import { MctpError } from '../errors.js';
import type { EndpointEvent } from './endpoint.js';
import { mapLimit } from './limit.js';
import { type EndpointRecord, snapshot } from './registry.js';

export interface MonitorHost {
  records(): readonly EndpointRecord[];
  /** What the endpoint says of itself. @throws MctpError when it is silent */
  look(record: EndpointRecord): Promise<{ eid: number; uuid: string | undefined }>;
  /** It lost its EID, or another device is there. */
  renew(record: EndpointRecord, present: { uuid: string | undefined }): Promise<EndpointRecord>;
  remove(record: EndpointRecord, reason: string): Promise<void>;
  emit(event: EndpointEvent): void;
}

const LAST_TRIES = 3;
const PARALLEL = 16;

export class Monitor {
  #timer: Timer | undefined;
  #running = false;
  /** Records being looked at more often than usual. */
  readonly #recovering = new Map<EndpointRecord, Timer | undefined>();

  constructor(
    private readonly clock: Clock,
    private readonly reclaimMs: number,
    private readonly pollMs: number,
    private readonly host: MonitorHost,
  ) {}

  start(): void {
    if (this.#running || this.pollMs === 0) return;
    this.#running = true;
    this.#next();
  }

  stop(): void {
    this.#running = false;
    this.#timer?.cancel();
    this.#timer = undefined;
    for (const timer of this.#recovering.values()) timer?.cancel();
    this.#recovering.clear();
  }

  /** Look at one endpoint; a silent one is followed up by itself, when monitoring is on. */
  async check(record: EndpointRecord): Promise<void> {
    if (this.#recovering.has(record)) return;
    const failure = await this.#tryOnce(record);
    if (failure === undefined) return;
    record.connectivity = 'degraded';
    this.host.emit({ type: 'degraded', endpoint: snapshot(record), reason: failure.message });
    if (this.#running) this.#follow(record, this.clock.now(), 0);
  }

  #next(): void {
    this.#timer = this.clock.schedule(this.pollMs, () => {
      void mapLimit(this.host.records(), PARALLEL, (record) => this.check(record)).finally(() => {
        if (this.#running) this.#next();
      });
    });
  }

  #follow(record: EndpointRecord, since: number, lateTries: number): void {
    const timer = this.clock.schedule(this.reclaimMs / 2, () => {
      void this.#followUp(record, since, lateTries);
    });
    this.#recovering.set(record, timer);
  }

  async #followUp(record: EndpointRecord, since: number, lateTries: number): Promise<void> {
    this.#recovering.set(record, undefined);
    const failure = await this.#tryOnce(record);
    if (!this.#recovering.has(record)) return;
    const late = this.clock.now() - since >= this.reclaimMs ? lateTries + 1 : lateTries;
    if (failure !== undefined && late < LAST_TRIES) {
      this.#follow(record, since, late);
      return;
    }
    this.#recovering.delete(record);
    if (failure !== undefined)
      await this.host.remove(record, `silent since ${Math.round(this.clock.now() - since)} ms`);
  }

  /** The failure, or undefined when the endpoint answered and is, or has been put, in order. */
  async #tryOnce(record: EndpointRecord): Promise<MctpError | undefined> {
    try {
      const present = await this.host.look(record);
      if (present.eid === record.eid && present.uuid === record.uuid) {
        if (record.connectivity === 'available') return undefined;
        record.connectivity = 'available';
        this.host.emit({ type: 'recovered', endpoint: snapshot(record), what: 'answers again' });
        return undefined;
      }
      const renewed = await this.host.renew(record, present);
      const what =
        present.uuid === record.uuid ? `was reset and has EID ${renewed.eid} again` : 'is another device now';
      this.host.emit({ type: 'recovered', endpoint: snapshot(renewed), what });
      return undefined;
    } catch (error) {
      if (error instanceof MctpError) return error;
      throw error;
    }
  }
}

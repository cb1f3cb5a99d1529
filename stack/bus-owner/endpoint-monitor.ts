/**
 * Keeping an eye on endpoints (DSP0236 §8.17.6): one that is silent is degraded, not gone; one that comes back within
 * TRECLAIM keeps its EID; only after TRECLAIM, and three more tries, is it given up.
 */

import type { Clock, Timer } from '../clock.js';
import { MctpError } from '../errors.js';
import type { DevicePolicy } from './bus-owner-options.js';
import { isSilence } from './device-client.js';
import type { EndpointChange } from './endpoint-events.js';
import { type EndpointRecord, snapshot } from './endpoint-registry.js';
import { mapLimit } from './map-limit.js';

/** What an endpoint says of itself. */
export interface ObservedIdentity {
  readonly eid: number;
  /** The EID is its own, as after a reset: nobody gave it. */
  readonly isStatic: boolean;
  readonly uuid: string | undefined;
}

export interface MonitorHost {
  records(): readonly EndpointRecord[];
  /** Not replaced or removed in the meantime. */
  has(record: EndpointRecord): boolean;
  policy(record: EndpointRecord): DevicePolicy;
  /** @throws MctpError when it is silent */
  look(record: EndpointRecord): Promise<ObservedIdentity>;
  /** It lost its EID, or another device is there: put it in order. */
  renew(record: EndpointRecord, observed: ObservedIdentity): Promise<void>;
  /** It answers again: put in order how it is reached. */
  reconnect(record: EndpointRecord): Promise<void>;
  /** It is in order: ask again what it has not answered, and look for new endpoints behind a bridge. */
  lookFurther(record: EndpointRecord): Promise<void>;
  remove(record: EndpointRecord, reason: string): Promise<void>;
  emit(change: EndpointChange): void;
}

export interface MonitorOptions {
  readonly reclaimMs: number;
  readonly pollMs: number;
}

/** DSP0236 §8.17.6: at least so many tries after TRECLAIM, half a TRECLAIM apart. */
const LAST_TRIES = 3;
const PARALLEL = 32;

/** A silence. */
interface Silence {
  since: number;
  /** Tries after TRECLAIM. */
  late: number;
  lateAt: number;
  timer: Timer | undefined;
}

export class Monitor {
  readonly #silent = new Map<EndpointRecord, Silence>();
  readonly #looking = new Map<EndpointRecord, Promise<void>>();
  #timer: Timer | undefined;
  #running = false;

  constructor(
    private readonly clock: Clock,
    private readonly options: MonitorOptions,
    private readonly host: MonitorHost,
  ) {}

  get running(): boolean {
    return this.#running;
  }

  start(): void {
    if (this.#running) return;
    this.#running = true;
    for (const [record, silence] of this.#silent) this.#lookAgain(record, silence);
    this.#next();
  }

  stop(): void {
    this.#running = false;
    this.#timer?.cancel();
    this.#timer = undefined;
    for (const silence of this.#silent.values()) silence.timer?.cancel();
  }

  /** Look at one endpoint now. While monitoring, a silent one is followed up by itself. */
  check(record: EndpointRecord): Promise<void> {
    const looking = this.#looking.get(record);
    if (looking !== undefined) return looking;
    const look = this.#check(record).finally(() => this.#looking.delete(record));
    this.#looking.set(record, look);
    return look;
  }

  /** Known without looking: its link is down. No fault of the device, so its time does not run. */
  lostLink(record: EndpointRecord, reason: string): void {
    this.#degrade(record, reason);
  }

  #next(): void {
    if (this.options.pollMs === 0) return;
    this.#timer = this.clock.schedule(this.options.pollMs, () => {
      void this.#round().finally(() => {
        if (this.#running) this.#next();
      });
    });
  }

  async #round(): Promise<void> {
    const due = this.host.records().filter((r) => !this.#silent.has(r) && this.host.policy(r).poll !== false);
    await mapLimit(due, PARALLEL, async (record) => {
      if (!this.#running || !this.host.has(record)) return;
      await this.check(record);
      if (this.#running && this.host.has(record) && !this.#silent.has(record)) await this.host.lookFurther(record);
    });
  }

  async #check(record: EndpointRecord): Promise<void> {
    const askedAt = this.clock.now();
    const failure = await this.#tryOnce(record);
    if (!this.host.has(record)) {
      this.#forget(record);
      return;
    }
    if (failure === undefined) this.#answered(record);
    else if (isSilence(failure)) await this.#silence(record, askedAt, failure);
    else if (failure.code !== 'ECANCELED' && failure.code !== 'ENOTCONN') this.#degrade(record, failure.message);
    // Rounds leave out those that are silent: whatever came in between, as a link that is down, they are looked at again.
    const silence = this.#silent.get(record);
    if (this.#running && silence !== undefined) this.#lookAgain(record, silence);
  }

  /** The failure, or undefined when the endpoint answered and is, or has been put, in order. */
  async #tryOnce(record: EndpointRecord): Promise<MctpError | undefined> {
    try {
      const observed = await this.host.look(record);
      if (!this.host.has(record)) return undefined;
      if (observed.eid !== record.eid || observed.uuid !== record.uuid) await this.host.renew(record, observed);
      else if (record.connectivity !== 'available') await this.host.reconnect(record);
      return undefined;
    } catch (error) {
      if (error instanceof MctpError) return error;
      throw error;
    }
  }

  #answered(record: EndpointRecord): void {
    this.#forget(record);
    if (record.connectivity === 'available') return;
    record.connectivity = 'available';
    this.host.emit({ type: 'recovered', endpoint: snapshot(record), what: 'answers again' });
  }

  async #silence(record: EndpointRecord, askedAt: number, failure: MctpError): Promise<void> {
    const { reclaimMs } = this.options;
    const now = this.clock.now();
    let silence = this.#silent.get(record);
    if (silence === undefined) {
      silence = { since: askedAt, late: 0, lateAt: Number.NEGATIVE_INFINITY, timer: undefined };
      this.#silent.set(record, silence);
    }
    this.#degrade(record, failure.message);
    if (now - silence.since >= reclaimMs && now - silence.lateAt >= reclaimMs / 2) {
      silence.late++;
      silence.lateAt = now;
    }
    if (silence.late >= LAST_TRIES && this.host.policy(record).fixed !== true) {
      this.#forget(record);
      await this.host.remove(record, `silent for ${Math.round(now - silence.since)} ms`);
    }
  }

  #lookAgain(record: EndpointRecord, silence: Silence): void {
    silence.timer?.cancel();
    silence.timer = this.clock.schedule(this.options.reclaimMs / 2, () => void this.check(record));
  }

  #degrade(record: EndpointRecord, reason: string): void {
    if (record.connectivity === 'degraded') return;
    record.connectivity = 'degraded';
    this.host.emit({ type: 'degraded', endpoint: snapshot(record), reason });
  }

  #forget(record: EndpointRecord): void {
    this.#silent.get(record)?.timer?.cancel();
    this.#silent.delete(record);
  }
}

/**
 * The life of one watched drive: a health poll in each interval, and less often while it is silent; at once when the drive
 * says that something has changed.
 */

import type { Clock, Timer } from '../clock.js';
import { MctpError } from '../errors.js';
import type { MctpAddress } from '../transport.js';
import { DeviceState } from '../watch/device-state.js';
import type {
  FirmwareVersion,
  SensorSnapshot,
  WatchChange,
  WatchEvent,
  WatchedEndpoint,
  WatchedIdentity,
  WatchedWay,
} from '../watch/index.js';
import type { DriveEvents } from './drive-events.js';
import { DriveReader, type DriveReading } from './drive-reader.js';
import { driveSensors } from './drive-readings.js';
import type { DriveSnapshot } from './drive-snapshot.js';
import { KeptEvents } from './kept-events.js';
import type { NvmeMiClient } from './mi-client.js';

export interface DriveContext {
  readonly client: NvmeMiClient;
  readonly clock: Clock;
  /** ms since 1970 */
  readonly time: () => number;
  /** Between two polls, as it is now; ms. */
  interval(): number;
  tell(event: WatchEvent): void;
  /** Undefined: it is only polled. */
  readonly events: DriveEvents | undefined;
}

/** Polls in a row without an answer, after which it is silent. */
const SILENT_AFTER = 3;
/** A silent drive is polled at most so many times less often. */
const MOST_PATIENCE = 6;
/** However much it tells, it is not polled more often; ms. */
const LEAST_POLL_MS = 1000;

export class ManagedDrive {
  readonly #context: DriveContext;
  #reader: DriveReader;
  #endpoint: WatchedEndpoint;
  readonly #state: DeviceState;
  #sensors: readonly SensorSnapshot[] = [];
  #firmware: readonly FirmwareVersion[] = [];
  #failures = 0;
  #polledAt = Number.NEGATIVE_INFINITY;
  #polling = false;
  /** It told something since the poll under way began. */
  #told = false;
  readonly #events: KeptEvents | undefined;
  #trouble: string | undefined;
  #timer: Timer | undefined;
  #stopped = false;

  constructor(
    readonly key: string,
    endpoint: WatchedEndpoint,
    context: DriveContext,
  ) {
    this.#endpoint = endpoint;
    this.#context = context;
    this.#state = new DeviceState(context.time, (change) => this.#tell(change));
    this.#reader = this.#newReader();
    this.#events = context.events && new KeptEvents(context.events, context.clock);
  }

  get endpoint(): WatchedEndpoint {
    return this.#endpoint;
  }

  start(): void {
    this.#timer = this.#context.clock.schedule(0, () => void this.#poll());
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
    this.#context.events?.forget(this.#to);
  }

  /** The same drive, perhaps elsewhere, perhaps restarted. */
  moved(endpoint: WatchedEndpoint): void {
    const before = this.#endpoint;
    const from = this.#to;
    this.#endpoint = endpoint;
    this.#events?.again();
    if (before.eid !== endpoint.eid || before.network !== endpoint.network) {
      this.#context.events?.forget(from);
      this.#reader = this.#newReader();
    } else this.#reader.forget();
  }

  /** The interval is another one. */
  retime(): void {
    // A poll which is under way sets the timer itself.
    if (this.#polling || this.#stopped) return;
    this.#pollAt(this.#context.clock.now() + this.#context.interval());
  }

  /** It has sent events: so they are called. */
  heard(names: readonly string[]): void {
    if (this.#stopped) return;
    this.#tell({ kind: 'platformEvent', eventClass: 'nvmeMi', what: names.join(', ') });
    if (this.#polling) this.#told = true;
    else this.#pollAt(Math.max(this.#context.clock.now(), this.#polledAt + LEAST_POLL_MS));
  }

  /** Something about it is wrong, and stops nothing. */
  trouble(what: string): void {
    this.#tell({ kind: 'trouble', what });
  }

  snapshot(ways: readonly WatchedWay[]): DriveSnapshot {
    const { link, physicalAddress, uuid } = this.#endpoint;
    const { identity } = this.#reader;
    return {
      ...this.identity,
      link,
      physicalAddress: physicalAddress ?? null,
      uuid: uuid ?? null,
      ways,
      state: this.#state.now,
      since: this.#state.since,
      error: this.#state.error,
      sensors: this.#sensors,
      firmware: this.#firmware,
      notes: [],
      model: identity?.model ?? '',
      serial: identity?.serial ?? '',
      capacity: identity?.capacity?.toString() ?? null,
    };
  }

  get identity(): WatchedIdentity {
    const { network, eid } = this.#endpoint;
    const { identity } = this.#reader;
    return { key: this.key, name: identity === undefined ? `EID ${eid}` : identity.model, network, eid };
  }

  async #poll(): Promise<void> {
    const { clock } = this.#context;
    const intervalMs = this.#context.interval();
    this.#polledAt = clock.now();
    this.#polling = true;
    const next = clock.now() + intervalMs;
    if (this.#state.now === 'waiting') this.#state.become('asking', '');
    try {
      const reading = await this.#reader.read();
      if (this.#stopped) return;
      this.#failures = 0;
      this.#state.become('watched', '');
      this.#take(reading);
      await this.#lookAfterEvents();
    } catch (error) {
      if (this.#stopped) return;
      this.#failed(error);
    }
    if (this.#stopped) return;
    this.#polling = false;
    const patience = Math.min(MOST_PATIENCE, Math.max(1, this.#failures - SILENT_AFTER + 1));
    const at = patience > 1 ? clock.now() + patience * intervalMs : next;
    this.#pollAt(this.#told ? Math.min(at, this.#polledAt + LEAST_POLL_MS) : at);
    this.#told = false;
  }

  #pollAt(at: number): void {
    const { clock } = this.#context;
    this.#timer?.cancel();
    this.#timer = clock.schedule(Math.max(1, at - clock.now()), () => void this.#poll());
  }

  /** What does not work leaves the polls. */
  async #lookAfterEvents(): Promise<void> {
    const error = await this.#events?.look(this.#to);
    if (this.#stopped) this.#context.events?.forget(this.#to);
    if (this.#stopped || error === undefined) return;
    const what = `its events are not received, it is polled: ${error.message}`;
    if (what !== this.#trouble) this.#tell({ kind: 'trouble', what });
    this.#trouble = what;
  }

  #take(reading: DriveReading): void {
    const { time } = this.#context;
    const before = this.#sensors;
    const { firmware: version } = reading.identity;
    const known = this.#firmware[0]?.version ?? null;
    this.#firmware = [{ component: 'firmware', version, pending: null }];
    if (known !== version) this.#tell({ kind: 'firmware', component: 'firmware', from: known, to: version });
    this.#sensors = driveSensors(reading, time(), this.#context.interval());
    this.#sensors.forEach((sensor, index) => {
      this.#tell({ kind: 'reading', sensor });
      const from = before[index]?.state ?? sensor.state;
      if (from !== sensor.state) {
        this.#tell({ kind: 'sensorState', sensor, from, to: sensor.state, severity: sensor.severity });
      }
    });
  }

  #failed(error: unknown): void {
    const what = error instanceof Error ? error.message : String(error);
    this.#sensors = this.#sensors.map((sensor) => ({ ...sensor, error: what }));
    if (++this.#failures < SILENT_AFTER) return;
    this.#state.become(
      MctpError.is(error, 'ECOMPLETION') || MctpError.is(error, 'EPROTO') ? 'refused' : 'silent',
      what,
    );
    // Whatever answers next may be another one, or have another firmware.
    this.#reader.forget();
    this.#events?.again();
  }

  get #to(): MctpAddress {
    const { eid, network } = this.#endpoint;
    return { eid, network };
  }

  #newReader(): DriveReader {
    return new DriveReader(this.#context.client, this.#to);
  }

  #tell(change: WatchChange): void {
    this.#context.tell({ ...change, at: this.#context.time(), device: this.identity });
  }
}

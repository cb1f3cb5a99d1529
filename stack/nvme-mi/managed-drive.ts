/** The life of one watched drive: a health poll in each interval, and less often while it is silent. */

import type { Clock, Timer } from '../clock.js';
import { MctpError } from '../errors.js';
import type {
  FirmwareVersion,
  SensorSnapshot,
  WatchChange,
  WatchEvent,
  WatchedEndpoint,
  WatchedIdentity,
  WatchedWay,
  WatchState,
} from '../watch/index.js';
import { DriveReader, type DriveReading } from './drive-reader.js';
import { driveSensors } from './drive-readings.js';
import type { DriveSnapshot } from './drive-snapshot.js';
import type { NvmeMiClient } from './mi-client.js';

export interface DriveContext {
  readonly client: NvmeMiClient;
  readonly clock: Clock;
  /** ms since 1970 */
  readonly time: () => number;
  /** Between two polls, as it is now; ms. */
  interval(): number;
  tell(event: WatchEvent): void;
}

/** Polls in a row without an answer, after which it is silent. */
const SILENT_AFTER = 3;
/** A silent drive is polled at most so many times less often. */
const MOST_PATIENCE = 6;

export class ManagedDrive {
  readonly #context: DriveContext;
  #reader: DriveReader;
  #endpoint: WatchedEndpoint;
  #state: WatchState = 'waiting';
  #since: number;
  #error: string | null = null;
  #sensors: readonly SensorSnapshot[] = [];
  #firmware: readonly FirmwareVersion[] = [];
  #failures = 0;
  #timer: Timer | undefined;
  #stopped = false;

  constructor(
    readonly key: string,
    endpoint: WatchedEndpoint,
    context: DriveContext,
  ) {
    this.#endpoint = endpoint;
    this.#context = context;
    this.#since = context.time();
    this.#reader = this.#newReader();
  }

  get endpoint(): WatchedEndpoint {
    return this.#endpoint;
  }

  start(): void {
    this.#arm(0);
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }

  /** The same drive, perhaps elsewhere, perhaps restarted. */
  moved(endpoint: WatchedEndpoint): void {
    const before = this.#endpoint;
    this.#endpoint = endpoint;
    if (before.eid !== endpoint.eid || before.network !== endpoint.network) this.#reader = this.#newReader();
    else this.#reader.forget();
  }

  /** The interval is another one. */
  retime(): void {
    // A poll which is under way arms the timer itself.
    if (this.#timer === undefined) return;
    this.#timer.cancel();
    this.#arm(this.#context.interval());
  }

  snapshot(ways: readonly WatchedWay[]): DriveSnapshot {
    const { link, physicalAddress, uuid } = this.#endpoint;
    const { identity } = this.#reader;
    return {
      ...{ ...this.identity, link, physicalAddress: physicalAddress ?? null, uuid: uuid ?? null, ways },
      ...{ state: this.#state, since: this.#since, error: this.#error },
      ...{ sensors: this.#sensors, firmware: this.#firmware, notes: [] },
      ...{ model: identity?.model ?? '', serial: identity?.serial ?? '' },
      capacity: identity?.capacity?.toString() ?? null,
    };
  }

  get identity(): WatchedIdentity {
    const { network, eid } = this.#endpoint;
    const { identity } = this.#reader;
    return { key: this.key, name: identity === undefined ? `EID ${eid}` : identity.model, network, eid };
  }

  async #poll(): Promise<void> {
    this.#timer = undefined;
    const { clock } = this.#context;
    const intervalMs = this.#context.interval();
    const next = clock.now() + intervalMs;
    if (this.#state === 'waiting') this.#become('asking', '');
    try {
      const reading = await this.#reader.read();
      if (this.#stopped) return;
      this.#failures = 0;
      this.#become('watched', '');
      this.#take(reading);
    } catch (error) {
      if (this.#stopped) return;
      this.#failed(error);
    }
    const patience = Math.min(MOST_PATIENCE, Math.max(1, this.#failures - SILENT_AFTER + 1));
    const at = patience > 1 ? clock.now() + patience * intervalMs : next;
    this.#arm(Math.max(1, at - clock.now()));
  }

  #arm(ms: number): void {
    this.#timer = this.#context.clock.schedule(ms, () => void this.#poll());
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
    this.#become(MctpError.is(error, 'ECOMPLETION') || MctpError.is(error, 'EPROTO') ? 'refused' : 'silent', what);
    // Whatever answers next may be another one, or have another firmware.
    this.#reader.forget();
  }

  #become(state: WatchState, what: string): void {
    const from = this.#state;
    this.#error = state === 'watched' || state === 'asking' ? null : what;
    if (from === state) return;
    this.#state = state;
    this.#since = this.#context.time();
    this.#tell({ kind: 'watchState', from, to: state, what });
  }

  #newReader(): DriveReader {
    const { eid, network } = this.#endpoint;
    return new DriveReader(this.#context.client, { eid, network });
  }

  #tell(change: WatchChange): void {
    this.#context.tell({ ...change, at: this.#context.time(), device: this.identity });
  }
}

/** The devices and sensors of a history by their numbers in the file. */

import type { SensorSnapshot, WatchedIdentity } from '../../stack/watch/index.js';
import type { HistoryDevice, HistorySensor } from './history-model.js';
import type { SqlFile } from './sql-file.js';

export interface KnownSensor extends HistorySensor {
  readonly id: number;
  readonly device: number;
}

export interface KnownDevice {
  readonly id: number;
  readonly key: string;
  name: string;
  network: number;
  eid: number;
  firstAt: number;
  lastAt: number;
  /** What the file says of it is not the latest, or nothing. */
  changed: boolean;
  readonly sensors: Map<string, KnownSensor>;
}

/** A device which calls itself otherwise every time it starts must not fill the file. */
const MOST_DEVICES = 4096;
const MOST_SENSORS = 65_536;
const LONGEST_NAME = 128;

export class HistoryTables {
  readonly #byKey = new Map<string, KnownDevice>();
  readonly #byId = new Map<number, KnownDevice>();
  /** What the file does not say yet: all of it is written with the readings. */
  readonly #newSensors = new Map<number, KnownSensor>();
  #newDevices = 0;
  #nextDevice = 1;
  #nextSensor = 1;
  #sensors = 0;
  #leftOut = 0;

  constructor(private readonly database: SqlFile) {
    for (const row of database.all('SELECT * FROM device ORDER BY id')) {
      const { id, key, name, network, eid, first_at: firstAt, last_at: lastAt } = row;
      const about = { id, key, name, network, eid, firstAt, lastAt } as unknown as KnownDevice;
      this.#put({ ...about, changed: false, sensors: new Map() });
      this.#nextDevice = Number(id) + 1;
    }
    for (const row of database.all('SELECT * FROM sensor ORDER BY id')) {
      const { states, ...about } = row as unknown as KnownSensor & { readonly states: string };
      this.#byId.get(about.device)?.sensors.set(about.key, { ...about, states: readStates(states) });
      this.#sensors++;
      this.#nextSensor = about.id + 1;
    }
  }

  /** Devices and sensors of which nothing is recorded because there are too many. */
  get leftOut(): number {
    return this.#leftOut;
  }

  /** When something was said of any of them last; ms since 1970. */
  get latest(): number | undefined {
    return this.#byKey.size === 0 ? undefined : Math.max(...[...this.#byKey.values()].map(({ lastAt }) => lastAt));
  }

  device(key: string): KnownDevice | undefined {
    return this.#byKey.get(key);
  }

  deviceOfId(id: number): KnownDevice | undefined {
    return this.#byId.get(id);
  }

  shown(): HistoryDevice[] {
    return [...this.#byKey.values()].map(({ key, name, network, eid, firstAt, lastAt, sensors }) => ({
      key,
      name,
      network,
      eid,
      firstAt,
      lastAt,
      sensors: [...sensors.values()].map(shownSensor),
    }));
  }

  sensorIds(): number[] {
    return [...this.#byKey.values()].flatMap(({ sensors }) => [...sensors.values()].map(({ id }) => id));
  }

  /** The device, made if it is new. Undefined: there are too many. */
  seen({ key, name: whole, network, eid }: WatchedIdentity, at: number): KnownDevice | undefined {
    const name = whole.slice(0, LONGEST_NAME);
    let device = this.#byKey.get(key);
    if (device === undefined) {
      if (this.#byKey.size >= MOST_DEVICES) {
        this.#leftOut++;
        return undefined;
      }
      const id = this.#nextDevice++;
      this.#newDevices++;
      device = { id, key, name, network, eid, firstAt: at, lastAt: at, changed: true, sensors: new Map() };
      this.#put(device);
    } else if (device.name !== name || device.eid !== eid || device.network !== network || device.lastAt !== at) {
      Object.assign(device, { name, network, eid, lastAt: at, changed: true });
    }
    return device;
  }

  /** The sensor of a device, made if it is new. Undefined: there are too many. */
  sensor(device: KnownDevice, { key, name: whole, kind, unit, states }: SensorSnapshot): KnownSensor | undefined {
    const name = whole.slice(0, LONGEST_NAME);
    const known = device.sensors.get(key);
    if (known !== undefined && known.name === name && known.unit === unit && known.kind === kind) return known;
    if (known === undefined && this.#sensors >= MOST_SENSORS) {
      this.#leftOut++;
      return undefined;
    }
    if (known === undefined) this.#sensors++;
    const sensor = { id: known?.id ?? this.#nextSensor++, device: device.id, key, name, kind, unit, states };
    this.#newSensors.set(sensor.id, sensor);
    device.sensors.set(key, sensor);
    return sensor;
  }

  /** There are devices or sensors which the file does not have. */
  get hasNew(): boolean {
    return this.#newSensors.size > 0 || this.#newDevices > 0;
  }

  /** Write what is new; within a transaction, which may fail: it stays new until `flushed`. */
  flush(): void {
    for (const device of this.#byKey.values()) {
      if (!device.changed) continue;
      const { id, key, name, network, eid, firstAt, lastAt } = device;
      this.database.run('INSERT OR REPLACE INTO device VALUES(?, ?, ?, ?, ?, ?, ?)', [
        ...[id, key, name, network, eid, firstAt, lastAt],
      ]);
    }
    for (const { id, device, key, name, kind, unit, states } of this.#newSensors.values()) {
      this.database.run('INSERT OR REPLACE INTO sensor VALUES(?, ?, ?, ?, ?, ?, ?)', [
        ...[id, device, key, name, kind, unit, JSON.stringify(states)],
      ]);
    }
  }

  /** The transaction was ended well, and nothing came since `flush`. */
  flushed(): void {
    for (const device of this.#byKey.values()) device.changed = false;
    this.#newSensors.clear();
    this.#newDevices = 0;
  }

  #put(device: KnownDevice): void {
    this.#byKey.set(device.key, device);
    this.#byId.set(device.id, device);
  }
}

export function shownSensor({ key, name, kind, unit, states }: HistorySensor): HistorySensor {
  return { key, name, kind, unit, states };
}

function readStates(text: string): Readonly<Record<number, string>> {
  try {
    return JSON.parse(text) as Readonly<Record<number, string>>;
  } catch {
    return {};
  }
}

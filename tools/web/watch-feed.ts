/** The sensors of termini and drives which the server watches, as they are read, and their history. */

import type { SensorSnapshot, WatchEvent, WatchedDevice } from '../../stack/watch/index.js';
import { wordsOfEvent } from '../history/event-text.js';
import type { WatchDoor } from '../serve/watch/watch-door.js';
import type { DeviceFeed } from './device-feed.js';
import type { HistoryPoints } from './sensor-traces.js';
import type { WebSensor } from './web-documents.js';
import type { WebModel } from './web-model.js';

const LONGEST = 200;
/** Between two looks at everything that is known; what is read comes by itself. */
const LOOK_MS = 2_000;
/** Of a history, for one plot. */
const POINTS = 800;

interface Known {
  readonly device: string;
  readonly sensor: string;
}

export class WatchFeed implements DeviceFeed {
  readonly #known = new Map<string, Known>();
  /** By device and sensor: the key of its row, which is another one when the device goes on by another way. */
  readonly #rows = new Map<string, string>();
  readonly #things = new Map<string, string>();
  readonly #stop: () => void;
  #lookedAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly door: WatchDoor,
    private readonly model: WebModel,
    /** ms since 1970 */
    private readonly time: () => number,
  ) {
    this.#stop = door.subscribe((event) => this.#heard(event));
  }

  /** It is watched whether somebody looks or not. */
  set wanted(_wanted: boolean) {
    this.#lookedAt = Number.NEGATIVE_INFINITY;
  }

  get hasHistory(): boolean {
    return this.door.history !== undefined;
  }

  look(): void {
    const now = this.time();
    if (now - this.#lookedAt < LOOK_MS) return;
    this.#lookedAt = now;
    const { termini, sensors } = this.model;
    const devices = new Set<string>();
    const there = new Set<string>();
    this.#things.clear();
    const put = (device: WatchedDevice, isDrive: boolean, thing: string): void => {
      const { network, eid, state, error } = device;
      const key = keyOf(device, isDrive);
      devices.add(key);
      for (const place of [device, ...device.ways]) {
        const at = `${place.network}:${place.eid}`;
        // Of one which is both, the terminus says best what it is, if it says anything.
        if (!isDrive || (this.#things.get(at) ?? '') === '') this.#things.set(at, thing.slice(0, LONGEST));
      }
      termini.put(key, {
        network,
        eid,
        thing: thing.slice(0, LONGEST),
        isDrive,
        sensors: device.sensors.length,
        reading: state === 'asking',
        error: error?.slice(0, LONGEST) ?? (state === 'watched' ? null : state),
      });
      for (const sensor of device.sensors) there.add(this.#sensor(device, isDrive, sensor));
    };
    for (const device of this.door.termini()) put(device, false, nameOf(device));
    for (const device of this.door.drives()) put(device, true, device.model === '' ? nameOf(device) : device.model);
    termini.keepOnly(devices);
    sensors.keepOnly(there);
    for (const key of this.#known.keys()) if (!there.has(key)) this.#known.delete(key);
    for (const [of, key] of this.#rows) if (!there.has(key)) this.#rows.delete(of);
  }

  thingOf(network: number, eid: number): string {
    return this.#things.get(`${network}:${eid}`) ?? '';
  }

  trace(key: string, from: number): HistoryPoints | undefined {
    const known = this.#known.get(key);
    const { history } = this.door;
    if (known === undefined || history === undefined) return undefined;
    const [series] = history.readings({ ...known, from, points: POINTS });
    const points = series?.points ?? [];
    return { times: points.map(({ at }) => at / 1000), values: points.map(({ mean }) => mean) };
  }

  async close(): Promise<void> {
    this.#stop();
  }

  #heard(event: WatchEvent): void {
    if (event.kind === 'reading') {
      // Of a device which is in the table; of another one the next look tells.
      const { device, sensor } = event;
      for (const isDrive of [false, true]) {
        const key = sensorKey(device, isDrive, sensor);
        if (this.#known.get(key)?.device === device.key) this.#sensor(device, isDrive, sensor);
      }
      return;
    }
    const row = eventRow(event);
    if (row !== undefined) this.model.event(row);
  }

  #sensor(device: Pick<WatchedDevice, 'key' | 'network' | 'eid'>, isDrive: boolean, sensor: SensorSnapshot): string {
    const key = sensorKey(device, isDrive, sensor);
    const of = `${device.key} ${isDrive} ${sensor.kind} ${sensor.key}`;
    const before = this.#rows.get(of);
    if (before !== undefined && before !== key) this.model.traces.rename(before, key);
    this.#rows.set(of, key);
    this.#known.set(key, { device: device.key, sensor: sensor.key });
    const row = sensorRow(device, sensor);
    if (this.model.sensors.put(key, row) && sensor.kind === 'numeric' && sensor.readAt !== null) {
      this.model.traces.add(key, sensor.readAt, sensor.value ?? Number.NaN);
    }
    return key;
  }
}

type Place = Pick<WatchedDevice, 'network' | 'eid'>;

function keyOf({ network, eid }: Place, isDrive: boolean): string {
  return `${network}:${eid}${isDrive ? ':nvme' : ''}`;
}

function sensorKey(device: Place, isDrive: boolean, { kind, key }: SensorSnapshot): string {
  return `${keyOf(device, isDrive)}:${kind}:${key}`;
}

/** A device without a name is called by its EID, which is shown beside it already. */
function nameOf({ name, eid }: WatchedDevice): string {
  return name === `EID ${eid}` ? '' : name;
}

function sensorRow({ network, eid }: Place, sensor: SensorSnapshot): WebSensor {
  const { key, kind, value, unit, operationalState, severity, readAt, limits, min, max, error } = sensor;
  const state = operationalState === 'enabled' || operationalState === 'unknown' ? sensor.state : operationalState;
  return {
    network,
    eid,
    kind,
    id: key,
    limits,
    min,
    max,
    // Of most states nobody says whether they are good.
    severity: severity === 'unknown' && error === null && operationalState === 'enabled' ? 'ok' : severity,
    name: sensor.name.slice(0, LONGEST),
    entity: sensor.entity.slice(0, LONGEST),
    value: kind === 'numeric' ? value : null,
    unit: unit.slice(0, 20),
    state: state.slice(0, LONGEST),
    error: error?.slice(0, LONGEST) ?? null,
    at: readAt ?? 0,
  };
}

const LEVELS = { ok: 'good', warning: 'warning', critical: 'error', unknown: 'info' } as const;

/** Undefined: the bus owner tells of it already. */
function eventRow(event: WatchEvent): Parameters<WebModel['event']>[0] | undefined {
  const words = ['appeared', 'vanished', 'moved'].includes(event.kind) ? undefined : wordsOfEvent(event);
  if (words === undefined) return undefined;
  const { network, eid, name: about } = event.device;
  return { time: event.at, kind: event.kind, level: LEVELS[words.severity], network, eid, about, text: words.text };
}

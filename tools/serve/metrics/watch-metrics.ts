/**
 * Metrics of watched termini and drives. A reading is a metric of its unit, `mctp_sensor_celsius`, with the device and the
 * sensor as labels: there are at most so many of them, and what a device calls itself is cut short.
 */

import type { TerminusSnapshot } from '../../../pldm/terminus-manager/terminus-snapshot.js';
import type { DriveSnapshot } from '../../../stack/nvme-mi/drive-snapshot.js';
import type { BusShare, SensorSnapshot, WatchedDevice, WatchState } from '../../../stack/watch/index.js';
import type { Exposition, Labels, Sample } from './exposition.js';

export interface WatchFigures {
  termini(): readonly TerminusSnapshot[];
  drives(): readonly DriveSnapshot[];
  readonly historyBytes: number | undefined;
  readonly shares: ReadonlyMap<string, BusShare>;
}

const MOST_SENSORS = 20_000;
const LONGEST_LABEL = 64;
const STATES: readonly WatchState[] = ['waiting', 'asking', 'watched', 'silent', 'refused'];

/** Base units of Prometheus where there is one; the value is multiplied. */
const UNITS: Readonly<Record<string, readonly [name: string, factor: number, offset?: number]>> = {
  '°C': ['celsius', 1],
  '°F': ['celsius', 5 / 9, -32],
  K: ['celsius', 1, -273.15],
  V: ['volts', 1],
  A: ['amperes', 1],
  W: ['watts', 1],
  J: ['joules', 1],
  '%': ['ratio', 0.01],
  Hz: ['hertz', 1],
  s: ['seconds', 1],
  Pa: ['pascals', 1],
  kPa: ['pascals', 1000],
  RPM: ['rpm', 1],
  CFM: ['cfm', 1],
};

export function watchMetrics(text: Exposition, watch: WatchFigures): void {
  const [termini, drives] = [watch.termini(), watch.drives()];
  const all: readonly WatchedDevice[] = [...termini, ...drives];
  text.gauge(
    'mctp_watch_devices',
    'Devices which are watched, by kind and by state',
    [['terminus', termini] as const, ['drive', drives] as const].flatMap(([kind, devices]) =>
      STATES.map((state): Sample => [{ kind, state }, devices.filter((device) => device.state === state).length]),
    ),
  );
  text.gauge('mctp_device_up', '1: the device is watched; 0: it is silent, or cannot be watched', [
    ...termini.map((device) => up(device, 'terminus')),
    ...drives.map((device) => up(device, 'drive')),
  ]);
  text.gauge('mctp_device_info', 'What a device says it is; always 1', [
    ...termini.map((device) => info(device, 'terminus')),
    ...drives.map((device) => info(device, 'drive')),
  ]);
  sensorMetrics(text, all);
  text.counter(
    'mctp_watch_wire_seconds_total',
    'Time of the wire which watching took',
    [...watch.shares].map(([link, share]) => [{ link }, share.use.wireMs / 1000]),
  );
  text.counter(
    'mctp_watch_exchanges_total',
    'Requests which watching made',
    [...watch.shares].map(([link, share]) => [{ link }, share.use.exchanges]),
  );
  text.gauge(
    'mctp_watch_waiting_exchanges',
    'Requests which wait for the share of their wire',
    [...watch.shares].map(([link, share]) => [{ link }, share.use.waiting]),
  );
  const { historyBytes } = watch;
  if (historyBytes !== undefined) {
    text.gauge('mctp_watch_history_bytes', 'Bytes of the file of the history which are in use', [[{}, historyBytes]]);
  }
}

function sensorMetrics(text: Exposition, devices: readonly WatchedDevice[]): void {
  const sensors = devices
    .flatMap((device) =>
      device.sensors.map((sensor) => ({ sensor, labels: { ...labelsOf(device), ...sensorLabels(sensor) } })),
    )
    .slice(0, MOST_SENSORS);
  const byMetric = new Map<string, Sample[]>();
  for (const { sensor, labels } of sensors) {
    if (sensor.kind !== 'numeric' || sensor.value === null) continue;
    const [unit, factor, offset = 0] = UNITS[sensor.unit] ?? ['', 1];
    const name = unit === '' ? 'mctp_sensor_value' : `mctp_sensor_${unit}`;
    const more = unit === '' ? { unit: short(sensor.unit) } : {};
    const samples = byMetric.get(name) ?? [];
    byMetric.set(name, samples);
    samples.push([{ ...labels, ...more }, (sensor.value + offset) * factor]);
  }
  for (const [name, samples] of [...byMetric].sort(([a], [b]) => a.localeCompare(b))) {
    text.gauge(name, 'The latest reading of a sensor', samples);
  }
  const states = sensors.filter(({ sensor }) => sensor.kind === 'state' && sensor.value !== null);
  text.gauge(
    'mctp_sensor_state',
    'Number of the state of a sensor',
    states.map(({ sensor, labels }) => [labels, sensor.value!]),
  );
  text.gauge(
    'mctp_sensor_severity',
    'How bad the state of a sensor is; 0: well, 1: warning, 2: critical',
    sensors.flatMap(({ sensor, labels }): Sample[] => {
      const severity = ['ok', 'warning', 'critical'].indexOf(sensor.severity);
      return severity < 0 ? [] : [[labels, severity]];
    }),
  );
  text.gauge(
    'mctp_sensor_read_time_seconds',
    'When a sensor was read the last time, since 1970',
    sensors.flatMap(({ sensor, labels }): Sample[] => (sensor.readAt === null ? [] : [[labels, sensor.readAt / 1000]])),
  );
}

function info(device: WatchedDevice, kind: string): Sample {
  const firmware = short(device.firmware[0]?.version ?? '');
  return [{ ...labelsOf(device), kind, uuid: device.uuid ?? '', firmware }, 1];
}

function up(device: WatchedDevice, kind: string): Sample {
  return [{ ...labelsOf(device), kind }, device.state === 'watched' ? 1 : 0];
}

function labelsOf({ network, eid, name }: WatchedDevice): Labels {
  return { network, eid, device: short(name) };
}

function sensorLabels({ key, name }: SensorSnapshot): Labels {
  return { sensor: short(key), sensor_name: short(name) };
}

function short(text: string): string {
  return text.slice(0, LONGEST_LABEL);
}

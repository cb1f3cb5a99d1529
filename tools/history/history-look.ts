/** A history for people and for programs: tables, CSV, pictures, JSON. Pure. */

import { printable } from '../command-error.js';
import { sparkline } from '../format/bars.js';
import type { Colours } from '../format/colours.js';
import { tableLines } from '../format/columns.js';
import { timeSvg } from '../format/time-svg.js';
import { isoTime } from '../format/time-text.js';
import type { EventsDocument, HistoryDocument } from '../schema/history-documents.js';
import type { HistoryDevice, HistoryEvent, HistoryPoint, HistorySensor, HistorySeries } from './history-model.js';

const SPARK_WIDTH = 24;

export function deviceLines(devices: readonly HistoryDevice[]): string[] {
  const rows = devices.map(({ eid, network, name, sensors, firstAt, lastAt, key }) => [
    network === 1 ? String(eid) : `${network}:${eid}`,
    ...[name, String(sensors.length), timeText(firstAt), timeText(lastAt), key],
  ]);
  return tableLines([['eid', 'device', 'sensors', 'first seen', 'last seen', 'key'], ...rows]);
}

/** A line per sensor; of one sensor alone a line per point. */
export function seriesLines(device: HistoryDevice, all: readonly HistorySeries[], alone: boolean): string[] {
  const title = `EID ${device.eid}  ${device.name}`;
  const [only] = all;
  if (alone && only !== undefined) {
    const { sensor, points } = only;
    const rows = points.map((point) => [
      timeText(point.at),
      ...(point.count === 1 ? ['', valueText(sensor, point.last), ''] : rangeCells(sensor, point)),
      String(point.count),
    ]);
    const heads = ['time', 'least', sensor.unit === '' ? 'value' : sensor.unit, 'most', 'readings'];
    return [`${title}  ${sensor.name}`, ...tableLines([heads, ...rows], ['left', 'right', 'right', 'right', 'right'])];
  }
  const rows = all.map(({ sensor, points }) => {
    const [least, mean, most] = points.length === 0 ? ['', '', ''] : rangeCells(sensor, whole(points));
    const last = points.at(-1);
    const count = points.reduce((sum, point) => sum + point.count, 0);
    return [
      ...[sensor.key, sensor.name, least!, mean!, most!],
      last === undefined ? '' : valueText(sensor, last.last),
      sensor.unit,
      sparkline(
        points.map((point) => point.mean),
        SPARK_WIDTH,
      ),
      String(count),
    ];
  });
  const heads = ['id', 'sensor', 'least', 'mean', 'most', 'last', '', '', 'readings'];
  return [
    title,
    ...tableLines([heads, ...rows], ['left', 'left', 'right', 'right', 'right', 'right', 'left', 'left', 'right']),
  ];
}

export function csvLines(device: HistoryDevice, all: readonly HistorySeries[]): string[] {
  const rows = all.flatMap(({ sensor, points }) =>
    points.map(({ at, min, mean, max, last, count }) =>
      [isoTime(at), device.key, device.name, sensor.key, sensor.name, sensor.unit, min, mean, max, last, count]
        .map(csvCell)
        .join(','),
    ),
  );
  return ['time,device,device name,sensor,sensor name,unit,least,mean,most,last,readings', ...rows];
}

/** A picture of all sensors: a panel for each unit. */
export function pictureOf(device: HistoryDevice, all: readonly HistorySeries[]): string {
  const units = [...new Set(all.map(({ sensor }) => sensor.unit))];
  return timeSvg({
    title: printable(`EID ${device.eid}  ${device.name}`),
    names: all.map(({ sensor }) => printable(sensor.name)),
    panels: units.map((unit) => ({
      title: unit === '' ? 'States' : 'Readings',
      unit: unit === '' ? 'number' : unit,
      leastStep: 0,
      curves: all.map(({ sensor, points }) =>
        sensor.unit === unit ? points.map((point) => [point.at, point.mean] as const) : [],
      ),
    })),
    originMs: 0,
  });
}

export function eventLines(events: readonly HistoryEvent[], colours: Colours): string[] {
  const rows = events.map(({ at, deviceName, kind, text, severity }) => {
    const shown = printable(text);
    return [
      colours.faint(timeText(at)),
      printable(deviceName ?? ''),
      kind,
      severity === 'critical' || severity === 'warning' ? colours.bad(shown) : shown,
    ];
  });
  return tableLines(rows);
}

export function eventsDocument(events: readonly HistoryEvent[]): EventsDocument {
  return {
    events: events.map(({ at, kind, device, deviceName, sensor, severity, text }) => ({
      time: isoTime(at),
      kind,
      device,
      deviceName,
      sensor,
      severity,
      text,
    })),
  };
}

/** Without a device: which there are. */
export function historyDocument(
  devices: readonly HistoryDevice[],
  device?: HistoryDevice,
  series: readonly HistorySeries[] = [],
): HistoryDocument {
  if (device === undefined) {
    return { devices: devices.map((one) => ({ ...aboutDevice(one), sensors: one.sensors.map(aboutSensor) })) };
  }
  return {
    ...aboutDevice(device),
    sensors: series.map(({ sensor, points }) => ({
      ...aboutSensor(sensor),
      points: points.map(({ at, min, mean, max, last, count }) => {
        return { time: isoTime(at), least: min, mean, most: max, last, readings: count };
      }),
    })),
  };
}

function aboutDevice({ key, name, network, eid, firstAt, lastAt }: HistoryDevice) {
  return { key, name, network, eid, firstSeen: isoTime(firstAt), lastSeen: isoTime(lastAt) };
}

function aboutSensor({ key, name, kind, unit, states }: HistorySensor) {
  return { key, name, kind, unit, states };
}

function whole(points: readonly HistoryPoint[]): HistoryPoint {
  let [min, max, sum, count] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, 0];
  for (const point of points) {
    [min, max] = [Math.min(min, point.min), Math.max(max, point.max)];
    sum += point.mean * point.count;
    count += point.count;
  }
  return { at: points[0]!.at, min, mean: sum / count, max, last: points.at(-1)!.last, count };
}

/** The mean of states says nothing. */
function rangeCells(sensor: HistorySensor, { min, mean, max, last }: HistoryPoint): string[] {
  if (sensor.kind === 'state') return ['', min === max ? valueText(sensor, last) : 'changing', ''];
  return [numberText(min), numberText(mean), numberText(max)];
}

function valueText({ kind, states }: HistorySensor, value: number): string {
  return kind === 'state' ? (states[value] ?? String(value)) : numberText(value);
}

/** Four digits behind the first which counts are enough for people. */
function numberText(value: number): string {
  return String(Number(value.toPrecision(5)));
}

/** `2026-11-28 14:03:27` */
function timeText(ms: number): string {
  return isoTime(ms).slice(0, 19).replace('T', ' ');
}

/** What begins like a formula is text to a spreadsheet only behind an apostrophe. */
function csvCell(value: string | number): string {
  if (typeof value === 'number') return String(value);
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\n\r]/.test(safe) ? `"${safe.replace(/"/g, '""')}"` : safe;
}

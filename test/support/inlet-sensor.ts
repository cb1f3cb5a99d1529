/** One sensor of one watched device, for tests of what is recorded of it. */

import type { SensorSnapshot, WatchEvent } from '../../stack/watch/index.js';

export const BOARD = { key: 'aaaa', name: 'Board', network: 1, eid: 9 };

const INLET: SensorSnapshot = {
  key: '1',
  kind: 'numeric',
  name: 'Inlet',
  entity: '',
  unit: '°C',
  value: 0,
  state: 'normal',
  severity: 'ok',
  operationalState: 'enabled',
  readAt: 0,
  intervalMs: 1000,
  limits: {},
  min: null,
  max: null,
  states: {},
  error: null,
};

export function inlet(value: number, readAt: number, more: Partial<SensorSnapshot> = {}): SensorSnapshot {
  return { ...INLET, value, readAt, ...more };
}

export function inletReading(value: number, at: number, more: Partial<SensorSnapshot> = {}): WatchEvent {
  return { kind: 'reading', at, device: BOARD, sensor: inlet(value, at, more) };
}

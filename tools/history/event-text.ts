/** Events of watched devices as sentences, and how bad they are. */

import type { Severity, WatchEvent } from '../../stack/watch/index.js';

export interface EventWords {
  readonly text: string;
  readonly severity: Severity;
  readonly sensor: string | null;
}

const OF_DEVICES: Readonly<Record<Exclude<WatchEvent['kind'], 'reading'>, true>> = {
  appeared: true,
  vanished: true,
  moved: true,
  way: true,
  watchState: true,
  restarted: true,
  recordsChanged: true,
  firmware: true,
  sensorState: true,
  platformEvent: true,
  trouble: true,
};
/** What a recorded event may be. */
export const EVENT_KINDS: readonly string[] = [
  ...Object.keys(OF_DEVICES),
  'linkUp',
  'linkDown',
  'serving',
  'history',
  'clock',
];

const LONGEST_TEXT = 512;

/** Undefined: a reading, which is not an event. */
export function wordsOfEvent(event: WatchEvent): EventWords | undefined {
  const words = partsOf(event);
  return words === undefined ? undefined : { sensor: null, ...words, text: words.text.slice(0, LONGEST_TEXT) };
}

function partsOf(event: WatchEvent): { text: string; severity: Severity; sensor?: string } | undefined {
  switch (event.kind) {
    case 'reading':
      return undefined;
    case 'appeared':
      return { text: 'it is there', severity: 'ok' };
    case 'vanished':
      return { text: `it is gone: ${event.what}`, severity: 'critical' };
    case 'moved':
      return { text: event.what, severity: 'ok' };
    case 'way':
      return { text: event.what, severity: event.isLost ? 'warning' : 'ok' };
    case 'watchState': {
      const severity = event.to === 'silent' || event.to === 'refused' ? 'critical' : 'ok';
      return { text: `${event.from} -> ${event.to}${event.what === '' ? '' : `: ${event.what}`}`, severity };
    }
    case 'restarted':
      return { text: `it was restarted: ${event.what}`, severity: 'warning' };
    case 'recordsChanged':
      return { text: `${event.records} PDRs, ${event.sensors} sensors`, severity: 'ok' };
    case 'firmware': {
      const from = event.from === null ? '' : `${event.from} -> `;
      return { text: `${event.component}: ${from}${event.to}`, severity: 'ok' };
    }
    case 'sensorState': {
      const { sensor, from, to, severity } = event;
      const value = sensor.kind === 'numeric' && sensor.value !== null ? ` at ${sensor.value} ${sensor.unit}` : '';
      return { text: `${sensor.name}: ${from} -> ${to}${value}`, severity, sensor: sensor.key };
    }
    case 'platformEvent':
      return { text: event.what, severity: 'unknown' };
    case 'trouble':
      return { text: event.what, severity: 'warning' };
  }
}

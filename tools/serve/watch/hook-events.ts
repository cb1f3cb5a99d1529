/** Which hooks an event is for, and what they are told. */

import type { WatchEvent } from '../../../stack/watch/index.js';
import { isoTime } from '../../format/time-text.js';
import { wordsOfEvent } from '../../history/event-text.js';

export type HookKind =
  | 'threshold'
  | 'state'
  | 'lost-device'
  | 'returned'
  | 'appeared'
  | 'restarted'
  | 'firmware'
  | 'link-down'
  | 'event';

/** What a hook is told, as JSON. */
export interface HookEvent {
  readonly on: HookKind;
  readonly time: string;
  readonly device: string | null;
  readonly name: string | null;
  readonly eid: number | null;
  readonly network: number | null;
  readonly sensor: string | null;
  readonly value: number | null;
  readonly unit: string | null;
  readonly severity: string;
  readonly text: string;
}

/** Undefined: no hook is for it. */
export function hookKindOf(event: WatchEvent): HookKind | undefined {
  switch (event.kind) {
    case 'sensorState':
      return event.sensor.kind === 'numeric' ? 'threshold' : 'state';
    case 'vanished':
      return 'lost-device';
    case 'watchState':
      if (event.to === 'silent') return 'lost-device';
      return event.to === 'watched' && event.from === 'silent' ? 'returned' : undefined;
    case 'appeared':
    case 'restarted':
    case 'firmware':
      return event.kind;
    case 'platformEvent':
      return 'event';
    default:
      return undefined;
  }
}

export function hookEvent(on: HookKind, event: WatchEvent): HookEvent {
  const words = wordsOfEvent(event);
  const sensor = event.kind === 'sensorState' ? event.sensor : undefined;
  const { key, name, eid, network } = event.device;
  return {
    on,
    time: isoTime(event.at),
    device: key,
    name,
    eid,
    network,
    sensor: sensor?.name ?? null,
    value: sensor?.value ?? null,
    unit: sensor?.unit ?? null,
    severity: words?.severity ?? 'unknown',
    text: words?.text ?? '',
  };
}

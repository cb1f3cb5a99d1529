/** What happens to watched devices, as one stream. Everything in it is plain data. */

import type { SensorSnapshot, Severity, WatchedIdentity, WatchState } from './watched-device.js';

export type WatchChange =
  /** It came; it is gone for good. */
  | { readonly kind: 'appeared' }
  | { readonly kind: 'vanished'; readonly what: string }
  /** It has another EID, or is elsewhere. */
  | { readonly kind: 'moved'; readonly what: string }
  /** Of its several ways one was lost, or is new; it is still there. */
  | { readonly kind: 'way'; readonly what: string; readonly isLost: boolean }
  | { readonly kind: 'watchState'; readonly from: WatchState; readonly to: WatchState; readonly what: string }
  /** It forgot what it was told: its TID, or its event receiver. */
  | { readonly kind: 'restarted'; readonly what: string }
  | { readonly kind: 'recordsChanged'; readonly records: number; readonly sensors: number }
  | { readonly kind: 'firmware'; readonly component: string; readonly from: string | null; readonly to: string }
  /** A reading which the device answered. */
  | { readonly kind: 'reading'; readonly sensor: SensorSnapshot }
  /** State or operational state of a sensor is another one, by a reading or by an event of the device. */
  | {
      readonly kind: 'sensorState';
      readonly sensor: SensorSnapshot;
      readonly from: string;
      readonly to: string;
      readonly severity: Severity;
    }
  /** The device sent it: its class by name, and what it says in words. */
  | { readonly kind: 'platformEvent'; readonly eventClass: string; readonly what: string }
  | { readonly kind: 'trouble'; readonly what: string };

/** `at`: ms since 1970. */
export type WatchEvent = WatchChange & { readonly at: number; readonly device: WatchedIdentity };
export type WatchEventKind = WatchEvent['kind'];
export type WatchListener = (event: WatchEvent) => void;

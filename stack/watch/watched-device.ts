/** What is known of a watched device and of its sensors: plain data of one moment, the same for termini and for drives. */

import { isUsefulUuid } from '../useful-uuid.js';

/**
 * `waiting`: its turn has not come. `asking`: identity and records are being read. `watched`: sensors are read and events
 * come. `silent`: it does not answer, and is asked again from time to time. `refused`: it answers in a way with which it
 * cannot be watched; `error` says why, and it is asked again later.
 */
export type WatchState = 'waiting' | 'asking' | 'watched' | 'silent' | 'refused';

export type Severity = 'ok' | 'warning' | 'critical' | 'unknown';

export interface SensorSnapshot {
  /** Unique on its device, and the same after a restart: "12", "12.1" (second part of a composite), a word on a drive. */
  readonly key: string;
  readonly kind: 'numeric' | 'state';
  readonly name: string;
  /** "system board 1 / processor 2"; '' unknown. */
  readonly entity: string;
  /** "°C"; '' for states. */
  readonly unit: string;
  /** The latest in the unit; of a state its number. Null: none is known now. */
  readonly value: number | null;
  /** "normal", "upperCritical"; of a state its name: "Not present". '' before the first reading. */
  readonly state: string;
  /** "enabled", "unavailable", "failed"; "unknown" before the first reading. */
  readonly operationalState: string;
  readonly severity: Severity;
  /** Of the latest reading which the device answered; ms since 1970. */
  readonly readAt: number | null;
  /** Between two readings, as it is wanted; ms. */
  readonly intervalMs: number;
  /** In the unit, by name: `upperCritical`. */
  readonly limits: Readonly<Record<string, number>>;
  readonly min: number | null;
  readonly max: number | null;
  /** Names of the states it can have, by number; of a state sensor only. */
  readonly states: Readonly<Record<number, string>>;
  /** Why the latest attempt gave no reading. */
  readonly error: string | null;
}

export interface FirmwareVersion {
  readonly component: string;
  readonly version: string;
  /** What it becomes with the next activation; null: nothing waits. */
  readonly pending: string | null;
}

/** Which device something is about. */
export interface WatchedIdentity {
  /** The same as long as it is the same device: its UUID, or its place, or network and EID. */
  readonly key: string;
  /** For people: what it calls itself, or "EID 9". */
  readonly name: string;
  readonly network: number;
  readonly eid: number;
}

/** One of the endpoints of a device which is on several links. */
export interface WatchedWay {
  readonly network: number;
  readonly eid: number;
  readonly link: string;
  /** Null behind a bridge. */
  readonly physicalAddress: string | null;
  /** The device is watched by it. */
  readonly isUsed: boolean;
  /** It answered when it was last heard of. */
  readonly isUp: boolean;
}

export interface WatchedDevice extends WatchedIdentity {
  readonly link: string;
  /** Null behind a bridge. */
  readonly physicalAddress: string | null;
  readonly uuid: string | null;
  /** At least one; `link` and `eid` are those of the way in use. */
  readonly ways: readonly WatchedWay[];
  readonly state: WatchState;
  /** Since when it is in this state; ms since 1970. */
  readonly since: number;
  /** Why it is not watched. */
  readonly error: string | null;
  readonly firmware: readonly FirmwareVersion[];
  readonly sensors: readonly SensorSnapshot[];
  /** What is odd about it, one sentence each. */
  readonly notes: readonly string[];
}

/** An endpoint to be watched: `EndpointInfo` of a bus owner is one. */
export interface WatchedEndpoint {
  readonly network: number;
  readonly eid: number;
  readonly link: string;
  /** On that link; undefined behind a bridge. */
  readonly physicalAddress: string | undefined;
  readonly uuid: string | undefined;
  readonly messageTypes: readonly number[];
}

/** By UUID, which stays with a device wherever it is, if it says something; else by place, else by EID. */
export function watchedKey({ uuid, link, physicalAddress, network, eid }: WatchedEndpoint): string {
  if (isUsefulUuid(uuid)) return uuid;
  return physicalAddress === undefined ? `${network}:${eid}` : `${link}/${physicalAddress}`;
}

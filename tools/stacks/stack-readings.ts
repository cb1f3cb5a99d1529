/** What a stack has counted, for `top`. */

import type { EndpointInfo } from '../../stack/bus-owner/index.js';
import type { Seen } from '../capture/monitor.js';

/** What a link has counted so far. */
export interface LinkReading {
  readonly name: string;
  readonly up: boolean;
  readonly downReason: string | undefined;
  readonly rxPackets: number;
  readonly txPackets: number;
  readonly rxBytes: number;
  readonly txBytes: number;
  readonly faults: number;
  /** Everything that there is to know. */
  readonly counters: Readonly<Record<string, number>>;
}

/** What was exchanged with an endpoint so far. */
export interface PeerReading {
  readonly network: number;
  readonly eid: number;
  readonly messages: number;
  readonly timeouts: number;
  readonly retries: number;
}

/** Snapshots, from now on. */
export interface StackReadings {
  links(names: readonly string[]): LinkReading[];
  peers(endpoints: readonly EndpointInfo[]): PeerReading[];
  /** A packet has passed. */
  seen(seen: Seen): void;
  /** An endpoint has been asked; undefined: it did not answer. */
  polled(network: number, eid: number, rttMs: number | undefined): void;
}

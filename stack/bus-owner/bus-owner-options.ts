/** What a bus owner can be told: ranges, fixed EIDs, patience, and what to make of odd devices. */

import type { Clock } from '../clock.js';
import type { PhysicalAddress } from '../link.js';
import type { RequesterOptions } from '../protocol/index.js';
import type { BusOwnerState } from './eid-history.js';
import type { NetworkStack } from './network-stack.js';

/** An EID that is kept for one device, known by where it sits or by its UUID. */
export interface StaticAssignment {
  readonly eid: number;
  readonly link?: string;
  readonly physicalAddress?: PhysicalAddress;
  readonly uuid?: string;
  /** For a bridge: first EID of its pool. */
  readonly poolStart?: number;
  /** False: a wish only; another device may get the EID when this one is not there. Default true. */
  readonly reserve?: boolean;
}

/** Information a device need not be asked for, because it does not take the question well. */
export type IdentityPart = 'uuid' | 'types' | 'versions' | 'vendor';

/** How one device wants to be treated. */
export interface DevicePolicy {
  /** Leave it alone: it is never asked anything. */
  readonly ignore?: boolean;
  /** Time for an answer, per try; ms. */
  readonly timeoutMs?: number;
  readonly retries?: number;
  /** Least time between the end of one exchange and the start of the next; ms. */
  readonly minGapMs?: number;
  /** False: do not look at it from time to time. */
  readonly poll?: boolean;
  /** It is soldered in: when it is silent it is marked, but its EID is never taken back (DSP0236 §8.17.6). */
  readonly fixed?: boolean;
  readonly skip?: readonly IdentityPart[];
}

export interface PolicySubject {
  readonly link: string;
  /** Undefined behind a bridge. */
  readonly physicalAddress: PhysicalAddress | undefined;
  readonly eid: number;
  readonly uuid: string | undefined;
}

export interface BusOwnerOptions {
  readonly host: NetworkStack;
  readonly clock: Clock;
  /** Default 1. */
  readonly network?: number;
  /** Links of the network that are ours to number; default: all. */
  readonly only?: (link: string) => boolean;
  /**
   * Links on which EIDs are given; default: all. On the others nothing is changed: devices keep their EIDs, bridges keep
   * the EIDs that they have for what is behind them, and a device without one is reported as a `conflict` event (EADDRNOTAVAIL).
   */
  readonly mayAssign?: (link: string) => boolean;
  /** First and last EID to give out; default 9 to 254, 8 being the usual EID of the owner itself. */
  readonly dynamic?: readonly [number, number];
  /** The EIDs to give on a link, where not those of `dynamic`: [first, last], which may overlap those of other links. */
  readonly dynamicOf?: (link: string) => readonly [number, number] | undefined;
  /** A usable EID outside of the range that a device has already is kept. Default true; a bridge's pool says no. */
  readonly keepForeign?: boolean;
  readonly assignments?: readonly StaticAssignment[];
  /** Information nobody is asked for: a bridge, for instance, need not know what those below it speak. */
  readonly skip?: readonly IdentityPart[];
  readonly policy?: (subject: PolicySubject) => DevicePolicy | undefined;
  /** EIDs given to one bridge at most; default 15, as mctpd. */
  readonly maxBridgePool?: number;
  /**
   * The longest wait for something new behind a bridge; ms, default 500. A bridge's routing table that stands still for
   * twice the time in which it grew (150 ms at least) is believed complete before that.
   */
  readonly settleMs?: number;
  /** False: bridges get their EIDs, and what is behind them is left to others; a bridge does so. Default true. */
  readonly behind?: boolean;
  /** Tell the bridges below where the other endpoints are (DSP0236 §12.11). Default true. */
  readonly routingUpdates?: boolean;
  /** TRECLAIM: silence after which an EID may be taken back; ms, default 5000. */
  readonly reclaimMs?: number;
  /** While monitoring, pause between two looks at an endpoint; ms, default 5000; 0: no looking. */
  readonly pollMs?: number;
  /** While monitoring, pause between two searches for devices nobody knows of yet; ms, default 0: no searching. */
  readonly scanMs?: number;
  /** Devices of one link asked at the same time; default 16. */
  readonly parallel?: number;
  /** How long new EIDs wait for addresses that do not answer, lest one of them has that EID; ms, default 150 (MT1). */
  readonly surveyMs?: number;
  readonly control?: Omit<RequesterOptions, 'clock' | 'transport'>;
  /** EIDs of an earlier run. */
  readonly state?: BusOwnerState;
  /** Called whenever the state changed; write it where the next run finds it. */
  readonly onState?: (state: BusOwnerState) => void;
}

export interface DiscoverOptions {
  /** Default: all links of the network that are up. */
  readonly links?: readonly string[];
  /** Only these addresses; default: those the link suggests. */
  readonly addresses?: readonly PhysicalAddress[];
  /** Ends the search: what has begun with a device is finished, and nothing else is begun. */
  readonly signal?: AbortSignal;
}

/** An endpoint that is wanted: by its EID, its UUID, or its place. */
export type WantedEndpoint =
  | { readonly eid: number }
  | { readonly uuid: string }
  /** `physicalAddress`: `''` on a point-to-point link. */
  | { readonly link: string; readonly physicalAddress: PhysicalAddress };

export const BUS_OWNER_DEFAULTS = {
  dynamic: [9, 254],
  maxBridgePool: 15,
  settleMs: 500,
  reclaimMs: 5_000,
  pollMs: 5_000,
  parallel: 16,
  surveyMs: 150,
} as const;

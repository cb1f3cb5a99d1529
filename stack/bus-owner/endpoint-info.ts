/** What a bus owner knows of an endpoint, and what can happen to one. */

import type { VendorSet } from '../control/index.js';
import type { MctpError } from '../errors.js';
import type { Eid, NetworkId } from '../ids.js';
import type { PhysicalAddress } from '../link.js';

/** How well the endpoint answers, in mctpd's words: degraded means "silent, but not given up yet". */
export type Connectivity = 'available' | 'degraded';

export interface EndpointInfo {
  readonly network: NetworkId;
  readonly eid: Eid;
  /** The link its packets take. */
  readonly link: string;
  /** On that link; undefined when it sits behind a bridge. */
  readonly physicalAddress: PhysicalAddress | undefined;
  /** EID of the bridge it sits behind. */
  readonly bridge: Eid | undefined;
  /** Undefined when it has none, or one that cannot be its own (all zero, or shared with another device). */
  readonly uuid: string | undefined;
  /** 0 simple endpoint, 1 bus owner or bridge (DSP0236 §12.4). */
  readonly endpointType: number;
  /** 0 dynamic EID, 1 static supported, 2 static and in use, 3 static and different. */
  readonly eidType: number;
  readonly messageTypes: readonly number[];
  readonly vendorDefined: readonly VendorSet[];
  /** Versions by message type; the base specification under 255. */
  readonly versions: Readonly<Record<number, readonly string[]>>;
  /** EIDs this bridge may give out. */
  readonly pool: { readonly first: Eid; readonly size: number } | undefined;
  readonly connectivity: Connectivity;
  /** What is odd about it, one sentence each. */
  readonly remarks: readonly string[];
}

/** What can happen to endpoints. */
export type EndpointChange =
  | { readonly type: 'appeared'; readonly endpoint: EndpointInfo }
  /** It is the same device, and something about it is not as it was. */
  | { readonly type: 'changed'; readonly endpoint: EndpointInfo; readonly what: string }
  /** Silent, but not given up yet. */
  | { readonly type: 'degraded'; readonly endpoint: EndpointInfo; readonly reason: string }
  | { readonly type: 'recovered'; readonly endpoint: EndpointInfo; readonly what: string }
  | { readonly type: 'vanished'; readonly endpoint: EndpointInfo; readonly reason: string }
  /** Two devices claim the same, or one does not do as it was told. */
  | { readonly type: 'conflict'; readonly place: string; readonly what: string; readonly error?: MctpError };

/** With the time of the bus owner's clock, ms. */
export type EndpointEvent = EndpointChange & { readonly at: number };

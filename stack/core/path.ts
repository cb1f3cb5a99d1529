/** The way a message takes, decided once per message. */

import type { PhysicalAddress } from '../link.js';
import type { LinkPort } from './link-port.js';
import type { Peer } from './tags.js';

/** Name of the way to ourselves. */
export const LOCAL_LINK = 'lo';

export interface Path {
  /** Undefined: the destination is one of our own EIDs. */
  readonly link: LinkPort | undefined;
  readonly network: number;
  readonly source: number;
  readonly destination: number;
  readonly to: PhysicalAddress;
  /** Payload bytes per packet. */
  readonly unit: number;
  /** Whose tags are used. */
  readonly peer: Peer;
  /** The same device by its other names: tags in use there are better left alone. */
  readonly aliases?: readonly Peer[] | undefined;
}

/** The path of a message: decided before it is sent, and the same for all messages until a table changes. */

import type { PhysicalAddress } from '../link.js';
import type { LinkPort } from './link-port.js';
import type { Peer } from './tags.js';

/** Name of the path to ourselves. */
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
  /** The same device by its other names, when the path is that to a place; see `aliasesOf`. */
  readonly aliases?: readonly Peer[];
}

/** May the answer to what went this way come by that link, from that physical address? */
export function leadsTo(path: Path, link: string, from: PhysicalAddress): boolean {
  return path.link === undefined || (path.link.name === link && (path.to === from || path.link.link.addressSize === 0));
}

/** The same device by its other names: tags in use there are better left alone. */
export function aliasesOf(path: Path): readonly Peer[] | undefined {
  return path.aliases ?? path.link?.aliasesAt(path.to);
}

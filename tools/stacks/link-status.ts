/** What verbs show of a link, whichever stack it belongs to. */

import type { LinkPath } from '../../stack/link.js';

export interface SessionLinkStatus {
  readonly name: string;
  readonly network: number;
  readonly binding: number;
  readonly medium: number;
  readonly up: boolean;
  readonly transmissionUnit: number;
  readonly eids: readonly number[];
  /** Bytes of a physical address; 0: point to point. */
  readonly addressSize: number;
  readonly ownAddress: string;
  /** Of a link which has several ways to its other end: a cable. */
  readonly paths?: readonly LinkPath[];
}

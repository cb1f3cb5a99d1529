/** A client of a served network, as the parts which do its work see it. */

import type { Right } from '../shared-protocol.js';
import type { ServedNetwork } from './served-network.js';
import type { ServedNode } from './served-node.js';

export interface ClientContext {
  readonly network: ServedNetwork;
  readonly right: Right;
  readonly node: ServedNode | undefined;
  /** What it binds may be bound by others of its kind, too. */
  readonly sharesBindings: boolean;
  /** Names of events it wants; undefined: none. */
  wanted: ReadonlySet<string> | 'all' | undefined;
  /** What must end with it. */
  readonly ends: Set<() => void>;
  /** @throws MctpError EINVAL */
  ownNode(): ServedNode;
  /** @throws MctpError EACCES */
  assertMay(right: Right): void;
  answer(id: number, answer?: object): void;
  fail(id: number, error: unknown, more?: object): void;
  write(frame: Uint8Array): void;
  /** Events and packets are not worth waiting for. */
  writeIfRoom(frame: Uint8Array): boolean;
}

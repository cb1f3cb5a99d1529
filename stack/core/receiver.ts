/** Where a message goes once it is whole: a bound socket, or whatever waits for an answer on a tag. */

import type { MctpMessage } from '../transport.js';

export interface Receiver {
  /** Never throws. False: not taken (closed, no longer waiting, not the answer); it is counted and dropped. */
  deliver(message: MctpMessage): boolean;
}

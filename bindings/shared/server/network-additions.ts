/** What whoever serves a network adds to it, and what the network counts. */

import type { JsonObject } from '../frame.js';
import type { Right } from '../shared-protocol.js';

/** An operation of the JSON protocol which not every network has. */
export interface MoreOperation {
  readonly right: Right;
  /** What it is answered with. @throws MctpError; the client is told */
  run(client: object, question: JsonObject): unknown;
}

export interface NetworkCounters {
  clients: number;
  refused: number;
  hostile: number;
  messagesIn: number;
  messagesOut: number;
  dropped: number;
}

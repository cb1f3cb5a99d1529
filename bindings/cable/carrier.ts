/** What carries a sub-path: a stream of bytes both ways, and what is known of it. TLS or a Unix socket; memory in tests. */

import type { ByteLine } from '../shared/byte-line.js';

export interface Carrier extends ByteLine {
  /** Where the other end is: `192.0.2.7:6287`. */
  readonly name: string;
  /** 32 bytes which only this connection has, the same at both ends (RFC 9266); zeros where there is no channel to bind to. */
  readonly channel: Uint8Array;
  /** What broke it, when it ended by itself. */
  readonly problem?: string | undefined;
}

export const CHANNEL_BYTES = 32;

/** The requester of control commands: instance IDs, retries and patience as DSP0236 wants them (§8.17, §11.7). */

import type { AnyCommand } from '../codec/index.js';
import { Requester, type RequesterOptions } from '../protocol/index.js';
import { type ControlHeader, controlMessages } from './control-protocol.js';

/**
 *     const client = new ControlClient({ transport, clock });
 *     const { eid } = await client.request({ eid: 9 }, GetEndpointID, {});
 */
export class ControlClient extends Requester<AnyCommand, ControlHeader> {
  /** @throws MctpError EAFNOSUPPORT, EACCES from transports which need the system for a socket */
  constructor(options: RequesterOptions) {
    super(controlMessages, { maxWaiting: 32, maxPeers: 512, ...options });
  }
}

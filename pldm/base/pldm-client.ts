/** PLDM requests over any message-level transport (DSP0240 §7, DSP0241). */

import { Requester, type RequesterOptions } from '../../stack/protocol/index.js';
import type { AnyPldmCommand } from './pldm-command.js';
import type { PldmMessageHeader } from './pldm-header.js';
import { pldmMessages } from './pldm-protocol.js';

/**
 *     const client = new PldmClient({ transport, clock });
 *     const { tid } = await client.request({ eid: 9 }, GetTID, {});
 */
export class PldmClient extends Requester<AnyPldmCommand, PldmMessageHeader> {
  /** @throws MctpError EAFNOSUPPORT, EACCES from transports which need the system for a socket */
  constructor(options: RequesterOptions) {
    super(pldmMessages, { nameResponder: false, ...options });
  }
}

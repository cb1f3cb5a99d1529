/** The answering side of PLDM: errors exactly as DSP0240 says. */

import { Responder, type ResponderOptions } from '../../stack/protocol/index.js';
import type { AnyPldmCommand } from './pldm-command.js';
import { COMPLETION } from './pldm-completion-codes.js';
import { PldmHandlers } from './pldm-handlers.js';
import { INSTANCE_IDS, type PldmMessageHeader } from './pldm-header.js';
import { pldmMessages } from './pldm-protocol.js';

/** Of several requesters with all their instance IDs in use: one alone cannot make us deaf to the others. */
const PENDING = 128;

export type PldmResponderOptions = ResponderOptions<PldmMessageHeader>;

/**
 *     const responder = new PldmResponder({ transport, clock });
 *     responder.handlers.on(GetTID, () => ({ tid: 1 }));
 *     responder.start();
 */
export class PldmResponder extends Responder<AnyPldmCommand, PldmMessageHeader, PldmHandlers> {
  constructor(options: PldmResponderOptions) {
    const handlers = new PldmHandlers();
    const own = { maxPending: PENDING, maxPendingPerRequester: INSTANCE_IDS, ...options };
    super(handlers, pldmMessages, own, ({ pldmType }) =>
      handlers.hasType(pldmType) ? COMPLETION.ERROR_UNSUPPORTED_PLDM_CMD : COMPLETION.ERROR_INVALID_PLDM_TYPE,
    );
  }
}

/** The answering side of PLDM: errors exactly as DSP0240 says. */

import { Responder, type ResponderOptions } from '../../stack/protocol/index.js';
import type { AnyPldmCommand } from './pldm-command.js';
import { COMPLETION } from './pldm-completion-codes.js';
import { PldmHandlers } from './pldm-handlers.js';
import type { PldmMessageHeader } from './pldm-header.js';
import { pldmMessages } from './pldm-protocol.js';

export type PldmResponderOptions = ResponderOptions<PldmMessageHeader>;

/**
 *     const responder = new PldmResponder({ transport, clock });
 *     responder.handlers.on(GetTID, () => ({ tid: 1 }));
 *     responder.start();
 */
export class PldmResponder extends Responder<AnyPldmCommand, PldmMessageHeader, PldmHandlers> {
  constructor(options: PldmResponderOptions) {
    const handlers = new PldmHandlers();
    super(handlers, pldmMessages, options, ({ pldmType }) =>
      handlers.hasType(pldmType) ? COMPLETION.ERROR_UNSUPPORTED_PLDM_CMD : COMPLETION.ERROR_INVALID_PLDM_TYPE,
    );
  }
}

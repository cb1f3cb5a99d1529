/** The answering side of NVMe-MI: handlers by command; what has none is answered "invalid opcode". */

import { Handlers, Responder, type ResponderOptions } from '../protocol/index.js';
import type { AnyNvmeMiCommand } from './mi-command.js';
import { NVME_MI, type NvmeMiHeader, nvmeMiMessages } from './mi-protocol.js';
import { MI_STATUS } from './mi-status.js';

/**
 *     const responder = new NvmeMiResponder({ transport, clock });
 *     responder.handlers.on(SubsystemHealthPoll, () => ({ data }));
 *     responder.start();
 */
export class NvmeMiResponder extends Responder<AnyNvmeMiCommand, NvmeMiHeader> {
  constructor(options: ResponderOptions<NvmeMiHeader>) {
    super(new Handlers(NVME_MI), nvmeMiMessages, options, () => MI_STATUS.invalidOpcode);
  }
}

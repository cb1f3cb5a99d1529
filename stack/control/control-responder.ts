/**
 * The responder of control commands (DSP0236 §8.17, §11). What an endpoint, a bus owner or a bridge answers is
 * registered with `handlers.on`; commands without a handler get ERROR_UNSUPPORTED_CMD with a proper header.
 */

import type { AnyCommand } from '../codec/index.js';
import { type Handler, Handlers, type RequestContext, Responder, type ResponderOptions } from '../protocol/index.js';
import { COMPLETION } from './completion-codes.js';
import { CONTROL, type ControlHeader, controlMessages } from './control-protocol.js';

export type ControlContext = RequestContext<ControlHeader>;
export type ControlHandler<C> = Handler<C, ControlHeader>;
export type ControlResponderOptions = ResponderOptions<ControlHeader>;

const DEFAULT_PENDING = 16;

/**
 *     const responder = new ControlResponder({ transport, clock });
 *     responder.handlers.on(GetEndpointID, () => ({ eid: 9, endpointType: 'simple', eidType: 'dynamic', medium: 0 }));
 */
export class ControlResponder extends Responder<AnyCommand, ControlHeader> {
  /** Listens from now on. @throws MctpError EADDRINUSE when somebody else answers control messages */
  constructor(options: ControlResponderOptions) {
    const ownOptions = { maxPending: DEFAULT_PENDING, ...options };
    super(new Handlers(CONTROL), controlMessages, ownOptions, () => COMPLETION.unsupportedCommand);
    this.start();
  }
}

/** Completion codes: those of a whole protocol and those of one command, by number and by name. */

import type { AnyCommand } from '../codec/index.js';
import type { MessageHeader, Protocol } from './protocol.js';

/** "ERROR_NOT_READY", or a command's own "INVALID_SENSOR_ID". */
export function completionCodeName<C extends AnyCommand, H extends MessageHeader>(
  protocol: Protocol<C, H>,
  command: Pick<AnyCommand, 'completionCodes'> | undefined,
  code: number,
): string {
  return protocol.completionCodes[code] ?? command?.completionCodes[code] ?? protocol.unnamedCode(code);
}

/** Completion codes: those of a whole protocol and those of one command, by number and by name. */

import type { AnyCommand, CompletionCodes } from '../codec/index.js';
import type { MessageHeader, Protocol } from './protocol.js';

/** `{ 0x80: 'INVALID_SENSOR_ID' }` from `{ INVALID_SENSOR_ID: 0x80 }`: codes are declared by their names. */
export function namesOfCodes(codes: Readonly<Record<string, number>>): CompletionCodes {
  return Object.fromEntries(Object.entries(codes).map(([name, code]) => [code, name]));
}

/** "ERROR_NOT_READY", or a command's own "INVALID_SENSOR_ID". */
export function completionCodeName<C extends AnyCommand, H extends MessageHeader>(
  protocol: Protocol<C, H>,
  code: number,
  command?: Pick<AnyCommand, 'completionCodes'>,
): string {
  return protocol.completionCodes[code] ?? command?.completionCodes[code] ?? protocol.unnamedCode(code);
}

/** Completion codes: those of every command (DSP0240 table 5), and the names of a command's own. */

import type { AnyCommand } from '../../stack/codec/index.js';
import { hexNumber } from '../../stack/util/text.js';

export const COMPLETION = {
  SUCCESS: 0x00,
  ERROR: 0x01,
  ERROR_INVALID_DATA: 0x02,
  ERROR_INVALID_LENGTH: 0x03,
  ERROR_NOT_READY: 0x04,
  ERROR_UNSUPPORTED_PLDM_CMD: 0x05,
  ERROR_INVALID_PLDM_TYPE: 0x20,
  ERROR_INVALID_TRANSFER_CONTEXT: 0x21,
  ERROR_INVALID_DATA_TRANSFER_HANDLE: 0x22,
  ERROR_UNEXPECTED_TRANSFER_FLAG_OPERATION: 0x23,
  ERROR_INVALID_REQUESTED_SECTION_OFFSET: 0x24,
} as const;

const BASE_NAMES = new Map<number, string>(Object.entries(COMPLETION).map(([name, code]) => [code, name]));

/** "ERROR_NOT_READY", a command's own "INVALID_SENSOR_ID", or "code 0x99". */
export function completionCodeName(code: number, command?: Pick<AnyCommand, 'completionCodes'>): string {
  const own = command?.completionCodes[code];
  return own ?? BASE_NAMES.get(code) ?? `code ${hexNumber(code)}`;
}

/** Completion codes of control responses (DSP0236 §12.2, table 13). */

import type { CompletionCodes } from '../codec/index.js';

export const COMPLETION = {
  success: 0x00,
  /** Nothing better applies. */
  error: 0x01,
  invalidData: 0x02,
  /** The body is longer or shorter than the command's. */
  invalidLength: 0x03,
  /** Transient: ask again later. */
  notReady: 0x04,
  unsupportedCommand: 0x05,
  /** Get MCTP Version Support: nothing known of that message type. */
  messageTypeNotSupported: 0x80,
  /** Routing Information Update: the table is full. */
  insufficientSpace: 0x80,
} as const;

/** Of every command; codes from 0x80 mean what the command says. */
export const COMPLETION_NAMES: CompletionCodes = {
  [COMPLETION.success]: 'SUCCESS',
  [COMPLETION.error]: 'ERROR',
  [COMPLETION.invalidData]: 'ERROR_INVALID_DATA',
  [COMPLETION.invalidLength]: 'ERROR_INVALID_LENGTH',
  [COMPLETION.notReady]: 'ERROR_NOT_READY',
  [COMPLETION.unsupportedCommand]: 'ERROR_UNSUPPORTED_CMD',
};

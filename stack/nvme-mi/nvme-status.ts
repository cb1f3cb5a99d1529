/** How admin commands end, in words (NVMe base specification 2.0, status codes). */

import { hexNumber } from '../util/text.js';
import type { NvmeStatus } from './admin-structures.js';

const GENERIC: Readonly<Record<number, string>> = {
  0: 'success',
  1: 'invalid command opcode',
  2: 'invalid field in command',
  4: 'data transfer error',
  5: 'aborted due to power loss',
  6: 'internal error',
  7: 'command abort requested',
  11: 'invalid namespace or format',
  12: 'command sequence error',
  21: 'operation denied',
  28: 'sanitize failed',
  29: 'sanitize in progress',
  32: 'namespace is write protected',
  130: 'namespace not ready',
  132: 'format in progress',
};

const COMMAND_SPECIFIC: Readonly<Record<number, string>> = {
  6: 'invalid firmware slot',
  7: 'invalid firmware image',
  9: 'invalid log page',
  10: 'invalid format',
  11: 'stored: a conventional reset is due',
  13: 'feature identifier not saveable',
  14: 'feature not changeable',
  16: 'stored: a reset of the NVM subsystem is due',
  17: 'stored: a reset of the controller is due',
  18: 'firmware activation would take longer than allowed',
  19: 'firmware activation prohibited',
  20: 'overlapping ranges',
};

const TYPES = ['generic', 'command specific', 'media', 'path related'];

/** "invalid firmware slot (command specific 0x06)" */
export function nvmeStatusText({ statusCodeType, statusCode }: NvmeStatus): string {
  const words = [GENERIC, COMMAND_SPECIFIC][statusCodeType]?.[statusCode] ?? 'NVMe status';
  const type = TYPES[statusCodeType] ?? (statusCodeType === 7 ? 'vendor specific' : `type ${statusCodeType}`);
  return `${words} (${type} ${hexNumber(statusCode)})`;
}

/** The firmware is stored, and this reset makes it run; undefined where the status says something else. */
export function resetDue({
  statusCodeType,
  statusCode,
}: NvmeStatus): 'conventional' | 'subsystem' | 'controller' | undefined {
  if (statusCodeType !== 1) return undefined;
  return statusCode === 0x0b
    ? 'conventional'
    : statusCode === 0x10
      ? 'subsystem'
      : statusCode === 0x11
        ? 'controller'
        : undefined;
}

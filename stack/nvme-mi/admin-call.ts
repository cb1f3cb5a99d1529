/** What all commands of the admin tunnel have in common: their first fields, and how they end. */

import { decode, encode, le } from '../codec/index.js';
import { MctpError } from '../errors.js';
import { type NvmeStatus, nvmeStatus } from './admin-structures.js';
import type { AdminResponse } from './mi-command.js';
import { nvmeStatusText } from './nvme-status.js';

/** Admin data of one command; what is longer goes in parts. */
export const MOST_DATA = 4096;
export const ALL_NAMESPACES = 0xffff_ffff;

export function admin(controller: number, dataLength: number) {
  return { controller, dataLength, dataLengthValid: dataLength > 0 ? 1 : 0, dataOffsetValid: 0, ignoreShutdown: 0 };
}

export function statusOf(response: AdminResponse): NvmeStatus {
  return decode(nvmeStatus, encode(le.u32, response.cdw3));
}

/** @throws MctpError EPROTO for any other status than success */
export function expectSuccess(what: string, response: AdminResponse): AdminResponse {
  const status = statusOf(response);
  if (status.statusCode === 0 && status.statusCodeType === 0) return response;
  throw new MctpError('EPROTO', `${what}: the drive says ${nvmeStatusText(status)}`);
}

/**
 * Two commands without their rules across fields, for an update agent that wants to live with devices that break them
 * harmlessly: libpldm's device keeps the last auxState when it is idle, others set method bits that mean nothing.
 */

import { struct } from '../../stack/codec/index.js';
import { declare } from './inventory-commands.js';
import { ApplyComplete, applyFields, GetStatus, statusFields } from './update-commands.js';

export const TOLERANT = {
  GetStatus: declare({
    name: GetStatus.name,
    code: GetStatus.code,
    request: {},
    response: struct('GetStatus', statusFields),
    idempotent: true,
  }),
  ApplyComplete: declare({ name: ApplyComplete.name, code: ApplyComplete.code, request: applyFields, response: {} }),
} as const;

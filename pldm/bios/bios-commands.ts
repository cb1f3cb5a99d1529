/** Commands of type 3 (DSP0247 1.0). */

import { bcd8, bytes, checked, enumOf, le, REST, rest, struct, u8 } from '../../stack/codec/index.js';
import { commandsOf } from '../base/pldm-command.js';
import { PLDM_TYPE } from '../base/pldm-types.js';
import { transferFlag, transferOperationFlag } from '../base/shared-fields.js';

export const BIOS_CODES = {
  INVALID_DATA_TRANSFER_HANDLE: 0x80,
  INVALID_TRANSFER_OPERATION_FLAG: 0x81,
  INVALID_TRANSFER_FLAG: 0x82,
  BIOS_TABLE_UNAVAILABLE: 0x83,
  INVALID_BIOS_TABLE_DATA_INTEGRITY_CHECK: 0x84,
  INVALID_BIOS_TABLE_TYPE: 0x85,
  INVALID_BIOS_ATTR_HANDLE: 0x88,
} as const;

const declare = commandsOf(PLDM_TYPE.bios, 'DSP0247 §7', BIOS_CODES);

export const BIOS_TABLE = { string: 0, attribute: 1, value: 2, pendingValue: 3 } as const;
const tableType = enumOf(u8, BIOS_TABLE);

/** The parts together are a table: `decodeBiosTable`. */
export const GetBIOSTable = declare({
  name: 'GetBIOSTable',
  code: 0x01,
  request: { dataTransferHandle: le.u32, transferOperationFlag, tableType },
  response: { nextDataTransferHandle: le.u32, transferFlag, tableData: rest },
  idempotent: true,
});

export const SetBIOSTable = declare({
  name: 'SetBIOSTable',
  code: 0x02,
  request: { dataTransferHandle: le.u32, transferFlag, tableType, tableData: rest },
  response: { nextDataTransferHandle: le.u32 },
});

/** attributeData is one entry of a value table: `attributeValueEntry`. */
export const SetBIOSAttributeCurrentValue = declare({
  name: 'SetBIOSAttributeCurrentValue',
  code: 0x07,
  request: { dataTransferHandle: le.u32, transferFlag, attributeData: rest },
  response: { nextDataTransferHandle: le.u32 },
});

const byHandle = { dataTransferHandle: le.u32, transferOperationFlag, attributeHandle: le.u16 } as const;
const valueData = { nextDataTransferHandle: le.u32, transferFlag, attributeData: bytes(REST, { min: 1 }) } as const;

export const GetBIOSAttributeCurrentValueByHandle = declare({
  name: 'GetBIOSAttributeCurrentValueByHandle',
  code: 0x08,
  request: byHandle,
  response: valueData,
  idempotent: true,
});

export const GetBIOSAttributePendingValueByHandle = declare({
  name: 'GetBIOSAttributePendingValueByHandle',
  code: 0x09,
  request: byHandle,
  response: valueData,
  idempotent: true,
});

/** Binary coded decimal on the wire, plain numbers here. */
const dateTime = {
  seconds: bcdWithin(0, 59),
  minutes: bcdWithin(0, 59),
  hours: bcdWithin(0, 23),
  day: bcdWithin(1, 31),
  month: bcdWithin(1, 12),
  year: le.bcd16,
} as const;

function bcdWithin(min: number, max: number) {
  return checked(
    bcd8,
    (value) => (value >= min && value <= max ? undefined : `is not ${min} to ${max}`),
    'value',
    (pick) => pick.integer(min, max),
  );
}

export interface DateTime {
  readonly seconds: number;
  readonly minutes: number;
  readonly hours: number;
  readonly day: number;
  readonly month: number;
  readonly year: number;
}

/** What is impossible about a date, undefined when nothing is. */
export function dateFault({ day, month, year }: DateTime): string | undefined {
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  const days = [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1] ?? 0;
  if (year < 1970) return `the year ${year} is before 1970`;
  return day > days ? `month ${month} of ${year} has no day ${day}` : undefined;
}

export const GetDateTime = declare({
  name: 'GetDateTime',
  code: 0x0c,
  request: {},
  response: dateTime,
  idempotent: true,
});

export const SetDateTime = declare({
  name: 'SetDateTime',
  code: 0x0d,
  request: struct('SetDateTime', dateTime, { rules: [dateFault] }),
  response: {},
});

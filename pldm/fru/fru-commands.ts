/** Commands of type 4 (DSP0257 1.0). */

import { enumOf, le, rest, u8 } from '../../stack/codec/index.js';
import { commandsOf } from '../base/pldm-command.js';
import { PLDM_TYPE } from '../base/pldm-types.js';
import { transferFlag, transferOperationFlag } from '../base/shared-fields.js';

export const FRU_CODES = {
  INVALID_DATA_TRANSFER_HANDLE: 0x80,
  INVALID_TRANSFER_OPERATION_FLAG: 0x81,
  INVALID_TRANSFER_FLAG: 0x82,
  NO_FRU_DATA_STRUCTURE_TABLE_METADATA: 0x83,
  INVALID_DATA_INTEGRITY_CHECK: 0x84,
  FRU_DATA_STRUCTURE_TABLE_UNAVAILABLE: 0x85,
} as const;

const declare = commandsOf(PLDM_TYPE.fru, 'DSP0257 §11', FRU_CODES);

export const FRU_RECORD_TYPE = { general: 1, oem: 0xfe } as const;
export const fruRecordType = enumOf(u8, FRU_RECORD_TYPE);

/** Lengths in bytes. fruTableMaximumSize 0: the table cannot be set. fruTableLength: records without pad and CRC. */
export const GetFRURecordTableMetadata = declare({
  name: 'GetFRURecordTableMetadata',
  code: 0x01,
  request: {},
  response: {
    fruDataMajorVersion: u8,
    fruDataMinorVersion: u8,
    fruTableMaximumSize: le.u32,
    fruTableLength: le.u32,
    totalRecordSetIdentifiers: le.u16,
    totalTableRecords: le.u16,
    crc32: le.u32.asHex(),
  },
  idempotent: true,
});

/** The parts together are a table: `decodeFruTable`. */
export const GetFRURecordTable = declare({
  name: 'GetFRURecordTable',
  code: 0x02,
  request: { dataTransferHandle: le.u32, transferOperationFlag },
  response: { nextDataTransferHandle: le.u32, transferFlag, fruRecordTableData: rest },
  idempotent: true,
});

export const SetFRURecordTable = declare({
  name: 'SetFRURecordTable',
  code: 0x03,
  request: { dataTransferHandle: le.u32, transferFlag, fruRecordTableData: rest },
  response: { nextDataTransferHandle: le.u32 },
});

/** 0 stands for all record sets, all record types, all fields. */
export const GetFRURecordByOption = declare({
  name: 'GetFRURecordByOption',
  code: 0x04,
  request: {
    dataTransferHandle: le.u32,
    fruTableHandle: le.u16,
    recordSetIdentifier: le.u16,
    recordType: u8,
    fieldType: u8,
    transferOperationFlag,
  },
  response: { nextDataTransferHandle: le.u32, transferFlag, fruDataStructureData: rest },
  idempotent: true,
});

/** FRU data served from records (DSP0257). */

import { CodecError } from '../../stack/codec/index.js';
import { fail } from '../../stack/protocol/index.js';
import { crc32 } from '../base/crc.js';
import type { PldmHandlers } from '../base/pldm-handlers.js';
import { Assembly, type OutgoingPart, partOf } from '../base/serve-parts.js';
import { transferFlag } from '../base/shared-fields.js';
import {
  FRU_CODES,
  GetFRURecordByOption,
  GetFRURecordTable,
  GetFRURecordTableMetadata,
  SetFRURecordTable,
} from './fru-commands.js';
import {
  decodeFruTable,
  encodeFruRecords,
  encodeFruTable,
  type FruRecord,
  type FruRecordInput,
  filterFruRecords,
} from './fru-table.js';

export interface FruResponderOptions {
  /** Most bytes of a part. */
  readonly partSize: number;
  /** Bytes of a table that may be set; 0, the default: none. */
  readonly maxTableBytes?: number;
  /** Append pad and a checksum to the answers of GetFRURecordByOption; default false. */
  readonly trailerByOption?: boolean;
  readonly onSet?: (records: readonly FruRecord[]) => void;
}

export class FruResponder {
  #records: readonly FruRecord[] = [];
  #table: Uint8Array = new Uint8Array();
  #length = 0;

  constructor(
    handlers: PldmHandlers,
    records: readonly FruRecordInput[],
    readonly options: FruResponderOptions,
  ) {
    this.setRecords(records);
    const { partSize, maxTableBytes = 0 } = options;
    handlers.on(GetFRURecordTableMetadata, () => ({
      fruDataMajorVersion: 1,
      fruDataMinorVersion: 0,
      fruTableMaximumSize: maxTableBytes,
      fruTableLength: this.#length,
      totalRecordSetIdentifiers: new Set(this.#records.map((record) => record.recordSetIdentifier)).size,
      totalTableRecords: this.#records.length,
      crc32: crc32(this.#table, 0, Math.max(0, this.#table.length - 4)),
    }));
    handlers.on(GetFRURecordTable, (request) => {
      if (this.#records.length === 0) return fail(FRU_CODES.FRU_DATA_STRUCTURE_TABLE_UNAVAILABLE);
      const part = partOf(this.#table, request, partSize);
      return typeof part === 'string' ? fail(partFault(part)) : { ...partFields(part), fruRecordTableData: part.data };
    });
    handlers.on(GetFRURecordByOption, (request) => {
      const records = filterFruRecords(this.#records, request);
      if (records.length === 0) return fail(FRU_CODES.FRU_DATA_STRUCTURE_TABLE_UNAVAILABLE);
      const data = options.trailerByOption === true ? encodeFruTable(records) : encodeFruRecords(records);
      const part = partOf(data, request, partSize);
      return typeof part === 'string'
        ? fail(partFault(part))
        : { ...partFields(part), fruDataStructureData: part.data };
    });
    if (maxTableBytes === 0) return;
    const assembly = new Assembly(maxTableBytes + 7);
    handlers.on(SetFRURecordTable, ({ dataTransferHandle, transferFlag: flag, fruRecordTableData: data }, context) => {
      const result = assembly.add(context.peerKey, { dataTransferHandle, transferFlag: flag, data });
      if (typeof result === 'number') return { nextDataTransferHandle: result };
      if (result === 'handle') return fail(FRU_CODES.INVALID_DATA_TRANSFER_HANDLE);
      if (result === 'flag') return fail(FRU_CODES.INVALID_TRANSFER_FLAG);
      if (result === 'size') return fail(0x02);
      try {
        const table = decodeFruTable(result);
        if (table.crc32 === undefined) return fail(FRU_CODES.INVALID_DATA_INTEGRITY_CHECK);
        this.setRecords(table.records);
        options.onSet?.(table.records);
        return { nextDataTransferHandle: 0 };
      } catch (error) {
        if (error instanceof CodecError) return fail(FRU_CODES.INVALID_DATA_INTEGRITY_CHECK);
        throw error;
      }
    });
  }

  setRecords(records: readonly FruRecordInput[]): void {
    const bare = encodeFruRecords(records);
    this.#length = bare.length;
    this.#records = decodeFruTable(bare).records;
    this.#table = encodeFruTable(records);
  }
}

function partFault(part: 'handle' | 'operation'): number {
  return part === 'handle' ? FRU_CODES.INVALID_DATA_TRANSFER_HANDLE : FRU_CODES.INVALID_TRANSFER_OPERATION_FLAG;
}

/** Header fields of a part, for types 3 and 4. */
export function partFields({ first, last, nextHandle }: OutgoingPart) {
  const { start, middle, end, startAndEnd } = transferFlag.names;
  return {
    nextDataTransferHandle: nextHandle,
    transferFlag: last ? (first ? startAndEnd : end) : first ? start : middle,
  };
}

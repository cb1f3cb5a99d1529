/** FRU data of a terminus: the table, its records by field names, changes by its checksum (DSP0257). */

import { CodecError } from '../../stack/codec/index.js';
import type { CallOptions } from '../../stack/protocol/index.js';
import { collectParts, isLastPart, sendParts } from '../base/collect-parts.js';
import type { Terminus } from '../terminus/terminus.js';
import {
  GetFRURecordByOption,
  GetFRURecordTable,
  GetFRURecordTableMetadata,
  SetFRURecordTable,
} from './fru-commands.js';
import { type FruFields, type FruValue, fruValue, generalFields } from './fru-fields.js';
import {
  decodeFruTable,
  encodeFruTable,
  type FruFilter,
  type FruRecord,
  type FruRecordInput,
  type FruTable,
} from './fru-table.js';

const MAX_TABLE_BYTES = 1024 * 1024;

export class FruData {
  /** What is strange without making the data unreadable. */
  readonly notes: string[] = [];
  #records: readonly FruRecord[] = [];
  #crc: number | undefined;

  constructor(readonly terminus: Terminus) {}

  /** Empty before the first download. */
  get records(): readonly FruRecord[] {
    return this.#records;
  }

  /** Ids of the record sets there are. */
  get recordSets(): number[] {
    return [...new Set(this.#records.map(({ recordSetIdentifier }) => recordSetIdentifier))];
  }

  /** Fields of the general records of a set: `{ serialNumber: 'SN123', model: 'X' }`. */
  fields(recordSetIdentifier: number): FruFields {
    return generalFields(this.#records, recordSetIdentifier);
  }

  /** Every field of every record of a set, OEM records too. */
  values(recordSetIdentifier: number): FruValue[] {
    return this.#records
      .filter((record) => record.recordSetIdentifier === recordSetIdentifier)
      .flatMap((record) => record.fields.map((field) => fruValue(record, field)));
  }

  /**
   * Read the table, unless its checksum is the one of the last download. Resolves to whether it was read.
   * @throws CompletionCodeError; CodecError when the table is damaged twice; MctpError
   */
  async download(options: CallOptions & { readonly force?: boolean } = {}): Promise<boolean> {
    const { force = false, ...call } = options;
    const metadata = await this.terminus.call(GetFRURecordTableMetadata, {}, call);
    if (!force && this.#crc !== undefined && metadata.crc32 !== 0 && metadata.crc32 === this.#crc) return false;
    // 0..3 bytes of pad and the checksum come on top.
    const announced = metadata.fruTableLength + 7;
    const maxBytes = Math.min(MAX_TABLE_BYTES, Math.max(4096, 2 * announced));
    this.notes.length = 0;
    let table: FruTable;
    try {
      table = decodeFruTable(await this.#read(maxBytes, call));
    } catch (error) {
      if (!(error instanceof CodecError)) throw error;
      table = decodeFruTable(await this.#read(maxBytes, call));
    }
    this.#records = table.records;
    this.#crc = metadata.crc32;
    if (table.crc32 === undefined) this.notes.push('the table comes without a checksum');
    else if (metadata.crc32 !== table.crc32)
      this.notes.push('the checksum of the metadata is not the one of the table');
    if (metadata.totalTableRecords !== table.records.length) {
      this.notes.push(`the metadata announces ${metadata.totalTableRecords} records; ${table.records.length} came`);
    }
    return true;
  }

  /** Some records only. What follows them (pad and a checksum, of whatever) is not looked at. */
  async query(filter: Partial<FruFilter> = {}, options: CallOptions = {}): Promise<FruRecord[]> {
    const { recordSetIdentifier = 0, recordType = 0, fieldType = 0 } = filter;
    const data = await collectParts({
      what: `${this.terminus.name}: FRU records`,
      maxBytes: MAX_TABLE_BYTES,
      load: async (request) => {
        const fields = { ...request, fruTableHandle: 0, recordSetIdentifier, recordType, fieldType };
        const part = await this.terminus.call(GetFRURecordByOption, fields, options);
        const { fruDataStructureData: bytes, nextDataTransferHandle: nextHandle } = part;
        return { data: bytes, nextHandle, last: isLastPart(part.transferFlag) };
      },
    });
    for (const trailer of [0, 4, 5, 6, 7]) {
      if (trailer > data.length) break;
      try {
        return decodeFruTable(data.subarray(0, data.length - trailer)).records;
      } catch (error) {
        if (!(error instanceof CodecError) || trailer === 7) throw error;
      }
    }
    return [];
  }

  /** Replace the whole table. @throws CompletionCodeError where the terminus does not take one */
  async write(records: readonly FruRecordInput[], options: CallOptions & { readonly partSize?: number } = {}) {
    await this.writeTable(encodeFruTable(records), options);
  }

  /** The same with a table as it is: records, pad, checksum. */
  async writeTable(table: Uint8Array, options: CallOptions & { readonly partSize?: number } = {}): Promise<void> {
    const { partSize = 1024, ...call } = options;
    await sendParts(table, partSize, async ({ data: fruRecordTableData, ...part }) => {
      const response = await this.terminus.call(SetFRURecordTable, { ...part, fruRecordTableData }, call);
      return response.nextDataTransferHandle;
    });
    this.#crc = undefined;
  }

  #read(maxBytes: number, call: CallOptions): Promise<Uint8Array> {
    return collectParts({
      what: `${this.terminus.name}: FRU record table`,
      maxBytes,
      load: async (request) => {
        const part = await this.terminus.call(GetFRURecordTable, request, call);
        const { fruRecordTableData: data, nextDataTransferHandle: nextHandle } = part;
        return { data, nextHandle, last: isLastPart(part.transferFlag) };
      },
    });
  }
}

/** The FRU record table (DSP0257 §7): records of fields, and the general record's fields by name. */

import {
  bytes,
  Codec,
  decode,
  derived,
  encode,
  enumOf,
  Fault,
  type Fields,
  type Input,
  type Json,
  le,
  list,
  type Picker,
  type Reader,
  type Scope,
  struct,
  u8,
  type Writer,
} from '../../stack/codec/index.js';
import { endsInCrc, readTable, type TableTrailer, writeTrailer } from '../base/table-trailer.js';
import { fruRecordType } from './fru-commands.js';

export const FRU_ENCODING = { unspecified: 0, ascii: 1, utf8: 2, utf16: 3, utf16le: 4, utf16be: 5 } as const;

export const fruField = struct('FRU field', { type: u8, length: derived(u8), value: bytes('length') });

export const fruRecord = struct('FRU record', {
  recordSetIdentifier: le.u16,
  recordType: fruRecordType,
  numberOfFruFields: derived(u8),
  encodingType: enumOf(u8, FRU_ENCODING),
  fields: list(fruField, { count: 'numberOfFruFields' }),
});

const records = list(fruRecord);

export type FruField = Fields<typeof fruField>;
export type FruRecord = Fields<typeof fruRecord>;
export type FruRecordInput = Input<typeof fruRecord>;
/** Records alone, or with the pad and checksum that GetFRURecordTable delivers. */
export interface FruTable extends Partial<TableTrailer> {
  records: FruRecord[];
}
export interface FruTableInput {
  readonly records: readonly FruRecordInput[];
  /** Any number: write pad and checksum. Undefined: records alone. */
  readonly padBytes?: number | undefined;
  readonly crc32?: number | undefined;
}

class FruTableCodec extends Codec<FruTable, FruTableInput> {
  readonly type = 'FRU table';

  read(reader: Reader, scope: Scope): FruTable {
    const start = reader.position;
    if (reader.remaining > 0 && endsInCrc(reader.buffer, start, reader.end)) {
      const { entries, padBytes, crc32 } = readTable(reader, (from) => fruRecord.read(from, scope));
      return { records: entries, padBytes, crc32 };
    }
    const list: FruRecord[] = [];
    while (reader.remaining > 0) {
      const at = reader.position;
      try {
        list.push(fruRecord.read(reader, scope));
      } catch (error) {
        // What is left may be pad and a checksum, and that was wrong.
        const left = reader.end - at;
        if (list.length > 0 && (reader.end - start) % 4 === 0 && left >= 4 && left <= 7) {
          throw new Fault('rule', 'the checksum of the table is wrong', reader.end - 4);
        }
        throw error instanceof Fault ? error.within(`records[${list.length}]`) : error;
      }
    }
    return { records: list };
  }

  write(writer: Writer, value: FruTableInput, scope: Scope): void {
    const start = writer.position;
    records.write(writer, value.records, scope);
    if (value.padBytes !== undefined || value.crc32 !== undefined) writeTrailer(writer, start);
  }

  override toJson(value: FruTable, scope: Scope): Json {
    const { records: list, ...trailer } = value;
    return { records: records.toJson(list, scope), ...trailer } as Json;
  }

  override fromJson(json: Json, scope: Scope): unknown {
    const { records: list = [], ...trailer } = json as { records?: Json };
    return { records: records.fromJson(list, scope), ...trailer };
  }

  override text(value: FruTable, scope: Scope): string {
    return records.text(value.records, scope);
  }

  override lines(_name: string, value: FruTable, scope: Scope, indent: string): string[] {
    return records.lines('records', value.records, scope, indent);
  }

  sample(pick: Picker, scope: Scope): unknown {
    // Never empty: a checksum over nothing is four zero bytes, which records alone can be mistaken for.
    const list = [fruRecord.sample(pick, scope), ...(records.sample(pick, scope) as unknown[])];
    return pick.integer(0, 1) === 1 ? { records: list, padBytes: 0 } : { records: list };
  }
}

export const fruTable = new FruTableCodec();

/** Records with or without pad and checksum; the checksum is checked. @throws CodecError */
export function decodeFruTable(table: Uint8Array): FruTable {
  return decode(fruTable, table, { what: 'FRU table' });
}

/** Records, pad and checksum, as GetFRURecordTable delivers them. @throws MctpError EINVAL */
export function encodeFruTable(list: readonly FruRecordInput[]): Uint8Array {
  return encode(fruTable, { records: list, padBytes: 0 }, 'FRU table');
}

/** Records alone. */
export function encodeFruRecords(list: readonly FruRecordInput[]): Uint8Array {
  return encode(fruTable, { records: list }, 'FRU records');
}

export interface FruFilter {
  /** 0: all */
  readonly recordSetIdentifier: number;
  /** 0: all */
  readonly recordType: number;
  /** 0: all */
  readonly fieldType: number;
}

/** What GetFRURecordByOption answers with: a matching record without a matching field stays, empty. */
export function filterFruRecords(list: readonly FruRecord[], filter: FruFilter): FruRecord[] {
  const matches = (wanted: number, value: number) => wanted === 0 || wanted === value;
  return list
    .filter(
      (record) =>
        matches(filter.recordSetIdentifier, record.recordSetIdentifier) &&
        matches(filter.recordType, record.recordType),
    )
    .map((record) => {
      const fields = record.fields.filter((field) => matches(filter.fieldType, field.type));
      return { ...record, numberOfFruFields: fields.length, fields };
    });
}

/** What the checks of FRU data have in common (DSP0257). */

import { withTrailer } from '../../../pldm/base/table-trailer.js';
import { FRU_CODES, GetFRURecordTable, GetFRURecordTableMetadata } from '../../../pldm/fru/fru-commands.js';
import { FRU_ENCODING } from '../../../pldm/fru/fru-table.js';
import type { Behaviour } from '../../bench/device/behaviour.js';
import type { BenchDevice } from '../declaration.js';
import { inconclusive } from '../finding.js';
import type { Probe } from '../probe.js';
import { DATA_AT, le16, le32, pldmData, pldmSuccess, speaksType, u16At } from './pldm-steps.js';
import { joined, partBody, type TablePart, tableMutant, tableParts } from './pldm-tables.js';

export const FRU = 4;
export const METADATA_BYTES = 18;
export const RECORD_HEADER = 5;
export const CRC_BYTES = 4;
export const GENERAL_FIELDS = 15;
export const VENDOR_IANA = 15;
export const MANUFACTURE_DATE = 6;
export const NO_HANDLE = 0xdeadbeef;

export const FRU_TOML = `[devices.dut.pldm]
tid = 3

[[devices.dut.pldm.fru]]
set = 1
manufacturer = "Acme Networks"
model = "NX-200"
partNumber = "NX200-QSFP"
serialNumber = "N7A1C5E100002"
vendorIana = 412

[[devices.dut.pldm.fru]]
set = 2
model = "Module"
serialNumber = "M0001"`;
/** Its table comes in parts. */
export const IN_PARTS: BenchDevice = { toml: FRU_TOML.replace('tid = 3', 'tid = 3\npartSize = 32') };

interface FruRecordBytes {
  readonly set: number;
  readonly type: number;
  readonly encoding: number;
  readonly fieldCount: number;
  readonly fields: readonly { readonly type: number; readonly value: Uint8Array }[];
}

interface FruTableBytes {
  readonly bytes: Uint8Array;
  readonly records: readonly FruRecordBytes[];
  /** Where the last whole record ends. */
  readonly end: number;
  /** A record runs over the end. */
  readonly isCutOff: boolean;
}

export function parts(probe: Probe): Promise<readonly TablePart[]> {
  return probe.facts.once('FRU parts', async () => {
    await speaksType(probe, FRU);
    const unavailable = [FRU_CODES.FRU_DATA_STRUCTURE_TABLE_UNAVAILABLE];
    return tableParts(probe, GetFRURecordTable, (handle, operation) => partBody(handle, operation), unavailable);
  });
}

export async function table(probe: Probe): Promise<FruTableBytes> {
  return readTable(joined(await parts(probe)));
}

/** The same, when all of it is records. @throws Finding inconclusive */
export async function whole(probe: Probe): Promise<FruTableBytes> {
  const read = await table(probe);
  return read.isCutOff ? inconclusive('a record runs over the end of the table') : read;
}

function readTable(bytes: Uint8Array): FruTableBytes {
  const limit = bytes.length - CRC_BYTES;
  const records: FruRecordBytes[] = [];
  let at = 0;
  // What is left behind the last record is pad, 3 bytes at most.
  while (limit - at > 3) {
    if (at + RECORD_HEADER > limit) return { bytes, records, end: at, isCutOff: true };
    const fieldCount = bytes[at + 3]!;
    const fields: FruRecordBytes['fields'][number][] = [];
    let field = at + RECORD_HEADER;
    for (let index = 0; index < fieldCount; index++) {
      const length = bytes[field + 1] ?? Number.POSITIVE_INFINITY;
      if (field + 2 + length > limit) return { bytes, records, end: at, isCutOff: true };
      fields.push({ type: bytes[field]!, value: bytes.subarray(field + 2, field + 2 + length) });
      field += 2 + length;
    }
    records.push({ set: u16At(bytes, at), type: bytes[at + 2]!, encoding: bytes[at + 4]!, fieldCount, fields });
    at = field;
  }
  return { bytes, records, end: at, isCutOff: false };
}

export async function metadata(probe: Probe): Promise<Uint8Array> {
  await speaksType(probe, FRU);
  const data = await pldmData(probe, GetFRURecordTableMetadata);
  return data.length < METADATA_BYTES ? inconclusive(`the metadata have ${data.length} bytes`) : data;
}

export const byOption = (set: number): number[] => [0, 0, 0, 0, ...le16(0), ...le16(set), 0, 0, 1];
export const meta = { clause: 'DSP0257 §11, GetFRURecordTableMetadata', level: 'mandatory' } as const;
export const inTable = { clause: 'DSP0257 §7', level: 'mandatory' } as const;

/** A mutant with another table; its metadata have the length and the checksum of that table, once it has been read. */
export const otherTable = (change: (entries: Uint8Array) => Uint8Array): Behaviour => {
  let made: Uint8Array | undefined;
  const table = tableMutant(GetFRURecordTable, (entries) => {
    made = withTrailer(change(entries));
    return made.subarray(0, -CRC_BYTES);
  });
  const described = pldmSuccess(GetFRURecordTableMetadata, (payload) => {
    if (made === undefined) return payload;
    payload.set(le32(made.length - CRC_BYTES), DATA_AT + 6);
    payload.set(made.subarray(-CRC_BYTES), DATA_AT + 14);
    return payload;
  });
  return {
    name: 'has another FRU table',
    answer: (answer, request, device) => {
      const changed = table.answer!(answer, request, device);
      return changed === undefined ? undefined : described.answer!(changed, request, device);
    },
  };
};
export const firstRecord = (at: number, value: number) => otherTable((bytes) => bytes.with(at, value));

export function lastRecordAt(bytes: Uint8Array): number {
  let last = 0;
  for (let at = 0; bytes.length - at > 3; ) {
    last = at;
    let field = at + RECORD_HEADER;
    for (let index = 0; index < bytes[at + 3]!; index++) field += 2 + bytes[field + 1]!;
    at = field;
  }
  return last;
}

export function isText(value: Uint8Array, encoding: number): boolean {
  switch (encoding) {
    case FRU_ENCODING.ascii:
      return value.every((byte) => byte < 0x80);
    case FRU_ENCODING.utf8:
      try {
        new TextDecoder('utf-8', { fatal: true }).decode(value);
        return true;
      } catch {
        return false;
      }
    case FRU_ENCODING.utf16:
    case FRU_ENCODING.utf16le:
    case FRU_ENCODING.utf16be:
      return value.length % 2 === 0;
    default:
      return true;
  }
}

/** The PDR repository as bytes, and what its records say of sensors and effecters: read without believing it. */

import { PDR_HEADER_SIZE, PDR_TYPE } from '../../../pldm/platform/pdr/pdr-common.js';
import { GET_PDR_CODES, GetPDR, GetPDRRepositoryInfo } from '../../../pldm/platform/pdr-commands.js';
import { PLATFORM_TRANSFER_FLAG } from '../../../pldm/platform/platform-enums.js';
import type { Behaviour } from '../../bench/device/behaviour.js';
import { inconclusive, notApplicable } from '../finding.js';
import type { Probe } from '../probe.js';
import { announces, DATA_AT, isUnsupported, le16, le32, OK, pldm, pldmSuccess, u16At, u32At } from './pldm-steps.js';

/** Of one request: all of a usual record. */
const REQUEST_COUNT = 1024;
const MOST_RECORDS = 4096;
const MOST_PARTS = 64;
/** Of a GetPDR answer behind the completion code. */
export const RECORD_AT = 11;
/** Of a GetPDRRepositoryInfo answer. */
const RECORD_COUNT_AT = 27;

/** A part of a record, as it came. */
export interface PdrPart {
  readonly next: number;
  readonly nextPart: number;
  readonly flag: number;
  /** responseCount */
  readonly count: number;
  readonly record: Uint8Array;
  /** Behind recordData. */
  readonly rest: Uint8Array;
}

export interface FoundRecord {
  /** Asked for; 0 for the first. */
  readonly asked: number;
  /** All parts. */
  readonly bytes: Uint8Array;
  readonly next: number;
  readonly first: PdrPart;
}

export interface Repository {
  readonly records: readonly FoundRecord[];
  /** A handle came for the second time; undefined: the chain has an end. */
  readonly loopAt: number | undefined;
  /** A handle that was announced and is not there, with the completion code. */
  readonly missing: { readonly handle: number; readonly code: number | undefined } | undefined;
}

export interface PartRequest {
  readonly handle: number;
  /** dataTransferHandle; 0 for the first part. */
  readonly part?: number;
  /** Default: first part where `part` is 0, else next part. */
  readonly operation?: number;
  readonly count?: number;
  readonly change?: number;
}

export function pdrRequest({ handle, part = 0, operation, count = REQUEST_COUNT, change = 0 }: PartRequest): number[] {
  return [...le32(handle), ...le32(part), operation ?? (part === 0 ? 1 : 0), ...le16(count), ...le16(change)];
}

/** @throws Finding inconclusive, when it is too short */
export function readPart(data: Uint8Array): PdrPart {
  if (data.length < RECORD_AT) inconclusive(`an answer to GetPDR has ${data.length} bytes`);
  const count = u16At(data, 9);
  return {
    next: u32At(data, 0),
    nextPart: u32At(data, 4),
    flag: data[8]!,
    count,
    record: data.subarray(RECORD_AT, RECORD_AT + count),
    rest: data.subarray(RECORD_AT + count),
  };
}

/** All records, once per run. @throws Finding not applicable, inconclusive */
export function repository(probe: Probe): Promise<Repository> {
  return probe.facts.once('PDRs', async () => {
    await announces(probe, GetPDR);
    const records: FoundRecord[] = [];
    const seen = new Set<number>([0]);
    for (let asked = 0; records.length < MOST_RECORDS; ) {
      const found = await wholeRecord(probe, asked);
      if (typeof found !== 'object') {
        const isEmpty = asked === 0 && found === GET_PDR_CODES.INVALID_RECORD_HANDLE && (await hasNoRecords(probe));
        return { records, loopAt: undefined, missing: isEmpty ? undefined : { handle: asked, code: found } };
      }
      records.push(found);
      if (found.next === 0) return { records, loopAt: undefined, missing: undefined };
      if (seen.has(found.next)) return { records, loopAt: found.next, missing: undefined };
      seen.add(found.next);
      asked = found.next;
    }
    return inconclusive(`the repository has more than ${MOST_RECORDS} records`);
  });
}

/** Then there is no first one to be asked for. */
async function hasNoRecords(probe: Probe): Promise<boolean> {
  const { code, data } = await pldm(probe, GetPDRRepositoryInfo);
  return code === OK && data.length > RECORD_COUNT_AT + 3 && u32At(data, RECORD_COUNT_AT) === 0;
}

/** The completion code when it is refused. */
async function wholeRecord(probe: Probe, asked: number): Promise<FoundRecord | number | undefined> {
  let first: PdrPart | undefined;
  let part = 0;
  const bytes: number[] = [];
  for (let parts = 0; parts < MOST_PARTS; parts++) {
    const change = u16At(Uint8Array.from(bytes), 6);
    const { code, data } = await pldm(probe, GetPDR, pdrRequest({ handle: asked, part, change }));
    if (isUnsupported(code)) notApplicable('the device does not support GetPDR');
    if (code !== OK) return code;
    const read = readPart(data);
    first ??= read;
    bytes.push(...read.record);
    const isLast = read.flag === PLATFORM_TRANSFER_FLAG.startAndEnd || read.flag === PLATFORM_TRANSFER_FLAG.end;
    if (isLast || read.nextPart === 0) return { asked, bytes: Uint8Array.from(bytes), next: first.next, first };
    part = read.nextPart;
  }
  return inconclusive(`record ${asked} has more than ${MOST_PARTS} parts`);
}

/** @throws Finding not applicable, when there is none of this type */
export async function recordsOf(probe: Probe, pdrType: number, what: string): Promise<readonly Uint8Array[]> {
  const { records } = await repository(probe);
  const found = records.map(({ bytes }) => bytes).filter((bytes) => bytes[5] === pdrType);
  return found.length === 0 ? notApplicable(`the repository describes no ${what}`) : found;
}

const SIZES = [1, 1, 2, 2, 4, 4, 8, 8];
const RANGE_SIZES = [1, 1, 2, 2, 4, 4, 4];

/** Bytes of a value by its data size; undefined for one that does not exist. */
export function valueSize(dataSize: number | undefined): number | undefined {
  return SIZES[dataSize ?? -1];
}

/** A value of a data size, 0 to 5; 64 bits as a number near it. */
export function valueAt(bytes: Uint8Array, at: number, dataSize: number): number {
  const size = SIZES[dataSize]!;
  if (at + size > bytes.length) inconclusive(`a value at byte ${at} is cut off`);
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, size);
  const readers = [
    () => view.getUint8(0),
    () => view.getInt8(0),
    () => view.getUint16(0, true),
    () => view.getInt16(0, true),
    () => view.getUint32(0, true),
    () => view.getInt32(0, true),
    () => Number(view.getBigUint64(0, true)),
    () => Number(view.getBigInt64(0, true)),
  ];
  return readers[dataSize]!();
}

export function realAt(bytes: Uint8Array, at: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset + at, 4).getFloat32(0, true);
}

/** Offsets in a record, header included, of what sensors and effecters have. */
export const NUMERIC_SENSOR = {
  id: 12,
  init: 20,
  namesFlag: 21,
  unit: 22,
  rate: 24,
  auxUnit: 26,
  auxRate: 28,
  isLinear: 31,
  dataSize: 32,
  resolution: 33,
  offset: 37,
  hysteresis: 45,
} as const;
export const NUMERIC_EFFECTER = {
  id: 12,
  init: 22,
  unit: 24,
  rate: 26,
  isLinear: 32,
  dataSize: 33,
  resolution: 34,
  offset: 38,
  maxSettable: 54,
} as const;
export const STATE_SENSOR = { id: 12, init: 20, namesFlag: 21, count: 22, parts: 23 } as const;
export const STATE_EFFECTER = { id: 12, init: 22, count: 24, parts: 25 } as const;

export interface NumericSensorRecord {
  readonly id: number;
  readonly dataSize: number;
  readonly supportedThresholds: number;
  readonly max: number;
  readonly min: number;
  readonly record: Uint8Array;
}

/** Bytes that a numeric sensor record needs by its own fields; undefined when the data size is none. */
export function numericSensorLength(record: Uint8Array): number | undefined {
  const size = valueSize(record[NUMERIC_SENSOR.dataSize]);
  if (size === undefined) return undefined;
  const range = RANGE_SIZES[record[55 + 3 * size] ?? -1];
  return range === undefined ? undefined : 57 + 3 * size + 9 * range;
}

/** Those with room for their fields. @throws Finding not applicable */
export async function numericSensors(probe: Probe): Promise<readonly NumericSensorRecord[]> {
  const records = await recordsOf(probe, PDR_TYPE.numericSensor, 'numeric sensor');
  return records
    .filter((record) => (numericSensorLength(record) ?? Number.POSITIVE_INFINITY) <= record.length)
    .map((record) => {
      const dataSize = record[NUMERIC_SENSOR.dataSize]!;
      const size = valueSize(dataSize)!;
      return {
        id: u16At(record, NUMERIC_SENSOR.id),
        dataSize,
        supportedThresholds: record[NUMERIC_SENSOR.hysteresis + size]!,
        max: valueAt(record, 55 + size, dataSize),
        min: valueAt(record, 55 + 2 * size, dataSize),
        record,
      };
    });
}

export interface NumericEffecterRecord {
  readonly id: number;
  readonly dataSize: number;
  readonly max: number;
  readonly min: number;
  readonly record: Uint8Array;
}

/** Those with room for their limits. @throws Finding not applicable */
export async function numericEffecters(probe: Probe): Promise<readonly NumericEffecterRecord[]> {
  const records = await recordsOf(probe, PDR_TYPE.numericEffecter, 'numeric effecter');
  return records.flatMap((record) => {
    const dataSize = record[NUMERIC_EFFECTER.dataSize] ?? 0xff;
    const size = valueSize(dataSize);
    if (size === undefined || record.length < NUMERIC_EFFECTER.maxSettable + 2 * size) return [];
    const max = valueAt(record, NUMERIC_EFFECTER.maxSettable, dataSize);
    const min = valueAt(record, NUMERIC_EFFECTER.maxSettable + size, dataSize);
    return [{ id: u16At(record, NUMERIC_EFFECTER.id), dataSize, max, min, record }];
  });
}

export interface StatePart {
  readonly stateSetId: number;
  readonly possible: readonly number[];
}

export interface StatesRecord {
  readonly id: number;
  readonly count: number;
  /** Undefined: they run over the end of the record. */
  readonly parts: readonly StatePart[] | undefined;
  readonly record: Uint8Array;
}

/** @throws Finding not applicable */
export async function stateSensors(probe: Probe): Promise<readonly StatesRecord[]> {
  const records = await recordsOf(probe, PDR_TYPE.stateSensor, 'state sensor');
  return records.map((record) => statesOf(record, STATE_SENSOR));
}

/** @throws Finding not applicable */
export async function stateEffecters(probe: Probe): Promise<readonly StatesRecord[]> {
  const records = await recordsOf(probe, PDR_TYPE.stateEffecter, 'state effecter');
  return records.map((record) => statesOf(record, STATE_EFFECTER));
}

function statesOf(record: Uint8Array, at: { readonly id: number; readonly count: number; readonly parts: number }) {
  const count = record[at.count] ?? 0;
  const parts: StatePart[] = [];
  let offset = at.parts;
  for (let index = 0; index < count; index++) {
    const size = record[offset + 2];
    if (size === undefined || offset + 3 + size > record.length) {
      return { id: u16At(record, at.id), count, parts: undefined, record };
    }
    const bits = record.subarray(offset + 3, offset + 3 + size);
    const possible = Array.from({ length: 8 * size }, (_, state) => state).filter(
      (state) => (bits[state >> 3]! >> (state & 7)) & 1,
    );
    parts.push({ stateSetId: u16At(record, offset), possible });
    offset += 3 + size;
  }
  return { id: u16At(record, at.id), count, parts, record };
}

/** Composites that can be asked: 1 to 8 parts, with room for them. */
export function sound(records: readonly StatesRecord[]): (StatesRecord & { readonly parts: readonly StatePart[] })[] {
  return records.filter(
    (one): one is StatesRecord & { readonly parts: readonly StatePart[] } =>
      one.parts !== undefined && one.count >= 1 && one.count <= 8,
  );
}

/** A mutant whose records of a type are others, when they come in one part. `change`: in place, header included. */
export function pdrMutant(pdrType: number, change: (record: Uint8Array) => void): Behaviour {
  return pldmSuccess(GetPDR, (payload) => {
    const record = payload.subarray(DATA_AT + RECORD_AT);
    const isWhole = payload[DATA_AT + 8] === PLATFORM_TRANSFER_FLAG.startAndEnd && record.length >= PDR_HEADER_SIZE;
    if (isWhole && record[5] === pdrType) change(record);
    return payload;
  });
}

/** The same, of the record with this sensor or effecter ID. */
export function pdrMutantOf(pdrType: number, id: number, change: (record: Uint8Array) => void): Behaviour {
  return pdrMutant(pdrType, (record) => {
    if (u16At(record, NUMERIC_SENSOR.id) === id) change(record);
  });
}

export function recordName(record: Uint8Array): string {
  return `PDR ${u32At(record, 0)}`;
}

/** Tables which come in parts and end in pad and CRC-32: those of FRU data and of BIOS control. */

import { crc32 } from '../../../pldm/base/crc.js';
import { withTrailer } from '../../../pldm/base/table-trailer.js';
import type { Behaviour } from '../../bench/device/behaviour.js';
import { inconclusive, must, notApplicable } from '../finding.js';
import type { Probe } from '../probe.js';
import { codeName } from './control-steps.js';
import {
  DATA_AT,
  isUnsupported,
  le32,
  nameOf,
  OK,
  type PldmCommandId,
  pldm,
  pldmSuccess,
  u32At,
} from './pldm-steps.js';

/** Of an answer behind the completion code. */
const TABLE_AT = 5;
const CRC_BYTES = 4;
const MOST_PARTS = 1024;
const FLAG = { start: 1, middle: 2, end: 4, startAndEnd: 5 } as const;

export interface TablePart {
  readonly next: number;
  readonly flag: number;
  readonly data: Uint8Array;
}

/** dataTransferHandle and transferOperationFlag, and what follows them. */
export type PartBody = (handle: number, operation: number) => readonly number[];

/** A table as it comes. @throws Finding not applicable where there is none, inconclusive */
export async function tableParts(
  probe: Probe,
  command: PldmCommandId,
  body: PartBody,
  unavailable: readonly number[],
): Promise<readonly TablePart[]> {
  const parts: TablePart[] = [];
  for (let handle = 0; parts.length < MOST_PARTS; ) {
    const { code, data } = await pldm(probe, command, body(handle, parts.length === 0 ? 1 : 0));
    if (isUnsupported(code)) notApplicable(`the device does not support ${nameOf(command)}`);
    if (unavailable.includes(code!) && parts.length === 0) notApplicable('the device has no such table');
    if (code !== OK) inconclusive(`part ${parts.length} is answered with completion code ${codeName(code)}`);
    if (data.length < TABLE_AT) inconclusive(`an answer has ${data.length} bytes`);
    const part = { next: u32At(data, 0), flag: data[4]!, data: data.subarray(TABLE_AT) };
    parts.push(part);
    handle = part.next;
    if (part.flag === FLAG.end || part.flag === FLAG.startAndEnd || handle === 0) return parts;
  }
  return inconclusive(`the table has more than ${MOST_PARTS} parts`);
}

export function joined(parts: readonly TablePart[]): Uint8Array {
  return Uint8Array.from(parts.flatMap(({ data }) => [...data]));
}

/** @throws Finding */
export function mustBeInParts(parts: readonly TablePart[]): void {
  const flags = parts.map(({ flag }) => flag);
  const last = parts.length - 1;
  const wanted = flags.map((_, index) => {
    if (last === 0) return FLAG.startAndEnd;
    return index === 0 ? FLAG.start : index === last ? FLAG.end : FLAG.middle;
  });
  must(String(flags) === String(wanted), `the parts have transferFlag ${flags.join(' ')}, not ${wanted.join(' ')}`);
  must(parts[last]!.next === 0, `the last part has a handle for a next one: ${parts[last]!.next}`);
}

/** @throws Finding */
export function mustEndInCrc(table: Uint8Array): void {
  const end = table.length - CRC_BYTES;
  must(end >= 0, `the table has ${table.length} bytes, and no checksum`);
  const [has, crc] = [u32At(table, end), crc32(table, 0, end)];
  must(has === crc, `the checksum is 0x${has.toString(16)}, and should be 0x${crc.toString(16)}`);
}

/** @throws Finding */
export function mustBePadded(table: Uint8Array, entriesEnd: number): void {
  must(table.length % 4 === 0, `the table has ${table.length} bytes, which is not a multiple of 4`);
  const pad = table.subarray(entriesEnd, table.length - CRC_BYTES);
  must(pad.length < 4 && pad.every((byte) => byte === 0), `${pad.length} bytes of pad are ${[...pad].join(' ')}`);
}

/** A mutant whose table, when it comes in one part, is another one; `change` is given its entries and pad. */
export function tableMutant(
  command: PldmCommandId,
  change: (entries: Uint8Array) => Uint8Array,
  isMeant: (request: Uint8Array) => boolean = () => true,
): Behaviour {
  return pldmSuccess(command, (payload, request) => {
    if (payload[DATA_AT + 4] !== FLAG.startAndEnd || !isMeant(request)) return payload;
    const entries = payload.slice(DATA_AT + TABLE_AT, -CRC_BYTES);
    return Uint8Array.of(...payload.subarray(0, DATA_AT + TABLE_AT), ...withTrailer(change(entries)));
  });
}

/** A byte of the table is another one, and its checksum stays. */
export function tableByte(
  command: PldmCommandId,
  at: number,
  isMeant: (request: Uint8Array) => boolean = () => true,
): Behaviour {
  return pldmSuccess(command, (payload, request) => {
    if (!isMeant(request)) return payload;
    return payload.with(at < 0 ? payload.length + at : at, payload.at(at)! ^ 0x01);
  });
}

export function partBody(handle: number, operation: number, ...rest: readonly number[]): number[] {
  return [...le32(handle), operation, ...rest];
}

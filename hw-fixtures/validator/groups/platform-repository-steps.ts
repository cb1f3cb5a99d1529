import { PDR_TYPE } from '../../../pldm/platform/pdr/pdr-common.js';
import { GetPDR, GetPDRRepositoryInfo } from '../../../pldm/platform/pdr-commands.js';
import { PLATFORM_TRANSFER_FLAG } from '../../../pldm/platform/platform-enums.js';
import { inconclusive, notApplicable } from '../finding.js';
import type { Probe } from '../probe.js';
import { codeName } from './control-steps.js';
import { type PdrPart, pdrRequest, RECORD_AT, readPart, repository } from './platform-records.js';
import { DATA_AT, OK, pldm, pldmData, pldmSuccess, speaksType, u16At, u32At } from './pldm-steps.js';

export const INFO_BYTES = 40;
export const PLATFORM = 2;
/** Smaller than every record with more than its header. */
export const SMALL_PART = 12;
export const NO_HANDLE = 0xdeadbeef;
export const KNOWN_TYPES = new Set<number>(Object.values(PDR_TYPE));

/** GetPDR answers whose flag says one part. */
export const inOnePart = (change: (payload: Uint8Array, record: Uint8Array) => Uint8Array) =>
  pldmSuccess(GetPDR, (payload) =>
    payload[DATA_AT + 8] === PLATFORM_TRANSFER_FLAG.startAndEnd
      ? change(payload, payload.subarray(DATA_AT + RECORD_AT))
      : payload,
  );
/** GetPDR answers to requests for a few bytes. */
export const inParts = (change: (payload: Uint8Array) => Uint8Array) =>
  pldmSuccess(GetPDR, (payload, request) => (u16At(request, 12) === SMALL_PART ? change(payload) : payload));

export async function info(probe: Probe): Promise<Uint8Array> {
  await speaksType(probe, PLATFORM);
  const data = await pldmData(probe, GetPDRRepositoryInfo);
  return data.length < INFO_BYTES ? inconclusive(`the answer has ${data.length} bytes`) : data;
}

/** 0, which stands for the first record. @throws Finding not applicable, when there is none */
export async function firstHandle(probe: Probe): Promise<number> {
  const { records } = await repository(probe);
  return records.length === 0 ? notApplicable('the repository is empty') : 0;
}

/** The parts of the first record that is longer than two small ones. */
export async function smallParts(probe: Probe): Promise<readonly PdrPart[]> {
  const { records } = await repository(probe);
  const found = records.find(({ bytes }) => bytes.length > 2 * SMALL_PART);
  if (found === undefined) return notApplicable('no record is long enough to come in parts');
  const parts: PdrPart[] = [];
  for (let part = 0; parts.length < 64; ) {
    const change = u16At(found.bytes, 6);
    const body = pdrRequest({ handle: u32At(found.bytes, 0), part, count: SMALL_PART, change });
    const { code, data } = await pldm(probe, GetPDR, body);
    if (code !== OK) inconclusive(`part ${parts.length} is answered with ${codeName(code)}`);
    const read = readPart(data);
    parts.push(read);
    part = read.nextPart;
    if (part === 0) return parts;
  }
  return inconclusive('a record has no last part');
}

/** All records, when the chain is as it should be. */
export async function sound(probe: Probe) {
  const { records, loopAt, missing } = await repository(probe);
  if (loopAt !== undefined || missing !== undefined) inconclusive('the chain of records is broken');
  return records;
}

export function withLast(payload: Uint8Array): Uint8Array {
  return payload.with(payload.length - 1, payload.at(-1)! ^ 0x10);
}

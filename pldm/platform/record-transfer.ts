/** One PDR from a terminus: all its parts, its checksum, and what can go wrong with them (DSP0248 §26.2). */

import { CompletionCodeError, MctpError } from '../../stack/errors.js';
import type { CallOptions } from '../../stack/protocol/index.js';
import { collectParts } from '../base/collect-parts.js';
import { crc8 } from '../base/crc.js';
import { completionCodeName } from '../base/pldm-protocol.js';
import type { Terminus } from '../terminus/terminus.js';
import { PDR_HEADER_SIZE } from './pdr/pdr-common.js';
import { GET_PDR_CODES, GetPDR } from './pdr-commands.js';
import { PLATFORM_TRANSFER_FLAG } from './platform-enums.js';

export interface FetchedRecord {
  /** Common header and body. */
  readonly bytes: Uint8Array;
  /** 0 after the last record. */
  readonly nextRecordHandle: number;
}

export interface RecordOptions extends CallOptions {
  /** Most bytes of a part, 1..65535. */
  readonly requestCount: number;
  /** Most bytes of a record. */
  readonly maxRecordBytes: number;
}

/** The repository changed, or is changing: what was read so far is worth nothing. */
export class RepositoryChanged extends Error {
  override readonly name = 'RepositoryChanged';

  constructor(
    message: string,
    /** Of the answer to GetPDR that says so. */
    readonly completionCode?: number,
  ) {
    super(message);
  }
}

const CHANGING: readonly number[] = [
  GET_PDR_CODES.INVALID_RECORD_HANDLE,
  GET_PDR_CODES.INVALID_RECORD_CHANGE_NUMBER,
  GET_PDR_CODES.REPOSITORY_UPDATE_IN_PROGRESS,
];
const WORTH_ANOTHER_TRY: readonly number[] = [
  GET_PDR_CODES.INVALID_DATA_TRANSFER_HANDLE,
  GET_PDR_CODES.TRANSFER_TIMEOUT,
];
const TRIES = 3;

/** recordHandle 0: the first record. @throws RepositoryChanged, CompletionCodeError, MctpError EPROTO and those of calls */
export async function fetchRecord(
  terminus: Terminus,
  recordHandle: number,
  options: RecordOptions,
): Promise<FetchedRecord> {
  for (let attempt = 1; ; attempt++) {
    const record = await transfer(terminus, recordHandle, options);
    if (record !== undefined) return record;
    if (attempt >= TRIES) {
      throw new MctpError('EPROTO', `${terminus.name}: PDR ${recordHandle} came damaged ${TRIES} times`);
    }
  }
}

/** One try. Undefined: it failed in a way that another may not. */
async function transfer(
  terminus: Terminus,
  recordHandle: number,
  { requestCount, maxRecordBytes, ...call }: RecordOptions,
): Promise<FetchedRecord | undefined> {
  let nextRecordHandle = 0;
  let recordChangeNumber = 0;
  let checksum: number | undefined;
  let retry = false;
  let received = 0;
  let announced = maxRecordBytes;
  const bytes = await collectParts({
    what: `${terminus.name}: PDR ${recordHandle}`,
    maxBytes: maxRecordBytes,
    load: async (request, first) => {
      const response = await terminus.exchange(
        GetPDR,
        {
          ...request,
          recordHandle,
          requestCount,
          recordChangeNumber: first ? 0 : recordChangeNumber,
        },
        call,
      );
      if (!GetPDR.succeeded(response)) {
        const { completionCode } = response;
        if (CHANGING.includes(completionCode)) {
          throw new RepositoryChanged(completionCodeName(GetPDR, completionCode), completionCode);
        }
        if (!first && WORTH_ANOTHER_TRY.includes(completionCode)) {
          retry = true;
          return { data: new Uint8Array(), nextHandle: 0, last: true };
        }
        throw new CompletionCodeError(GetPDR.name, completionCode, completionCodeName(GetPDR, completionCode));
      }
      const { recordData, transferFlag, nextDataTransferHandle } = response;
      if (recordData.length > requestCount) {
        throw new MctpError(
          'EPROTO',
          `${terminus.name}: ${recordData.length} bytes of a PDR, ${requestCount} asked for`,
        );
      }
      if (first) {
        nextRecordHandle = response.nextRecordHandle;
        // Of the common header: recordChangeNumber and dataLength.
        if (recordData.length >= PDR_HEADER_SIZE) {
          recordChangeNumber = recordData[6]! | (recordData[7]! << 8);
          announced = PDR_HEADER_SIZE + (recordData[8]! | (recordData[9]! << 8));
        }
      }
      checksum = response.transferCrc;
      received += recordData.length;
      const last =
        transferFlag === PLATFORM_TRANSFER_FLAG.end ||
        transferFlag === PLATFORM_TRANSFER_FLAG.startAndEnd ||
        nextDataTransferHandle === 0;
      if (!last && received > announced) {
        throw new MctpError('EPROTO', `${terminus.name}: PDR ${recordHandle} announces ${announced} bytes and goes on`);
      }
      return { data: recordData, nextHandle: nextDataTransferHandle, last };
    },
  });
  if (retry || (checksum !== undefined && checksum !== crc8(bytes))) return undefined;
  if (bytes.length < PDR_HEADER_SIZE) {
    throw new MctpError('EPROTO', `${terminus.name}: PDR ${recordHandle} has ${bytes.length} bytes and no header`);
  }
  return { bytes, nextRecordHandle };
}

/** A PDR repository served: GetPDRRepositoryInfo, GetPDR, GetPDRRepositorySignature; records may come and go. */

import { toHex } from '../../stack/codec/index.js';
import { fail } from '../../stack/protocol/index.js';
import { crc8, crc32 } from '../base/crc.js';
import type { PldmHandlers } from '../base/pldm-handlers.js';
import { partOf } from '../base/serve-parts.js';
import {
  FIND_OPERATION,
  FIND_PDR_CODES,
  FindPDR,
  GET_PDR_CODES,
  GetPDR,
  GetPDRRepositoryInfo,
  GetPDRRepositorySignature,
} from './pdr-commands.js';
import { PLATFORM_TRANSFER_FLAG, REPOSITORY_STATE } from './platform-enums.js';

export class PdrRepositoryResponder {
  readonly #records = new Map<number, Uint8Array>();
  #handles: number[] | undefined;
  #changes = 0;
  /** Set while records are being changed: requesters are told to wait. */
  updating = false;

  constructor(
    handlers: PldmHandlers,
    records: readonly Uint8Array[],
    /** Most bytes of a part. */
    private readonly partSize: number,
  ) {
    for (const record of records) this.#records.set(handleOf(record), record);
    handlers.on(GetPDRRepositoryInfo, () => {
      let largest = 0;
      let size = 0;
      for (const record of this.#records.values()) {
        largest = Math.max(largest, record.length);
        size += record.length;
      }
      return {
        repositoryState: this.updating ? REPOSITORY_STATE.updateInProgress : REPOSITORY_STATE.available,
        updateTime: this.#updateTime(),
        oemUpdateTime: '00'.repeat(13),
        recordCount: this.#records.size,
        repositorySize: size,
        largestRecordSize: largest,
        dataTransferHandleTimeout: 0,
      };
    });
    handlers.on(GetPDRRepositorySignature, () => ({ pdrRepositorySignature: this.signature }));
    handlers.on(GetPDR, (request) => {
      if (this.updating) return fail(GET_PDR_CODES.REPOSITORY_UPDATE_IN_PROGRESS);
      const handles = this.#order();
      const index = request.recordHandle === 0 ? 0 : handles.indexOf(request.recordHandle);
      const record = index < 0 ? undefined : this.#records.get(handles[index]!);
      if (record === undefined) return fail(GET_PDR_CODES.INVALID_RECORD_HANDLE);
      const part = partOf(record, request, Math.max(1, Math.min(request.requestCount, this.partSize)));
      if (part === 'handle') return fail(GET_PDR_CODES.INVALID_DATA_TRANSFER_HANDLE);
      if (part === 'operation') return fail(GET_PDR_CODES.INVALID_TRANSFER_OPERATION_FLAG);
      const changeNumber = record[6]! | (record[7]! << 8);
      if (!part.first && request.recordChangeNumber !== changeNumber) {
        return fail(GET_PDR_CODES.INVALID_RECORD_CHANGE_NUMBER);
      }
      const { start, middle, end, startAndEnd } = PLATFORM_TRANSFER_FLAG;
      const common = {
        nextRecordHandle: handles[index + 1] ?? 0,
        nextDataTransferHandle: part.nextHandle,
        recordData: part.data,
      };
      if (!part.last) return { ...common, transferFlag: part.first ? start : middle };
      if (part.first) return { ...common, transferFlag: startAndEnd };
      return { ...common, transferFlag: end, transferCrc: crc8(record) };
    });
    this.#serveFind(handlers);
  }

  /** A find handle is the handle of the record that is found next, so nothing is kept between requests. */
  #serveFind(handlers: PldmHandlers): void {
    const { findNext, findFirst } = FIND_OPERATION;
    handlers.on(FindPDR, (request) => {
      const { findHandle, findOperationFlag: operation, pdrType } = request;
      if (this.updating) return fail(FIND_PDR_CODES.REPOSITORY_UPDATE_IN_PROGRESS);
      if (operation !== findFirst && operation !== findNext) return fail(FIND_PDR_CODES.INVALID_FIND_OPERATION_FLAG);
      // A PDR's own type is one byte.
      if (pdrType > 0xff) return fail(FIND_PDR_CODES.INVALID_PDR_TYPE);
      if (request.parameterFormatNumber !== 0) return fail(FIND_PDR_CODES.INVALID_PARAMETER_FORMAT_NUMBER);
      if (request.findParameters.length > 0) return fail(FIND_PDR_CODES.INVALID_FIND_PARAMETERS);
      const found = [...this.#records].filter(([, record]) => pdrType === 0 || record[5] === pdrType);
      const index = operation === findFirst ? 0 : found.findIndex(([handle]) => handle === findHandle);
      if (operation === findFirst ? findHandle !== 0 : index < 0) return fail(FIND_PDR_CODES.INVALID_FIND_HANDLE);
      const record = found[index]?.[1] ?? new Uint8Array();
      const recordData = record.subarray(0, Math.max(1, Math.min(request.requestCount, this.partSize)));
      const last = recordData.length === record.length;
      return {
        nextFindHandle: found[index + 1]?.[0] ?? 0,
        nextDataTransferHandle: last ? 0 : recordData.length,
        transferFlag: last ? PLATFORM_TRANSFER_FLAG.startAndEnd : PLATFORM_TRANSFER_FLAG.start,
        recordData,
      };
    });
  }

  /** By record handle. */
  get records(): ReadonlyMap<number, Uint8Array> {
    return this.#records;
  }

  /** Changes with every change of the records. */
  get signature(): number {
    let crc = this.#changes;
    for (const record of this.#records.values()) crc = crc32(record, 0, record.length, crc);
    return crc;
  }

  /** Add or replace a record by its handle. Tell the event receiver: `changeEvent`. */
  put(record: Uint8Array): void {
    this.#records.set(handleOf(record), record);
    this.#changed();
  }

  /** False when there is none. */
  remove(recordHandle: number): boolean {
    const removed = this.#records.delete(recordHandle);
    if (removed) this.#changed();
    return removed;
  }

  #changed(): void {
    this.#changes++;
    this.#handles = undefined;
  }

  #order(): number[] {
    this.#handles ??= [...this.#records.keys()];
    return this.#handles;
  }

  /** There is no calendar here: the number of changes in the place of the microseconds does what a time is for. */
  #updateTime(): string {
    const bytes = new Uint8Array(13);
    if (this.#changes === 0) return toHex(bytes);
    bytes.set([this.#changes & 0xff, (this.#changes >> 8) & 0xff, (this.#changes >> 16) & 0xff, 0, 0, 0, 1, 1], 2);
    bytes.set([0xb2, 0x07], 10);
    return toHex(bytes);
  }
}

function handleOf(record: Uint8Array): number {
  return (record[0]! | (record[1]! << 8) | (record[2]! << 16) | (record[3]! << 24)) >>> 0;
}

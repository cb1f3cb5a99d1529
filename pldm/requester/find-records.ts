/** The PDRs of one type, searched for by the terminus (FindPDR, DSP0248 §26.3). */

import { MctpError } from '../../stack/errors.js';
import { PDR_HEADER_SIZE } from '../platform/pdr/index.js';
import { FIND_BY_TYPE, FIND_OPERATION, FindPDR } from '../platform/repository.js';
import { type PdrRecord, readRecord } from './pdr-repository.js';
import { fetchRecord, type RecordOptions } from './record-transfer.js';
import type { Terminus } from './terminus.js';

const MAX_RECORDS = 8192;

/**
 * Whole records, in the order of the terminus. pdrType 0: of any type. Few termini have the command.
 * @throws CompletionCodeError; MctpError EPROTO when the search does not end, and those of calls
 */
export async function findRecords(
  terminus: Terminus,
  pdrType: number,
  { requestCount = 1024, maxRecordBytes = 65_545, ...call }: Partial<RecordOptions> = {},
): Promise<PdrRecord[]> {
  const records: PdrRecord[] = [];
  const seen = new Set<number>();
  let findHandle = 0;
  for (let findOperationFlag: number = FIND_OPERATION.findFirst; ; findOperationFlag = FIND_OPERATION.findNext) {
    const { nextFindHandle, nextDataTransferHandle, recordData } = await terminus.call(
      FindPDR,
      {
        findHandle,
        findOperationFlag,
        requestCount,
        pdrType,
        parameterFormatNumber: FIND_BY_TYPE,
        wildcards: 0,
        findParameters: new Uint8Array(),
      },
      call,
    );
    if (recordData.length === 0) return records;
    if (nextDataTransferHandle === 0) {
      records.push(readRecord(recordData));
    } else {
      const handle = handleOf(recordData, terminus);
      const { bytes } = await fetchRecord(terminus, handle, { requestCount, maxRecordBytes, ...call });
      records.push(readRecord(bytes));
    }
    if (nextFindHandle === 0) return records;
    if (seen.has(nextFindHandle) || seen.size >= MAX_RECORDS) {
      throw new MctpError('EPROTO', `${terminus.name}: the search for PDRs of type ${pdrType} does not end`);
    }
    seen.add(nextFindHandle);
    findHandle = nextFindHandle;
  }
}

function handleOf(record: Uint8Array, { name }: Terminus): number {
  if (record.length < PDR_HEADER_SIZE) {
    throw new MctpError('EPROTO', `${name}: the first part of a PDR has ${record.length} bytes and no header`);
  }
  return new DataView(record.buffer, record.byteOffset).getUint32(0, true);
}

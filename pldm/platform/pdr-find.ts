/** PDRs of one type, found by the terminus (DSP0248 §26.3). */

import { MctpError } from '../../stack/errors.js';
import type { CallOptions } from '../../stack/protocol/index.js';
import type { Terminus } from '../terminus/terminus.js';
import { PDR_HEADER_SIZE } from './pdr/pdr-common.js';
import { FindPDR } from './pdr-commands.js';
import { type PdrRecord, recordOf } from './pdr-repository.js';
import { PLATFORM_TRANSFER_FLAG } from './platform-enums.js';
import { fetchRecord } from './record-transfer.js';

const REQUEST_COUNT = 1024;
const MAX_RECORD_BYTES = 0xffff + PDR_HEADER_SIZE;
const MAX_RECORDS = 65_536;

/**
 * Records of a PDR type, whole, in the terminus's order; type 0: of any. Empty when there are none. Many termini do not
 * have the command: a repository read once knows the same.
 * @throws CompletionCodeError; MctpError EPROTO for finds that do not end or records that are none, and those of calls
 */
export async function findRecords(
  terminus: Terminus,
  pdrType: number,
  options: CallOptions = {},
): Promise<PdrRecord[]> {
  const records: PdrRecord[] = [];
  const seen = new Set<number>();
  for (let findHandle = 0; ; ) {
    const found = await terminus.call(
      FindPDR,
      {
        findHandle,
        findOperationFlag: records.length === 0 ? 'findFirst' : 'findNext',
        requestCount: REQUEST_COUNT,
        pdrType,
        parameterFormatNumber: 0,
        wildcards: 0,
        findParameters: new Uint8Array(),
      },
      options,
    );
    const { recordData, nextFindHandle, transferFlag } = found;
    if (recordData.length === 0) return records;
    if (recordData.length < 4) {
      throw new MctpError('EPROTO', `${terminus.name}: FindPDR gave ${recordData.length} bytes, which are not a PDR`);
    }
    const isWhole = transferFlag === PLATFORM_TRANSFER_FLAG.startAndEnd;
    const record = recordOf(recordData);
    records.push(isWhole ? record : await wholeRecord(terminus, record.recordHandle, options));
    if (nextFindHandle === 0) return records;
    if (seen.has(nextFindHandle) || seen.size >= MAX_RECORDS) {
      throw new MctpError('EPROTO', `${terminus.name}: the find handle ${nextFindHandle} leads back, and to no end`);
    }
    seen.add(nextFindHandle);
    findHandle = nextFindHandle;
  }
}

/** Its handle is known by the first part: reading it anew has all the checks of GetPDR. */
async function wholeRecord(terminus: Terminus, handle: number, options: CallOptions): Promise<PdrRecord> {
  const limits = { requestCount: REQUEST_COUNT, maxRecordBytes: MAX_RECORD_BYTES };
  return recordOf((await fetchRecord(terminus, handle, { ...limits, ...options })).bytes);
}

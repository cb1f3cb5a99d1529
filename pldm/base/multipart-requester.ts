/** Sections by MultipartReceive and MultipartSend (DSP0240 §9.6, §9.7), bounded whatever the peer does. */

import { CompletionCodeError, MctpError } from '../../stack/errors.js';
import type { CallOptions } from '../../stack/protocol/index.js';
import type { Terminus } from '../terminus/terminus.js';
import { concat } from './concat.js';
import { crc32 } from './crc.js';
import { MULTIPART_FLAG, MultipartReceive, MultipartSend, TRANSFER_OPERATION } from './multipart-commands.js';

export interface SectionRequest {
  readonly pldmType: number;
  /** Means what the type says: for type 7 the file descriptor. */
  readonly transferContext: number;
  /** Bytes; default 0. */
  readonly offset?: number;
  /** Bytes; most that may come. */
  readonly length: number;
}

export interface SectionOptions extends CallOptions {
  /** Take a checksum of each part alone, too, as some peers send it. Default false: over the section so far. */
  readonly partChecksums?: boolean;
  readonly onProgress?: (done: number, length: number) => void;
}

const TRIES_PER_PART = 3;
/** To end what has failed: one try, whatever the caller's signal says. */
const LAST_WORD: CallOptions = { retries: 0, notReadyRetries: 0, signal: undefined };

/**
 * The parts of a section as they come, each checked; fewer bytes than asked for when the data ends. Negotiate first:
 * `terminus.negotiateTransfer()`. A transfer that is left before its end is aborted.
 * @throws CompletionCodeError; MctpError EPROTO for checksums that stay wrong, too much data, or no progress
 */
export async function* sectionParts(
  terminus: Terminus,
  { pldmType, transferContext, offset = 0, length }: SectionRequest,
  options: SectionOptions = {},
): AsyncGenerator<Uint8Array, void, undefined> {
  const { partChecksums = false, onProgress, ...call } = options;
  const request = (transferOperation: number, dataTransferHandle = 0, own: CallOptions = call) =>
    terminus.call(
      MultipartReceive,
      {
        pldmType,
        transferOperation,
        transferContext,
        dataTransferHandle,
        requestedSectionOffset: transferOperation === TRANSFER_OPERATION.firstPart ? offset : 0,
        requestedSectionLengthBytes: transferOperation === TRANSFER_OPERATION.firstPart ? length : 0,
      },
      own,
    );
  const broken = (detail: string) => new MctpError('EPROTO', `${terminus.name}: multipart transfer: ${detail}`);
  let size = 0;
  let crc = 0;
  let operation: number = TRANSFER_OPERATION.firstPart;
  let handle = 0;
  let open = true;
  try {
    for (let failures = 0; ; ) {
      const part = await request(operation, handle);
      const { data, dataIntegrityChecksum, transferFlag: flag } = part;
      if (dataIntegrityChecksum === undefined) throw broken('an acknowledgement instead of data');
      const cumulative = crc32(data, 0, data.length, crc);
      if (dataIntegrityChecksum !== cumulative && !(partChecksums && dataIntegrityChecksum === crc32(data))) {
        if (++failures >= TRIES_PER_PART) throw broken(`wrong checksum ${failures} times`);
        operation = TRANSFER_OPERATION.currentPart;
        continue;
      }
      failures = 0;
      crc = cumulative;
      size += data.length;
      if (size > length) throw broken(`${size} bytes came where ${length} were asked for`);
      onProgress?.(size, length);
      const last = flag === MULTIPART_FLAG.end || flag === MULTIPART_FLAG.startAndEnd;
      if (last) open = false;
      else if (data.length === 0) throw broken('a part without data, and no end');
      if (data.length > 0) yield data;
      if (last) break;
      operation = TRANSFER_OPERATION.nextPart;
      // Some peers always give 0.
      handle = part.nextDataTransferHandle;
    }
  } catch (error) {
    // A peer that said no has ended the transfer itself; one that does not answer is asked once.
    if (error instanceof CompletionCodeError) open = false;
    throw error;
  } finally {
    if (open) await request(TRANSFER_OPERATION.abort, 0, { ...call, ...LAST_WORD }).catch(() => undefined);
  }
  // All is here; a peer that does not answer to that has lost nothing.
  await request(TRANSFER_OPERATION.complete).catch((error: unknown) => {
    if (MctpError.is(error, 'ECANCELED')) throw error;
  });
}

/** A whole section, as `sectionParts`. */
export async function receiveSection(
  terminus: Terminus,
  section: SectionRequest,
  options: SectionOptions = {},
): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of sectionParts(terminus, section, options)) {
    parts.push(part);
    size += part.length;
  }
  return concat(parts, size);
}

/** Push a section. @throws CompletionCodeError; MctpError EPROTO when the peer aborts or asks for the same part again and again */
export async function sendSection(
  terminus: Terminus,
  { pldmType, transferContext, offset = 0 }: Omit<SectionRequest, 'length'>,
  data: Uint8Array,
  partSize: number,
  options: CallOptions = {},
): Promise<void> {
  let at = 0;
  let crc = 0;
  let failures = 0;
  for (;;) {
    const end = Math.min(at + partSize, data.length);
    const part = data.subarray(at, end);
    const first = at === 0;
    const last = end === data.length;
    const { start, middle, end: final, startAndEnd } = MULTIPART_FLAG;
    const cumulative = crc32(part, 0, part.length, crc);
    const { nextTransferOperation: next } = await terminus.call(
      MultipartSend,
      {
        pldmType,
        transferFlag: last ? (first ? startAndEnd : final) : first ? start : middle,
        transferContext,
        dataTransferHandle: at,
        nextDataTransferHandle: last ? 0 : end,
        sectionOffset: first ? offset : 0,
        sectionLengthBytes: first ? data.length : 0,
        data: part,
        ...(part.length > 0 ? { dataIntegrityChecksum: cumulative } : {}),
      },
      options,
    );
    if (next === TRANSFER_OPERATION.abort) {
      throw new MctpError('EPROTO', `${terminus.name} aborted the multipart transfer at byte ${at}`);
    }
    if (next === TRANSFER_OPERATION.currentPart) {
      if (++failures >= TRIES_PER_PART) {
        throw new MctpError('EPROTO', `${terminus.name} wants the part at byte ${at} again and again`);
      }
      continue;
    }
    failures = 0;
    if (last) return;
    if (next !== TRANSFER_OPERATION.nextPart) {
      throw new MctpError('EPROTO', `${terminus.name} ended the multipart transfer at byte ${end} of ${data.length}`);
    }
    at = end;
    crc = cumulative;
  }
}

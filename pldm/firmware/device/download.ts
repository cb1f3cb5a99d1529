/** Fetching a component image: one request in flight, storing while the next part travels (DSP0267 §12.6). */

import { wait } from '../../../stack/util/async.js';
import { COMPLETION } from '../../base/pldm-completion-codes.js';
import { FWUP_CODES, TRANSFER_RESULT } from '../firmware-enums.js';
import { BASELINE_TRANSFER_SIZE } from '../inventory-commands.js';
import { RequestFirmwareData } from '../update-commands.js';
import type { AgentCaller } from './agent-caller.js';
import type { ComponentSink } from './firmware-hardware.js';

/** Answers that make no sense before the transfer is given up. */
const MAX_FAULTS = 5;

export interface DownloadOptions {
  readonly caller: AgentCaller;
  readonly sink: ComponentSink;
  /** Bytes of the image. */
  readonly size: number;
  /** Bytes of a request; at least 32. */
  readonly chunk: number;
  readonly signal: AbortSignal;
  readonly onProgress: (done: number) => void;
}

/** What to ask for next, and which bytes of the answer are new. */
export function nextRequest(at: number, size: number, chunk: number): { offset: number; length: number; skip: number } {
  const left = size - at;
  if (left >= chunk) return { offset: at, length: chunk, skip: 0 };
  if (left >= BASELINE_TRANSFER_SIZE) return { offset: at, length: left, skip: 0 };
  // Never fewer than 32 bytes: from further back, or past the end of an image that is so small.
  const offset = Math.max(0, size - BASELINE_TRANSFER_SIZE);
  return { offset, length: BASELINE_TRANSFER_SIZE, skip: at - offset };
}

/**
 * transferResult when the transfer is over; undefined when the update agent wants to cancel and no more is to be asked.
 * @throws MctpError ECANCELED
 */
export async function download(options: DownloadOptions): Promise<number | undefined> {
  const { caller, sink, size, chunk, signal, onProgress } = options;
  let storing: Promise<void> | undefined;
  let faults = 0;
  for (let at = 0; at < size; ) {
    const { offset, length, skip } = nextRequest(at, size, chunk);
    const answer = await caller.ask(RequestFirmwareData, { offset, length }, signal);
    if (RequestFirmwareData.succeeded(answer) && answer.componentImagePortion.length === length) {
      faults = 0;
      const end = Math.min(offset + length, size);
      const data = answer.componentImagePortion.subarray(skip, end - offset);
      try {
        // One part is stored while the next is on its way, not more.
        await storing;
        signal.throwIfAborted();
        storing = sink.write(at, data) ?? undefined;
        storing?.catch(() => undefined);
      } catch (error) {
        if (signal.aborted) throw error;
        return TRANSFER_RESULT.genericError;
      }
      at = end;
      onProgress(at);
      continue;
    }
    const { completionCode } = answer;
    if (completionCode === FWUP_CODES.CANCEL_PENDING || completionCode === FWUP_CODES.COMMAND_NOT_EXPECTED) {
      return undefined;
    }
    if (completionCode === FWUP_CODES.DATA_OUT_OF_RANGE || completionCode === FWUP_CODES.INVALID_TRANSFER_LENGTH) {
      return TRANSFER_RESULT.fdAborted;
    }
    if (completionCode !== FWUP_CODES.RETRY_REQUEST_FW_DATA && ++faults >= MAX_FAULTS) {
      return completionCode === COMPLETION.SUCCESS ? TRANSFER_RESULT.imageCorrupt : TRANSFER_RESULT.genericError;
    }
    await wait(caller.client.clock, caller.timing.retryMs, signal);
  }
  try {
    await storing;
  } catch {
    return TRANSFER_RESULT.genericError;
  }
  return TRANSFER_RESULT.success;
}

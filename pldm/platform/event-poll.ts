/** Fetch the events that a terminus keeps until asked: PollForPlatformEventMessage (DSP0248 §16.7). */

import { CompletionCodeError, MctpError } from '../../stack/errors.js';
import type { CallOptions } from '../../stack/protocol/index.js';
import { collectParts } from '../base/collect-parts.js';
import { crc32 } from '../base/crc.js';
import { commandsOf } from '../base/pldm-command.js';
import { PLDM_TYPE } from '../base/pldm-types.js';
import type { Terminus } from '../terminus/terminus.js';
import { EVENT_ACKNOWLEDGED, NO_EVENT, POLL_CODES, pollDeclaration, polledFields } from './event-commands.js';
import { decodeEvent, type PlatformEvent } from './event-data.js';
import { PLATFORM_TRANSFER_FLAG } from './platform-enums.js';

export interface PolledEvent {
  readonly tid: number;
  readonly eventId: number;
  readonly event: PlatformEvent;
}

export interface PollOptions extends CallOptions {
  /** Events taken in one go; default 64. More stay with the terminus. */
  readonly maxEvents?: number;
  /** Bytes of one event; default 64 KiB. */
  readonly maxEventBytes?: number;
  /** From a pldmMessagePollEvent; default 0. */
  readonly dataTransferHandle?: number;
  /** Events that do not decode, or whose checksum stays wrong; they are acknowledged so that the next ones come. */
  readonly onDamaged?: (eventId: number, error: Error) => void;
}

const TRIES = 2;
/** PollForPlatformEventMessage without its rule: a damaged event has to be acknowledged, or the next ones never come. */
const UncheckedPoll = commandsOf(PLDM_TYPE.platform, 'DSP0248 §16')({ ...pollDeclaration, response: polledFields });

/** Take events until there is none, acknowledging each. @throws CompletionCodeError, MctpError, EPROTO for endless ones */
export async function pollEvents(
  terminus: Terminus,
  onEvent: (polled: PolledEvent) => void,
  options: PollOptions = {},
): Promise<number> {
  const { maxEvents = 64, maxEventBytes = 65_536, dataTransferHandle = 0, onDamaged, ...call } = options;
  let count = 0;
  let firstHandle = dataTransferHandle;
  let previous = NO_EVENT;
  for (let attempt = 1; count < maxEvents; ) {
    const fetched = await fetchEvent(terminus, firstHandle, maxEventBytes, call);
    firstHandle = 0;
    if (fetched === undefined) return count;
    if (fetched.checksumWrong && attempt < TRIES) {
      attempt++;
      continue;
    }
    attempt = 1;
    const { tid, eventId } = fetched;
    if (eventId === previous) {
      throw new MctpError('EPROTO', `${terminus.name} gives event ${eventId} again after its acknowledgement`);
    }
    previous = eventId;
    count++;
    try {
      if (fetched.checksumWrong) throw new MctpError('EPROTO', 'the checksum of the event data is wrong');
      onEvent({ tid, eventId, event: decodeEvent(fetched.eventClass, fetched.data) });
    } catch (error) {
      onDamaged?.(eventId, error as Error);
    }
    if (!(await acknowledge(terminus, eventId, call))) return count;
  }
  return count;
}

interface FetchedEvent {
  readonly tid: number;
  readonly eventId: number;
  readonly eventClass: number;
  readonly data: Uint8Array;
  readonly checksumWrong: boolean;
}

async function fetchEvent(
  terminus: Terminus,
  firstHandle: number,
  maxBytes: number,
  call: CallOptions,
): Promise<FetchedEvent | undefined> {
  let head: { readonly tid: number; readonly eventId: number; readonly eventClass: number } | undefined;
  let checksum: number | undefined;
  const data = await collectParts({
    what: `${terminus.name}: event`,
    maxBytes,
    firstHandle,
    load: async (request, first) => {
      const fields = { ...request, eventIdToAcknowledge: first ? 0 : 0xffff };
      const response = await terminus.call(UncheckedPoll, fields, call);
      const { tid, eventId, eventClass, eventData, transferFlag, nextDataTransferHandle = 0 } = response;
      if (
        eventId === NO_EVENT ||
        eventId === EVENT_ACKNOWLEDGED ||
        eventClass === undefined ||
        eventData === undefined
      ) {
        if (!first) throw new MctpError('EPROTO', `${terminus.name}: the event vanished between two of its parts`);
        return { data: new Uint8Array(), nextHandle: 0, last: true };
      }
      if (head !== undefined && head.eventId !== eventId) {
        throw new MctpError('EPROTO', `${terminus.name}: event ${head.eventId} goes on as event ${eventId}`);
      }
      head ??= { tid, eventId, eventClass };
      checksum = response.eventDataIntegrityChecksum;
      const last = transferFlag === PLATFORM_TRANSFER_FLAG.end || transferFlag === PLATFORM_TRANSFER_FLAG.startAndEnd;
      return { data: eventData, nextHandle: nextDataTransferHandle, last };
    },
  });
  return head === undefined ? undefined : { ...head, data, checksumWrong: checksum !== crc32(data) };
}

/** Resolves to whether more events wait. */
async function acknowledge(terminus: Terminus, eventId: number, call: CallOptions): Promise<boolean> {
  try {
    const response = await terminus.call(
      UncheckedPoll,
      { transferOperationFlag: 'acknowledgementOnly', dataTransferHandle: 0, eventIdToAcknowledge: eventId },
      call,
    );
    // Some answer 0xffff and have more all the same: the next poll shows.
    return response.eventId !== NO_EVENT;
  } catch (error) {
    if (error instanceof CompletionCodeError && error.completionCode === POLL_CODES.EVENT_ID_NOT_VALID) return true;
    throw error;
  }
}

/** Work that takes a drive longer than an answer may: "more processing required" first, the result later on the same tag. */

import type { ResponseInput } from '../../../stack/codec/index.js';
import { type AnyNvmeMiCommand, MI_STATUS, nvmeMiMessages } from '../../../stack/nvme-mi/index.js';
import type { MctpMessage, MctpSocket } from '../../../stack/transport.js';
import type { MaybePromise } from '../../../stack/util/async.js';
import type { LateWork } from '../device/late-work.js';

/** A drive has to answer within that time; ms. */
const AT_ONCE_MS = 100;
/** Of the time it says it needs; ms. */
const UNIT_MS = 100;
const MOST_UNITS = 0xffff;

/** Do `work` when `ms` have passed. What takes no time is done at once. */
export type Slowly = <K extends AnyNvmeMiCommand>(
  request: MctpMessage,
  command: K,
  ms: number,
  work: () => ResponseInput<K> & object,
) => MaybePromise<ResponseInput<K> & object>;

/** `socket`: of the drive's stack; it is bound to nothing. */
export function slowAnswers(socket: MctpSocket, late: LateWork): Slowly {
  return (request, command, ms, work) => {
    if (ms === 0) return work();
    if (ms >= AT_ONCE_MS) {
      const units = Math.min(MOST_UNITS, Math.ceil(ms / UNIT_MS));
      const fields = Uint8Array.of(MI_STATUS.moreProcessing, 0, units & 0xff, units >> 8);
      const slot = request.payload[0]! & 1;
      const wait = nvmeMiMessages.encodeRaw(command, 'response', slot, fields);
      // What becomes of it is between the drive and the wire.
      socket.reply(request, wait, { integrityCheck: true }).catch(() => {});
    }
    return new Promise((resolve) => late.do(ms, () => resolve(work())));
  };
}

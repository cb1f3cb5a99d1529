/** What can be said of NVMe-MI messages, from the type byte 84 to the MIC, without the code that knows them. */

import { MESSAGE_TYPE } from '../../stack/ids.js';
import { micIsRight, nvmeMiWhole } from '../../stack/nvme-mi/mi-integrity.js';
import type { DecodedMessage } from './layer.js';
import { type LazyLayer, lazyLayer } from './lazy-layer.js';
import type { Fields } from './named-fields.js';

const TYPE_BYTE = 0x84;
/** Bytes of a message which is taken for one by its bytes alone. */
const SHORTEST_LIKELY = 12;
/** Payload bytes of the shortest message before its MIC; less is something else. */
const SHORTEST = 7;
/** Of "more processing required", for which a drive may give no time. */
const SHORTEST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 600_000;

export const nvmeMiLayer: LazyLayer = lazyLayer(
  {
    carries: 'messages',
    title: 'an NVMe-MI message',
    type: MESSAGE_TYPE.nvmeMi,
    typeByteInHex: true,
    // A response does not say which command it answers; the tag does.
    isAnswer: (request, answer) => request.instanceId === answer.instanceId,
    looksLike: (bytes) => bytes[0] === TYPE_BYTE && bytes.length >= SHORTEST_LIKELY && micIsRight(bytes.subarray(1)),
    answersNeedRequest: true,
    refuses: ({ kind, fields }) => kind === 'response' && !isSuccess(fields),
    moreTimeMs: ({ fields }) =>
      typeof fields.processingTimeMs === 'number' && fields.micOk === true
        ? Math.min(LONGEST_WAIT_MS, Math.max(SHORTEST_WAIT_MS, fields.processingTimeMs))
        : undefined,
    complete: (payload) => (payload.length < SHORTEST ? undefined : nvmeMiWhole(payload)),
  },
  async () => nvmeMiLayer.provide((await import('./nvme-mi-messages.js')).nvmeMiMessages),
);

/** Of NVMe-MI itself, and of the admin command in its tunnel. */
function isSuccess({ status, micOk, nvmeStatus }: DecodedMessage['fields']): boolean {
  const admin = (nvmeStatus ?? {}) as Fields;
  return status === 0 && micOk === true && (admin.statusCode ?? 0) === 0 && (admin.statusCodeType ?? 0) === 0;
}

/** The admin commands of a drive: identify, logs, features, format, sanitize, security. */

import {
  FormatNvm,
  GetFeatures,
  GetLogPage,
  Identify,
  MI_STATUS,
  type NvmeMiResponder,
  Sanitize,
  SecurityReceive,
  SecuritySend,
  SetFeatures,
} from '../../../stack/nvme-mi/index.js';
import { fail } from '../../../stack/protocol/index.js';
import { identifyData, logData } from './drive-logs.js';
import type { DriveState } from './drive-state.js';
import type { Slowly } from './slow-answers.js';

/** Longest data of one command. */
const MOST_DATA = 4096;
const GENERIC = { invalidField: 0x02, sanitizeInProgress: 0x1d } as const;
/** What can be saved: power management, temperature threshold, timestamp, and others of the standard. */
const FEATURES: ReadonlyMap<number, number> = new Map([
  [0x02, 0],
  [0x04, 343],
  [0x0c, 0],
  [0x0e, 0],
  [0x10, 0],
  [0x11, 0],
]);
const NO_FEATURE_CHANGE = 0x0e;

/** Completion dword 3 of a status. */
export function ended(statusCodeType: number, statusCode: number): { readonly cdw3: number } {
  return { cdw3: ((statusCodeType << 9) | (statusCode << 1)) * 0x1_0000 };
}

export function serveAdmin(
  { handlers }: NvmeMiResponder,
  state: DriveState,
  serialNumber: string,
  slowly: Slowly,
): void {
  const { controllers, without, eraseMs } = state.description;
  const absent = (controller: number): boolean => !controllers.includes(controller);
  handlers.on(Identify, ({ controller, cns, dataOffset, dataLength }) => {
    if (absent(controller) || cns !== 1) return fail(MI_STATUS.invalidParameter);
    return windowOf(identifyData(state, controller, serialNumber), dataOffset, dataLength);
  });
  handlers.on(GetLogPage, ({ controller, logPageId, logPageOffset, dataOffset, dataLength }) => {
    const log = absent(controller) ? undefined : logData(state, logPageId);
    if (log === undefined || logPageOffset > BigInt(log.length)) return fail(MI_STATUS.invalidParameter);
    return windowOf(log.subarray(Number(logPageOffset)), dataOffset, dataLength);
  });
  handlers.on(GetFeatures, ({ controller, featureId }) => {
    const normal = FEATURES.get(featureId);
    if (absent(controller)) return fail(MI_STATUS.invalidParameter);
    if (normal === undefined) return ended(0, GENERIC.invalidField);
    return { cdw0: state.flash.features.get(featureId) ?? normal };
  });
  if (!without.includes('setFeatures')) {
    handlers.on(SetFeatures, ({ controller, featureId, cdw11 }) => {
      if (absent(controller)) return fail(MI_STATUS.invalidParameter);
      if (!FEATURES.has(featureId)) return ended(1, NO_FEATURE_CHANGE);
      state.flash.features.set(featureId, cdw11);
      return {};
    });
  }
  if (!without.includes('format')) {
    handlers.on(FormatNvm, ({ controller }, context) => {
      if (absent(controller)) return fail(MI_STATUS.invalidParameter);
      if (state.erasing !== undefined) return ended(0, GENERIC.sanitizeInProgress);
      return slowly(context.message, FormatNvm, eraseMs, () => ({}));
    });
  }
  if (!without.includes('sanitize')) serveSanitize(handlers, state, absent);
  if (!without.includes('security')) {
    handlers.on(SecurityReceive, ({ controller, securityProtocol, dataOffset, dataLength }) => {
      if (absent(controller)) return fail(MI_STATUS.invalidParameter);
      if (securityProtocol !== 0) return ended(0, GENERIC.invalidField);
      // Six reserved bytes, how many there are (big-endian), the only one: 0.
      return windowOf(Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0), dataOffset, dataLength);
    });
    handlers.on(SecuritySend, () => ended(0, GENERIC.invalidField));
  }
}

function serveSanitize(
  handlers: NvmeMiResponder['handlers'],
  state: DriveState,
  absent: (controller: number) => boolean,
): void {
  handlers.on(Sanitize, ({ controller, sanitizeAction, overwritePassCount }) => {
    if (absent(controller)) return fail(MI_STATUS.invalidParameter);
    if (state.erasing !== undefined) return ended(0, GENERIC.sanitizeInProgress);
    if (sanitizeAction === 0 || sanitizeAction > 5) return ended(0, GENERIC.invalidField);
    if (sanitizeAction === 1 || sanitizeAction === 5) return {};
    const dword10 = sanitizeAction | (overwritePassCount << 4);
    state.erasure = { dword10, endsAt: state.clock.now() + state.description.eraseMs };
    return {};
  });
}

/** The part which DOFST and DLEN cut out; it ends where the data ends. */
function windowOf(data: Uint8Array, offset: number, length: number) {
  if (offset % 4 !== 0 || length % 4 !== 0 || length > MOST_DATA || offset > data.length) {
    return fail(MI_STATUS.invalidParameter);
  }
  return { data: data.slice(offset, offset + length) };
}

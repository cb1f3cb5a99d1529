/** NVMe-MI as a declaration for the engine: header, message integrity check, command slots, "more processing". */

import { CodecError, type Writer } from '../codec/index.js';
import { MESSAGE_TYPE } from '../ids.js';
import { CommandTable, type MessageHeader, Messages, type Protocol } from '../protocol/index.js';
import { hexNumber } from '../util/text.js';
import { ADMIN_COMMANDS } from './admin-commands.js';
import { type AnyNvmeMiCommand, NMIMT } from './mi-command.js';
import { MI_COMMANDS } from './mi-commands.js';
import { MIC_SIZE, micIsRight, writeMic } from './mi-integrity.js';
import { MI_STATUS, MI_STATUS_NAMES } from './mi-status.js';

export interface NvmeMiHeader extends MessageHeader {
  /** NVMe-MI message type: see NMIMT. */
  readonly nmimt: number;
  /** Of requests which set a configuration: which one. */
  readonly selector: number;
}

/** Bytes behind the MCTP type byte and before opcode or status. */
const NVME_MI_HEADER_SIZE = 3;
/** The longest message has 4224 bytes, type byte and MIC included. */
const MAX_NVME_MI_PAYLOAD = 4223;

/** Most patience with "more processing": the sum of all waits for one command; ms. */
export const MORE_PROCESSING_TOTAL_MS = 600_000;

export const NVME_MI: Protocol<AnyNvmeMiCommand, NvmeMiHeader> = {
  name: 'NVMe-MI',
  messageType: MESSAGE_TYPE.nvmeMi,
  headerSize: NVME_MI_HEADER_SIZE,
  // Command slots: the low bit of the first byte.
  instanceIds: 2,
  maximumPayload: MAX_NVME_MI_PAYLOAD,
  errorOffset: 1,
  timing: { timeoutMs: 5000, retries: 0, instanceIdExpiryMs: 0 },
  // Nothing asks again by itself: MPR is waited for on the same tag.
  notReady: { completionCode: MI_STATUS.moreProcessing, delayMs: 0, repeats: 0 },
  responderCodes: {
    error: MI_STATUS.internalError,
    invalidData: MI_STATUS.invalidParameter,
    invalidLength: MI_STATUS.invalidCommandSize,
    notReady: MI_STATUS.internalError,
  },
  completionCodes: MI_STATUS_NAMES,
  unnamedCode: (code) => (code >= 0xe0 ? `vendor status ${hexNumber(code)}` : `reserved status ${hexNumber(code)}`),
  codeText: (code, name) => `${hexNumber(code)} (${name})`,
  readHeader: nvmeMiHeader,
  explainHeader: (payload) => {
    throw new CodecError('length', 'NVMe-MI message', '', 0, `${payload.length + 1} bytes are not a message`);
  },
  writeHeader: (writer: Writer, about, kind, instanceId) => {
    const at = writer.take(NVME_MI_HEADER_SIZE);
    writer.buffer[at] = (kind === 'response' ? 0x80 : 0) | (about.nmimt << 3) | instanceId;
    writer.buffer[at + 1] = 0;
    writer.buffer[at + 2] = 0;
  },
  key: (about) => (about.nmimt << 16) | (('code' in about ? about.code : about.command) << 8) | about.selector,
  admits: (header, message) => message.integrityCheck && (header.kind === 'response') !== message.tagOwner,
  integrity: { size: MIC_SIZE, intact: micIsRight, write: writeMic },
  // A response does not say which command it answers; the tag does.
  answers: (header, key) => header.nmimt === key >>> 16,
  moreProcessing: {
    totalMs: MORE_PROCESSING_TOTAL_MS,
    waitMs: (payload) => {
      if (payload[3] !== MI_STATUS.moreProcessing || payload.length < 7) return undefined;
      return 100 * (payload[5]! | (payload[6]! << 8));
    },
  },
  /** Three bytes behind each status. */
  failureTail: 3,
};

/** The header of a payload; undefined when it is too short to be a message, or of no known type. */
export function nvmeMiHeader(payload: Uint8Array): NvmeMiHeader | undefined {
  if (payload.length < NVME_MI_HEADER_SIZE + 4 + MIC_SIZE) return undefined;
  const first = payload[0]!;
  const nmimt = (first >> 3) & 0x0f;
  const response = (first & 0x80) !== 0;
  const code = payload[3]!;
  const form = !response && nmimt === NMIMT.mi && code === 0x03 ? payload[7]! : 0;
  return {
    kind: response ? 'response' : nmimt === NMIMT.asynchronousEvent ? 'datagram' : 'request',
    instanceId: first & 1,
    command: response ? 0 : code,
    nmimt,
    selector: form <= 4 ? form : 0,
  };
}

export const nvmeMiMessages = new Messages(NVME_MI);

/** All declared commands, by key and by name. */
export const nvmeMiCommands = new CommandTable(NVME_MI, [...MI_COMMANDS, ...ADMIN_COMMANDS]);

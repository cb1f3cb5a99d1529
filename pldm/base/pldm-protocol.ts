/** PLDM as a declaration for the protocol engine (DSP0240 §7, DSP0241). */

import type { AnyCommand, Writer } from '../../stack/codec/index.js';
import { namesOfCodes } from '../../stack/codec/index.js';
import { MESSAGE_TYPE } from '../../stack/ids.js';
import { DEFAULT_LIMITS } from '../../stack/limits.js';
import {
  completionCodeName as codeName,
  type MessageKind,
  Messages,
  type Protocol,
} from '../../stack/protocol/index.js';
import { hexNumber } from '../../stack/util/text.js';
import type { AnyPldmCommand } from './pldm-command.js';
import { COMPLETION } from './pldm-completion-codes.js';
import { decodeHeader, HEADER_SIZE, INSTANCE_IDS, type PldmMessageHeader, readHeader } from './pldm-header.js';
import { TIMING } from './pldm-timing.js';

const KIND_BITS: Readonly<Record<MessageKind, number>> = { request: 0x80, datagram: 0xc0, response: 0 };

export const PLDM: Protocol<AnyPldmCommand, PldmMessageHeader> = {
  name: 'PLDM',
  messageType: MESSAGE_TYPE.pldm,
  headerSize: HEADER_SIZE,
  instanceIds: INSTANCE_IDS,
  maximumPayload: DEFAULT_LIMITS.messageBytes - 1,
  errorOffset: 0,
  timing: {
    timeoutMs: TIMING.retryWait,
    retries: TIMING.retries,
    instanceIdExpiryMs: TIMING.instanceIdExpiry,
  },
  notReady: { completionCode: COMPLETION.ERROR_NOT_READY, delayMs: 500, repeats: 5 },
  responderCodes: {
    error: COMPLETION.ERROR,
    invalidData: COMPLETION.ERROR_INVALID_DATA,
    invalidLength: COMPLETION.ERROR_INVALID_LENGTH,
    notReady: COMPLETION.ERROR_NOT_READY,
  },
  completionCodes: namesOfCodes(COMPLETION),
  unnamedCode: (code) => `code ${hexNumber(code)}`,
  codeText: (code, name) => `${name} (${code})`,
  readHeader,
  explainHeader: (payload) => {
    decodeHeader(payload);
    throw new TypeError('this header was right');
  },
  writeHeader: (writer: Writer, about, kind, instanceId) => {
    const at = writer.take(HEADER_SIZE);
    const { buffer } = writer;
    buffer[at] = KIND_BITS[kind] | instanceId;
    buffer[at + 1] = about.pldmType;
    buffer[at + 2] = 'code' in about ? about.code : about.command;
  },
  key: (about) => about.pldmType * 256 + ('code' in about ? about.code : about.command),
};

/** What makes and reads PLDM messages, from their header on. */
export const pldmMessages = new Messages(PLDM);

/** "ERROR_NOT_READY", a command's own "INVALID_SENSOR_ID", or "code 0x99". */
export function completionCodeName(command: Pick<AnyCommand, 'completionCodes'> | undefined, code: number): string {
  return codeName(PLDM, command, code);
}

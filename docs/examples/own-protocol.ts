/** A request/response protocol of a vendor's own, declared once: its requester and its responder follow from that. */

import { codec, protocol } from 'mctpkit';

const { command, le, u8 } = codec;

/** Of every command. */
export const CODES = {
  SUCCESS: 0,
  ERROR: 1,
  INVALID_DATA: 2,
  INVALID_LENGTH: 3,
  UNSUPPORTED: 4,
  NOT_READY: 5,
} as const;
export const FAN_CODES = { NO_SUCH_FAN: 0x80 } as const;

export const GetFanSpeed = command({
  name: 'GetFanSpeed',
  code: 0x01,
  request: { fan: u8 },
  response: { rpm: le.u16.unit('rpm') },
  completionCodes: FAN_CODES,
  idempotent: true,
});

/** In a vendor's message the vendor's PCI id comes first (DSP0236 §13), then whatever the vendor likes. */
const VENDOR_ID = 0x1234;
const HEADER_SIZE = 4;
const REQUEST = 0x80;

/** The header: vendor id (2 bytes), request bit and instance id, command. */
export const FANS: protocol.Protocol = {
  name: 'fans',
  messageType: 0x7e,
  headerSize: HEADER_SIZE,
  instanceIds: 32,
  instanceIdAt: 2,
  maximumPayload: 255,
  errorOffset: 1,
  timing: { timeoutMs: 200, retries: 2, instanceIdExpiryMs: 2000 },
  notReady: { completionCode: CODES.NOT_READY, delayMs: 100, repeats: 5 },
  responderCodes: {
    error: CODES.ERROR,
    invalidData: CODES.INVALID_DATA,
    invalidLength: CODES.INVALID_LENGTH,
    notReady: CODES.NOT_READY,
  },
  completionCodes: codec.namesOfCodes(CODES),
  unnamedCode: (code) => `code ${code}`,
  codeText: (code, name) => `${name} (${code})`,
  readHeader: (payload) => {
    if (payload.length < HEADER_SIZE || payload[0]! * 256 + payload[1]! !== VENDOR_ID) return undefined;
    const kind = (payload[2]! & REQUEST) === 0 ? 'response' : 'request';
    return { kind, instanceId: payload[2]! & 0x1f, command: payload[3]! };
  },
  explainHeader: () => {
    throw new codec.CodecError('value', 'fans message', '', 0, 'this is not the header of a fans message');
  },
  writeHeader: (writer, about, kind, instanceId) => {
    const at = writer.take(HEADER_SIZE);
    writer.buffer[at] = VENDOR_ID >> 8;
    writer.buffer[at + 1] = VENDOR_ID & 0xff;
    writer.buffer[at + 2] = (kind === 'response' ? 0 : REQUEST) | instanceId;
    writer.buffer[at + 3] = codeOf(about);
  },
  key: codeOf,
};

function codeOf(about: Parameters<protocol.Protocol['key']>[0]): number {
  return 'code' in about ? about.code : about.command;
}

export const fanMessages = new protocol.Messages(FANS);

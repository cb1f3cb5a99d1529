/** Vendors' messages on the protocol engine (DSP0236 §13): from a declaration come requester, responder and decoder. */

import { type AnyCommand, CodecError, command, namesOfCodes } from '../codec/index.js';
import { MctpError } from '../errors.js';
import { CommandTable, type MessageHeader, type MessageKind, Messages, type Protocol } from '../protocol/index.js';
import { hexNumber } from '../util/text.js';
import type { HeaderPart, VendorDeclaration } from './vendor-declaration.js';
import { membersOf } from './vendor-fields.js';
import { readVendorId, type VendorType, vendorIdSize, vendorName } from './vendor-names.js';

/** Of every vendor's commands, as in control messages (DSP0236 table 15). */
export const VENDOR_CODES = {
  SUCCESS: 0,
  ERROR: 1,
  ERROR_INVALID_DATA: 2,
  ERROR_INVALID_LENGTH: 3,
  ERROR_NOT_READY: 4,
  ERROR_UNSUPPORTED_CMD: 5,
} as const;

const REQUEST = 0x80;
const DATAGRAM = 0x40;
const INSTANCE_MASK = 0x1f;
const INSTANCE_IDS = 32;
const MAXIMUM_PAYLOAD = 65_535;
const TIMING = { timeoutMs: 1000, retries: 2, instanceIdExpiryMs: 6000 };

/** A vendor's messages, ready for use. */
export interface VendorProtocol {
  readonly declaration: VendorDeclaration;
  readonly protocol: Protocol;
  readonly messages: Messages<AnyCommand, MessageHeader>;
  readonly commands: CommandTable<AnyCommand, MessageHeader>;
}

/** @throws MctpError EINVAL for a header that cannot be read; FieldProblem */
export function declareVendor(declaration: VendorDeclaration): VendorProtocol {
  const { byteOrder, name } = declaration;
  const protocol = protocolOf(declaration);
  const commands = declaration.commands.map((one) =>
    command({
      name: one.name,
      code: one.code,
      request: membersOf(one.request, byteOrder),
      response: membersOf(one.answer, byteOrder),
      completionCodes: one.codes,
      source: name,
    }),
  );
  return { declaration, protocol, messages: new Messages(protocol), commands: new CommandTable(protocol, commands) };
}

/** Is this a message of that vendor? `payload` begins with the vendor's number. */
export function isOfVendor({ type, id }: Pick<VendorDeclaration, 'type' | 'id'>, payload: Uint8Array): boolean {
  return readVendorId(type, payload) === id;
}

/** "0x8086 (Intel)", "343 (Intel)": numbers as each registry writes them. */
export function vendorText(type: VendorType, id: number): string {
  const number = vendorIdSize(type) === 2 ? hexNumber(id, 4) : String(id);
  const name = vendorName(type, id);
  return name === undefined ? number : `${number} (${name})`;
}

function protocolOf(declaration: VendorDeclaration): Protocol {
  const { name, type, id, header } = declaration;
  const idSize = vendorIdSize(type);
  const at = (part: HeaderPart): number | undefined => {
    const index = header.indexOf(part);
    return index < 0 ? undefined : idSize + index;
  };
  const flagsAt = at('flags');
  const kindAt = at('kind');
  const commandAt = at('command');
  if (commandAt === undefined) throw new MctpError('EINVAL', 'the header has no "command"');
  if ((flagsAt === undefined) === (kindAt === undefined)) {
    throw new MctpError(
      'EINVAL',
      'the header needs "flags" or "kind", and not both: which messages ask, which answer?',
    );
  }
  const words = header.filter((part) => typeof part === 'string');
  if (new Set(words).size < words.length) throw new MctpError('EINVAL', 'the header has one part twice');
  const headerSize = idSize + header.length;
  const fits = (payload: Uint8Array): boolean =>
    payload.length >= headerSize &&
    readVendorId(type, payload) === id &&
    header.every((part, index) => typeof part === 'string' || payload[idSize + index] === part);
  return {
    name,
    messageType: type,
    headerSize,
    instanceIds: flagsAt === undefined ? 1 : INSTANCE_IDS,
    ...(flagsAt !== undefined && { instanceIdAt: flagsAt }),
    maximumPayload: MAXIMUM_PAYLOAD,
    errorOffset: 1,
    timing: TIMING,
    notReady: { completionCode: VENDOR_CODES.ERROR_NOT_READY, delayMs: 250, repeats: 8 },
    responderCodes: {
      error: VENDOR_CODES.ERROR,
      invalidData: VENDOR_CODES.ERROR_INVALID_DATA,
      invalidLength: VENDOR_CODES.ERROR_INVALID_LENGTH,
      notReady: VENDOR_CODES.ERROR_NOT_READY,
    },
    completionCodes: { ...namesOfCodes(VENDOR_CODES), ...namesOfCodes(declaration.codes) },
    unnamedCode: (code) => `code ${hexNumber(code)}`,
    codeText: (code, codeName) => `${code} (${codeName})`,
    readHeader: (payload) => {
      if (!fits(payload)) return undefined;
      const common = { command: payload[commandAt]! };
      if (flagsAt === undefined) {
        const kind = payload[kindAt!]!;
        return kind > 1 ? undefined : { ...common, kind: kind === 0 ? 'request' : 'response', instanceId: 0 };
      }
      const flags = payload[flagsAt]!;
      const kind = kindOfFlags(flags);
      return kind === undefined ? undefined : { ...common, kind, instanceId: flags & INSTANCE_MASK };
    },
    explainHeader: (payload) => {
      const found = readVendorId(type, payload);
      if (payload.length < headerSize) {
        const needed = `${headerSize} bytes of header, and there are ${payload.length}`;
        throw new CodecError('length', `${name} message`, 'header', 1, needed);
      }
      const why = found === id ? 'this is not the declared header' : `vendor ${found} is not ${id}`;
      throw new CodecError('value', `${name} message`, 'header', 1, why);
    },
    writeHeader: (writer, about, kind, instanceId) => {
      const start = writer.take(headerSize);
      for (let byte = 0; byte < idSize; byte++) {
        writer.buffer[start + byte] = Math.floor(id / 256 ** (idSize - 1 - byte)) & 0xff;
      }
      header.forEach((part, index) => {
        writer.buffer[start + idSize + index] = headerByte(part, codeOf(about), kind, instanceId);
      });
    },
    key: codeOf,
  };
}

/** D is set in requests alone. */
function kindOfFlags(flags: number): MessageKind | undefined {
  if ((flags & REQUEST) !== 0) return (flags & DATAGRAM) === 0 ? 'request' : 'datagram';
  return (flags & DATAGRAM) === 0 ? 'response' : undefined;
}

function headerByte(part: HeaderPart, code: number, kind: MessageKind, instanceId: number): number {
  if (part === 'command') return code;
  if (part === 'kind') return kind === 'response' ? 1 : 0;
  if (part !== 'flags') return part;
  const flags = kind === 'response' ? 0 : kind === 'request' ? REQUEST : REQUEST | DATAGRAM;
  return flags | instanceId;
}

function codeOf(about: AnyCommand | MessageHeader): number {
  return 'code' in about ? about.code : about.command;
}

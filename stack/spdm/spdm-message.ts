/** SPDM messages as MCTP carries them, type byte first: 5 plain, 6 secured (DSP0275, DSP0276). Pure. */

import {
  CodecError,
  decode,
  encode,
  fromJson,
  type Json,
  le,
  rest,
  restSize,
  type Scope,
  struct,
  toJson,
  toText,
  u8,
} from '../codec/index.js';
import { MctpError } from '../errors.js';
import { MESSAGE_TYPE } from '../ids.js';
import { TYPE_IC, TYPE_MASK } from '../packet.js';
import { ATTESTATION_MESSAGES } from './attestation-messages.js';
import { CONNECTION_MESSAGES } from './connection-messages.js';
import { SESSION_MESSAGES } from './session-messages.js';
import { contextScope, type SpdmAsked, type SpdmContext } from './spdm-context.js';
import type { SpdmMessageType } from './spdm-message-type.js';

export const SPDM_MESSAGES: readonly SpdmMessageType[] = [
  ...CONNECTION_MESSAGES,
  ...ATTESTATION_MESSAGES,
  ...SESSION_MESSAGES,
].sort((a, b) => a.code - b.code);

const byCode = new Map(SPDM_MESSAGES.map((type) => [type.code, type]));
const byName = new Map(SPDM_MESSAGES.map((type) => [type.name, type]));

/** In any case: "get_version". */
function spdmMessageNamed(name: string): SpdmMessageType | undefined {
  return byName.get(name.toUpperCase());
}

/** An encrypted record; what is inside is bytes here. */
const Secured = struct('SECURED_MESSAGE', {
  sessionId: le.u32,
  sequenceNumber: le.u16,
  length: restSize(le.u16),
  encryptedDataAndTag: rest,
});

/** What is known of a message whose fields cannot be: of an undeclared code, or without what was negotiated. */
const Unknown = struct('message', { spdmVersion: u8, code: u8, param1: u8, param2: u8, data: rest });

export const SECURED_MESSAGE = 'SECURED_MESSAGE';
const HEADER_SIZE = 4;

export interface DecodedSpdm {
  /** "GET_VERSION", "SECURED_MESSAGE", or the code of a message nothing declares. */
  readonly name: string | number;
  /** Codes of requests are 0x80 and more. Undefined for secured messages, which do not say it. */
  readonly kind: 'request' | 'response' | undefined;
  /** Fields that follow from earlier messages are there as bytes only, in `data`. */
  readonly isPartial: boolean;
  readonly fields: { readonly [name: string]: Json };
  /** One line per field. */
  readonly text: readonly string[];
}

export interface SpdmSurroundings {
  /** What was negotiated; without it fields of negotiated sizes are one field, `data`. */
  readonly context?: SpdmContext | undefined;
  /** What the request asked. */
  readonly asked?: SpdmAsked | undefined;
}

/** `message` has its type byte. @throws CodecError */
export function decodeSpdm(message: Uint8Array, { context, asked }: SpdmSurroundings = {}): DecodedSpdm {
  const mctpMessageType = (message[0] ?? 0) & TYPE_MASK;
  const common = { mctpMessageType, integrityCheck: ((message[0] ?? 0) & TYPE_IC) === 0 ? 0 : 1 };
  if (mctpMessageType === MESSAGE_TYPE.secured) {
    const value = decode(Secured, message, { start: 1, offset: 1, what: SECURED_MESSAGE });
    const fields = { ...common, ...(toJson(Secured, value) as object) };
    return {
      name: SECURED_MESSAGE,
      kind: undefined,
      isPartial: false,
      fields,
      text: toText(Secured, value).split('\n'),
    };
  }
  if (mctpMessageType !== MESSAGE_TYPE.spdm) {
    throw new CodecError('value', 'SPDM message', 'type', 0, `${message[0]} is neither the SPDM nor the secured type`);
  }
  if (message.length < 1 + HEADER_SIZE) {
    throw new CodecError('length', 'SPDM message', '', 0, `${message.length} bytes hold no header`);
  }
  const code = message[2]!;
  const type = byCode.get(code);
  const isPartial = type === undefined || (type.negotiated && context === undefined);
  const codec = isPartial ? Unknown : type.codec;
  const name = type?.name ?? code;
  const scope = scopeOf(context, asked);
  const value = decode(codec, message, { start: 1, offset: 1, what: String(name), ...(scope && { scope }) });
  return {
    name,
    kind: code >= 0x80 ? 'request' : 'response',
    isPartial,
    fields: { ...common, ...(toJson(codec, value as never) as object) },
    text: toText(codec, value as never).split('\n'),
  };
}

/**
 * The inverse, type byte first. `fields` is what decoding gives; of param1 and param2 either the number or its parts may
 * be left out, and lengths too.
 *
 *     encodeSpdm('GET_CERTIFICATE', { spdmVersion: 0x12, slotId: 1, offset: 0, length: 0xffff })
 *
 * @throws MctpError EINVAL naming the field
 */
export function encodeSpdm(
  name: string | number,
  given: { readonly [name: string]: Json },
  { context, asked }: SpdmSurroundings = {},
): Uint8Array {
  const { mctpMessageType: _type, integrityCheck = 0, ...fields } = given;
  const secured = name === SECURED_MESSAGE;
  const declared = typeof name === 'number' ? byCode.get(name) : spdmMessageNamed(name);
  if (!secured && declared === undefined && typeof name !== 'number') {
    throw new MctpError('EINVAL', `no SPDM message "${name}"`);
  }
  const raw = declared === undefined || (declared.negotiated && context === undefined && fields.data !== undefined);
  const codec = secured ? Secured : raw ? Unknown : declared.codec;
  const code = declared?.code ?? name;
  const header = raw && !secured ? { spdmVersion: 0x12, code, param1: 0, param2: 0, data: '' } : {};
  const what = String(declared?.name ?? name);
  if (!raw && declared.negotiated && context === undefined) {
    throw new MctpError('EINVAL', `${what}: the sizes of its fields are negotiated: give context, or data as hex`);
  }
  const body = encode(codec, fromJson(codec, { ...header, ...fields }, what) as never, what, scopeOf(context, asked));
  const message = new Uint8Array(1 + body.length);
  message[0] = (secured ? MESSAGE_TYPE.secured : MESSAGE_TYPE.spdm) | (integrityCheck === 1 ? TYPE_IC : 0);
  message.set(body, 1);
  return message;
}

function scopeOf(context: SpdmContext | undefined, asked: SpdmAsked | undefined): Scope {
  return context === undefined ? undefined : contextScope(context, asked ?? {});
}

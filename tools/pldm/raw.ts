/** A PLDM message as bytes, whatever it means: `raw 80 00 04`. */

import { PLDM } from '../../pldm/base/pldm-protocol.js';
import { CodecError } from '../../stack/codec/index.js';
import { MESSAGE_TYPE } from '../../stack/ids.js';
import { isAnswer } from '../../stack/protocol/index.js';
import { printable, usageError } from '../command-error.js';
import { decodeMessage } from '../decode/conversation.js';
import { concat, toHex } from '../decode/named-fields.js';
import { providePldm } from '../decode/pldm-loaded.js';
import { parseHex } from '../format/hex.js';
import type { PldmAnswer } from './answer.js';
import type { Pldm } from './open-termini.js';

/** @throws CommandError (usage), MctpError */
export async function rawMessage(
  pldm: Pldm,
  words: readonly string[],
  patience: { readonly timeoutMs: number; readonly retries: number; readonly signal: AbortSignal },
): Promise<PldmAnswer> {
  if (words.length === 0)
    throw usageError('raw needs the bytes of a PLDM message from its header on: write raw 80 00 04');
  providePldm();
  const bytes = parseHex(words.join(' '), 'the message');
  const header = headerOf(bytes);
  const socket = pldm.session.host.socket();
  const { to } = pldm.peers[0]!.target;
  try {
    if (header.kind === 'datagram') {
      await socket.send(to, bytes, { type: MESSAGE_TYPE.pldm, reply: false, signal: patience.signal });
      return { json: { request: toHex(bytes), response: null }, lines: ['sent; a datagram has no answer'] };
    }
    const reply = await socket.request(to, bytes, {
      type: MESSAGE_TYPE.pldm,
      ...patience,
      accept: (message) => isAnswer(PLDM, message, header.instanceId, PLDM.key(header)),
    });
    const { decoded, error } = decodeMessage(
      MESSAGE_TYPE.pldm,
      concat(Uint8Array.of(MESSAGE_TYPE.pldm), reply.payload),
    );
    const text = decoded === undefined ? [printable(error ?? '')] : decoded.text.map(printable);
    const hex = toHex(reply.payload);
    return {
      json: { request: toHex(bytes), response: hex, fields: decoded?.fields ?? null },
      lines: [hex.replace(/..(?=.)/g, '$& '), ...text.map((line) => `  ${line}`)],
      refused: reply.payload[3] !== 0,
    };
  } finally {
    socket.close();
  }
}

function headerOf(bytes: Uint8Array) {
  try {
    const header = PLDM.readHeader(bytes) ?? PLDM.explainHeader(bytes);
    if (header.kind !== 'response') return header;
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    throw usageError(`this is not a PLDM message: ${error.message}`, error);
  }
  throw usageError('the message is not a request: its first byte is 0x80 or more');
}

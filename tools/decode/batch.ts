/** `decode --batch` and `encode --batch`: one JSON object in, one out. Contracts: docs/json.md. */

import type { Json } from '../../stack/codec/codec.js';
import { MctpError } from '../../stack/errors.js';
import { type JsonRefusals, objectOnce } from '../given-once.js';
import type { MessageDocument } from '../schema/traffic-documents.js';
import type { Captured, CapturedMessage } from './captured.js';
import { Conversation } from './conversation.js';
import { FORM_KINDS, type FormKind, isFault, type MessageLayer, messageFromHex, type PacketLayer } from './layer.js';
import { LAYER_NAMES, layerNamed } from './layers.js';
import { bytesField, concat, type Fields, isFields, toHex, unfit } from './named-fields.js';
import { packetFields, packetFromFields } from './packet-fields.js';

/** What a line says about a message that the message does not say itself. */
const ABOUT = ['context', 'request'] as const;

/** A program reads them: the engine's words for a mistake are not in the contract. */
const OF_LINE: JsonRefusals = {
  what: 'the line',
  fail: (message) => new MctpError('EINVAL', message),
  twice: (name) => new MctpError('EINVAL', `the line has "${name}" twice`),
};

export type Answer = { readonly ok: true } & Fields;
export interface Failure {
  readonly ok: false;
  readonly error: { readonly code: string; readonly message: string };
}

/** The answer to one line of `decode --batch`. Never throws for anything in the line. */
export function decodeLine(line: string): Answer | Failure {
  return answering(() => {
    const request = objectOnce(line, OF_LINE);
    const name = layerField(request);
    const layer = layerNamed(name);
    const bytes = bytesField(request, 'hex');
    const found = layer.carries === 'messages' ? decodeOne(layer, request, bytes) : decodePackets(layer, bytes);
    return { ok: true, layer: name, ...found };
  });
}

/** The answer to one line of `encode --batch`: takes what `decodeLine` gives. */
export function encodeLine(line: string): Answer | Failure {
  return answering(() => {
    const request = objectOnce(line, OF_LINE);
    const layer = layerNamed(layerField(request));
    const bytes = layer.carries === 'messages' ? encodeOne(layer, request) : encodePackets(layer, request);
    return { ok: true, hex: toHex(bytes) };
  });
}

/** A decoded message as the JSON contracts have it. */
export function messageJson(message: CapturedMessage): MessageDocument {
  const { src = null, dest = null, to, tag = null, ic, type, bytes, packets, decoded, error, before } = message;
  return {
    src,
    dest,
    to,
    tag,
    ic,
    type,
    packets,
    message: toHex(bytes),
    ...(decoded === undefined ? {} : decodedJson(decoded)),
    ...(before === undefined ? {} : { before: before.json() as Fields }),
    ...(error === undefined ? {} : { error: { code: 'EBADMSG', message: error } }),
  };
}

function decodedJson({ command, kind, instanceId, fields, extra }: ReturnType<MessageLayer['decode']>): Fields {
  return { ...extra, command, kind, instanceId, fields };
}

function decodeOne(layer: MessageLayer, request: Fields, bytes: Uint8Array): Fields {
  const form = formOf(layer, request);
  if (form === undefined) {
    // What was needed to decode it is needed to encode it again.
    const about = ABOUT.filter((name) => request[name] !== undefined).map((name) => [name, request[name]!]);
    return { ...Object.fromEntries(about), ...decodedJson(layer.decode(messageFromHex(layer, bytes), request)) };
  }
  const { fields, extra } = layer.decodeForm!(form, request, bytes);
  return { ...extra, kind: form, instanceId: null, fields };
}

/** Undefined for messages, which say themselves of which kind they are. */
function formOf(layer: MessageLayer, request: Fields): FormKind | undefined {
  if (layer.decodeForm === undefined) return undefined;
  // So the header alone is written in the golden vectors.
  if (isFields(request.fields) && request.fields.headerOnly === true) return 'header';
  return FORM_KINDS.find((kind) => kind === request.kind);
}

function encodeOne(layer: MessageLayer, request: Fields): Uint8Array {
  const form = formOf(layer, request);
  if (form !== undefined) return layer.encodeForm!(form, request);
  const message = layer.encode(request);
  return layer.typeByteInHex ? message : message.subarray(1);
}

function decodePackets(layer: PacketLayer, bytes: Uint8Array): Fields {
  const conversation = new Conversation();
  const packets: Fields[] = [];
  const messages: MessageDocument[] = [];
  const faults: Fields[] = [];
  for (const found of layer.unframe(bytes)) {
    const captured: Captured = isFault(found)
      ? { timeUs: undefined, dir: undefined, bytes: found.bytes, frame: {}, fault: found.fault }
      : { timeUs: undefined, dir: undefined, bytes: found.packet, frame: found.frame, fault: undefined };
    const { dropped, message } = conversation.hear(captured);
    if (dropped !== undefined) faults.push({ fault: dropped, hex: toHex(captured.bytes) });
    else packets.push({ ...captured.frame, packet: toHex(captured.bytes), ...packetFields(captured.bytes) });
    if (message !== undefined) messages.push(messageJson(message));
  }
  if (packets.length === 0) throw new MctpError('EBADMSG', String(faults[0]?.fault ?? 'no packet found'));
  const only = packets.length === 1 ? packets[0] : undefined;
  const whole = messages.length === 1 && only !== undefined ? { message: messages[0]!.message! } : {};
  return {
    kind: only === undefined ? 'packets' : 'packet',
    fields: only === undefined ? { packets: packets.map((packet) => packet.packet!) } : { ...only, ...whole },
    packets: packets as Json[],
    messages: messages as unknown as Json[],
    ...(faults.length === 0 ? {} : { faults: faults as Json[] }),
  };
}

function encodePackets(layer: PacketLayer, request: Fields): Uint8Array {
  const fields = request.fields;
  if (!isFields(fields)) throw unfit('fields', fields, 'an object');
  if (fields.packets === undefined) return layer.frame(packetFromFields(fields), fields);
  if (!Array.isArray(fields.packets)) throw unfit('packets', fields.packets, 'a list');
  const each = fields.packets.map((packet) => (isFields(packet) ? packet : { ...fields, packet }));
  return concat(...each.map((packet) => layer.frame(packetFromFields(packet as Fields), packet as Fields)));
}

function layerField(request: Fields): string {
  if (typeof request.layer !== 'string') throw unfit('layer', request.layer, `one of ${LAYER_NAMES.join(', ')}`);
  return request.layer;
}

function answering(work: () => Answer): Answer | Failure {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof MctpError)) throw error;
    return { ok: false, error: { code: error.code, message: error.message } };
  }
}

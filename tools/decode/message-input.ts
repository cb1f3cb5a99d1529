/** A message to send as users write it: hex, JSON, or a declared command with its fields. Pure. */

import type { Json } from '../../stack/codec/codec.js';
import { MctpError } from '../../stack/errors.js';
import { TYPE_IC, TYPE_MASK } from '../../stack/packet.js';
import { usageError } from '../command-error.js';
import { knownVendors } from '../config/vendor-registry.js';
import { parseHex, shortHex } from '../format/hex.js';
import { typeTitle } from '../format/message-title.js';
import { givenOnce, givenTwice, jsonOrText, objectOnce, writtenAs } from '../given-once.js';
import { didYouMean } from '../suggest.js';
import { decodeMessage } from './conversation.js';
import type { DecodedMessage, MessageLayer } from './layer.js';
import { LAYER_NAMES, layerNamed, messageLayer } from './layers.js';
import { provideLayers } from './loaded-layers.js';
import { concat, type Fields } from './named-fields.js';
import { layerOfVendor, vendorNamed } from './vendor-layer.js';

export interface Outgoing {
  readonly type: number;
  readonly integrityCheck: boolean;
  /** Without the type byte. */
  readonly payload: Uint8Array;
  readonly decoded: DecodedMessage | undefined;
}

/**
 * `words` are what stands behind the address. With `type` they are hex without a type byte; else hex with it, a JSON
 * object as `encode` takes it, or the name of a command (`GetEndpointID`, `control:GetEndpointID`) with `field=value`.
 * @throws CommandError (usage)
 */
export function outgoing(words: readonly string[], type: number | undefined, instanceId: number): Outgoing {
  provideLayers();
  const [first = ''] = words;
  if (type !== undefined) {
    const payload = words.length === 0 ? new Uint8Array() : parseHex(words.join(' '), 'the message');
    const whole = messageLayer(type)?.complete?.(payload);
    return whole === undefined ? ofBytes(type, payload) : ofMessage(whole);
  }
  if (words.length === 0)
    throw usageError('nothing to send: give hex, a JSON object, or a command such as GetEndpointID');
  if (first.startsWith('{')) return ofMessage(fromJsonText(words.join(' '), instanceId));
  if (isName(first)) return ofMessage(fromCommand(first, words.slice(1), instanceId));
  return ofMessage(parseHex(words.join(' '), 'the message'));
}

/** "control GetEndpointID request #3", "vendor (PCI) cc de f0" */
export function outgoingText({ type, payload, decoded }: Outgoing): string {
  const name = typeTitle(type, concat(Uint8Array.of(type), payload), decoded);
  if (decoded === undefined) return `${name} ${shortHex(payload)}`.trimEnd();
  return `${name} ${decoded.command} ${decoded.kind} #${decoded.instanceId}`;
}

function ofMessage(message: Uint8Array): Outgoing {
  return ofBytes(message[0]!, message.subarray(1));
}

function ofBytes(typeByte: number, payload: Uint8Array): Outgoing {
  const type = typeByte & TYPE_MASK;
  const { decoded } = decodeMessage(type, concat(Uint8Array.of(typeByte), payload));
  return { type, integrityCheck: (typeByte & TYPE_IC) !== 0, payload, decoded };
}

/** Hex is what a word of an even number of hex digits is; no command is called so. */
function isName(word: string): boolean {
  return /^(?:[a-z][\w-]*:)?[a-z]\w*$/i.test(word) && !/^(0x)?([0-9a-f]{2})+$/i.test(word);
}

function fromJsonText(text: string, instanceId: number): Uint8Array {
  const value = objectOnce(text, writtenAs('the message', givenTwice));
  const named = typeof value.layer === 'string' ? value.layer : undefined;
  const request = { instanceId, ...value };
  if (named !== undefined) return encoded(layerOf(named), request);
  return tryLayers(String(value.command), (layer) => layer.encode(request));
}

/** `GetEndpointID`, `control:SetEndpointID operation=set eid=10` */
function fromCommand(word: string, pairs: readonly string[], instanceId: number): Uint8Array {
  const [layer, command] = word.includes(':') ? (word.split(':') as [string, string]) : [undefined, word];
  const fields = pairs.map((pair) => {
    const parts = /^(\w+)=(.*)$/s.exec(pair);
    if (parts === null) throw usageError(`"${pair}" is not a field: write name=value`);
    return [parts[1]!, parts[2]!] as const;
  });
  givenOnce(fields.map(([name]) => name));
  const encode = (one: MessageLayer): Uint8Array => encodeFields(one, command, fields, instanceId);
  return layer === undefined ? tryLayers(command, encode) : translated(() => encode(layerOf(layer)));
}

function encoded(layer: MessageLayer, request: Fields): Uint8Array {
  return translated(() => layer.encode(request));
}

function translated(work: () => Uint8Array): Uint8Array {
  try {
    return work();
  } catch (cause) {
    if (!MctpError.is(cause)) throw cause;
    throw refused(cause);
  }
}

/** A command that cannot be encoded. */
function refused(error: MctpError): Error {
  return usageError(error.message.replace(/: (\w+): undefined is .*/, ' needs $1: write $1=...'), error);
}

function layerOf(name: string): MessageLayer {
  const vendor = vendorNamed(name);
  if (vendor !== undefined) return layerOfVendor(vendor);
  const vendors = knownVendors().map(({ declaration }) => declaration.name);
  const names = [...messageLayers().map(([known]) => known), ...vendors];
  const layer = names.includes(name) ? layerNamed(name) : undefined;
  if (layer?.carries === 'messages') return layer;
  throw usageError(`no commands of "${name}"${didYouMean(name, names)}: known are ${names.join(', ')}`);
}

function messageLayers(): [string, MessageLayer][] {
  return LAYER_NAMES.flatMap((name) => {
    const layer = layerNamed(name);
    return layer.carries === 'messages' ? [[name, layer] as [string, MessageLayer]] : [];
  });
}

/** The first layer that knows the command; the complaint of the last that does not, or of the first that refuses. */
function tryLayers(command: string, encode: (layer: MessageLayer) => Uint8Array): Uint8Array {
  let unknown: MctpError | undefined;
  for (const [, layer] of messageLayers()) {
    try {
      return encode(layer);
    } catch (error) {
      if (!MctpError.is(error)) throw error;
      if (!/^no .* command |^command: /.test(error.message)) throw refused(error);
      if (unknown === undefined || /did you mean/.test(error.message)) unknown = error;
    }
  }
  throw usageError(unknown?.message ?? `no command "${command}"`, unknown);
}

/** Combinations of text and number that are tried; beyond it JSON says what is meant. */
const MOST_AMBIGUOUS = 6;

/** `10` may be the number or the hex text: what the declaration takes is right. */
function encodeFields(
  layer: MessageLayer,
  command: string,
  fields: readonly (readonly [string, string])[],
  instanceId: number,
): Uint8Array {
  const values = fields.map(([, text]) => valuesOf(text));
  const ambiguous = values.filter((possible) => possible.length > 1).length;
  const rounds = 2 ** Math.min(ambiguous, MOST_AMBIGUOUS);
  let first: unknown;
  for (let round = 0; round < rounds; round++) {
    let bit = 0;
    const chosen = fields.map(([name], index) => {
      const possible = values[index]!;
      return [name, possible.length > 1 ? possible[(round >> bit++) & 1]! : possible[0]!] as const;
    });
    try {
      return layer.encode({ command, instanceId, fields: Object.fromEntries(chosen) });
    } catch (error) {
      if (!MctpError.is(error)) throw error;
      first ??= error;
    }
  }
  throw first;
}

function valuesOf(text: string): readonly Json[] {
  if (text === 'true' || text === 'false') return [text === 'true'];
  if (/^(0x[0-9a-f]+|-?\d+(\.\d+)?)$/i.test(text)) return [Number(text), text];
  return [/^[{["]/.test(text) ? jsonOrText(text) : text];
}

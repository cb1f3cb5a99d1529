/** A layer of messages from the declaration of its protocol: decoding and encoding are the engine's. */

import { type AnyCommand, CodecError, type Json } from '../../stack/codec/index.js';
import { TYPE_MASK } from '../../stack/packet.js';
import {
  assemble,
  type CommandTable,
  type DissectedMessage,
  dissect,
  type MessageHeader,
  type MessageKind,
  type Messages,
} from '../../stack/protocol/index.js';
import { rawBody, refuseUnknownFields, requestParts } from './encode-request.js';
import type { DecodedMessage, MessageLayer, MessageRequest } from './layer.js';
import { concat, type Fields } from './named-fields.js';

type JsonFields = { readonly [name: string]: Json };

/** A command to encode: declared, or only its header known. */
export type FoundCommand<C, H> = { readonly declared: C } | { readonly header: H };

export interface ProtocolLayer<C extends AnyCommand, H extends MessageHeader>
  extends Pick<MessageLayer, 'title' | 'typeByteInHex' | 'looksLike' | 'decodeForm' | 'encodeForm'> {
  readonly messages: Messages<C, H>;
  readonly commands: CommandTable<C, H>;
  /** The command which `encode` was given. @throws MctpError EINVAL */
  find(request: MessageRequest): FoundCommand<C, H>;
  /** More keys of its own for the JSON. */
  extra?(header: H): Fields;
  /** A first line of text for commands which have no declaration. */
  undeclaredText?(header: H, name: string): readonly string[];
  /** What fields carry and what follows from them, for people and programs. */
  enrich?(message: DissectedMessage<C, H>): {
    readonly fields: JsonFields;
    readonly extra: Fields;
    readonly text: readonly string[];
  };
  /** What `enrich` said beside the fields, taken away again. */
  plain?(fields: Fields): Fields;
}

export function protocolLayer<C extends AnyCommand, H extends MessageHeader>(layer: ProtocolLayer<C, H>): MessageLayer {
  const { messages, commands, decodeForm, encodeForm } = layer;
  const type = messages.protocol.messageType;
  const typeByte = Uint8Array.of(type);
  return {
    carries: 'messages',
    title: layer.title,
    type,
    typeByteInHex: layer.typeByteInHex,
    looksLike: (bytes) => layer.looksLike(bytes),
    decode: (message) => {
      const { name } = messages.protocol;
      if ((message[0]! & TYPE_MASK) !== type) {
        throw new CodecError('value', `${name} message`, 'type', 0, `${message[0]} is not the ${name} type`);
      }
      const dissected = dissect(messages, commands, message.subarray(typeByte.length));
      if ('error' in dissected) throw dissected.error;
      return show(layer, dissected);
    },
    encode: (request) => {
      const { kind, instanceId, fields } = requestParts(request);
      const found = layer.find(request);
      return concat(
        typeByte,
        'declared' in found
          ? encodeDeclared(layer, found.declared, kind, instanceId, fields)
          : messages.encodeRaw(found.header, kind, instanceId, rawBody(fields)),
      );
    },
    ...(decodeForm !== undefined && { decodeForm }),
    ...(encodeForm !== undefined && { encodeForm }),
  };
}

function show<C extends AnyCommand, H extends MessageHeader>(
  layer: ProtocolLayer<C, H>,
  message: DissectedMessage<C, H>,
): DecodedMessage {
  const { header, kind, instanceId, command } = message;
  const extra = layer.extra?.(header);
  const common = { kind, instanceId, ...(extra !== undefined && { extra }) };
  if (command === undefined) {
    const title = layer.undeclaredText?.(header, message.name) ?? [];
    return { ...common, command: header.command, fields: message.fields, text: [...title, ...message.text] };
  }
  const more = layer.enrich?.(message);
  if (more === undefined) return { ...common, command: command.name, fields: message.fields, text: message.text };
  const all = { ...extra, ...more.extra };
  return { ...common, command: command.name, fields: more.fields, extra: all, text: more.text };
}

function encodeDeclared<C extends AnyCommand, H extends MessageHeader>(
  layer: ProtocolLayer<C, H>,
  command: C,
  kind: MessageKind,
  instanceId: number,
  given: Fields,
): Uint8Array {
  const fields = layer.plain?.(given) ?? given;
  const codec = kind === 'response' ? command.response : command.request;
  refuseUnknownFields(fields, codec, `${command.name} ${kind}`);
  return assemble(layer.messages, command, kind, instanceId, fields);
}

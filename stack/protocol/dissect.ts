/** Messages taken apart, whatever they are: what decoders, captures and the command line show. */

import { type AnyCommand, CodecError, fromJson, type Json, toHex, toJson, toText } from '../codec/index.js';
import { completionCodeName } from './code-names.js';
import type { Messages } from './message.js';
import type { CommandTable, MessageHeader, MessageKind, Protocol } from './protocol.js';

export interface DissectedMessage<C extends AnyCommand = AnyCommand, H extends MessageHeader = MessageHeader> {
  readonly header: H;
  readonly kind: MessageKind;
  readonly instanceId: number;
  /** Undefined for a command which has no declaration. */
  readonly command: C | undefined;
  /** "GetEndpointID"; "command 0x42". */
  readonly name: string;
  /** As JSON: 64-bit numbers as text, bytes as hex. Of undeclared commands: the completion code and `data`. */
  readonly fields: { readonly [name: string]: Json };
  /** For people, one line per field; completion codes are named. */
  readonly text: readonly string[];
}

/** What could be read of a message before decoding failed. */
export interface UndissectedMessage<C extends AnyCommand = AnyCommand, H extends MessageHeader = MessageHeader> {
  readonly error: CodecError;
  /** Undefined when there is none. */
  readonly header: H | undefined;
  readonly command: C | undefined;
  /** Empty without a header. */
  readonly name: string;
}

export type Dissection<C extends AnyCommand = AnyCommand, H extends MessageHeader = MessageHeader> =
  | DissectedMessage<C, H>
  | UndissectedMessage<C, H>;

/** A whole message, from its header on (no MCTP type byte). Never throws. */
export function dissect<C extends AnyCommand, H extends MessageHeader>(
  messages: Messages<C, H>,
  commands: CommandTable<C, H>,
  payload: Uint8Array,
): Dissection<C, H> {
  const { protocol } = messages;
  let header: H | undefined;
  let command: C | undefined;
  try {
    header = protocol.readHeader(payload);
    if (header === undefined) return protocol.explainHeader(payload);
    command = commands.find(header);
    const common = { header, kind: header.kind, instanceId: header.instanceId, command, name: commands.nameOf(header) };
    if (command === undefined) {
      const fields = rawFields(payload, protocol.headerSize, header.kind);
      return { ...common, fields, text: rawText(fields) };
    }
    const codec = header.kind === 'response' ? command.response : command.request;
    const value =
      header.kind === 'response' ? messages.decodeResponse(command, payload) : messages.decodeRequest(command, payload);
    const text = toText(codec, value as never);
    return {
      ...common,
      fields: toJson(codec, value as never) as { [name: string]: Json },
      text: text === '' ? [] : text.split('\n').map((line) => nameCode(protocol, command, line)),
    };
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    return { error, header, command, name: header === undefined ? '' : commands.nameOf(header) };
  }
}

/** The inverse of `dissect`: a message from its fields as JSON. @throws MctpError EINVAL naming the field, EMSGSIZE */
export function assemble<C extends AnyCommand, H extends MessageHeader>(
  messages: Messages<C, H>,
  command: C,
  kind: MessageKind,
  instanceId: number,
  fields: Json,
): Uint8Array {
  const what = `${command.name} ${kind}`;
  const codec = kind === 'response' ? command.response : command.request;
  const input = fromJson(codec, fields, what) as never;
  if (kind === 'response') return messages.encodeResponse(command, instanceId, input);
  return messages.encodeRequest(command, instanceId, input, { datagram: kind === 'datagram' });
}

function nameCode<C extends AnyCommand, H extends MessageHeader>(
  protocol: Protocol<C, H>,
  command: C | undefined,
  line: string,
): string {
  const digits = /^completionCode: (\d+)$/.exec(line)?.[1];
  if (digits === undefined) return line;
  const code = Number(digits);
  return `completionCode: ${protocol.codeText(code, completionCodeName(protocol, command, code))}`;
}

/** The body of a command which has no declaration: of a response the completion code, then bytes. */
function rawFields(payload: Uint8Array, start: number, kind: MessageKind): { [name: string]: Json } {
  if (kind !== 'response' || payload.length <= start) return { data: toHex(payload, start) };
  return { completionCode: payload[start]!, data: toHex(payload, start + 1) };
}

function rawText(fields: { readonly [name: string]: Json }): string[] {
  return Object.entries(fields).map(([name, value]) => `${name}: ${value === '' ? '(none)' : value}`);
}

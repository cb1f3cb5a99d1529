/** Whole messages of a protocol: header and fields in one go, and back. */

import {
  type AnyCodec,
  type AnyCommand,
  Codec,
  decode,
  encode,
  type Failure,
  type Picker,
  type RequestFields,
  type RequestInput,
  type ResponseFields,
  type ResponseInput,
  type Scope,
  Writer,
} from '../codec/index.js';
import { MctpError } from '../errors.js';
import type { MessageHeader, MessageKind, Protocol } from './protocol.js';

/** A response's fields, or the completion code alone. */
export type ResponseOf<C> = ResponseFields<C> | Failure;

interface Framed {
  readonly kind: MessageKind;
  readonly instanceId: number;
  readonly fields: unknown;
}

/** Header and body of one command's messages. */
class FramedCodec<C extends AnyCommand, H extends MessageHeader> extends Codec<never, Framed> {
  readonly type = 'message';

  constructor(
    private readonly protocol: Protocol<C, H>,
    private readonly command: C,
    private readonly body: AnyCodec,
  ) {
    super();
  }

  read(): never {
    throw new TypeError('messages are decoded by decodeRequest and decodeResponse');
  }

  write(writer: Writer, { kind, instanceId, fields }: Framed, scope: Scope): void {
    this.protocol.writeHeader(writer, this.command, kind, instanceId);
    const start = writer.position;
    this.body.write(writer, fields as never, scope);
    const { failureTail = 0, integrity } = this.protocol;
    // Behind a failure there is nothing but its code.
    if (failureTail > 0 && kind === 'response' && writer.position - start === 1) takeZeros(writer, failureTail);
    if (integrity !== undefined) takeZeros(writer, integrity.size);
  }

  sample(pick: Picker, scope: Scope): unknown {
    return { kind: 'request', instanceId: 0, fields: this.body.sample(pick, scope) };
  }
}

/** What makes and reads the messages of one protocol. */
export class Messages<C extends AnyCommand, H extends MessageHeader> {
  readonly #requests = new WeakMap<AnyCommand, FramedCodec<C, H>>();
  readonly #responses = new WeakMap<AnyCommand, FramedCodec<C, H>>();

  constructor(readonly protocol: Protocol<C, H>) {}

  /**
   * A request, from its header on.
   *
   *     encodeRequest(GetEndpointUUID, 7, {})
   *
   * @throws MctpError EINVAL naming the field, EMSGSIZE
   */
  encodeRequest<K extends C>(
    command: K,
    instanceId: number,
    fields: RequestInput<K>,
    options: { readonly datagram?: boolean } = {},
  ): Uint8Array {
    const kind = options.datagram === true ? 'datagram' : 'request';
    return this.#encode(this.#requests, command, command.request, `${command.name} request`, {
      kind,
      instanceId,
      fields,
    });
  }

  /**
   * A response. A completion code other than success goes alone: `{ completionCode: 0x80 }`.
   * @throws MctpError EINVAL naming the field, EMSGSIZE
   */
  encodeResponse<K extends C>(command: K, instanceId: number, fields: ResponseInput<K> | Failure): Uint8Array {
    return this.#encode(this.#responses, command, command.response, `${command.name} response`, {
      kind: 'response',
      instanceId,
      fields,
    });
  }

  /** An unsuccessful response to whatever was asked, also to commands which have no declaration. */
  encodeFailure(header: H, completionCode: number): Uint8Array {
    const body = new Uint8Array(1 + (this.protocol.failureTail ?? 0));
    body[0] = completionCode;
    return this.encodeRaw(header, 'response', header.instanceId, body);
  }

  /** A message whose body is given as bytes. @throws MctpError EINVAL, EMSGSIZE */
  encodeRaw(about: H | C, kind: MessageKind, instanceId: number, body: Uint8Array): Uint8Array {
    const { headerSize, maximumPayload, integrity } = this.protocol;
    const length = headerSize + body.length + (integrity?.size ?? 0);
    checkLength(length, maximumPayload, 'message', this.protocol.name);
    const writer = new Writer();
    this.protocol.writeHeader(writer, about, kind, instanceId);
    writer.bytes(body);
    return this.#sealed(writer);
  }

  /** The fields of a request whose header names this command. @throws CodecError */
  decodeRequest<K extends C>(command: K, payload: Uint8Array): RequestFields<K> {
    return this.#decode(command.request, payload, `${command.name} request`) as RequestFields<K>;
  }

  /** The fields of a response, completion code first. @throws CodecError */
  decodeResponse<K extends C>(command: K, payload: Uint8Array): ResponseOf<K> {
    return this.#decode(command.response, payload, `${command.name} response`) as ResponseOf<K>;
  }

  #encode(
    codecs: WeakMap<AnyCommand, FramedCodec<C, H>>,
    command: C,
    body: AnyCodec,
    what: string,
    framed: Framed,
  ): Uint8Array {
    let codec = codecs.get(command);
    if (codec === undefined) {
      codec = new FramedCodec(this.protocol, command, body);
      codecs.set(command, codec);
    }
    const { instanceIds, maximumPayload, name } = this.protocol;
    if (!(Number.isInteger(framed.instanceId) && framed.instanceId >= 0 && framed.instanceId < instanceIds)) {
      throw new MctpError('EINVAL', `${what}: instance id ${framed.instanceId} is not from 0 to ${instanceIds - 1}`);
    }
    const payload = encode(codec, framed, what);
    checkLength(payload.length, maximumPayload, what, name);
    this.protocol.integrity?.write(payload);
    return payload;
  }

  #decode(codec: AnyCodec, payload: Uint8Array, what: string): unknown {
    const { headerSize, errorOffset, integrity } = this.protocol;
    const range = { start: headerSize, offset: headerSize + errorOffset, what };
    if (integrity === undefined) return decode(codec, payload, range);
    return decode(codec, payload, { ...range, end: Math.max(headerSize, payload.length - integrity.size) });
  }

  #sealed(writer: Writer): Uint8Array {
    const { integrity } = this.protocol;
    if (integrity !== undefined) takeZeros(writer, integrity.size);
    const payload = writer.result();
    integrity?.write(payload);
    return payload;
  }
}

function takeZeros(writer: Writer, count: number): void {
  const at = writer.take(count);
  writer.buffer.fill(0, at, at + count);
}

function checkLength(length: number, most: number, what: string, protocol: string): void {
  if (length <= most) return;
  throw new MctpError('EMSGSIZE', `${what}: ${length} bytes, and ${protocol} messages hold ${most}`);
}

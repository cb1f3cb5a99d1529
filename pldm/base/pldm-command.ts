/** A PLDM command: a declaration, its PLDM type, and the framing of its messages with their header. */

import {
  type AnyCodec,
  type AnyCommand,
  Codec,
  Command,
  type CommandDeclaration,
  type CompletionCodes,
  decode,
  encode,
  type Failure,
  type Members,
  type Picker,
  type Reader,
  type RequestFields,
  type RequestInput,
  type ResponseFields,
  type ResponseInput,
  range,
  type Scope,
  u8,
  type Writer,
} from '../../stack/codec/index.js';
import { HEADER_SIZE, INSTANCE_IDS } from './pldm-header.js';

export class PldmCommand<Q extends Members = Members, R extends Members = Members> extends Command<Q, R> {
  readonly requestMessage: Codec<unknown, FramedInput>;
  readonly responseMessage: Codec<unknown, FramedInput>;

  constructor(
    /** 0..63 */
    readonly pldmType: number,
    declaration: CommandDeclaration<Q, R>,
  ) {
    super(declaration);
    this.requestMessage = new Framed(this.request, 1, pldmType, this.code);
    this.responseMessage = new Framed(this.response, 0, pldmType, this.code);
  }
}

/** Any PLDM command at all. */
export interface AnyPldmCommand extends AnyCommand {
  readonly pldmType: number;
  /** Header and fields, for encoding only; see `encodeRequest`. */
  readonly requestMessage: Codec<unknown, FramedInput>;
  readonly responseMessage: Codec<unknown, FramedInput>;
}

/** A response's fields, or the completion code alone. */
export type ResponseOf<C extends AnyPldmCommand> = ResponseFields<C> | Failure;

/** `const declare = commandsOf(PLDM_TYPE.fru, 'DSP0257', codes)`: what makes the declarations of one PLDM type. */
export function commandsOf(pldmType: number, source: string, completionCodes: CompletionCodes = {}) {
  return <const Q extends Members, const R extends Members>(declaration: CommandDeclaration<Q, R>): PldmCommand<Q, R> =>
    new PldmCommand(pldmType, { source, completionCodes, ...declaration });
}

/** What a message is made of, behind its type and command. */
export interface FramedInput {
  readonly instanceId: number;
  readonly datagram: boolean;
  readonly fields: unknown;
}

const instanceIdCodec = range(u8, 0, INSTANCE_IDS - 1);

/** Header and body in one go. */
class Framed extends Codec<unknown, FramedInput> {
  readonly type = 'message';

  constructor(
    readonly body: AnyCodec,
    readonly rq: 0 | 1,
    readonly pldmType: number,
    readonly command: number,
  ) {
    super();
  }

  read(_reader: Reader): never {
    throw new TypeError('messages are decoded by decodeRequest and decodeResponse');
  }

  write(writer: Writer, { instanceId, datagram, fields }: FramedInput, scope: Scope): void {
    instanceIdCodec.write(writer, instanceId, scope);
    // The flags join it in the byte just written: `pldmHeader` tells the layout, and this is every message's path.
    writer.buffer[writer.position - 1]! |= (this.rq << 7) | (datagram ? 0x40 : 0);
    u8.write(writer, this.pldmType);
    u8.write(writer, this.command);
    this.body.write(writer, fields as never, scope);
  }

  sample(pick: Picker, scope: Scope): unknown {
    return { instanceId: pick.integer(0, 31), datagram: false, fields: this.body.sample(pick, scope) };
  }
}

/**
 * A whole request message, from its header on.
 *
 *     encodeRequest(GetPDR, 7, { recordHandle: 1, dataTransferHandle: 0, transferOperationFlag: 'getFirstPart', ... })
 *
 * @throws MctpError EINVAL naming the field
 */
export function encodeRequest<C extends AnyPldmCommand>(
  command: C,
  instanceId: number,
  fields: RequestInput<C>,
  options: { readonly datagram?: boolean } = {},
): Uint8Array {
  const input: FramedInput = { instanceId, datagram: options.datagram ?? false, fields };
  return encode(command.requestMessage, input, `${command.name} request`);
}

/** A whole response message. A completion code other than success goes alone: `{ completionCode: 0x80 }`. */
export function encodeResponse<C extends AnyPldmCommand>(
  command: C,
  instanceId: number,
  fields: ResponseInput<C> | Failure,
): Uint8Array {
  const input: FramedInput = { instanceId, datagram: false, fields };
  return encode(command.responseMessage, input, `${command.name} response`);
}

/** The fields of a request message whose header names this command. @throws CodecError */
export function decodeRequest<C extends AnyPldmCommand>(command: C, message: Uint8Array): RequestFields<C> {
  const options = { start: HEADER_SIZE, offset: HEADER_SIZE, what: `${command.name} request` };
  return decode(command.request, message, options) as RequestFields<C>;
}

/** The fields of a response message, completion code first. @throws CodecError */
export function decodeResponse<C extends AnyPldmCommand>(command: C, message: Uint8Array): ResponseOf<C> {
  const options = { start: HEADER_SIZE, offset: HEADER_SIZE, what: `${command.name} response` };
  return decode(command.response, message, options) as ResponseOf<C>;
}

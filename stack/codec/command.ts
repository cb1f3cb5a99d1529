/** One declaration per command: types, encoder, strict decoder, text, JSON and docs all come from it. */

import { hexNumber } from '../util/text.js';
import type { Reader, Writer } from './buffer.js';
import {
  type AnyCodec,
  Codec,
  type DocRow,
  type Fields,
  type Input,
  invalid,
  type Json,
  type Picker,
  type Scope,
  show,
} from './codec.js';
import { Fault, within } from './codec-error.js';
import { u8 } from './numbers.js';
import { type Members, type Struct, type StructFields, type StructInput, struct } from './struct.js';

/** Names by number. */
export type CompletionCodes = Readonly<Record<number, string>>;

/** `{ 0x80: 'INVALID_SENSOR_ID' }` from `{ INVALID_SENSOR_ID: 0x80 }`: codes are declared by their names. */
export function namesOfCodes(codes: Readonly<Record<string, number>>): CompletionCodes {
  return Object.fromEntries(Object.entries(codes).map(([name, code]) => [code, name]));
}

/** A response whose completion code says success, with what comes after it. */
export type Success<R> = { completionCode: number } & R;
/** Any other response: the completion code and nothing else. */
export interface Failure {
  completionCode: number;
}

export interface CommandDeclaration<Q extends Members, R extends Members> {
  /** The standard's name without blanks: "GetEndpointID". */
  readonly name: string;
  /** 0..255 */
  readonly code: number;
  /** Fields after the header. */
  readonly request: Q | Struct<Q>;
  /** Fields after the completion code. */
  readonly response: R | Struct<R>;
  /** Codes of this command alone: { ERROR_MESSAGE_TYPE_NOT_SUPPORTED: 0x80 }. */
  readonly completionCodes?: Readonly<Record<string, number>>;
  /** Other codes that are followed by the response's fields; default none. */
  readonly successCodes?: readonly number[];
  /** Bytes after the code of an unsuccessful response: 'ignore' (default) or 'reject'. */
  readonly errorData?: 'ignore' | 'reject';
  /** Asking twice does no harm: a responder may simply do it again for a retry. Default false. */
  readonly idempotent?: boolean;
  /** Where it is defined: "DSP0236 §12.3". */
  readonly source?: string;
}

export class Command<Q extends Members = Members, R extends Members = Members> {
  readonly name: string;
  readonly code: number;
  readonly request: Struct<Q>;
  /** The fields of a success, without the completion code. */
  readonly result: Struct<R>;
  /** A whole response from its completion code on. */
  readonly response: ResponseCodec<R>;
  readonly completionCodes: CompletionCodes;
  readonly idempotent: boolean;
  readonly source: string;

  constructor(declaration: CommandDeclaration<Q, R>) {
    const { name, request, response } = declaration;
    this.name = name;
    this.code = declaration.code;
    this.request = asStruct(name, request);
    this.result = asStruct(name, response);
    this.response = new ResponseCodec(this.result, declaration.successCodes ?? [], declaration.errorData ?? 'ignore');
    this.completionCodes = namesOfCodes(declaration.completionCodes ?? {});
    this.idempotent = declaration.idempotent ?? false;
    this.source = declaration.source ?? '';
    const free = [...this.request.refs, ...this.result.refs].filter((ref) => ref !== '*');
    if (free.length > 0) throw new TypeError(`${name} refers to fields it does not have: ${free.join(', ')}`);
  }

  /** Narrow a decoded response to the fields of a success. */
  succeeded(response: Success<StructFields<R>> | Failure): response is Success<StructFields<R>> {
    return this.response.isSuccess(response.completionCode);
  }
}

/** Any command at all. */
export interface AnyCommand {
  readonly name: string;
  readonly code: number;
  readonly request: AnyCodec;
  readonly result: AnyCodec;
  readonly response: AnyCodec & { isSuccess(completionCode: number): boolean };
  readonly completionCodes: CompletionCodes;
  readonly idempotent: boolean;
  readonly source: string;
}

/** The request's fields as a handler gets them. */
export type RequestFields<C> = C extends { readonly request: infer S } ? Fields<S> : never;
/** The request's fields as a requester gives them. */
export type RequestInput<C> = C extends { readonly request: infer S } ? Input<S> : never;
/** The fields of a successful response, completion code included, as a requester gets them. */
export type ResponseFields<C> = C extends { readonly result: infer S } ? Success<Fields<S>> : never;
/** The fields of a successful response as a handler gives them; the completion code is 0 when left out. */
export type ResponseInput<C> = C extends { readonly result: infer S }
  ? Input<S> & { readonly completionCode?: number }
  : never;

/** The completion code, and behind a successful one the fields. */
export class ResponseCodec<R extends Members> extends Codec<
  Success<StructFields<R>> | Failure,
  (StructInput<R> & { readonly completionCode?: number }) | Failure
> {
  readonly type = 'response';

  constructor(
    readonly result: Struct<R>,
    readonly successCodes: readonly number[],
    readonly errorData: 'ignore' | 'reject',
  ) {
    super();
  }

  isSuccess(completionCode: number): boolean {
    return completionCode === 0 || this.successCodes.includes(completionCode);
  }

  read(reader: Reader, scope: Scope): Success<StructFields<R>> | Failure {
    let completionCode: number;
    try {
      completionCode = u8.read(reader);
    } catch (error) {
      throw within(error, 'completionCode');
    }
    if (this.isSuccess(completionCode)) {
      const fields = { completionCode };
      try {
        return this.result.readInto(fields, reader, scope) as Success<StructFields<R>>;
      } catch (error) {
        if (error instanceof Fault) error.before = { of: this, value: fields };
        throw error;
      }
    }
    if (this.errorData === 'ignore') reader.position = reader.end;
    return { completionCode };
  }

  write(writer: Writer, value: (StructInput<R> & { readonly completionCode?: number }) | Failure, scope: Scope): void {
    if (typeof value !== 'object' || value === null) throw invalid(`${show(value)} is not a set of fields`);
    const completionCode = value.completionCode ?? 0;
    u8.write(writer, completionCode);
    if (this.isSuccess(completionCode)) this.result.write(writer, value as StructInput<R>, scope);
  }

  override toJson(value: Success<StructFields<R>> | Failure, scope: Scope): Json {
    const { completionCode } = value;
    if (!this.isSuccess(completionCode)) return { completionCode };
    return { completionCode, ...(this.result.toJson(value as StructFields<R>, scope) as object) };
  }

  override fromJson(json: Json, scope: Scope): unknown {
    if (typeof json !== 'object' || json === null || Array.isArray(json))
      throw invalid(`${show(json)} is not an object`);
    const { completionCode = 0, ...rest } = json;
    return { completionCode, ...(this.result.fromJson(rest, scope) as object) };
  }

  override lines(_name: string, value: Success<StructFields<R>> | Failure, scope: Scope, indent: string): string[] {
    const code = `${indent}completionCode: ${value.completionCode}`;
    if (!this.isSuccess(value.completionCode)) return [code];
    return [code, ...this.result.lines('', value as StructFields<R>, scope, indent)];
  }

  sample(pick: Picker, scope: Scope): unknown {
    const codes = [0, 0, 0, ...this.successCodes, 5];
    const completionCode = codes[pick.integer(0, codes.length - 1)]!;
    if (!this.isSuccess(completionCode)) return { completionCode };
    return { completionCode, ...(this.result.sample(pick, scope) as object) };
  }

  override docs(): readonly DocRow[] {
    return [{ name: 'completionCode', type: 'u8', note: '' }, ...this.result.docs()];
  }
}

/**
 * Declare a command.
 *
 *     const GetEndpointID = command({
 *       name: 'GetEndpointID', code: 0x02,
 *       request: {},
 *       response: { eid: u8, ...bits(u8, { endpointType: bit(5, 4), eidType: bit(1, 0) }), medium: u8 },
 *     });
 */
export function command<const Q extends Members, const R extends Members>(
  declaration: CommandDeclaration<Q, R>,
): Command<Q, R> {
  return new Command(declaration);
}

function asStruct<M extends Members>(name: string, members: M | Struct<M>): Struct<M> {
  return members instanceof Codec ? (members as Struct<M>) : struct(name, members as M);
}

/** The docs table of a command, as Markdown. */
export function commandDocs(command: AnyCommand): string {
  const codes = Object.entries(command.completionCodes).map(([code, name]) => `0x${Number(code).toString(16)} ${name}`);
  return [
    `### ${command.name} (${hexNumber(command.code)})`,
    ...(command.source === '' ? [] : ['', `Defined in ${command.source}.`]),
    '',
    docTable('Request', command.request),
    '',
    docTable('Response', command.response),
    ...(codes.length > 0 ? ['', `Completion codes of its own: ${codes.join(', ')}.`] : []),
    '',
  ].join('\n');
}

/** A table of the fields of a codec, as Markdown. */
export function docTable(title: string, codec: AnyCodec): string {
  const rows = codec.docs().map(({ name, type, note }) => `| ${name} | ${cell(type)} | ${cell(note)} |`);
  if (rows.length === 0) return `${title}: no fields.`;
  return [`| ${title} | type | meaning |`, '| --- | --- | --- |', ...rows].join('\n');
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}

/** What goes wrong between bytes and fields, in one error class for decoding and one code for encoding. */

import { MctpError } from '../errors.js';

/**
 * `length`: cut short, or bytes left over. `value`: a number the field cannot have, or that makes the rest unreadable.
 * `reserved`: a number the standard keeps for later. `rule`: readable, but a rule across fields is broken.
 */
export type CodecReason = 'length' | 'value' | 'rule' | 'reserved';

/** Fields that were read before the fault that ended decoding. */
export interface FieldsBefore {
  /** As JSON. */
  json(): unknown;
  /** One line each. */
  text(): string[];
}

/**
 * Bytes that do not decode; the only error decoding throws. A sentence such as
 * "GetEndpointID response: endpointType at byte 5: 3 is reserved".
 */
export class CodecError extends MctpError {
  override readonly name = 'CodecError';

  constructor(
    readonly reason: CodecReason,
    /** What was being decoded: "GetEndpointID response". */
    readonly what: string,
    /** The field: "entries[2].eid"; empty for the message as a whole. */
    readonly path: string,
    /** Where, counted from the first byte of the message. */
    readonly offset: number,
    /** What is wrong with it. */
    readonly detail: string,
    /** Undefined when the fault is in the first field. */
    readonly before?: FieldsBefore,
  ) {
    super('EBADMSG', `${[what, path].filter(Boolean).join(': ')} at byte ${offset}: ${detail}`);
  }
}

/**
 * Thrown inside `Codec.read` and `Codec.write`, and turned into a CodecError or an MctpError EINVAL by `decode` and
 * `encode`. No Error, because a path is put together on its way up, and a stack trace would be thrown away.
 */
export class Fault {
  path = '';
  /** What had been read around it: set by the structs and lists that it passes, the outermost last. */
  before: { readonly of: object; readonly value: unknown } | undefined;

  constructor(
    readonly reason: CodecReason,
    readonly detail: string,
    readonly position: number,
  ) {}

  within(segment: string): this {
    this.path = this.path === '' || this.path.startsWith('[') ? segment + this.path : `${segment}.${this.path}`;
    return this;
  }
}

/** Add a path segment to whatever comes out of a field; for use as `throw within(error, name)`. */
export function within(error: unknown, segment: string): unknown {
  return error instanceof Fault ? error.within(segment) : error;
}

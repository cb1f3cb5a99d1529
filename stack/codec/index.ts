/** Typed field codecs: declare once, get types, encoder, strict decoder, JSON, text, docs and samples for tests. */

export { type BitField, bit, bits } from './bits.js';
export { fromHex, Reader, toHex, Writer } from './buffer.js';
export { type BytesCodec, type BytesOptions, bytes, hex, REST, rest, type Size, uuid } from './bytes.js';
export { checked, constant, range, reserved, withDefault } from './checked.js';
export {
  eitherWidth,
  optional,
  tagged,
  variant,
  type WhenOptions,
  when,
  whenAll,
  whenever,
} from './choice.js';
export {
  type AnyCodec,
  Codec,
  type DecodeOptions,
  type DocRow,
  decode,
  type Earlier,
  encode,
  type Fields,
  fromJson,
  type Input,
  type Json,
  type Picker,
  type Scope,
  toJson,
  toText,
} from './codec.js';
export { CodecError, type CodecReason, Fault } from './codec-error.js';
export {
  type AnyCommand,
  Command,
  type CommandDeclaration,
  type CompletionCodes,
  command,
  commandDocs,
  docTable,
  type Failure,
  type RequestFields,
  type RequestInput,
  type ResponseFields,
  type ResponseInput,
  type Success,
} from './command.js';
export { computed, derived, padding, restSize } from './derived.js';
export { type ListOptions, list } from './lists.js';
export { type EnumCodec, type EnumOptions, enumOf, type FlagsCodec, flags } from './names.js';
export { bcd8, be, bool8, type IntCodec, le, s8, u8 } from './numbers.js';
export { type Encoding, type EncodingChoice, nulString, type StringOptions, string } from './strings.js';
export {
  type Members,
  type Struct,
  type StructFields,
  type StructInput,
  type StructOptions,
  struct,
} from './struct.js';
export { timestamp104, timestampText, ver32, version32, versionText } from './versions.js';

/** Text on the wire: ASCII, UTF-8, UTF-16 of either byte order; length-given or NUL-terminated. */

import type { Reader, Writer } from './buffer.js';
import { REST, type Size, sampleSize, sizeLinks, sizeRefs, sizeText, sizeToRead, sizeToWrite } from './bytes.js';
import { Codec, type Earlier, invalid, NOTHING_EARLIER, type Picker, type Scope, show } from './codec.js';
import { Fault } from './codec-error.js';

/** `utf16`: a byte order mark decides, big-endian without one. `ascii` bytes above 0x7f read as Latin-1. */
export type Encoding = 'ascii' | 'utf8' | 'utf16' | 'utf16be' | 'utf16le';
/** Known, or told by an earlier field (a string type). */
export type EncodingChoice = Encoding | ((earlier: Earlier) => Encoding);

const utf8Decoder = new TextDecoder('utf-8', { ignoreBOM: true });
const utf8Encoder = new TextEncoder();

/** Never fails: what is not text in the encoding becomes U+FFFD. */
function decodeText(encoding: Encoding, b: Uint8Array, start: number, end: number): string {
  if (encoding === 'utf8') return utf8Decoder.decode(b.subarray(start, end));
  let text = '';
  if (encoding === 'ascii') {
    for (let at = start; at < end; at++) text += String.fromCharCode(b[at]!);
    return text;
  }
  const little = encoding === 'utf16le' || (encoding === 'utf16' && b[start] === 0xff && b[start + 1] === 0xfe);
  for (let at = start; at + 1 < end; at += 2) {
    text += String.fromCharCode(little ? b[at]! | (b[at + 1]! << 8) : (b[at]! << 8) | b[at + 1]!);
  }
  return (end - start) % 2 === 1 ? `${text}\ufffd` : text;
}

/** How many bytes were written. @throws Fault when the text has no such encoding */
function writeText(writer: Writer, encoding: Encoding, text: string): number {
  const start = writer.position;
  if (encoding === 'utf8') writer.bytes(utf8Encoder.encode(text));
  else if (encoding === 'ascii') writeLatin1(writer, text);
  else for (let at = 0; at < text.length; at++) writer.uint(text.charCodeAt(at), 2, encoding === 'utf16le');
  return writer.position - start;
}

function writeLatin1(writer: Writer, text: string): void {
  const start = writer.take(text.length);
  const b = writer.buffer;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code > 0xff) throw invalid(`${show(text)} is not ASCII`);
    b[start + at] = code;
  }
}

function encodingOf(choice: EncodingChoice, scope: Scope): Encoding {
  if (typeof choice !== 'function') return choice;
  return choice(scope ?? NOTHING_EARLIER);
}

function sampleText(pick: Picker, length: number): string {
  let text = '';
  while (text.length < length) text += String.fromCharCode(pick.integer(0x21, 0x7e));
  return text;
}

/** A string whose length in bytes is known from elsewhere. */
export class StringCodec extends Codec<string> {
  readonly type: string;
  override readonly refs: readonly string[];
  override readonly links: readonly { readonly field: string; readonly unit: 'bytes' }[];

  constructor(
    readonly encoding: EncodingChoice,
    readonly size: Size,
    readonly options: StringOptions,
  ) {
    super();
    this.type = `${typeof encoding === 'string' ? encoding : 'string'}(${sizeText(size)})`;
    this.refs = typeof encoding === 'function' ? ['*', ...sizeRefs(size)] : sizeRefs(size);
    this.links = sizeLinks(size);
  }

  read(reader: Reader, scope: Scope): string {
    const count = sizeToRead(this.size, reader, scope);
    const min = this.options.min ?? 0;
    if (count < min)
      throw new Fault(this.size === REST ? 'length' : 'value', `${count} bytes, not ${min} or more`, reader.position);
    const start = reader.take(count);
    const text = decodeText(encodingOf(this.encoding, scope), reader.buffer, start, start + count);
    if (this.options.nul !== true || count === 0) return text;
    const end = text.indexOf('\0');
    if (end < 0 || end !== text.length - 1) throw new Fault('value', 'the terminating NUL is not at its end', start);
    return text.slice(0, end);
  }

  write(writer: Writer, value: string, scope: Scope): void {
    if (typeof value !== 'string') throw invalid(`${show(value)} is not a string`);
    const text = this.options.nul === true ? `${value}\0` : value;
    const length = writeText(writer, encodingOf(this.encoding, scope), text);
    const count = sizeToWrite(this.size, scope);
    if (count !== undefined && count !== length) throw invalid(`${length} bytes, not ${count}`);
    if (length < (this.options.min ?? 0)) throw invalid(`${length} bytes, not ${this.options.min} or more`);
  }

  sample(pick: Picker, scope: Scope): string {
    const min = this.options.min ?? 0;
    const size = Math.max(min, sampleSize(this.size, pick, scope, min + 12));
    const perCharacter = encodingOf(this.encoding, scope).startsWith('utf16') ? 2 : 1;
    return sampleText(pick, Math.ceil(size / perCharacter));
  }

  override text(value: string): string {
    return JSON.stringify(value);
  }
}

export interface StringOptions {
  /** The bytes end in a NUL that the length counts; the text is without it. No bytes are read as an empty text. */
  readonly nul?: boolean;
  /** Least number of bytes; default 0. */
  readonly min?: number;
}

/** `string('utf8', 'stringLength')`, `string('ascii', 8)`, `string(encodingOfType, 'length')`. */
export function string(encoding: EncodingChoice, size: Size, options: StringOptions = {}): StringCodec {
  return new StringCodec(encoding, size, options);
}

/** A string that ends at its NUL (two zero bytes in UTF-16), which the text is without. */
export class NulStringCodec extends Codec<string> {
  readonly type: string;

  constructor(readonly encoding: Encoding) {
    super();
    this.type = `${encoding} NUL`;
  }

  read(reader: Reader): string {
    const step = this.encoding.startsWith('utf16') ? 2 : 1;
    const start = reader.position;
    const b = reader.buffer;
    let at = start;
    while (at + step <= reader.end && (b[at] !== 0 || (step === 2 && b[at + 1] !== 0))) at += step;
    if (at + step > reader.end) throw new Fault('length', 'the terminating NUL is missing', reader.end);
    reader.position = at + step;
    return decodeText(this.encoding, b, start, at);
  }

  write(writer: Writer, value: string): void {
    if (typeof value !== 'string' || value.includes('\0')) throw invalid(`${show(value)} is not a string without NUL`);
    writeText(writer, this.encoding, `${value}\0`);
  }

  sample(pick: Picker): string {
    return sampleText(pick, pick.integer(0, 12));
  }

  override text(value: string): string {
    return JSON.stringify(value);
  }
}

export function nulString(encoding: Encoding): NulStringCodec {
  return new NulStringCodec(encoding);
}

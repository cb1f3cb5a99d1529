/** What is no message, on the command line: `decode --kind pdr`, `--kind event:sensorEvent`, `--kind table:fruTable`. */

import { toHex } from '../../stack/codec/buffer.js';
import { MctpError } from '../../stack/errors.js';
import { printable, usageError } from '../errors.js';
import type { Colours } from '../format/colours.js';
import { parseHex, shortHex } from '../format/hex.js';
import { didYouMean } from '../suggest.js';
import type { Fields } from './fields.js';
import { type DecodedForm, FORM_KINDS, type FormKind } from './layer.js';
import { layerNamed } from './layers.js';

export interface WantedForm {
  readonly kind: FormKind;
  /** What `decode --batch` takes beside the kind: `eventClass`, or `table`. */
  readonly more: Fields;
}

/** Under what key the word behind the colon goes. */
const MORE: Readonly<Partial<Record<FormKind, string>>> = { event: 'eventClass', table: 'table' };

/** Undefined: no such kind. */
export function readKind(text: string): WantedForm | undefined {
  const [word = '', ...rest] = text.split(':');
  const kind = FORM_KINDS.find((name) => name === word.toLowerCase());
  if (kind === undefined) throw usageError(`no kind "${word}"${didYouMean(word, FORM_KINDS)}: ${KIND_WORDS}`);
  const [value] = rest;
  if (value === undefined) return { kind, more: {} };
  const key = MORE[kind];
  if (key === undefined || rest.length > 1) return undefined;
  return { kind, more: { [key]: /^(0x[0-9a-f]+|\d+)$/i.test(value) ? Number(value) : value } };
}

export const KIND_WORDS = 'pdr, event, event:CLASS, table, table:NAME, header';

export interface FormItem {
  readonly bytes: Uint8Array;
  readonly decoded: DecodedForm | undefined;
  readonly error: MctpError | undefined;
}

/**
 * Each for itself. Pure, but for the layer that `lazily` loads.
 * @throws CommandError (usage) for a class or table that there is not
 */
export function decodeForms({ kind, more }: WantedForm, pieces: readonly Uint8Array[]): FormItem[] {
  const layer = layerNamed('pldm');
  if (layer.carries !== 'messages' || layer.decodeForm === undefined) throw new TypeError('PLDM has forms');
  const { decodeForm } = layer;
  return pieces.map((bytes) => {
    try {
      return { bytes, decoded: decodeForm(kind, more, bytes), error: undefined };
    } catch (error) {
      if (!(error instanceof MctpError)) throw error;
      if (error.code === 'EINVAL') throw usageError(error.message, error);
      return { bytes, decoded: undefined, error };
    }
  });
}

/** Hex, one per line, or the bytes themselves. @throws CommandError (usage) */
export function formPieces(name: string, bytes: Uint8Array): Uint8Array[] {
  const text = new TextDecoder('utf-8').decode(bytes);
  const lines = text.split('\n').map((line) => line.replace(/#.*/, '').trim());
  if (lines.some((line) => /[^0-9a-fx\s:,-]/i.test(line))) return [bytes];
  const filled = lines.filter((line) => line !== '');
  if (filled.length === 0) throw usageError(`${name} is empty: it should hold bytes, or hex`);
  return filled.map((line) => parseHex(line, name));
}

export function formLines(kind: FormKind, items: readonly FormItem[], colours: Colours): string[] {
  return items.flatMap(({ bytes, decoded, error }) => {
    if (decoded === undefined) {
      const title = colours.strong(`${kind}, ${bytes.length} bytes`);
      return [title, `  ${colours.bad(printable(error?.message ?? ''))}`, `  ${shortHex(bytes)}`];
    }
    const title = `${decoded.title}, ${bytes.length} bytes`;
    return [colours.strong(title), ...decoded.text.map((line) => `  ${printable(line)}`)];
  });
}

/** As `decode --batch` answers, all in one document. */
export function formsJson(kind: FormKind, items: readonly FormItem[]): unknown {
  return {
    layer: 'pldm',
    kind,
    items: items.map(({ bytes, decoded, error }) => {
      const head = { ok: decoded !== undefined, hex: toHex(bytes) };
      if (decoded !== undefined) return { ...head, ...decoded.extra, fields: decoded.fields };
      return { ...head, error: { code: error?.code, message: error?.message } };
    }),
  };
}

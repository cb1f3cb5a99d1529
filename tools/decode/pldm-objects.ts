/** What PLDM messages carry, given by itself: PDRs, event data, tables, headers; for people and as JSON. */

import { pdrTypeName } from '../../pldm/platform/pdr/pdr-common.js';
import { CodecError } from '../../stack/codec/index.js';
import { MctpError } from '../../stack/errors.js';
import { printable, usageError } from '../command-error.js';
import type { Colours } from '../format/colours.js';
import { shortHex } from '../format/hex.js';
import type { DecodeDocument } from '../schema/traffic-documents.js';
import { didYouMean } from '../suggest.js';
import { decodeLine } from './batch.js';
import { FORM_KINDS, type FormKind } from './layer.js';
import { type Fields, toHex } from './named-fields.js';
import { decodePldmForm, decodeSentPdr, eventClassField, eventClassText, tableField } from './pldm-forms.js';
import { providePldm } from './pldm-loaded.js';

/** What the bytes are: the keys that `decode --batch` has for it. */
export interface BareKind {
  readonly kind: FormKind;
  readonly eventClass?: number;
  readonly table?: string;
}

/** `pdr`, `event`, `event:sensorEvent`, `event:0`, `table`, `table:fruTable`, `header`. @throws CommandError (usage) */
export function bareKind(text: string): BareKind {
  const [word = '', which] = text.split(/:(.*)/s);
  const kind = FORM_KINDS.find((one) => one === word.toLowerCase());
  if (kind === undefined) {
    throw usageError(`no kind "${word}"${didYouMean(word, FORM_KINDS)}: known are ${FORM_KINDS.join(', ')}`);
  }
  if (which === undefined) return { kind };
  try {
    if (kind === 'event') return { kind, eventClass: eventClassField(/^\w*\d$/.test(which) ? Number(which) : which)! };
    if (kind === 'table') return { kind, table: tableField(which)! };
  } catch (error) {
    if (MctpError.is(error)) throw usageError(error.message, error);
    throw error;
  }
  throw usageError(`"${text}" is wrong: there is but one kind of ${kind}`);
}

type BareDocument = Extract<DecodeDocument, { layer: 'pldm' }>['things'][number];

/** One thing, as `decode --batch` answers it. */
export function bareJson(kind: BareKind, bytes: Uint8Array): BareDocument {
  providePldm();
  if (kind.kind !== 'pdr')
    return decodeLine(JSON.stringify({ layer: 'pldm', ...kind, hex: toHex(bytes) })) as unknown as BareDocument;
  try {
    const { fields, extra } = decodeSentPdr(bytes);
    return { ok: true, layer: 'pldm', ...extra, kind: 'pdr', instanceId: null, fields } as unknown as BareDocument;
  } catch (error) {
    if (!MctpError.is(error)) throw error;
    const before = error instanceof CodecError ? error.before : undefined;
    return {
      ok: false,
      error: { code: error.code, message: error.message },
      ...(before === undefined ? {} : { before: before.json() as Fields }),
    };
  }
}

/** One thing, its kind first; when it does not decode, why and its bytes. */
export function bareLines(kind: BareKind, bytes: Uint8Array, colours: Colours): string[] {
  const size = bytes.length === 1 ? '1 byte' : `${bytes.length} bytes`;
  try {
    const isPdr = kind.kind === 'pdr';
    const { fields, extra, text } = isPdr ? decodeSentPdr(bytes) : decodePldmForm(kind.kind, { ...kind }, bytes);
    return [`${colours.strong(titleOf(kind, fields, extra))}, ${size}`, ...text.map((line) => `  ${printable(line)}`)];
  } catch (error) {
    if (!MctpError.is(error)) throw error;
    const before = error instanceof CodecError ? (error.before?.text() ?? []) : [];
    return [
      `${kind.kind}, ${size}`,
      `  ${colours.bad(printable(error.message))}`,
      `  ${shortHex(bytes)}`,
      ...before.map((line) => `  ${printable(line)}`),
    ];
  }
}

function titleOf({ kind }: BareKind, fields: Fields, extra: Fields): string {
  if (kind === 'pdr') return `record ${String(fields.recordHandle)}  ${pdrTypeName(Number(fields.pdrType))}`;
  if (kind === 'event') return eventClassText(Number(fields.eventClass));
  return kind === 'table' ? String(extra.table) : 'header';
}

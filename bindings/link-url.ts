/** Links as users write them: `scheme:place?option=value&...`. Every mistake is one line that says what to write. */

import { MctpError } from '../stack/errors.js';

/** What an option may be; the parser says what is wrong with what was written. */
export interface OptionKind<T> {
  /** For messages: `a number from 1 to 9`. */
  readonly expects: string;
  /** undefined: not such a value. */
  parse(text: string): T | undefined;
}

export function wholeNumber(least: number, most: number): OptionKind<number> {
  return {
    expects: `a whole number from ${least} to ${most}`,
    parse: (text) => {
      if (!/^(0x[0-9a-f]+|\d+)$/i.test(text)) return undefined;
      const value = Number(text);
      return value >= least && value <= most ? value : undefined;
    },
  };
}

export function oneOf<const T extends string | number>(...values: readonly T[]): OptionKind<T> {
  return { expects: values.join(' or '), parse: (text) => values.find((value) => String(value) === text) };
}

export const yesOrNo: OptionKind<boolean> = {
  expects: '1 or 0',
  parse: (text) => (text === '' || text === '1' ? true : text === '0' ? false : undefined),
};

export function textValue(expects: string, form: RegExp): OptionKind<string> {
  return { expects, parse: (text) => (form.test(text) ? text : undefined) };
}

export function listOf<T>(kind: OptionKind<T>): OptionKind<readonly T[]> {
  return {
    expects: `a comma-separated list, each ${kind.expects}`,
    parse: (text) => {
      const values = text.split(',').map((part) => kind.parse(part));
      return values.includes(undefined) ? undefined : (values as T[]);
    },
  };
}

export type OptionKinds = Readonly<Record<string, OptionKind<unknown>>>;
export type OptionValues<K extends OptionKinds> = {
  readonly [Name in keyof K]?: K[Name] extends OptionKind<infer T> ? T : never;
};

export interface LinkUrl {
  readonly text: string;
  readonly scheme: string;
  /** Between the colon and the question mark. */
  readonly place: string;
  /** As written, decoded, in order. */
  readonly options: readonly (readonly [string, string])[];
}

/** Device files, and interfaces of the kernel, are often written as they are. */
function meantBy(text: string): string | undefined {
  const bus = /^(?:\/dev\/)?i2c-(\d+)$/.exec(text);
  if (bus !== null) return `i2c:${bus[1]}`;
  if (/^(\/dev\/)?tty\w+$|^\/dev\/serial\//.test(text)) return `serial:${text.startsWith('/') ? text : `/dev/${text}`}`;
  return /^mctp\w+$/.test(text) ? `kernel:${text}` : undefined;
}

/** @throws MctpError EUSAGE */
export function parseLinkUrl(text: string): LinkUrl {
  const match = /^([a-z][a-z0-9+-]*):([^?]*)(?:\?(.*))?$/is.exec(text);
  if (match === null) {
    throw new MctpError('EUSAGE', `"${text}" is not a link: write ${meantBy(text) ?? 'scheme:place?option=value'}`);
  }
  const [, scheme = '', place = '', query = ''] = match;
  return { text, scheme: scheme.toLowerCase(), place, options: [...new URLSearchParams(query)] };
}

/** Check every option of the URL against the kinds. @throws MctpError EUSAGE */
export function readOptions<K extends OptionKinds>(url: LinkUrl, kinds: K): OptionValues<K> {
  const values: Record<string, unknown> = {};
  for (const [name, text] of url.options) {
    const kind = Object.hasOwn(kinds, name) ? kinds[name] : undefined;
    if (kind === undefined) {
      const known = Object.keys(kinds).join(', ');
      throw new MctpError('EUSAGE', `${url.text}: no option "${name}" for ${url.scheme}: known are ${known}`);
    }
    if (Object.hasOwn(values, name)) throw new MctpError('EUSAGE', `${url.text}: option "${name}" is there twice`);
    const value = kind.parse(text);
    if (value === undefined) {
      throw new MctpError('EUSAGE', `${url.text}: ${name}=${text} is wrong: use ${kind.expects}`);
    }
    values[name] = value;
  }
  return values as OptionValues<K>;
}

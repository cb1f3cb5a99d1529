/** Which packets and messages somebody wants to see: `eid=9 type=pldm,control !error`. Pure. */

import { MESSAGE_TYPE, messageTypeName } from '../../stack/ids.js';
import { FLAG_SOM, HEADER_SIZE, TAG_KEY_MASK, TYPE_MASK } from '../../stack/packet.js';
import { usageError } from '../command-error.js';
import { didYouMean } from '../suggest.js';
import type { Captured, CapturedMessage } from './captured.js';
import type { Heard } from './conversation.js';

/** What a filter is asked about: a packet, and the message it completes. */
export interface Subject extends Heard {
  readonly captured: Captured | undefined;
  readonly link?: string;
}

interface Known {
  readonly src: number | undefined;
  readonly dst: number | undefined;
  readonly tag: number | undefined;
  readonly type: number | undefined;
  readonly link: string | undefined;
  readonly dir: string | undefined;
  readonly command: string | undefined;
  readonly kind: string | undefined;
  readonly error: boolean;
}

type Test = (known: Known) => boolean;

interface Term {
  readonly test: Test;
  /** What it asks about, every packet has: it need not be decoded for it. */
  readonly isOfPacket: boolean;
}

/** A packet as it is on a link. */
export interface RawPacket {
  readonly link: string;
  readonly direction: 'rx' | 'tx';
  readonly buffer: Uint8Array;
  readonly start: number;
  readonly end: number;
}

const OF_PACKET: readonly string[] = ['eid', 'src', 'dst', 'link', 'dir'];
const KEYS = ['eid', 'src', 'dst', 'tag', 'type', 'link', 'dir', 'command', 'kind', 'error'] as const;

export const FILTER_HELP =
  'only what matches, e.g. "eid=9 type=pldm", "command=GetPDR", "error", "!error"; keys: eid, src, dst, tag, type, link, dir, command, kind';

export class Filter {
  readonly #terms: readonly Term[];
  /** Types of messages in progress: only first packets carry it. */
  readonly #types = new Map<number, number>();

  /** @throws CommandError (usage) */
  constructor(texts: readonly string[]) {
    this.#terms = texts.flatMap((text) => text.split(/\s+/).filter((word) => word !== '' && word !== 'and')).map(term);
  }

  get empty(): boolean {
    return this.#terms.length === 0;
  }

  matches(subject: Subject): boolean {
    const known = this.#known(subject);
    return this.#terms.every(({ test }) => test(known));
  }

  /** False: whatever message it is part of, the packet does not match. Nothing is decoded for it. */
  mayMatch({ link, direction: dir, buffer, start, end }: RawPacket): boolean {
    const hasHeader = end - start > HEADER_SIZE;
    const known = {
      src: hasHeader ? buffer[start + 2] : undefined,
      dst: hasHeader ? buffer[start + 1] : undefined,
      link,
      dir,
      tag: undefined,
      type: undefined,
      command: undefined,
      kind: undefined,
      error: false,
    };
    return this.#terms.every(({ test, isOfPacket }) => !isOfPacket || test(known));
  }

  #known({ captured, message, dropped, lost, link }: Subject): Known {
    const bytes = captured?.bytes;
    const hasHeader = bytes !== undefined && dropped === undefined && bytes.length > HEADER_SIZE;
    const header = hasHeader ? bytes : undefined;
    return {
      src: message?.src ?? header?.[2],
      dst: message?.dest ?? header?.[1],
      tag: message?.tag ?? (header === undefined ? undefined : header[3]! & 7),
      type: message?.type ?? this.#typeOf(header),
      link,
      dir: captured?.dir ?? message?.dir,
      command: message?.decoded === undefined ? undefined : String(message.decoded.command).toLowerCase(),
      kind: message?.decoded?.kind,
      error: dropped !== undefined || lost !== undefined || (message !== undefined && hasFailed(message)),
    };
  }

  #typeOf(header: Uint8Array | undefined): number | undefined {
    if (header === undefined) return undefined;
    const key = (header[1]! << 16) | (header[2]! << 8) | (header[3]! & TAG_KEY_MASK);
    if ((header[3]! & FLAG_SOM) !== 0) this.#types.set(key, header[HEADER_SIZE]! & TYPE_MASK);
    return this.#types.get(key);
  }
}

/** It could not be understood, or it says that something went wrong. */
export function hasFailed({ error, decoded }: CapturedMessage): boolean {
  if (error !== undefined) return true;
  const code = decoded?.fields.completionCode;
  return code !== undefined && code !== 0;
}

function term(text: string): Term {
  const parts = /^(!?)([a-z]+)(?:(!?=)(.*))?$/i.exec(text);
  const key = parts?.[2]?.toLowerCase() as (typeof KEYS)[number] | undefined;
  if (parts === null || key === undefined || !KEYS.includes(key)) {
    const word = parts?.[2] ?? text;
    throw usageError(`--filter: no key "${word}"${didYouMean(word, KEYS)}: known are ${KEYS.join(', ')}`);
  }
  const [, not, , operator, values] = parts;
  if (key === 'error') {
    if (operator !== undefined) throw usageError('--filter: error takes no value: write error, or !error');
    return { test: (known) => known.error === (not === ''), isOfPacket: false };
  }
  if (operator === undefined || not !== '') throw usageError(`--filter: write ${key}=value, or ${key}!=value`);
  const found = comparison(key, values!.split(','));
  return { test: operator === '=' ? found : (known) => !found(known), isOfPacket: OF_PACKET.includes(key) };
}

function comparison(key: Exclude<(typeof KEYS)[number], 'error'>, values: readonly string[]): Test {
  switch (key) {
    case 'eid': {
      const eids = values.map((value) => number(key, value, 255));
      return ({ src, dst }) => eids.some((eid) => eid === src || eid === dst);
    }
    case 'src':
    case 'dst':
    case 'tag': {
      const wanted = values.map((value) => number(key, value, key === 'tag' ? 7 : 255));
      return (known) => wanted.includes(known[key] ?? Number.NaN);
    }
    case 'type': {
      const types = values.map((value) => messageTypeNumber(value));
      return ({ type }) => types.includes(type ?? Number.NaN);
    }
    case 'link':
    case 'dir':
    case 'kind':
    case 'command': {
      const wanted = values.map((value) => value.toLowerCase());
      return (known) => wanted.includes(known[key]?.toLowerCase() ?? '');
    }
  }
}

function number(key: string, text: string, most: number): number {
  const value = /^(0x[0-9a-f]+|\d+)$/i.test(text) ? Number(text) : Number.NaN;
  if (!(value <= most)) throw usageError(`--filter: ${key}=${text} is wrong: use 0 to ${most}`);
  return value;
}

/** `pldm`, `NVMe-MI`, `0x7e`, `126`. @throws CommandError (usage) */
export function messageTypeNumber(text: string): number {
  const byName = Object.entries(MESSAGE_TYPE).find(
    ([name, type]) => plain(name) === plain(text) || plain(messageTypeName(type)) === plain(text),
  );
  if (byName !== undefined) return byName[1];
  const value = /^(0x[0-9a-f]+|\d+)$/i.test(text) ? Number(text) : Number.NaN;
  if (value <= 0x7f) return value;
  const names = Object.keys(MESSAGE_TYPE);
  throw usageError(
    `"${text}" is not a message type${didYouMean(text, names)}: use 0 to 127, or one of ${names.join(', ')}`,
  );
}

function plain(text: string): string {
  return text.toLowerCase().replace(/[^a-z0-9]/g, '');
}

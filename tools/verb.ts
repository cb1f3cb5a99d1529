/** What a verb of the command is: one declaration, from which come its parsing, its help and its types. */

import { EID_MAX, EID_MIN } from '../stack/ids.js';
import type { MaybePromise } from '../stack/util/async.js';
import { usageError } from './command-error.js';
import type { World } from './world.js';

export interface OptionDeclaration<T> {
  /** As in the help: `-c, --count <n>`. */
  readonly flags: string;
  readonly summary: string;
  /** The value from everything that was written for it: nothing when the option is not there. */
  read(texts: readonly string[]): T;
  /** What completion offers behind it. */
  readonly words?: (begun: string) => MaybePromise<readonly string[]>;
  /** Of those that the verb `does`: the ones it is for. Not there: all. See option-actions.ts. */
  readonly actions?: readonly string[];
  /** It names links which the verb opens. */
  readonly opensLinks?: true;
}

export type OptionDeclarations = Readonly<Record<string, OptionDeclaration<unknown>>>;
export type OptionValues<D extends OptionDeclarations> = {
  readonly [Name in keyof D]: D[Name] extends OptionDeclaration<infer T> ? T : never;
};

interface ArgumentDeclaration {
  readonly name: string;
  readonly summary: string;
  readonly required: boolean;
  /** May be given more than once. */
  readonly many: boolean;
  /** One of these, which completion offers. */
  readonly words?: readonly string[];
}

/** One run of a verb. */
interface Call<D extends OptionDeclarations> {
  readonly args: readonly string[];
  readonly options: OptionValues<D>;
  readonly world: World;
  /** Every verb of the command, for those that speak of others. */
  readonly verbs: readonly VerbEntry[];
}

export interface VerbDeclaration<D extends OptionDeclarations> {
  readonly name: string;
  /** One line, as in the list of verbs. */
  readonly summary: string;
  /** More, for the help of the verb. */
  readonly description?: string;
  readonly arguments?: readonly ArgumentDeclaration[];
  readonly options: D;
  /**
   * What a call does, in words that its options are for: `update`, `--watch`; the first one names the call. Undefined: no
   * such action, which `run` says.
   */
  does?(args: readonly string[], options: OptionValues<D>): readonly string[] | undefined;
  /** Command lines worth copying, with what they do. */
  readonly examples: readonly (readonly [command: string, meaning: string])[];
  /** The exit code. @throws CommandError, MctpError */
  run(call: Call<D>): Promise<number>;
}

export type Verb = VerbDeclaration<OptionDeclarations>;

/** A verb in the list of them all, not yet loaded. */
export interface VerbEntry {
  readonly name: string;
  /** The same as in the verb's declaration. */
  readonly summary: string;
  load(): Promise<Verb>;
}

export function defineVerb<const D extends OptionDeclarations>(declaration: VerbDeclaration<D>): Verb {
  const links = Object.values(declaration.options).find(({ opensLinks }) => opensLinks === true);
  if (links === undefined) return declaration;
  const { actions } = links;
  const alone = actions === undefined ? ALONE_OPTION : { ...ALONE_OPTION, actions };
  return { ...declaration, options: { ...declaration.options, alone } };
}

/** An option whose values completion knows. */
export function offering<T>(
  option: OptionDeclaration<T>,
  words: (begun: string) => MaybePromise<readonly string[]>,
): OptionDeclaration<T> {
  return { ...option, words };
}

/** For a value which is a list with commas: what may come next behind those that are written. */
export function withCommas(words: readonly string[]): (begun: string) => readonly string[] {
  return (begun) => {
    const written = begun.split(',').slice(0, -1);
    return words.filter((word) => !written.includes(word)).map((word) => [...written, word].join(','));
  };
}

/** `--json` */
export function flag(flags: string, summary: string): OptionDeclaration<boolean> {
  return { flags, summary, read: (texts) => texts.length > 0 };
}

/** An option with a value; the last one written counts. `parse` gives undefined for what it does not take. */
export function valueOption<T, N>(
  flags: string,
  summary: string,
  expects: string,
  parse: (text: string) => T | undefined,
  absent: N,
): OptionDeclaration<T | N> {
  return {
    flags,
    summary,
    read: (texts) => {
      const text = texts.at(-1);
      if (text === undefined) return absent;
      const value = parse(text);
      if (value === undefined) throw usageError(`${longFlag(flags)} ${text} is wrong: use ${expects}`);
      return value;
    },
  };
}

export function wholeNumberOption<N>(flags: string, summary: string, least: number, most: number, absent: N) {
  const parse = (text: string): number | undefined => {
    const value = /^(0x[0-9a-f]+|\d+)$/i.test(text) ? Number(text) : Number.NaN;
    return value >= least && value <= most ? value : undefined;
  };
  return valueOption(flags, summary, `a whole number from ${least} to ${most}`, parse, absent);
}

const MS = { ms: 1, s: 1000, m: 60_000, min: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** `500ms`, `10s`, `5m`, `2h`; a bare number is seconds, as ping(8) has it. The value is ms. */
export function durationOption<N>(flags: string, summary: string, absent: N) {
  const parse = (text: string): number | undefined => {
    const ms = msOf(text);
    return ms !== undefined && ms > 0 && ms <= 366 * MS.d ? ms : undefined;
  };
  return valueOption(flags, summary, 'a time such as 500ms, 10s, 5m or 2h', parse, absent);
}

/** Of one request: from `least` ms to an hour. Written as every other time. The value is ms. */
export function shortTimeOption<N>(flags: string, summary: string, least: number, absent: N) {
  const parse = (text: string): number | undefined => {
    const ms = msOf(text);
    return ms !== undefined && ms >= least && ms <= MS.h ? ms : undefined;
  };
  return valueOption(flags, summary, `a time from ${least}ms to 1h, such as 200ms or 2s`, parse, absent);
}

/** A moment: so long before now (`2h`, `30d`), or a date with or without a time (ISO 8601; without a zone it is UTC). */
export function momentOption<N>(flags: string, summary: string, absent: N) {
  const parse = (text: string): Moment | undefined => {
    const ago = msOf(text);
    if (ago !== undefined) return { ago };
    if (!/^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?$/i.test(text)) return undefined;
    const hasZone = /(Z|[+-]\d{2}:?\d{2})$/i.test(text.slice(10));
    const at = Date.parse(text.length > 10 && !hasZone ? `${text.replace(' ', 'T')}Z` : text);
    return Number.isNaN(at) ? undefined : { at };
  };
  return valueOption(
    flags,
    summary,
    'a time before now such as 2h or 30d, or a date such as 2026-11-28T14:00',
    parse,
    absent,
  );
}

/** ms before now, or ms since 1970. */
export type Moment = { readonly ago: number } | { readonly at: number };

/** ms since 1970; `now` too. */
export function momentMs(moment: Moment, now: number): number {
  return 'at' in moment ? moment.at : now - moment.ago;
}

function msOf(text: string): number | undefined {
  const parts = /^(\d+(?:\.\d+)?|\.\d+)(ms|s|min|m|h|d)?$/i.exec(text);
  if (parts === null) return undefined;
  return Number(parts[1]) * MS[(parts[2]?.toLowerCase() ?? 's') as keyof typeof MS];
}

/** `100k`, `10M`, `1G`; a bare number is bytes. */
export function sizeOption<N>(flags: string, summary: string, absent: N) {
  const parse = (text: string): number | undefined => {
    const parts = /^(\d+)([kmg])?b?$/i.exec(text);
    if (parts === null) return undefined;
    const bytes = Number(parts[1]) * 1000 ** ' kmg'.indexOf(parts[2]?.toLowerCase() ?? ' ');
    return bytes >= 1 && bytes <= 1e15 ? bytes : undefined;
  };
  return valueOption(flags, summary, 'a size such as 500k, 10M or 1G', parse, absent);
}

/** Text as it is. */
export function textOption<N>(flags: string, summary: string, absent: N) {
  return valueOption(flags, summary, 'a text', (text) => text, absent);
}

/** Any number of times. */
export function repeatedOption(flags: string, summary: string): OptionDeclaration<readonly string[]> {
  return { flags, summary, read: (texts) => texts };
}

/** `--count` of `-c, --count <n>` */
export function longFlag(flags: string): string {
  return /--[a-z-]+/.exec(flags)?.[0] ?? flags;
}

/** Options that mean the same wherever they appear. */
export const LINK_OPTION: OptionDeclaration<readonly string[]> = {
  ...repeatedOption('-l, --link <url>', 'link to use, e.g. serial:/dev/ttyUSB0; repeatable (bench:)'),
  opensLinks: true,
};
const ALONE_OPTION = flag('--alone', 'open the link even where a running mctpkit serve holds it, which would be used');
export const JSON_OPTION = flag('-j, --json', 'print one JSON document instead of text');
/** Of what goes on: `what` is what each line is about. */
export function jsonLines(what: string): OptionDeclaration<boolean> {
  return flag('-j, --json', `print a JSON object per line and ${what} instead of text`);
}
/** Of a verb which gives one document; `when`: and lines. */
export function jsonOrLines(when: string): OptionDeclaration<boolean> {
  return flag('-j, --json', `print one JSON document instead of text; ${when}: a JSON object per line`);
}
export const OWN_EID_OPTION = wholeNumberOption('--own-eid <eid>', 'our own EID (8)', EID_MIN, EID_MAX, 8);
export const ASSIGN_OPTION = flag(
  '--assign',
  'give EIDs to what has none, as discover does (without it nothing on a bus is changed; on the bench they are always given)',
);
export const CAPTURE_OPTION = textOption(
  '--capture <file>',
  'record every packet in a pcapng file while running; - is standard output',
  undefined,
);

/** The bytes in a line of text: its longest run of hex, whatever stands around it. Pure; linear in the line. */

export interface HexRun {
  readonly bytes: Uint8Array;
  /** Where it begins and ends in the line. */
  readonly start: number;
  readonly end: number;
  /** The number before it that says where in a dump these bytes lie. */
  readonly offset: Offset | undefined;
  /** Hex digits of each group; 0 when they are joined by dashes or colons. */
  readonly width: number;
  /** The same bytes stand behind it as text. */
  readonly hasText: boolean;
}

export interface Offset {
  readonly digits: string;
  /** `0x0010:`, `00000010:`; `od` and `hexdump` write no colon. */
  readonly colon: boolean;
}

/** A shorter run is a number of something. */
const LEAST_BYTES = 3;
/** A dump with a column of text has shorter lines. */
const LONGEST_DUMP_LINE = 400;

const JOINED = /^(?:0x)?[0-9a-f]{2}(?:[-:](?:0x)?[0-9a-f]{2})+$/i;
const GROUP = /^(0x)?((?:[0-9a-f]{2})+)$/i;
const ESCAPED = /^(?:\\x[0-9a-f]{2})+$/i;
const OFFSET = /^(?:0x)?([0-9a-f]{4,16}):$/i;
const BARE_OFFSET = /^[0-9a-f]{6,16}$/i;

/** Undefined when there is none of three bytes or more; dumps may have fewer behind their offset. */
export function longestHexRun(line: string): HexRun | undefined {
  let best: HexRun | undefined;
  let run: OpenRun | undefined;
  let offset: Offset | undefined;
  const close = (): void => {
    const done = run?.closed(offset);
    if (done !== undefined && done.bytes.length >= (best?.bytes.length ?? 0)) best = done;
    run = undefined;
  };
  const token = /[^\s,;]+/g;
  let end = 0;
  for (let found = token.exec(line); found !== null; found = token.exec(line)) {
    const [word] = found;
    const start = found.index;
    const gap = line.slice(end, Math.min(start, end + 2));
    const isFirst = end === 0;
    if (run !== undefined && (gap.length > 1 || gap === '\t') && run.isTextOf(line, start)) {
      run.hasText = true;
      break;
    }
    end = start + word.length;
    const mark = OFFSET.exec(word)?.[1] ?? (isFirst ? bareOffset(word, line.slice(end, end + 40)) : undefined);
    if (mark !== undefined && !JOINED.test(word.slice(0, -1))) {
      close();
      offset = { digits: mark, colon: word.endsWith(':') };
      continue;
    }
    const { inner, at, opens, closes } = bare(word);
    if (opens) close();
    const group = groupOf(inner);
    if (group === undefined) close();
    else if (run?.takes(group) !== true) {
      close();
      run = new OpenRun(group, start + at);
    }
    run?.add(group!, start + at + inner.length);
    if (closes || run?.isShort === true) close();
  }
  close();
  if (best === undefined) return undefined;
  const isShort = best.bytes.length < LEAST_BYTES;
  return isShort && best.offset === undefined && !best.hasText ? undefined : best;
}

interface Group {
  readonly digits: string;
  readonly width: number;
  readonly prefixed: boolean;
}

class OpenRun {
  hasText = false;
  /** A group that is shorter than those before it ends the run. */
  isShort = false;
  readonly #digits: string[] = [];
  #count = 0;
  #end = 0;

  constructor(
    readonly first: Group,
    readonly start: number,
  ) {}

  takes({ width, prefixed }: Group): boolean {
    return prefixed === this.first.prefixed && (width === this.first.width || (width < this.first.width && width > 0));
  }

  add(group: Group, end: number): void {
    this.#digits.push(group.digits);
    this.#count++;
    this.#end = end;
    this.isShort = group.width < this.first.width;
  }

  /** What stands from `from` on is these bytes again, as text. */
  isTextOf(line: string, from: number): boolean {
    if (line.length > LONGEST_DUMP_LINE) return false;
    const said = line.slice(from).replace(/^[|>]|[|<]?\s*$/g, '');
    const text = Array.from(bytesOf(this.#digits.join('')), (byte) =>
      byte > 0x20 && byte < 0x7f ? String.fromCharCode(byte) : byte === 0x20 ? '' : '.',
    ).join('');
    return text !== '' && said.replaceAll(' ', '') === text.replaceAll(' ', '');
  }

  closed(offset: Offset | undefined): HexRun | undefined {
    const [only = ''] = this.#digits;
    // A number or a word by itself is hex only by chance.
    const byChance = this.#count === 1 && !this.first.prefixed && this.first.width > 0 && only.length <= 8;
    if (byChance && offset === undefined && !this.hasText && (/^[1-9]\d*$/.test(only) || /^[a-f]+$/i.test(only)))
      return undefined;
    const bytes = bytesOf(this.#digits.join(''));
    return {
      bytes,
      start: this.start,
      end: this.#end,
      offset,
      width: this.first.width,
      hasText: this.hasText,
    };
  }
}

/** `od` and `hexdump` begin a line with where it is: zero, or behind other lines. */
function bareOffset(word: string, behind: string): string | undefined {
  if (!BARE_OFFSET.test(word)) return undefined;
  const next = /^(\s+)([0-9a-f]+)(?=\s|$)/i.exec(behind);
  if (next === null) return undefined;
  if (word.length % 2 === 1) return word;
  // Groups of one width are data, unless two blanks set the first apart.
  const apart = next[1]!.length > 1;
  return next[2]!.length < word.length && (apart || next[2]!.length <= 4) && (apart || /^0+$/.test(word))
    ? word
    : undefined;
}

/** Without brackets, quotes and `name=` around it. */
function bare(word: string): { inner: string; at: number; opens: boolean; closes: boolean } {
  const opening = /^[[({<"'`]+/.exec(word)?.[0].length ?? 0;
  const closing = /[\])}>"'`.]*$/.exec(word.slice(-4))![0].length;
  let inner = word.slice(opening, Math.max(opening, word.length - closing));
  let at = opening;
  if (!JOINED.test(inner)) {
    const name = Math.max(inner.lastIndexOf('='), inner.lastIndexOf(':'));
    if (name >= 0) {
      const bracket = /^[[({<"'`]*/.exec(inner.slice(name + 1))![0].length;
      at += name + 1 + bracket;
      inner = inner.slice(name + 1 + bracket);
    }
  }
  return { inner, at, opens: at > 0, closes: closing > 0 };
}

function groupOf(text: string): Group | undefined {
  if (text === '') return undefined;
  const group = GROUP.exec(text);
  if (group !== null) return { digits: group[2]!, width: group[2]!.length, prefixed: group[1] !== undefined };
  if (JOINED.test(text)) return { digits: text.replace(/0x|[-:]/gi, ''), width: 0, prefixed: false };
  if (ESCAPED.test(text)) return { digits: text.replaceAll('\\x', ''), width: 0, prefixed: false };
  return undefined;
}

/** Of an even number of hex digits. */
export function bytesOf(digits: string): Uint8Array {
  return Uint8Array.from({ length: digits.length >> 1 }, (_, at) =>
    Number.parseInt(digits.slice(2 * at, 2 * at + 2), 16),
  );
}

/**
 * In which line of a TOML text a value stands: smol-toml gives values only, and an error without its line is half an
 * error. Reads text that has been parsed without complaint, so it need not check anything.
 */

export type TomlPath = readonly (string | number)[];

/** Lines, counted from 1, by path; a path that is not there has the line of the nearest one above it. */
export class TomlLines {
  readonly #lines = new Map<string, number>();

  constructor(text: string) {
    new Scanner(text, (path, line) => {
      const key = keyOf(path);
      if (!this.#lines.has(key)) this.#lines.set(key, line);
    }).document();
  }

  of(path: TomlPath): number {
    for (let length = path.length; length > 0; length--) {
      const line = this.#lines.get(keyOf(path.slice(0, length)));
      if (line !== undefined) return line;
    }
    return 1;
  }
}

function keyOf(path: TomlPath): string {
  return JSON.stringify(path);
}

class Scanner {
  readonly #text: string;
  readonly #found: (path: TomlPath, line: number) => void;
  #at = 0;
  #line = 1;
  /** How many there were of each array of tables. */
  readonly #tables = new Map<string, number>();

  constructor(text: string, found: (path: TomlPath, line: number) => void) {
    this.#text = text;
    this.#found = found;
  }

  document(): void {
    let table: TomlPath = [];
    for (this.#blank(); this.#at < this.#text.length; this.#blank()) {
      if (this.#text[this.#at] === '[') table = this.#header();
      else this.#entry(table);
    }
  }

  /** `[a.b]` or `[[a.b]]`: the path of the keys below. */
  #header(): TomlPath {
    const line = this.#line;
    const many = this.#text[this.#at + 1] === '[';
    this.#at += many ? 2 : 1;
    const written = this.#key();
    this.#at += many ? 2 : 1;
    // Through arrays of tables the path leads to their latest table.
    const path: (string | number)[] = [];
    written.forEach((part, index) => {
      path.push(part);
      const count = this.#tables.get(keyOf(path));
      if (count !== undefined && index < written.length - 1) path.push(count - 1);
    });
    if (many) {
      const count = this.#tables.get(keyOf(path)) ?? 0;
      this.#tables.set(keyOf(path), count + 1);
      path.push(count);
    }
    this.#found(path, line);
    return path;
  }

  #entry(table: TomlPath): void {
    const line = this.#line;
    const path = [...table, ...this.#key()];
    for (let length = table.length + 1; length <= path.length; length++) this.#found(path.slice(0, length), line);
    this.#blank();
    this.#at++; // =
    this.#value(path);
  }

  #value(path: TomlPath): void {
    this.#blank();
    this.#found(path, this.#line);
    const first = this.#text[this.#at];
    if (first === '[') {
      this.#at++;
      for (let index = 0; this.#more(']'); index++) this.#value([...path, index]);
    } else if (first === '{') {
      this.#at++;
      while (this.#more('}')) this.#entry(path);
    } else if (first === '"' || first === "'") {
      this.#string(first);
    } else {
      while (this.#at < this.#text.length && !/[,\]}#\n]/.test(this.#text[this.#at]!)) this.#at++;
    }
  }

  /** False behind the closing bracket. */
  #more(close: string): boolean {
    this.#blank();
    if (this.#text[this.#at] === ',') this.#at++;
    this.#blank();
    if (this.#text[this.#at] !== close && this.#at < this.#text.length) return true;
    this.#at++;
    return false;
  }

  /** A dotted key, from where we are to the sign behind it. */
  #key(): string[] {
    const parts: string[] = [];
    for (;;) {
      this.#blank();
      const first = this.#text[this.#at]!;
      const start = this.#at;
      if (first === '"' || first === "'") {
        this.#string(first);
        parts.push(this.#text.slice(start + 1, this.#at - 1));
      } else {
        while (this.#at < this.#text.length && /[A-Za-z0-9_-]/.test(this.#text[this.#at]!)) this.#at++;
        parts.push(this.#text.slice(start, this.#at));
      }
      this.#blank();
      if (this.#text[this.#at] !== '.') return parts;
      this.#at++;
    }
  }

  #string(quote: string): void {
    const long = this.#text.startsWith(quote.repeat(3), this.#at);
    const end = long ? quote.repeat(3) : quote;
    this.#at += end.length;
    while (this.#at < this.#text.length && !this.#text.startsWith(end, this.#at)) {
      if (quote === '"' && this.#text[this.#at] === '\\') this.#at++;
      if (this.#text[this.#at] === '\n') this.#line++;
      this.#at++;
    }
    this.#at += end.length;
    // A long string may end in up to two quotes of its own.
    while (long && this.#text[this.#at] === quote) this.#at++;
  }

  /** Past white space, line ends and comments. */
  #blank(): void {
    for (; this.#at < this.#text.length; this.#at++) {
      const sign = this.#text[this.#at]!;
      if (sign === '#') {
        while (this.#at < this.#text.length && this.#text[this.#at] !== '\n') this.#at++;
        this.#at--;
      } else if (sign === '\n') this.#line++;
      else if (!/\s/.test(sign)) return;
    }
  }
}

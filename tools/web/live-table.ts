/**
 * What viewers see, row by row. A viewer is a number, the version which it has seen: whatever happened since is what it gets
 * next, each row once. So a slow viewer costs nothing, and misses only what was replaced.
 */

/** One count of changes for all tables of a page. */
export class Versions {
  #last = 0;

  get last(): number {
    return this.#last;
  }

  next(): number {
    return ++this.#last;
  }
}

export interface TableChanges {
  /** Everything: what the viewer had is to be forgotten. */
  readonly all: boolean;
  /** A JSON object: row by key. */
  readonly rows: string;
  readonly gone: readonly string[];
}

/** Removals remembered; a viewer which has not seen the oldest gets the whole table. */
const MOST_GONE = 512;
/** A row longer than this is a device's doing: it is not shown. */
const LONGEST_ROW = 16 * 1024;

export class LiveTable<Row> {
  readonly #rows = new Map<string, { version: number; readonly text: string }>();
  readonly #gone = new Map<string, number>();
  /** Removals up to this version are forgotten. */
  #floor = 0;
  #changedAt = 0;

  constructor(
    private readonly versions: Versions,
    private readonly mostRows: number,
  ) {}

  get size(): number {
    return this.#rows.size;
  }

  keys(): string[] {
    return [...this.#rows.keys()];
  }

  /** False: it is as it was, or there is no room for it. */
  put(key: string, row: Row): boolean {
    const text = JSON.stringify(row);
    const before = this.#rows.get(key);
    if (before?.text === text || text.length > LONGEST_ROW) return false;
    if (before === undefined && this.#rows.size >= this.mostRows) return false;
    this.#rows.set(key, { version: (this.#changedAt = this.versions.next()), text });
    this.#gone.delete(key);
    return true;
  }

  delete(key: string): void {
    if (!this.#rows.delete(key)) return;
    this.#gone.set(key, (this.#changedAt = this.versions.next()));
    if (this.#gone.size <= MOST_GONE) return;
    const [oldest, version] = this.#gone.entries().next().value!;
    this.#gone.delete(oldest);
    this.#floor = version;
  }

  keepOnly(keys: ReadonlySet<string>): void {
    for (const key of [...this.#rows.keys()]) if (!keys.has(key)) this.delete(key);
  }

  /** `prefix`: only rows whose key begins so. Undefined: nothing has changed. */
  changesSince(seen: number, prefix = ''): TableChanges | undefined {
    if (seen >= 0 && this.#changedAt <= seen) return undefined;
    const all = seen < this.#floor || seen < 0;
    const rows: string[] = [];
    for (const [key, { version, text }] of this.#rows) {
      if ((all || version > seen) && key.startsWith(prefix)) rows.push(`${JSON.stringify(key)}:${text}`);
    }
    const gone = all
      ? []
      : [...this.#gone].filter(([key, at]) => at > seen && key.startsWith(prefix)).map(([key]) => key);
    if (!all && rows.length === 0 && gone.length === 0) return undefined;
    return { all, rows: `{${rows.join(',')}}`, gone };
  }
}

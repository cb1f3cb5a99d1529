/** Which terminus has which TID: one TID is for one terminus, and a terminus gets the same again. */

const LEAST = 1;
const MOST = 254;

export class TidRegistry {
  readonly #byKey = new Map<string, number>();
  readonly #byTid = new Map<number, string>();

  /** `known`: TIDs of an earlier run, by the key of the terminus. */
  constructor(known: Iterable<readonly [key: string, tid: number]> = []) {
    for (const [key, tid] of known) if (tid >= LEAST && tid <= MOST && !this.#byTid.has(tid)) this.#put(key, tid);
  }

  /** By key, for the next run. */
  entries(): [key: string, tid: number][] {
    return [...this.#byKey];
  }

  /** The terminus says that it has this TID; false: it is that of another. */
  claim(key: string, tid: number): boolean {
    const holder = this.#byTid.get(tid);
    if (holder !== undefined && holder !== key) return false;
    this.forget(key);
    this.#put(key, tid);
    return true;
  }

  /** The TID which the terminus gets: the one that it had, or a free one. Undefined: all are taken. */
  give(key: string): number | undefined {
    const known = this.#byKey.get(key);
    if (known !== undefined) return known;
    for (let tid = LEAST; tid <= MOST; tid++) {
      if (this.#byTid.has(tid)) continue;
      this.#put(key, tid);
      return tid;
    }
    return undefined;
  }

  forget(key: string): void {
    const tid = this.#byKey.get(key);
    if (tid !== undefined) this.#byTid.delete(tid);
    this.#byKey.delete(key);
  }

  #put(key: string, tid: number): void {
    this.#byKey.set(key, tid);
    this.#byTid.set(tid, key);
  }
}

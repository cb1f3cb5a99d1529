/** Time as the stack sees it: injected, so that a test can drive a million deadlines without waiting for one. */

export interface Timer {
  /** Forget the callback. Harmless after it ran. */
  cancel(): void;
}

export interface Clock {
  /** Milliseconds since some fixed start, with fractions; never goes back. */
  now(): number;
  /** Call `callback` once, `delayMs` from now (0 or less: as soon as the caller has returned). */
  schedule(delayMs: number, callback: () => void): Timer;
}

interface Entry extends Timer {
  readonly at: number;
  readonly order: number;
  callback: (() => void) | undefined;
}

/** Cancelled timers the virtual clock does not mind keeping until they are due. */
const COMPACT_ABOVE = 256;

/**
 * A clock that stands still until it is told to move. Timers run in the order of their deadlines, equal deadlines in
 * the order they were set.
 */
export class VirtualClock implements Clock {
  #now: number;
  #order = 0;
  #heap: Entry[] = [];
  #live = 0;

  constructor(startMs = 0) {
    this.#now = startMs;
  }

  now(): number {
    return this.#now;
  }

  /** Timers that are set and neither cancelled nor run: 0 once everything is closed. */
  get pending(): number {
    return this.#live;
  }

  /** Timers kept, cancelled ones included: never many more than are pending. */
  get entries(): number {
    return this.#heap.length;
  }

  /** When the next timer is due, or undefined when there is none. */
  get nextAt(): number | undefined {
    while (this.#heap.length > 0 && this.#heap[0]!.callback === undefined) this.#pop();
    return this.#heap[0]?.at;
  }

  schedule(delayMs: number, callback: () => void): Timer {
    const entry: Entry = {
      at: this.#now + Math.max(0, delayMs),
      order: this.#order++,
      callback,
      cancel: () => {
        if (entry.callback === undefined) return;
        entry.callback = undefined;
        this.#live--;
        if (this.#heap.length > 2 * this.#live + COMPACT_ABOVE) this.#compact();
      },
    };
    this.#live++;
    this.#push(entry);
    return entry;
  }

  /** Run the next timer, moving the time to it. False when none is set. */
  step(): boolean {
    if (this.nextAt === undefined) return false;
    const entry = this.#pop();
    this.#now = Math.max(this.#now, entry.at);
    const callback = entry.callback!;
    entry.callback = undefined;
    this.#live--;
    callback();
    return true;
  }

  /** Move the time by `ms`, running every timer that falls due, including those set on the way. */
  advance(ms: number): void {
    const until = this.#now + ms;
    for (let at = this.nextAt; at !== undefined && at <= until; at = this.nextAt) this.step();
    this.#now = until;
  }

  /** Throw the cancelled ones out; a sorted array is a heap. */
  #compact(): void {
    this.#heap = this.#heap.filter((entry) => entry.callback !== undefined).sort((a, b) => (before(a, b) ? -1 : 1));
  }

  #push(entry: Entry): void {
    const heap = this.#heap;
    let index = heap.length;
    heap.push(entry);
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!before(entry, heap[parent]!)) break;
      heap[index] = heap[parent]!;
      index = parent;
    }
    heap[index] = entry;
  }

  #pop(): Entry {
    const heap = this.#heap;
    const top = heap[0]!;
    const last = heap.pop()!;
    if (heap.length === 0) return top;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && before(heap[child + 1]!, heap[child]!)) child++;
      if (!before(heap[child]!, last)) break;
      heap[index] = heap[child]!;
      index = child;
    }
    heap[index] = last;
    return top;
  }
}

function before(a: Entry, b: Entry): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}

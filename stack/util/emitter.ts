/** A typed event source of a few lines: the core may not use `node:events`. */

export type Listener<T> = (event: T) => void;

export class Emitter<Events extends object> {
  readonly #listeners = new Map<keyof Events, Set<Listener<never>>>();

  /** `failed` hears of listeners that threw: the others still get the event, and the emitter goes on. */
  constructor(private readonly failed: (error: unknown) => void = () => {}) {}

  /** Returns the function that takes the listener away again. */
  on<K extends keyof Events>(name: K, listener: Listener<Events[K]>): () => void {
    let set = this.#listeners.get(name);
    if (set === undefined) this.#listeners.set(name, (set = new Set()));
    set.add(listener as Listener<never>);
    return () => set.delete(listener as Listener<never>);
  }

  emit<K extends keyof Events>(name: K, event: Events[K]): void {
    const set = this.#listeners.get(name);
    if (set === undefined) return;
    for (const listener of [...set]) {
      try {
        (listener as Listener<Events[K]>)(event);
      } catch (error) {
        this.failed(error);
      }
    }
  }

  clear(): void {
    this.#listeners.clear();
  }
}

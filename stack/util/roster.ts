/**
 * Those under way, in the order they came: a set for what comes and goes with every message. A `Set` gets another table
 * whenever it runs empty, and each table refers to the next: once one of them is old to the garbage collector, all that
 * follow, and what was in them, live until the next full collection.
 */
export class Roster<T> {
  readonly #members: T[] = [];

  get size(): number {
    return this.#members.length;
  }

  /** It is not among them yet. */
  add(member: T): void {
    this.#members.push(member);
  }

  /** False: it was not among them. Takes longer the more came before it and are still there. */
  delete(member: T): boolean {
    const members = this.#members;
    const index = members.indexOf(member);
    if (index < 0) return false;
    if (index === members.length - 1) members.pop();
    else members.splice(index, 1);
    return true;
  }

  /** As they are now: a copy. */
  list(): T[] {
    return [...this.#members];
  }
}

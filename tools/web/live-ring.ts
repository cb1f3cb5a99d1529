/** The latest of what happened, each with its number: a viewer asks for what came behind the last it has seen. */

export class LiveRing<Item> {
  readonly #items: (Item | undefined)[];
  #next = 0;

  constructor(private readonly room: number) {
    this.#items = new Array<Item | undefined>(room);
  }

  /** Number of the next item. */
  get next(): number {
    return this.#next;
  }

  /** Number of the oldest which is still there. */
  get first(): number {
    return Math.max(0, this.#next - this.room);
  }

  push(item: Item): number {
    this.#items[this.#next % this.room] = item;
    return this.#next++;
  }

  at(number: number): Item | undefined {
    return number < this.first || number >= this.#next ? undefined : this.#items[number % this.room];
  }

  clear(): void {
    this.#items.fill(undefined);
    this.#next = 0;
  }
}

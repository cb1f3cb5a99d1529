/**
 * Which place on a link reports which UUID, also while it is only being set up. One device may have an endpoint on each
 * of several links under one UUID (DSP0236 §8.17.8); two on one link cannot be the same device.
 */

export class UuidClaims {
  readonly #places = new Map<string, string>();

  /** The place that reports it already, or undefined: it is ours now, and whatever we reported before is not. */
  claim(uuid: string, link: string, place: string): string | undefined {
    this.release(place);
    const key = `${uuid} ${link}`;
    const holder = this.#places.get(key);
    if (holder === undefined) this.#places.set(key, place);
    return holder;
  }

  release(place: string): void {
    for (const [key, holder] of this.#places) if (holder === place) this.#places.delete(key);
  }
}

/**
 * When which sensor of a terminus is read: each at its own interval, the one which has been due for longest first, so that
 * all become slower alike when the wire does not allow more.
 */

export interface Paced {
  readonly key: string;
  /** ms, above 0. */
  readonly intervalMs: number;
}

interface Place<T extends Paced> {
  readonly item: T;
  dueAt: number;
  /** Readings in a row which failed: the sensor is asked less often. */
  failures: number;
}

/** A sensor which fails is asked at most so many times less often. */
const MOST_PATIENCE = 8;

export class SensorPace<T extends Paced> {
  /** A heap by `dueAt`. */
  #places: Place<T>[] = [];

  /** Replace the sensors. They begin one after the other, so that they are not due all at once. */
  set(items: readonly T[], now: number): void {
    this.#places = items
      .map((item, index) => ({ item, dueAt: now + (item.intervalMs * index) / items.length, failures: 0 }))
      .sort((a, b) => a.dueAt - b.dueAt);
  }

  /** All of them as soon as it is their turn: the values may be others. */
  hurry(now: number): void {
    for (const place of this.#places) place.dueAt = Math.min(place.dueAt, now);
    this.#places.sort((a, b) => a.dueAt - b.dueAt);
  }

  /** This one as soon as it is its turn. */
  urge(item: T, now: number): void {
    const place = this.#places.find((one) => one.item === item);
    if (place === undefined || place.dueAt <= now) return;
    place.dueAt = now;
    this.#places.sort((a, b) => a.dueAt - b.dueAt);
  }

  /** When the next one is due; undefined: there is none. */
  get nextAt(): number | undefined {
    return this.#places[0]?.dueAt;
  }

  /** The one which has been due for longest. */
  get next(): T | undefined {
    return this.#places[0]?.item;
  }

  /** It was read, or was not readable: its next turn. While it was read, the sensors may have become others. */
  done(item: T, now: number, failed: boolean): void {
    const index = this.#places[0]?.item === item ? 0 : this.#places.findIndex((one) => one.item === item);
    const place = this.#places[index];
    if (place === undefined) return;
    place.failures = failed ? place.failures + 1 : 0;
    const interval = place.item.intervalMs * Math.min(MOST_PATIENCE, 2 ** Math.min(place.failures, 10));
    // Its own rhythm; when that was missed by more than an interval, a new one.
    place.dueAt += interval;
    if (place.dueAt < now) place.dueAt = now + Math.min(interval, place.item.intervalMs);
    this.#sink(index);
  }

  #sink(from: number): void {
    const places = this.#places;
    const moved = places[from]!;
    let index = from;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= places.length) break;
      if (child + 1 < places.length && places[child + 1]!.dueAt < places[child]!.dueAt) child++;
      if (places[child]!.dueAt >= moved.dueAt) break;
      places[index] = places[child]!;
      index = child;
    }
    places[index] = moved;
  }
}

/** The lengths of a struct that is being written. */

import type { Writer } from './buffer.js';
import { invalid, show } from './codec.js';
import { within } from './codec-error.js';
import { type DerivedCodec, RestSizeCodec } from './derived.js';

export interface DerivedMember {
  readonly name: string;
  readonly codec: DerivedCodec;
}

const UNKNOWN = -1;

/**
 * Lengths written before what they measure: filled in afterwards, or compared when the caller gave them. A length is
 * called by its place among the derived fields of the struct.
 */
export class LinkedLengths {
  /** Where each was written, and behind these what it came to; `UNKNOWN` before that. */
  readonly #state: number[];

  constructor(
    readonly members: readonly DerivedMember[],
    readonly fields: Readonly<Record<string, unknown>>,
  ) {
    this.#state = new Array<number>(2 * members.length);
    for (let at = 0; at < this.#state.length; at++) this.#state[at] = UNKNOWN;
  }

  expect(place: number, position: number): void {
    this.#state[place] = position;
  }

  /** The length as far as it is known; conditions that come later ask for it. */
  lengthOf(place: number): number | undefined {
    const length = this.#state[this.members.length + place]!;
    return length === UNKNOWN ? undefined : length;
  }

  settle(place: number, writer: Writer, length: number): void {
    const position = this.#state[place]!;
    if (position === UNKNOWN) return;
    const { name, codec } = this.members[place]!;
    const field = this.fields[name];
    const given = field === undefined ? this.lengthOf(place) : field;
    this.#state[this.members.length + place] = length;
    if (given !== undefined) {
      if (given !== length) throw invalid(`is ${length} long, but ${name} says ${show(given)}`);
      return;
    }
    const end = writer.position;
    writer.position = position;
    try {
      codec.base.write(writer, length);
    } catch (error) {
      throw within(error, name);
    } finally {
      writer.position = end;
    }
  }

  finish(writer: Writer): void {
    for (let place = 0; place < this.members.length; place++) {
      const position = this.#state[place]!;
      if (position === UNKNOWN) continue;
      const { codec } = this.members[place]!;
      if (codec instanceof RestSizeCodec) {
        this.settle(place, writer, writer.position - (position + codec.base.size) + codec.plus);
      } else if (this.lengthOf(place) === undefined) this.settle(place, writer, 0);
    }
  }

  /** The lengths by name. */
  found(): Record<string, number> {
    const found: Record<string, number> = {};
    for (const [place, { name }] of this.members.entries()) {
      const length = this.lengthOf(place);
      if (length !== undefined) found[name] = length;
    }
    return found;
  }
}

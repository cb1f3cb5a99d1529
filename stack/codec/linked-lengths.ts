/** The lengths of a struct that is being written. */

import type { Writer } from './buffer.js';
import { invalid, show } from './codec.js';
import { type DerivedCodec, RestSizeCodec } from './derived.js';
import { within } from './errors.js';

export interface DerivedMember {
  readonly name: string;
  readonly codec: DerivedCodec;
}

/**
 * Lengths written before what they measure: filled in afterwards, or compared when the caller gave them. A length is
 * called by its place among the derived fields of the struct.
 */
export class LinkedLengths {
  /** Where each was written; undefined when it was not. */
  readonly #positions: (number | undefined)[] = [];
  readonly #lengths: (number | undefined)[] = [];

  constructor(
    readonly members: readonly DerivedMember[],
    readonly fields: Readonly<Record<string, unknown>>,
  ) {}

  expect(place: number, position: number): void {
    this.#positions[place] = position;
  }

  /** The length as far as it is known; conditions that come later ask for it. */
  lengthOf(place: number): number | undefined {
    return this.#lengths[place];
  }

  settle(place: number, writer: Writer, length: number): void {
    const position = this.#positions[place];
    if (position === undefined) return;
    const { name, codec } = this.members[place]!;
    const field = this.fields[name];
    const given = field === undefined ? this.#lengths[place] : field;
    this.#lengths[place] = length;
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
      const position = this.#positions[place];
      const { codec } = this.members[place]!;
      if (position === undefined) continue;
      if (codec instanceof RestSizeCodec) {
        this.settle(place, writer, writer.position - (position + codec.base.size) + codec.plus);
      } else if (this.#lengths[place] === undefined) this.settle(place, writer, 0);
    }
  }

  /** The lengths by name. */
  found(): Record<string, number> {
    const found: Record<string, number> = {};
    for (const [place, { name }] of this.members.entries()) {
      const length = this.#lengths[place];
      if (length !== undefined) found[name] = length;
    }
    return found;
  }
}

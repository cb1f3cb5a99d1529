/** The lengths of a struct that is being written. */

import type { Writer } from './buffer.js';
import { invalid, show } from './codec.js';
import { type DerivedCodec, RestSizeCodec } from './derived.js';
import { within } from './errors.js';

/** Lengths written before what they measure: filled in afterwards, or compared when the caller gave them. */
export class LinkedLengths {
  #open: { name: string; codec: DerivedCodec; position: number; end: number; settled: boolean }[] = [];

  /** What was left out is put into `fields` as it becomes known, for conditions that come later. */
  constructor(readonly fields: Record<string, unknown>) {}

  expect(name: string, codec: DerivedCodec, position: number): void {
    this.#open.push({ name, codec, position, end: position + codec.base.size, settled: false });
  }

  settle(name: string, writer: Writer, length: number): void {
    const entry = this.#open.find((open) => open.name === name);
    if (entry === undefined) return;
    entry.settled = true;
    const given = this.fields[name];
    if (given !== undefined) {
      if (given !== length) throw invalid(`is ${length} long, but ${name} says ${show(given)}`);
      return;
    }
    this.fields[name] = length;
    const end = writer.position;
    writer.position = entry.position;
    try {
      entry.codec.base.write(writer, length);
    } catch (error) {
      throw within(error, name);
    } finally {
      writer.position = end;
    }
  }

  finish(writer: Writer): void {
    for (const { name, codec, end, settled } of this.#open) {
      if (codec instanceof RestSizeCodec) this.settle(name, writer, writer.position - end + codec.plus);
      else if (!settled) this.settle(name, writer, 0);
    }
  }
}

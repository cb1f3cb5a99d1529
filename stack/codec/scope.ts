/** What a field sees of the fields before it. */

import type { AnyCodec, Earlier, Scope } from './codec.js';
import type { LinkedLengths } from './linked-lengths.js';

/** A field by its name. */
export interface Member {
  readonly codec: AnyCodec;
  /** Its place among the struct's derived fields; -1 when it is not one. */
  readonly derived: number;
}

/** The earlier fields of a struct, and those around it. */
export class StructScope implements Earlier {
  #marks: number[] | undefined;
  readonly start: number;

  constructor(
    readonly struct: {
      readonly lookup: ReadonlyMap<string, Member>;
      readonly steps: readonly { readonly name: string }[];
    },
    readonly fields: Readonly<Record<string, unknown>>,
    readonly outer: Scope,
    readonly source?: { readonly buffer: Uint8Array; readonly position: number },
    readonly lengths?: LinkedLengths,
  ) {
    this.start = source?.position ?? 0;
  }

  number(name: string): number | undefined {
    const member = this.struct.lookup.get(name);
    if (member === undefined) return this.outer?.number(name);
    const found = member.derived < 0 ? undefined : this.lengths?.lengthOf(member.derived);
    return found ?? member.codec.scalar(this.fields[name]);
  }

  /** The next step begins at `position`; told by structs of which a member asks for bytes. */
  mark(position: number): void {
    this.#marks ??= [];
    this.#marks.push(position);
  }

  bytes(first: string, last = first): Uint8Array {
    const index = (name: string) => this.struct.steps.findIndex((step) => step.name === name);
    const start = this.#marks?.[index(first)];
    if (start === undefined || this.source === undefined) return new Uint8Array();
    return this.source.buffer.subarray(start, this.#marks?.[index(last) + 1] ?? this.source.position);
  }

  offset(): number {
    return (this.source?.position ?? 0) - this.start;
  }
}

/** What a field sees of the fields before it. */

import type { AnyCodec, Earlier, Scope } from './codec.js';

/** The earlier fields of a struct, and those around it. */
export class StructScope implements Earlier {
  readonly marks: number[] = [];
  readonly start: number;

  constructor(
    readonly struct: {
      readonly members: Readonly<Record<string, AnyCodec>>;
      readonly steps: readonly { readonly name: string }[];
    },
    readonly fields: Readonly<Record<string, unknown>>,
    readonly outer: Scope,
    readonly source?: { readonly buffer: Uint8Array; readonly position: number },
  ) {
    this.start = source?.position ?? 0;
  }

  number(name: string): number | undefined {
    const codec = Object.hasOwn(this.struct.members, name) ? this.struct.members[name] : undefined;
    return codec === undefined ? this.outer?.number(name) : codec.scalar(this.fields[name]);
  }

  bytes(first: string, last = first): Uint8Array {
    const index = (name: string) => this.struct.steps.findIndex((step) => step.name === name);
    const start = this.marks[index(first)];
    if (start === undefined || this.source === undefined) return new Uint8Array();
    return this.source.buffer.subarray(start, this.marks[index(last) + 1] ?? this.source.position);
  }

  offset(): number {
    return (this.source?.position ?? 0) - this.start;
  }
}

/** Fields that are bits of a field before them: SPDM's parameters are bytes of their own, and have names per message. */

import { Codec, type IntCodec, type Picker, type Reader, type Scope, type Writer } from '../codec/index.js';

/** Bits high..low, and in which messages they have this name. */
export interface Bits {
  readonly high: number;
  readonly low: number;
  /** Default: always. */
  readonly present?: (scope: NonNullable<Scope>) => boolean;
}

export type PartNames = Readonly<Record<string, Bits>>;

/** A number on the wire; when encoding it may be left out, and is put together from its parts. */
class WholeCodec extends Codec<number | undefined, number | undefined> {
  readonly type: string;
  // Its parts are looked up by name while it is written.
  override readonly refs = ['*'];

  constructor(
    readonly base: IntCodec,
    readonly parts: PartNames,
    readonly present: Bits['present'],
  ) {
    super();
    this.type = base.type;
  }

  read(reader: Reader, scope: Scope): number | undefined {
    return this.isAbsent(scope) ? undefined : this.base.read(reader);
  }

  write(writer: Writer, value: number | undefined, scope: Scope): void {
    if (this.isAbsent(scope)) return;
    this.base.write(writer, value ?? this.compose(scope));
  }

  compose(scope: Scope): number {
    let word = 0;
    for (const [name, { high, low }] of Object.entries(this.parts)) {
      word += ((scope?.number(name) ?? 0) % 2 ** (high - low + 1)) * 2 ** low;
    }
    return word;
  }

  sample(pick: Picker): number {
    return pick.integer(0, this.base.max);
  }

  isAbsent(scope: Scope): boolean {
    return scope !== undefined && this.present?.(scope) === false;
  }
}

/** No bytes of its own. */
class PartCodec extends Codec<number | undefined, number | undefined> {
  readonly type: string;
  override readonly refs: readonly string[];

  constructor(
    readonly whole: string,
    readonly bits: Bits,
  ) {
    super();
    this.type = `bits ${bits.high}:${bits.low} of ${whole}`;
    this.refs = [whole];
  }

  read(_reader: Reader, scope: Scope): number | undefined {
    const word = scope?.number(this.whole);
    if (scope === undefined || word === undefined || this.bits.present?.(scope) === false) return undefined;
    return Math.floor(word / 2 ** this.bits.low) % 2 ** (this.bits.high - this.bits.low + 1);
  }

  write(): void {}

  sample(): undefined {
    return undefined;
  }
}

/**
 * `...parted('raw', le.u16, { major: bitsOf(15, 12), minor: bitsOf(11, 8) })`: the number, then its parts. With `present`
 * they are there only when it says so.
 */
export function parted<const W extends string, const P extends PartNames>(
  whole: W,
  base: IntCodec,
  parts: P,
  present?: Bits['present'],
): { readonly [K in W]: WholeCodec } & { readonly [K in keyof P]: PartCodec } {
  const members = Object.entries(parts).map(([name, bits]) => [name, new PartCodec(whole, bits)]);
  return { [whole]: new WholeCodec(base, parts, present), ...Object.fromEntries(members) } as never;
}

export function bitsOf(high: number, low = high, present?: Bits['present']): Bits {
  return { high, low, ...(present !== undefined && { present }) };
}

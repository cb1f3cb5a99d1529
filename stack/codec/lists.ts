/** Lists: fixed, counted by an earlier field, within a number of bytes, or to the end of the message. */

import { bytesText, type Reader, type Writer } from './buffer.js';
import {
  type AnyCodec,
  Codec,
  type DocRow,
  type Earlier,
  type Fields,
  type Input,
  invalid,
  type Json,
  type Link,
  type Picker,
  type Scope,
  show,
} from './codec.js';
import { Fault, within } from './codec-error.js';

export interface ListOptions {
  /** Number of items: fixed, in an earlier `derived` field, or computed. Without it: as many as the bytes hold. */
  readonly count?: number | string | ((earlier: Earlier) => number);
  /** An earlier `derived` field that holds the bytes of the whole list. */
  readonly bytes?: string;
  /** What is left of the message is shared evenly by the items: each is a struct that ends in `rest`. */
  readonly evenly?: boolean;
  /** Without a count: bytes that belong to the fields after the list. */
  readonly leaving?: number | ((earlier: Earlier) => number);
  /** Without a count: fewer bytes than this are not an item, and end the list (padding). */
  readonly itemBytes?: number;
  /** Bounds of the number of items; outside them decoding fails with reason `value`. */
  readonly min?: number;
  readonly max?: number;
}

export class ListCodec<C extends AnyCodec> extends Codec<Fields<C>[], readonly Input<C>[]> {
  readonly type: string;
  override readonly refs: readonly string[];
  override readonly links: readonly Link[];

  constructor(
    readonly item: C,
    readonly options: ListOptions,
  ) {
    super();
    const { count, bytes } = options;
    this.type = `${item.type}[${typeof count === 'function' ? '' : (count ?? '')}]`;
    const links: Link[] = [];
    if (typeof count === 'string') links.push({ field: count, unit: 'items' });
    if (bytes !== undefined) links.push({ field: bytes, unit: 'bytes' });
    this.links = links;
    this.refs = [
      ...item.refs,
      ...links.map((link) => link.field),
      ...([count, options.leaving].some((o) => typeof o === 'function') ? ['*'] : []),
    ];
  }

  read(reader: Reader, scope: Scope): Fields<C>[] {
    const { itemBytes = 1, evenly = false } = this.options;
    const outerEnd = reader.end;
    reader.end = this.listEnd(reader, scope);
    const count = this.count(scope);
    if (count !== undefined) this.checkCount(count, reader.position);
    const share = evenly ? evenShare(reader, count ?? 0) : undefined;
    const items: Fields<C>[] = [];
    try {
      while (count === undefined ? reader.remaining >= itemBytes : items.length < count) {
        const start = reader.position;
        if (share !== undefined) reader.end = start + share;
        items.push(this.item.read(reader, scope) as Fields<C>);
        if (reader.position === start) throw new Fault('value', 'an item of no bytes', start);
      }
    } catch (error) {
      const index = `[${items.length}]`;
      if (error instanceof Fault) {
        if (error.before?.of === this.item) items.push(error.before.value as Fields<C>);
        error.before = items.length > 0 ? { of: this, value: items } : undefined;
      }
      throw within(error, index);
    }
    if (count === undefined) this.checkCount(items.length, reader.position);
    if (this.options.bytes !== undefined && reader.remaining > 0) {
      throw new Fault('length', `${bytesText(reader.remaining)} left over in the list`, reader.position);
    }
    reader.end = outerEnd;
    return items;
  }

  /** Where the items must end at the latest. */
  listEnd(reader: Reader, scope: Scope): number {
    const { bytes } = this.options;
    const leaving = this.leaving(scope);
    const { position, remaining } = reader;
    if (bytes !== undefined) {
      const size = scope?.number(bytes) ?? 0;
      if (size > remaining) throw new Fault('length', `${size} bytes announced, ${remaining} left`, position);
      return position + size;
    }
    if (leaving > remaining)
      throw new Fault('length', `${bytesText(leaving)} needed behind it, ${remaining} left`, position);
    return reader.end - leaving;
  }

  leaving(scope: Scope): number {
    const { leaving = 0 } = this.options;
    return typeof leaving === 'number' ? leaving : scope === undefined ? 0 : leaving(scope);
  }

  write(writer: Writer, value: readonly Input<C>[], scope: Scope): void {
    if (!Array.isArray(value)) throw invalid(`${show(value)} is not a list`);
    const items: readonly Input<C>[] = value;
    const count = typeof this.options.count === 'string' ? undefined : this.count(scope);
    if (count !== undefined && count !== items.length) throw invalid(`${items.length} items given, not ${count}`);
    this.checkCount(items.length, 0);
    let share: number | undefined;
    for (let index = 0; index < items.length; index++) {
      try {
        const start = writer.position;
        this.item.write(writer, items[index] as never, scope);
        share ??= writer.position - start;
        if (this.options.evenly === true && writer.position - start !== share)
          throw invalid('is not as long as the first');
      } catch (error) {
        throw within(error, `[${index}]`);
      }
    }
  }

  count(scope: Scope): number | undefined {
    const { count } = this.options;
    if (typeof count === 'string') return scope?.number(count) ?? 0;
    if (typeof count !== 'function') return count;
    return scope === undefined ? 0 : count(scope);
  }

  checkCount(count: number, position: number): void {
    const { min = 0, max = Number.MAX_SAFE_INTEGER } = this.options;
    if (count < min || count > max) {
      throw new Fault(
        'value',
        `${count} items, not ${max === Number.MAX_SAFE_INTEGER ? `${min} or more` : `${min} to ${max}`}`,
        position,
      );
    }
  }

  override toJson(value: Fields<C>[], scope: Scope): Json {
    return value.map((item) => this.item.toJson(item, scope));
  }

  override fromJson(json: Json, scope: Scope): unknown {
    if (!Array.isArray(json)) throw invalid(`${show(json)} is not a list`);
    return json.map((item, index) => {
      try {
        return this.item.fromJson(item, scope);
      } catch (error) {
        throw within(error, `[${index}]`);
      }
    });
  }

  override text(value: Fields<C>[], scope: Scope): string {
    return value.length === 0 ? '(none)' : value.map((item) => this.item.text(item, scope)).join(', ');
  }

  override lines(name: string, value: Fields<C>[], scope: Scope, indent: string): string[] {
    if (this.item.docs().length === 0 || value.length === 0) return super.lines(name, value, scope, indent);
    return value.flatMap((item, index) => this.item.lines(`${name}[${index}]`, item, scope, indent));
  }

  sample(pick: Picker, scope: Scope): unknown {
    const { min = 0, max = 1000 } = this.options;
    const fixed = typeof this.options.count === 'string' ? undefined : this.count(scope);
    const length = fixed ?? pick.integer(min, Math.min(max, min + 4));
    const items = Array.from({ length }, () => this.item.sample(pick, scope));
    // Items of equal length: the same one again.
    return this.options.evenly === true ? items.map(() => items[0]) : items;
  }

  override docs(): readonly DocRow[] {
    return this.item.docs().map((row) => ({ ...row, name: `[].${row.name}` }));
  }
}

function evenShare(reader: Reader, count: number): number {
  const share = count === 0 ? 0 : reader.remaining / count;
  if (!Number.isInteger(share) || (count === 0 && reader.remaining > 0)) {
    throw new Fault('length', `${count} items cannot share ${bytesText(reader.remaining)} evenly`, reader.position);
  }
  return share;
}

/** `list(Entry, { count: 'entryCount' })`, `list(u8, { count: 3 })`, `list(Descriptor, { bytes: 'length', count: 'n' })`. */
export function list<C extends AnyCodec>(item: C, options: ListOptions = {}): ListCodec<C> {
  return new ListCodec(item, options);
}

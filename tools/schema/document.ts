/**
 * A JSON document is declared once: its JSON Schema (draft 2020-12, as little of it as we need) and its TypeScript type
 * come from one statement. The type is a phantom, so code that builds a document imports types only and loads nothing.
 */

export interface Schema {
  readonly $schema?: string;
  readonly $id?: string;
  readonly title?: string;
  readonly description?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
}

declare const TYPE: unique symbol;

/** A schema of values that have the type T. */
export interface Shape<T> extends Schema {
  readonly [TYPE]?: () => T;
}

/** The type of the values of a shape, and of a document: `type PingDocument = Of<typeof ping>`. */
export type Of<S extends Shape<unknown>> = S extends Shape<infer T> ? T : never;

/** A shape that `mctpkit schema` prints under a name. */
export interface Document<T> extends Shape<T> {
  readonly $id: string;
  readonly description: string;
}

type Members = Readonly<Record<string, Shape<unknown>>>;
type Flat<T> = { [K in keyof T]: T[K] };
type ObjectOf<M extends Members> = Flat<
  { readonly [K in keyof M as K extends `${string}?` ? never : K]: Of<M[K]> } & {
    readonly [K in keyof M as K extends `${infer Name}?` ? Name : never]?: Of<M[K]> | undefined;
  }
>;

export const text: Shape<string> = { type: 'string' };
/** Bytes, lower case. */
export const hex: Shape<string> = { type: 'string', pattern: '^([0-9a-f]{2})*$' };
export const number: Shape<number> = { type: 'number' };
export const flag: Shape<boolean> = { type: 'boolean' };
export const nothing: Shape<null> = { type: 'null' };
export const anything: Shape<unknown> = {};
/** A number that may have 64 bits: then it is printed as a decimal text. */
export const wide: Shape<number | bigint> = { anyOf: [{ type: 'number' }, { type: 'string' }] };

export function whole(minimum = 0, maximum?: number): Shape<number> {
  return { type: 'integer', minimum, ...(maximum !== undefined && { maximum }) };
}

export function oneOf<const T>(...values: readonly T[]): Shape<T> {
  return { enum: values };
}

export function list<S extends Shape<unknown>>(items: S): Shape<readonly Of<S>[]> {
  return { type: 'array', items };
}

export function orNull<S extends Shape<unknown>>(shape: S): Shape<Of<S> | null> {
  return { anyOf: [shape, { type: 'null' }] };
}

export function either<const S extends readonly Shape<unknown>[]>(...anyOf: S): Shape<Of<S[number]>> {
  return { anyOf };
}

/** Values of one kind under any name. */
export function mapOf<S extends Shape<unknown>>(values: S): Shape<Readonly<Record<string, Of<S>>>> {
  return { type: 'object', additionalProperties: values };
}

/** An object of the library, printed as it is; its type says what it has. */
export const record: Shape<object> = mapOf(anything);

/** Names that end in `?` may be missing. More keys may be added in a later version. */
export function object<const M extends Members>(members: M): Shape<ObjectOf<M>> {
  const names = Object.keys(members);
  return {
    type: 'object',
    properties: Object.fromEntries(names.map((name) => [name.replace(/\?$/, ''), members[name]!])),
    required: names.filter((name) => !name.endsWith('?')),
  };
}

/** As `object`, of values with more keys than these: those of a command, or of an object of the library. */
export function open<const M extends Members>(members: M): Shape<ObjectOf<M> & Readonly<Record<string, unknown>>> {
  return object(members) as Shape<ObjectOf<M> & Readonly<Record<string, unknown>>>;
}

/** `name` is the argument of `mctpkit schema`. */
export function document<S extends Shape<unknown>>(name: string, description: string, shape: S): Document<Of<S>> {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: `mctpkit:${name}`,
    description,
    ...shape,
  } as Document<Of<S>>;
}

/** JSON Schema (draft 2020-12), as little of it as we need. */

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

export const text: Schema = { type: 'string' };
export const hex: Schema = { type: 'string', pattern: '^([0-9a-f]{2})*$' };
export const number: Schema = { type: 'number' };
export const flag: Schema = { type: 'boolean' };
export const anything: Schema = {};

export function whole(minimum = 0, maximum?: number): Schema {
  return { type: 'integer', minimum, ...(maximum !== undefined && { maximum }) };
}

export function oneOf(...values: readonly unknown[]): Schema {
  return { enum: values };
}

export function list(items: Schema): Schema {
  return { type: 'array', items };
}

export function orNull(schema: Schema): Schema {
  return { anyOf: [schema, { type: 'null' }] };
}

export function either(...anyOf: readonly Schema[]): Schema {
  return { anyOf };
}

/** Values of one kind under any name. */
export function mapOf(values: Schema): Schema {
  return { type: 'object', additionalProperties: values };
}

/** Names that end in `?` may be missing. More keys may be added in a later version. */
export function object(members: Readonly<Record<string, Schema>>): Schema {
  const names = Object.keys(members);
  return {
    type: 'object',
    properties: Object.fromEntries(names.map((name) => [name.replace(/\?$/, ''), members[name]!])),
    required: names.filter((name) => !name.endsWith('?')),
  };
}

export function document(name: string, description: string, schema: Schema): Schema {
  return { $schema: 'https://json-schema.org/draft/2020-12/schema', $id: `mctpkit:${name}`, description, ...schema };
}

/** As much of JSON Schema as our schemas use: where a value does not fit, and why. */

import type { Schema } from '../../tools/schema/document.js';

export function misfits(value: unknown, schema: Schema, at = '$'): string[] {
  const {
    type,
    enum: values,
    pattern,
    minimum,
    maximum,
    properties,
    required,
    additionalProperties,
    items,
    anyOf,
  } = schema;
  const found: string[] = [];
  if (anyOf !== undefined) {
    const each = anyOf.map((one) => misfits(value, one, at));
    if (!each.some((list) => list.length === 0))
      found.push(`${at} fits none: ${each.map((list) => list[0]).join(' | ')}`);
  }
  if (values !== undefined && !values.includes(value))
    found.push(`${at} is ${JSON.stringify(value)}, none of ${JSON.stringify(values)}`);
  if (type !== undefined && !([type].flat() as string[]).some((one) => isOf(value, one))) {
    return [...found, `${at} is ${JSON.stringify(value)?.slice(0, 60)}, not of type ${type}`];
  }
  if (pattern !== undefined && typeof value === 'string' && !new RegExp(pattern).test(value))
    found.push(`${at} is "${value}", not ${pattern}`);
  if (typeof value === 'number') {
    if (minimum !== undefined && value < minimum) found.push(`${at} is ${value}, below ${minimum}`);
    if (maximum !== undefined && value > maximum) found.push(`${at} is ${value}, above ${maximum}`);
  }
  if (Array.isArray(value) && items !== undefined) {
    value.forEach((item, index) => {
      found.push(...misfits(item, items, `${at}[${index}]`));
    });
  } else if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    for (const name of required ?? []) if (!Object.hasOwn(value, name)) found.push(`${at} has no ${name}`);
    for (const [name, member] of Object.entries(value)) {
      const known = properties?.[name] ?? (typeof additionalProperties === 'object' ? additionalProperties : undefined);
      if (known !== undefined) found.push(...misfits(member, known, `${at}.${name}`));
    }
  }
  return found;
}

function isOf(value: unknown, type: string): boolean {
  if (type === 'null') return value === null;
  if (type === 'array') return Array.isArray(value);
  if (type === 'integer') return Number.isInteger(value);
  if (type === 'object') return typeof value === 'object' && value !== null && !Array.isArray(value);
  return typeof value === type;
}

/** BIOS attributes of a bench device as the tables they stand for. */

import {
  ATTRIBUTE_TYPE,
  type AttributeEntryInput,
  type AttributeValueInput,
} from '../../../pldm/bios/table-entries.js';
import type { BiosDescription } from '../../../pldm/terminus/terminus-description.js';
import type { CalendarClock } from './calendar.js';
import type { BenchAttribute, PldmDescription } from './pldm-description.js';

const READ_ONLY = 0x80;
const UTF8 = 3;

export function biosOf(
  { bios: attributes, biosTableMaximumSize }: Pick<PldmDescription, 'bios' | 'biosTableMaximumSize'>,
  calendar: CalendarClock | undefined,
): BiosDescription {
  const strings: string[] = [];
  const handle = (text: string): number => {
    const known = strings.indexOf(text);
    return known >= 0 ? known : strings.push(text) - 1;
  };
  const entries = attributes.map((attribute, index) => attributeEntry(attribute, index + 1, handle));
  return {
    strings: strings.map((string, stringHandle) => ({ stringHandle, string })),
    attributes: entries,
    values: attributes.map((attribute, index) => valueEntry(attribute, index + 1)),
    stagesChanges: attributes.flatMap(({ staged }, index) => (staged ? [index + 1] : [])),
    ...(biosTableMaximumSize !== undefined && { tableMaximumSize: biosTableMaximumSize }),
    ...(calendar !== undefined && { dateTime: { read: () => calendar.read(), write: (to) => calendar.set(to) } }),
  };
}

function typeOf({ kind, readOnly }: BenchAttribute): number {
  return ATTRIBUTE_TYPE[kind] | (readOnly ? READ_ONLY : 0);
}

function attributeEntry(
  attribute: BenchAttribute,
  attributeHandle: number,
  handle: (text: string) => number,
): AttributeEntryInput {
  const { name, kind, possible, min, max, step } = attribute;
  const common = { attributeHandle, attributeType: typeOf(attribute), attributeNameHandle: handle(name) };
  if (kind === 'enumeration') {
    return {
      ...common,
      possibleValuesStringHandles: possible.map(handle),
      defaultValueStringHandleIndices: [possible.indexOf(String(attribute.default))],
    };
  }
  if (kind === 'integer') {
    const bounds = { lowerBound: BigInt(min), upperBound: BigInt(max), scalarIncrement: min === max ? 0 : step };
    return { ...common, ...bounds, defaultValue: BigInt(attribute.default) };
  }
  const lengths = { minimumStringLength: min, maximumStringLength: max };
  return { ...common, stringType: UTF8, ...lengths, defaultString: String(attribute.default) };
}

function valueEntry(attribute: BenchAttribute, attributeHandle: number): AttributeValueInput {
  const { kind, possible, value } = attribute;
  const common = { attributeHandle, attributeType: typeOf(attribute) };
  if (kind === 'enumeration') return { ...common, currentValueStringHandleIndices: [possible.indexOf(String(value))] };
  if (kind === 'integer') return { ...common, currentValue: BigInt(value) };
  return { ...common, currentString: String(value) };
}

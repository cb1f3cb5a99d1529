/** Entries of the BIOS tables (DSP0247 §6). Read-only attributes have type + 0x80 and the same layout. */

import {
  type AnyCodec,
  derived,
  enumOf,
  type Fields,
  type Input,
  le,
  list,
  string,
  struct,
  tagged,
  u8,
} from '../../stack/codec/index.js';

export const ATTRIBUTE_TYPE = {
  enumeration: 0x00,
  string: 0x01,
  password: 0x02,
  integer: 0x03,
  enumerationReadOnly: 0x80,
  stringReadOnly: 0x81,
  passwordReadOnly: 0x82,
  integerReadOnly: 0x83,
} as const;
export const READ_ONLY = 0x80;
const attributeType = enumOf(u8, ATTRIBUTE_TYPE);

export const STRING_TYPE = {
  unknown: 0,
  ascii: 1,
  hex: 2,
  utf8: 3,
  utf16le: 4,
  utf16be: 5,
  vendorSpecific: 0xff,
} as const;

export const stringEntry = struct('string entry', {
  stringHandle: le.u16,
  stringLength: derived(le.u16),
  string: string('utf8', 'stringLength', { min: 1 }),
});

const attributeHeader = { attributeHandle: le.u16, attributeType, attributeNameHandle: le.u16 } as const;

/** Indices count into possibleValuesStringHandles. */
export const enumerationAttribute = struct('enumeration attribute', {
  ...attributeHeader,
  numberOfPossibleValues: derived(u8),
  possibleValuesStringHandles: list(le.u16, { count: 'numberOfPossibleValues' }),
  numberOfDefaultValues: derived(u8),
  defaultValueStringHandleIndices: list(u8, { count: 'numberOfDefaultValues' }),
});

// A value's encoding is in the attribute entry and not beside it: bytes are kept as they are by reading them as Latin-1.
/** Lengths in bytes. */
export const stringAttribute = struct('string attribute', {
  ...attributeHeader,
  stringType: enumOf(u8, STRING_TYPE),
  minimumStringLength: le.u16,
  maximumStringLength: le.u16,
  defaultStringLength: derived(le.u16),
  defaultString: string('ascii', 'defaultStringLength'),
});

export const integerAttribute = struct('integer attribute', {
  ...attributeHeader,
  lowerBound: le.u64,
  upperBound: le.u64,
  scalarIncrement: le.u32,
  defaultValue: le.u64,
});

const attributeCases = {
  [ATTRIBUTE_TYPE.enumeration]: enumerationAttribute,
  [ATTRIBUTE_TYPE.string]: stringAttribute,
  [ATTRIBUTE_TYPE.password]: stringAttribute,
  [ATTRIBUTE_TYPE.integer]: integerAttribute,
  [ATTRIBUTE_TYPE.enumerationReadOnly]: enumerationAttribute,
  [ATTRIBUTE_TYPE.stringReadOnly]: stringAttribute,
  [ATTRIBUTE_TYPE.passwordReadOnly]: stringAttribute,
  [ATTRIBUTE_TYPE.integerReadOnly]: integerAttribute,
} as const;

export const attributeEntry = tagged(struct('attribute', attributeHeader), 'attributeType', attributeCases);

const valueHeader = { attributeHandle: le.u16, attributeType } as const;

export const enumerationValue = struct('enumeration value', {
  ...valueHeader,
  numberOfCurrentValues: derived(u8),
  currentValueStringHandleIndices: list(u8, { count: 'numberOfCurrentValues' }),
});

export const stringValue = struct('string value', {
  ...valueHeader,
  currentStringLength: derived(le.u16),
  currentString: string('ascii', 'currentStringLength'),
});

export const integerValue = struct('integer value', { ...valueHeader, currentValue: le.u64 });

const valueCases = {
  [ATTRIBUTE_TYPE.enumeration]: enumerationValue,
  [ATTRIBUTE_TYPE.string]: stringValue,
  [ATTRIBUTE_TYPE.password]: stringValue,
  [ATTRIBUTE_TYPE.integer]: integerValue,
  [ATTRIBUTE_TYPE.enumerationReadOnly]: enumerationValue,
  [ATTRIBUTE_TYPE.stringReadOnly]: stringValue,
  [ATTRIBUTE_TYPE.passwordReadOnly]: stringValue,
  [ATTRIBUTE_TYPE.integerReadOnly]: integerValue,
} as const;

/** Also the attributeData of the value commands. */
export const attributeValueEntry = tagged(struct('value', valueHeader), 'attributeType', valueCases);

export type StringEntry = Fields<typeof stringEntry>;
export type StringEntryInput = Input<typeof stringEntry>;
export type EnumerationAttribute = Fields<typeof enumerationAttribute>;
export type StringAttribute = Fields<typeof stringAttribute>;
export type IntegerAttribute = Fields<typeof integerAttribute>;
export type AttributeEntry = EnumerationAttribute | StringAttribute | IntegerAttribute;
export type AttributeEntryInput =
  | Input<typeof enumerationAttribute>
  | Input<typeof stringAttribute>
  | Input<typeof integerAttribute>;
export type EnumerationValue = Fields<typeof enumerationValue>;
export type StringValue = Fields<typeof stringValue>;
export type IntegerValue = Fields<typeof integerValue>;
export type AttributeValue = EnumerationValue | StringValue | IntegerValue;
export type AttributeValueInput =
  | Input<typeof enumerationValue>
  | Input<typeof stringValue>
  | Input<typeof integerValue>;

/** The type without the read-only bit. */
export function baseType(type: number): number {
  return type & ~READ_ONLY;
}

export function isReadOnly(type: number): boolean {
  return (type & READ_ONLY) !== 0;
}

export type EntryCodec = AnyCodec;

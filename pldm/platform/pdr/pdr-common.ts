/** What every PDR begins with, and the parts that several kinds share (DSP0248 §28). */

import {
  type AnyCodec,
  type Codec,
  constant,
  derived,
  le,
  list,
  type Members,
  nulString,
  restSize,
  type Struct,
  struct,
  u8,
  withDefault,
} from '../../../stack/codec/index.js';
import { entityTypeName } from '../entity-types.js';

/** Bytes of the common header. */
export const PDR_HEADER_SIZE = 10;

export const PDR_TYPE = {
  terminusLocator: 1,
  numericSensor: 2,
  numericSensorInitialization: 3,
  stateSensor: 4,
  stateSensorInitialization: 5,
  sensorAuxiliaryNames: 6,
  oemUnit: 7,
  oemStateSet: 8,
  numericEffecter: 9,
  numericEffecterInitialization: 10,
  stateEffecter: 11,
  stateEffecterInitialization: 12,
  effecterAuxiliaryNames: 13,
  effecterOemSemantic: 14,
  entityAssociation: 15,
  entityAuxiliaryNames: 16,
  oemEntityId: 17,
  interruptAssociation: 18,
  pldmEventLog: 19,
  fruRecordSet: 20,
  compactNumericSensor: 21,
  redfishResource: 22,
  redfishEntityAssociation: 23,
  redfishAction: 24,
  fileDescriptor: 30,
  oemDevice: 126,
  oem: 127,
} as const;

const NAMES = new Map<number, string>(Object.entries(PDR_TYPE).map(([name, type]) => [type, name]));

/** "numericSensor", "PDR type 99". */
export function pdrTypeName(type: number): string {
  return NAMES.get(type) ?? `PDR type ${type}`;
}

/** Bytes behind the known fields, up to dataLength, are skipped: later versions and some peers have them. */
function header<T extends AnyCodec>(pdrType: T) {
  return {
    recordHandle: le.u32,
    pdrHeaderVersion: withDefault(u8, 1),
    pdrType,
    recordChangeNumber: withDefault(le.u16, 0),
    dataLength: restSize(le.u16, { trailing: 'ignore' }),
  } as const;
}

/** The common header alone. */
export const pdrHeader = struct('PDR header', {
  recordHandle: le.u32,
  pdrHeaderVersion: withDefault(u8, 1),
  pdrType: u8.words(pdrTypeName),
  recordChangeNumber: withDefault(le.u16, 0),
  dataLength: le.u16,
});

type Header<N extends number> = ReturnType<typeof header<Codec<N, N | undefined>>>;

/** `pdr('fruRecordSet', { ... })`: header and body; the type need not be given when encoding. */
export function pdr<const K extends keyof typeof PDR_TYPE, const M extends Members>(
  name: K,
  body: M,
): Struct<Header<(typeof PDR_TYPE)[K]> & M> {
  type N = (typeof PDR_TYPE)[K];
  const type = constant(u8.words(pdrTypeName), PDR_TYPE[name]) as unknown as Codec<N, N | undefined>;
  return struct(`${name} PDR`, { ...header(type), ...body });
}

/** A PDR of any other kind: its body as bytes. */
export function opaquePdr<const M extends Members>(body: M): Struct<ReturnType<typeof header<typeof u8>> & M> {
  return struct('PDR', { ...header(u8.words(pdrTypeName)), ...body });
}

/** Which thing a PDR is about; containerId 0 is the system. Spread into a body. */
export const entityFields = {
  entityType: le.u16.words(entityTypeName),
  entityInstanceNumber: le.u16,
  containerId: le.u16,
} as const;
export const entity = struct('entity', entityFields);

/** Names in languages: the tag is ASCII ("en"), the name UTF-16 big-endian. */
export function namesAs<const F extends string>(field: F) {
  const name = struct('name', { nameLanguageTag: nulString('ascii'), [field]: nulString('utf16be') } as {
    readonly nameLanguageTag: ReturnType<typeof nulString>;
  } & { readonly [K in F]: ReturnType<typeof nulString> });
  return list(name, { count: 'nameStringCount' });
}

export const nameStringCount = derived(u8);

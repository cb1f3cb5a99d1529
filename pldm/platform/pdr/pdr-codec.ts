/** Every kind of platform descriptor record: by type number, decoded and encoded whole. */

import { type AnyCodec, decode, encode, type Fields, type Input, tagged } from '../../../stack/codec/index.js';
import { effecterAuxiliaryNamesPdr, numericEffecterPdr, stateEffecterPdr } from './effecter-pdrs.js';
import {
  entityAssociationPdr,
  entityAuxiliaryNamesPdr,
  fileDescriptorPdr,
  fruRecordSetPdr,
  terminusLocatorPdr,
} from './entity-pdrs.js';
import { oemDevicePdr, oemPdr, oemStateSetPdr, oemUnitPdr, otherPdr, redfishResourcePdr } from './oem-pdrs.js';
import { PDR_TYPE, pdrHeader, pdrTypeName } from './pdr-common.js';
import {
  compactNumericSensorPdr,
  numericSensorInitializationPdr,
  numericSensorPdr,
  sensorAuxiliaryNamesPdr,
  stateSensorInitializationPdr,
  stateSensorPdr,
} from './sensor-pdrs.js';

/** By PDR type. Types that are not here decode with their body as bytes. */
export const PDR_CODECS = {
  [PDR_TYPE.terminusLocator]: terminusLocatorPdr,
  [PDR_TYPE.numericSensor]: numericSensorPdr,
  [PDR_TYPE.numericSensorInitialization]: numericSensorInitializationPdr,
  [PDR_TYPE.stateSensor]: stateSensorPdr,
  [PDR_TYPE.stateSensorInitialization]: stateSensorInitializationPdr,
  [PDR_TYPE.sensorAuxiliaryNames]: sensorAuxiliaryNamesPdr,
  [PDR_TYPE.oemUnit]: oemUnitPdr,
  [PDR_TYPE.oemStateSet]: oemStateSetPdr,
  [PDR_TYPE.numericEffecter]: numericEffecterPdr,
  [PDR_TYPE.stateEffecter]: stateEffecterPdr,
  [PDR_TYPE.effecterAuxiliaryNames]: effecterAuxiliaryNamesPdr,
  [PDR_TYPE.entityAssociation]: entityAssociationPdr,
  [PDR_TYPE.entityAuxiliaryNames]: entityAuxiliaryNamesPdr,
  [PDR_TYPE.fruRecordSet]: fruRecordSetPdr,
  [PDR_TYPE.compactNumericSensor]: compactNumericSensorPdr,
  [PDR_TYPE.redfishResource]: redfishResourcePdr,
  [PDR_TYPE.fileDescriptor]: fileDescriptorPdr,
  [PDR_TYPE.oemDevice]: oemDevicePdr,
  [PDR_TYPE.oem]: oemPdr,
} as const;
type Codecs = typeof PDR_CODECS;
export type KnownPdrType = keyof Codecs;

/** The fields of a PDR of one type: `PdrOf<typeof PDR_TYPE.numericSensor>`. */
export type PdrOf<T extends KnownPdrType> = Fields<Codecs[T]>;
/** What it is encoded from. */
export type PdrInput<T extends KnownPdrType> = Input<Codecs[T]>;
export type OtherPdr = Fields<typeof otherPdr>;
/** A PDR of any type; `isPdr` narrows it. */
export type Pdr = { [T in KnownPdrType]: PdrOf<T> }[KnownPdrType] | OtherPdr;

export type NumericSensorPdr = PdrOf<typeof PDR_TYPE.numericSensor>;
export type CompactNumericSensorPdr = PdrOf<typeof PDR_TYPE.compactNumericSensor>;
export type StateSensorPdr = PdrOf<typeof PDR_TYPE.stateSensor>;
export type NumericEffecterPdr = PdrOf<typeof PDR_TYPE.numericEffecter>;
export type StateEffecterPdr = PdrOf<typeof PDR_TYPE.stateEffecter>;
export type EntityAssociationPdr = PdrOf<typeof PDR_TYPE.entityAssociation>;
export type OemUnitPdr = PdrOf<typeof PDR_TYPE.oemUnit>;
export type OemStateSetPdr = PdrOf<typeof PDR_TYPE.oemStateSet>;
export type FileDescriptorPdr = PdrOf<typeof PDR_TYPE.fileDescriptor>;

/** Any PDR: header first, then by pdrType. */
export const pdrCodec: AnyCodec = tagged(pdrHeader, 'pdrType', PDR_CODECS, otherPdr);

/** The codec of one type. */
export function pdrCodecOf(pdrType: number): AnyCodec {
  return (PDR_CODECS as Readonly<Record<number, AnyCodec>>)[pdrType] ?? otherPdr;
}

/** A whole record, common header included. @throws CodecError */
export function decodePdr(record: Uint8Array): Pdr {
  return decode(pdrCodec, record, { what: 'PDR' }) as Pdr;
}

/**
 *     encodePdr(PDR_TYPE.fruRecordSet, { recordHandle: 5, pldmTerminusHandle: 1, fruRecordSetIdentifier: 1, ... })
 *
 * @throws MctpError EINVAL naming the field
 */
export function encodePdr<T extends KnownPdrType>(pdrType: T, fields: PdrInput<T>): Uint8Array {
  return encode(pdrCodecOf(pdrType), fields as never, `${pdrTypeName(pdrType)} PDR`);
}

/** Narrow a PDR to one type. */
export function isPdr<T extends KnownPdrType>(pdr: Pdr, pdrType: T): pdr is PdrOf<T> & Pdr {
  return pdr.pdrType === pdrType;
}

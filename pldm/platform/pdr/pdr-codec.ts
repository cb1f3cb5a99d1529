/** Every kind of platform descriptor record: by type number, decoded and encoded whole. */

import { type AnyCodec, decode, encode, type Fields, type Input, tagged, toHex } from '../../../stack/codec/index.js';
import { effecterAuxiliaryNamesPdr, numericEffecterPdr, stateEffecterPdr } from './effecter-pdrs.js';
import {
  entityAssociationPdr,
  entityAuxiliaryNamesPdr,
  fileDescriptorPdr,
  fruRecordSetPdr,
  terminusLocatorPdr,
} from './entity-pdrs.js';
import {
  oemDevicePdr,
  oemPdr,
  oemStateSetPdr,
  oemUnitPdr,
  otherPdr,
  redfishActionPdr,
  redfishResourcePdr,
} from './oem-pdrs.js';
import { PDR_HEADER_SIZE, PDR_TYPE, pdrHeader, pdrTypeName } from './pdr-common.js';
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
  [PDR_TYPE.redfishAction]: redfishActionPdr,
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

/** A record, and what is strange about its bytes. */
export interface ReadPdr {
  readonly pdr: Pdr;
  /** Sentences such as "3 bytes behind the record: 000000"; mostly none. */
  readonly remarks: readonly string[];
}

/**
 * A whole record as peers send it: it is read to its dataLength, and to the last field that its type has. What else there
 * is, is a remark.
 * @throws CodecError
 */
export function readPdr(record: Uint8Array): ReadPdr {
  const own = ownBytes(record);
  const remarks: string[] = [];
  const pdr = decode(pdrCodec, own, {
    what: 'PDR',
    surplus: (start, end) => remarks.push(surplusText(own, start, end, 'behind the last field')),
  }) as Pdr;
  if (own.length < record.length)
    remarks.push(surplusText(record, own.length, record.length, 'behind the end that dataLength gives'));
  return { pdr, remarks };
}

/** The bytes of a record up to the end that its dataLength gives; a view. */
export function ownBytes(record: Uint8Array): Uint8Array {
  if (record.length < PDR_HEADER_SIZE) return record;
  const dataLength = record[PDR_HEADER_SIZE - 2]! | (record[PDR_HEADER_SIZE - 1]! << 8);
  return record.subarray(0, PDR_HEADER_SIZE + dataLength);
}

const MOST_SHOWN = 16;

function surplusText(bytes: Uint8Array, start: number, end: number, where: string): string {
  const shown = toHex(bytes, start, Math.min(end, start + MOST_SHOWN));
  const count = end - start;
  return `${count === 1 ? '1 byte' : `${count} bytes`} ${where}: ${shown}${count > MOST_SHOWN ? '..' : ''}`;
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

/** PDRs about entities and termini (DSP0248 §28.3, §28.17-28.18, §28.22) and file descriptors (DSP0242 §10). */

import { bytes, derived, enumOf, le, list, string, u8, ver32, when } from '../../../stack/codec/index.js';
import { entity, entityFields, nameStringCount, namesAs, pdr } from './pdr-common.js';

export const TERMINUS_LOCATOR_TYPE = { uid: 0, mctpEid: 1, smbusRelative: 2, systemSoftware: 3 } as const;

/** The value of an mctpEid locator is the EID, one byte. */
export const terminusLocatorPdr = pdr('terminusLocator', {
  pldmTerminusHandle: le.u16,
  validity: enumOf(u8, { notValid: 0, valid: 1 }),
  tid: u8,
  containerId: le.u16,
  terminusLocatorType: enumOf(u8, TERMINUS_LOCATOR_TYPE),
  terminusLocatorValueSize: derived(u8),
  terminusLocatorValue: bytes('terminusLocatorValueSize'),
});

/** containerId is the id that this PDR defines. Several PDRs may share one. */
export const entityAssociationPdr = pdr('entityAssociation', {
  containerId: le.u16,
  associationType: enumOf(u8, { physicalToPhysical: 0, logical: 1 }),
  containerEntity: entity,
  containedEntityCount: derived(u8),
  containedEntities: list(entity, { count: 'containedEntityCount' }),
});

/** sharedNameCount n: the names hold for n more instances, each with its number appended. */
export const entityAuxiliaryNamesPdr = pdr('entityAuxiliaryNames', {
  ...entityFields,
  sharedNameCount: u8,
  nameStringCount,
  names: namesAs('entityAuxName'),
});

export const fruRecordSetPdr = pdr('fruRecordSet', {
  pldmTerminusHandle: le.u16,
  fruRecordSetIdentifier: le.u16,
  ...entityFields,
});

export const FILE_CLASSIFICATION = {
  oem: 0,
  bootLog: 1,
  serialTxFifo: 2,
  serialRxFifo: 3,
  diagnosticLog: 4,
  crashDump: 5,
  securityLog: 6,
  fruDataFile: 7,
  telemetryDataFile: 8,
  telemetryDataLog: 9,
  otherLog: 0xfd,
  otherFile: 0xfe,
  directory: 0xff,
} as const;

const isOem = (classification: number) => classification !== 0;

/** superiorDirectoryFileIdentifier 0: the root. Name lengths count the terminator. */
export const fileDescriptorPdr = pdr('fileDescriptor', {
  pldmTerminusHandle: le.u16,
  fileIdentifier: le.u16,
  ...entityFields,
  superiorDirectoryFileIdentifier: le.u16,
  fileClassification: enumOf(u8, FILE_CLASSIFICATION),
  oemFileClassification: u8,
  fileCapabilities: le.u16.asHex(),
  fileVersion: ver32,
  fileMaximumSize: le.u32.unit('bytes'),
  fileMaximumFileDescriptorCount: u8,
  fileNameLength: derived(u8),
  fileName: string('utf8', 'fileNameLength', { nul: true }),
  oemFileClassificationNameLength: when('oemFileClassification', isOem, derived(u8)),
  oemFileClassificationName: when(
    'oemFileClassification',
    isOem,
    string('utf8', 'oemFileClassificationNameLength', { nul: true }),
  ),
});

/** Checks of what a firmware device says of itself in every state: identifiers, parameters, status (DSP0267 §11). */

import { FD_STATE } from '../../../pldm/firmware/firmware-enums.js';
import { GetFirmwareParameters, QueryDeviceIdentifiers } from '../../../pldm/firmware/inventory-commands.js';
import { GetStatus } from '../../../pldm/firmware/update-commands.js';
import { hexNumber } from '../../../stack/util/text.js';
import type { CheckDeclaration } from '../declaration.js';
import { inconclusive, must, notApplicable } from '../finding.js';
import type { Probe } from '../probe.js';
import { answersWithSuccess } from './answers-with-success.js';
import { codeName } from './control-steps.js';
import { type Component, identifiers, parameters, status } from './firmware-steps.js';
import { DATA_AT, pldmSuccess, pldmSuccessByte } from './pldm-steps.js';

const STATUS_BYTES = 10;
const NO_PROGRESS = 101;
/** Where the first component of the conforming device begins in the data of GetFirmwareParameters. */
const FIRST = 10 + '1.4.2'.length;
const LENGTHS: Readonly<Record<number, number>> = {
  0: 2,
  1: 4,
  2: 16,
  3: 3,
  4: 4,
  5: 3,
  6: 8,
  256: 2,
  257: 2,
  258: 2,
  259: 1,
  260: 4,
  261: 4,
  262: 40,
  263: 10,
  264: 16,
  265: 4,
  266: 8,
  267: 2,
};
const LAST_VENDOR = 0x0006;

const answered = (
  id: string,
  command: typeof QueryDeviceIdentifiers | typeof GetFirmwareParameters | typeof GetStatus,
): CheckDeclaration =>
  answersWithSuccess({
    id,
    command,
    clause: `DSP0267 §11, ${command.name}`,
    why: 'every firmware device has the command, in every state',
  });

async function components(probe: Probe): Promise<readonly Component[]> {
  const { components: all, left } = await parameters(probe);
  if (left !== 0) inconclusive('the components do not fit the answer');
  return all.length === 0 ? notApplicable('the device has no component') : all;
}

/** A component's byte of GetFirmwareParameters is another one. */
const componentByte = (at: number, value: number) => pldmSuccessByte(GetFirmwareParameters, FIRST + at, () => value);
const ids = { clause: 'DSP0267 §11, QueryDeviceIdentifiers', level: 'mandatory' } as const;
const params = { clause: 'DSP0267 §11, GetFirmwareParameters', level: 'mandatory' } as const;
const ofStatus = { clause: 'DSP0267 §12, GetStatus', level: 'mandatory' } as const;

export const FIRMWARE_INVENTORY_CHECKS: readonly CheckDeclaration[] = [
  answered('PLDM-FWUP-001', QueryDeviceIdentifiers),
  answered('PLDM-FWUP-002', GetFirmwareParameters),
  answered('PLDM-FWUP-003', GetStatus),
  {
    id: 'PLDM-FWUP-004',
    ...ids,
    title: 'The length of the identifiers is that of the descriptors',
    why: 'update agents refuse an answer of another length',
    failure: 'deviceIdentifiersLength differs from the bytes of the descriptors',
    mend: 'add up types, lengths and data of all descriptors',
    mutant: () => pldmSuccessByte(QueryDeviceIdentifiers, 0, (byte) => byte + 1),
    run: async (probe) => {
      const { says, has } = await identifiers(probe);
      must(says === has, `deviceIdentifiersLength is ${says}, and ${has} bytes come`);
    },
  },
  {
    id: 'PLDM-FWUP-005',
    ...ids,
    title: 'The number of descriptors is that of those which come',
    why: 'update agents match a package by all of them',
    failure: 'descriptorCount differs from the descriptors, or the last one is cut off',
    mend: 'count the descriptors',
    mutant: () => pldmSuccessByte(QueryDeviceIdentifiers, 4, (byte) => byte + 1),
    run: async (probe) => {
      const { count, descriptors, left } = await identifiers(probe);
      must(
        count === descriptors.length && left === 0,
        `${count} announced, ${descriptors.length} come, ${left} bytes left`,
      );
    },
  },
  {
    id: 'PLDM-FWUP-006',
    ...ids,
    title: 'The first descriptor names the vendor',
    why: 'a package for another vendor must not match',
    failure: 'the first descriptor is not of type 0 to 6',
    mend: 'begin with the PCI, IANA, UUID, PnP, ACPI, IEEE or SCSI vendor',
    mutant: () => pldmSuccess(QueryDeviceIdentifiers, (payload) => payload.with(DATA_AT + 6, 0x01)),
    run: async (probe) => {
      const [first] = (await identifiers(probe)).descriptors;
      if (first === undefined) return inconclusive('there is no descriptor');
      must(first.type <= LAST_VENDOR, `the first descriptor is of type ${hexNumber(first.type, 4)}`);
    },
  },
  {
    id: 'PLDM-FWUP-007',
    ...ids,
    title: 'Descriptors have the length of their type',
    why: 'a descriptor of another length matches no package',
    failure: 'a descriptor of a known type is shorter or longer',
    mend: 'write the data in the length of DSP0267, little-endian',
    mutant: () =>
      pldmSuccess(QueryDeviceIdentifiers, (payload) => payload.with(DATA_AT + 11, 0x03).with(DATA_AT + 12, 0x01)),
    run: async (probe) => {
      for (const { type, length } of (await identifiers(probe)).descriptors) {
        const wanted = LENGTHS[type];
        const name = hexNumber(type, 4);
        must(
          wanted === undefined || length === wanted,
          `the descriptor of type ${name} has ${length} bytes, not ${wanted}`,
        );
      }
    },
  },
  {
    id: 'PLDM-FWUP-008',
    ...params,
    title: 'The number of components is that of those which come',
    why: 'update agents refuse an answer of another length',
    failure: 'componentCount and the bytes behind it do not belong together',
    mend: 'send 39 bytes and both version strings of each component',
    mutant: () => pldmSuccess(GetFirmwareParameters, (payload) => Uint8Array.of(...payload, 0)),
    run: async (probe) => {
      const { count, components: all, left } = await parameters(probe);
      must(left === 0, `${count} components are announced, ${all.length} come, ${left} bytes are left`);
    },
  },
  {
    id: 'PLDM-FWUP-009',
    ...params,
    title: 'Every component is there once',
    why: 'an image goes to one component',
    failure: 'two components have the same classification, identifier and index',
    mend: 'tell equal components apart by the index',
    mutant: () =>
      pldmSuccess(GetFirmwareParameters, (payload) => {
        const second = DATA_AT + FIRST + 39 + '1.4.2'.length;
        payload.copyWithin(second, DATA_AT + FIRST, DATA_AT + FIRST + 5);
        return payload;
      }),
    run: async (probe) => {
      const all = await components(probe);
      const keys = all.map(({ classification, identifier, index }) => `${classification}/${identifier}/${index}`);
      must(new Set(keys).size === keys.length, `a component is there twice: ${keys.join(' ')}`);
    },
  },
  {
    id: 'PLDM-FWUP-010',
    ...params,
    title: 'Version strings are of a type that the standard has',
    why: 'otherwise requesters cannot read them',
    failure: 'a version string type is above 5',
    mend: 'use 1 for ASCII',
    mutant: () => componentByte(9, 9),
    run: async (probe) => {
      const { active, pending } = await parameters(probe);
      const all = (await components(probe)).flatMap((one) => [one.active, one.pending]);
      const wrong = [active, pending, ...all].find(({ type }) => type > 5);
      must(wrong === undefined, `a version string is of type ${wrong?.type}`);
    },
  },
  {
    id: 'PLDM-FWUP-011',
    ...params,
    title: 'A component which has no pending image says so by type 0',
    why: 'update agents show what waits for activation',
    failure: 'the pending version is empty, and its type is not 0',
    mend: 'type 0 and length 0 where nothing is pending',
    mutant: () => componentByte(23, 1),
    run: async (probe) => {
      for (const { identifier, pending } of await components(probe)) {
        must(
          pending.length > 0 || pending.type === 0,
          `component ${identifier}: an empty string of type ${pending.type}`,
        );
      }
    },
  },
  {
    id: 'PLDM-FWUP-012',
    clause: params.clause,
    level: 'recommended',
    title: 'The active image set has a version',
    why: 'users see by it what runs',
    failure: 'the active version string of the device is empty',
    mend: 'give the version of the image set which runs',
    mutant: () =>
      pldmSuccess(GetFirmwareParameters, (payload) =>
        Uint8Array.of(
          ...payload.subarray(0, DATA_AT + 7).with(DATA_AT + 6, 0),
          0,
          ...payload.subarray(DATA_AT + 8, DATA_AT + 10),
          ...payload.subarray(DATA_AT + FIRST),
        ),
      ),
    run: async (probe) => {
      const { active } = await parameters(probe);
      must(active.length > 0, 'the version of the active image set is empty');
    },
  },
  {
    id: 'PLDM-FWUP-013',
    ...params,
    title: 'Release dates are eight digits, or zeros',
    why: 'update agents show them',
    failure: 'a release date has other bytes than ASCII digits',
    mend: 'write YYYYMMDD in ASCII, or eight zero bytes',
    mutant: () => componentByte(11, 0x41),
    run: async (probe) => {
      for (const { identifier, date } of await components(probe)) {
        const isDate = date.every((byte) => byte === 0) || date.every((byte) => byte >= 0x30 && byte <= 0x39);
        must(isDate, `component ${identifier} was released ${[...date].map(codeName).join(' ')}`);
      }
    },
  },
  {
    id: 'PLDM-FWUP-014',
    ...params,
    title: 'Reserved bits of the activation methods are 0',
    why: 'a later version of the standard gives them a meaning',
    failure: 'bits 15:8 of compActivationMethods are set',
    mend: 'set the bits of methods which the component has',
    mutant: () => componentByte(34, 0x80),
    run: async (probe) => {
      for (const { identifier, methods } of await components(probe)) {
        must(methods >> 8 === 0, `component ${identifier} has activation methods 0x${methods.toString(16)}`);
      }
    },
  },
  {
    id: 'PLDM-FWUP-015',
    ...ofStatus,
    title: 'The status has its ten bytes',
    why: 'update agents refuse an answer of another length',
    failure: 'bytes are missing or too many',
    mend: 'send states, aux states, progress, reason and option flags',
    mutant: () => pldmSuccess(GetStatus, (payload) => Uint8Array.of(...payload, 0)),
    run: async (probe) => {
      const { length } = await status(probe);
      must(length === STATUS_BYTES, `${length} bytes come behind the completion code`);
    },
  },
  {
    id: 'PLDM-FWUP-016',
    ...ofStatus,
    title: 'Outside of an update its aux state is 3 or 4',
    why: 'update agents wait while an operation is in progress',
    failure: 'auxState in IDLE, LEARN COMPONENTS or READY XFER says that an operation is under way or has ended',
    mend: 'say 3, or 4 after a self-contained activation that failed',
    mutant: () =>
      pldmSuccess(GetStatus, (payload) =>
        payload[DATA_AT] === FD_STATE.idle ? payload.with(DATA_AT + 2, 1) : payload,
      ),
    run: async (probe) => {
      const { state, aux } = await status(probe);
      if (state !== FD_STATE.idle) notApplicable('an update is under way');
      must(aux === 3 || aux === 4, `auxState is ${aux} in IDLE`);
    },
  },
  {
    id: 'PLDM-FWUP-017',
    ...ofStatus,
    title: 'Progress is a percentage, or not supported',
    why: 'update agents show it',
    failure: 'progressPercent is above 101',
    mend: 'say 0 to 100, or 101 where it is not known',
    mutant: () => pldmSuccessByte(GetStatus, 4, () => 0xc8),
    run: async (probe) => {
      const { progress } = await status(probe);
      must(progress <= NO_PROGRESS, `progressPercent is ${progress}`);
    },
  },
  {
    id: 'PLDM-FWUP-018',
    ...ofStatus,
    title: 'The reason for being in IDLE is one that the standard has',
    why: 'update agents see by it how the last update ended',
    failure: 'reasonCode is neither 0 to 7 nor from 200 on',
    mend: 'use 200 to 255 for reasons of your own',
    mutant: () =>
      pldmSuccess(GetStatus, (payload) => (payload[DATA_AT + 5] === 0 ? payload.with(DATA_AT + 5, 0x64) : payload)),
    run: async (probe) => {
      const { reason } = await status(probe);
      must(reason <= 7 || reason >= 200, `reasonCode is ${reason}`);
    },
  },
];

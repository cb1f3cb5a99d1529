/** Type 0: messaging control and discovery (DSP0240). Its multipart commands are in multipart.ts. */

import { computed, encode, le, list, range, struct, u8, ver32, when } from '../../stack/codec/index.js';
import { crc32 } from './crc.js';
import { commandsOf } from './pldm-command.js';
import { PLDM_TYPE } from './pldm-types.js';
import { bitfield, transferFlag, transferOperationFlag } from './shared-fields.js';

const declare = commandsOf(PLDM_TYPE.base, 'DSP0240 §9');

export const SetTID = declare({
  name: 'SetTID',
  code: 0x01,
  request: { tid: range(u8, 0x01, 0xfe) },
  response: {},
});

/** tid 0: not assigned yet. */
export const GetTID = declare({
  name: 'GetTID',
  code: 0x02,
  request: {},
  response: { tid: u8 },
  idempotent: true,
});

const versionList = list(ver32);
/** The checksum behind the last part of the list. */
const CRC_BYTES = 4;

/** CRC-32 over the wire bytes of all versions, as GetPLDMVersion ends with. */
export function versionsCrc(versions: readonly string[]): number {
  return crc32(encode(versionList, versions));
}

const isLastPart = [transferFlag.names.end, transferFlag.names.startAndEnd];

export const VERSION_CODES = {
  INVALID_DATA_TRANSFER_HANDLE: 0x80,
  INVALID_TRANSFER_OPERATION_FLAG: 0x81,
  INVALID_PLDM_TYPE_IN_REQUEST_DATA: 0x83,
} as const;
export const TYPE_AND_VERSION_CODES = {
  INVALID_PLDM_TYPE_IN_REQUEST_DATA: 0x83,
  INVALID_PLDM_VERSION_IN_REQUEST_DATA: 0x84,
} as const;

/** The checksum covers the versions of all parts; with one part it is checked here. */
export const GetPLDMVersion = declare({
  name: 'GetPLDMVersion',
  code: 0x03,
  request: { dataTransferHandle: le.u32, transferOperationFlag, pldmType: u8 },
  response: struct(
    'GetPLDMVersion',
    {
      nextDataTransferHandle: le.u32,
      transferFlag,
      versions: list(ver32, {
        leaving: (earlier) => (isLastPart.includes(earlier.number('transferFlag') as 4) ? CRC_BYTES : 0),
      }),
      crc32: when(
        'transferFlag',
        isLastPart,
        computed(le.u32.asHex(), (earlier) => crc32(earlier.bytes('versions')), { check: false }),
      ),
    },
    {
      rules: [
        ({ transferFlag: flag, versions, crc32: crc }) =>
          flag !== transferFlag.names.startAndEnd || crc === undefined || crc === versionsCrc(versions)
            ? undefined
            : 'crc32 does not match the versions',
      ],
    },
  ),
  completionCodes: VERSION_CODES,
  idempotent: true,
});

/** Bit n is PLDM type n; see `bitfieldNumbers`. */
export const GetPLDMTypes = declare({
  name: 'GetPLDMTypes',
  code: 0x04,
  request: {},
  response: { pldmTypes: bitfield(8) },
  idempotent: true,
});

/** Bit n is command n of the type, in that version of it. */
export const GetPLDMCommands = declare({
  name: 'GetPLDMCommands',
  code: 0x05,
  request: { pldmType: u8, version: ver32 },
  response: { pldmCommands: bitfield(32) },
  completionCodes: TYPE_AND_VERSION_CODES,
  idempotent: true,
});

export const SelectPLDMVersion = declare({
  name: 'SelectPLDMVersion',
  code: 0x06,
  request: { pldmType: u8, version: ver32 },
  response: {},
  completionCodes: TYPE_AND_VERSION_CODES,
});

/** Part sizes in bytes, at least 256; both sides then use the smaller one for the types both of them name. */
export const NegotiateTransferParameters = declare({
  name: 'NegotiateTransferParameters',
  code: 0x07,
  request: { requesterPartSize: le.u16, requesterProtocolSupport: bitfield(8) },
  response: { responderPartSize: le.u16, responderProtocolSupport: bitfield(8) },
  idempotent: true,
});

/** DSP0240 1.2: bit n is command n of the type, which moves by multipart. Its layout is unverified. */
export const GetMultipartTransferSupport = declare({
  name: 'GetMultipartTransferSupport',
  code: 0x0a,
  request: { pldmType: u8, version: ver32 },
  response: { pldmCommands: bitfield(32) },
  idempotent: true,
});

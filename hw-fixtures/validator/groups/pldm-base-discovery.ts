/** Checks of TID, types and versions of a terminus (DSP0240 §9). */

import {
  GetPLDMCommands,
  GetPLDMTypes,
  GetPLDMVersion,
  GetTID,
  SetTID,
  VERSION_CODES,
} from '../../../pldm/base/base-commands.js';
import { crc32 } from '../../../pldm/base/crc.js';
import { COMPLETION } from '../../../pldm/base/pldm-completion-codes.js';
import { PLDM_TYPE } from '../../../pldm/base/pldm-types.js';
import { rewriteAnswer } from '../../bench/device/rewrites.js';
import type { CheckDeclaration } from '../declaration.js';
import { inconclusive, must, notApplicable } from '../finding.js';
import { codeName } from './control-steps.js';
import {
  answersWell,
  CRC_BYTES,
  hex32,
  isWhole,
  OTHER_TID,
  UNKNOWN_TYPE,
  VERSIONS_AT,
  withVersionByte,
} from './pldm-discovery-steps.js';
import {
  announces,
  CODE_AT,
  le32,
  OK,
  pldm,
  pldmData,
  pldmMandatory,
  pldmSuccess,
  pldmSuccessByte,
  pldmTypes,
  refuses,
  requestOf,
  u32At,
  versionData,
  versionRequest,
} from './pldm-steps.js';
import { bcdFault } from './pldm-versions.js';

export const PLDM_DISCOVERY_CHECKS: readonly CheckDeclaration[] = [
  answersWell('PLDM-BASE-025', GetTID),
  answersWell('PLDM-BASE-026', GetPLDMTypes),
  answersWell('PLDM-BASE-027', GetPLDMVersion, versionRequest(PLDM_TYPE.base)),
  {
    id: 'PLDM-BASE-028',
    clause: 'DSP0240 §9, GetPLDMCommands',
    level: 'mandatory',
    title: 'It answers GetPLDMCommands for the versions which it names',
    why: 'every terminus has the command, and requesters learn by it what they may ask',
    failure: 'the command is not answered or refused, for a type and version that the device names itself',
    mend: 'support the command for every type and every version of GetPLDMVersion',
    mutant: () =>
      pldmSuccess(GetPLDMCommands, (payload, request) =>
        request[3] === PLDM_TYPE.platform ? Uint8Array.of(...payload.subarray(0, CODE_AT), COMPLETION.ERROR) : payload,
      ),
    run: async (probe) => {
      for (const type of await pldmTypes(probe)) {
        const versions = await versionData(probe, type);
        for (let at = VERSIONS_AT; at + 4 + CRC_BYTES <= versions.length; at += 4) {
          const version = versions.subarray(at, at + 4);
          if (bcdFault(version) !== undefined) continue;
          const { code } = await pldmMandatory(probe, GetPLDMCommands, [type, ...version]);
          must(code === OK, `the commands of type ${type} are refused with ${codeName(code)}`);
        }
      }
    },
  },
  {
    id: 'PLDM-BASE-029',
    clause: 'DSP0240 §9, GetTID',
    level: 'mandatory',
    title: 'Its TID is not the reserved one',
    why: '0xff belongs to no terminus',
    failure: 'GetTID says 0xff',
    mend: 'answer 0 while no TID is assigned, and 1 to 0xfe afterwards',
    mutant: () => pldmSuccessByte(GetTID, 0, () => 0xff),
    run: async (probe) => {
      const [tid] = await pldmData(probe, GetTID);
      must(tid !== 0xff, 'the TID is 0xff');
    },
  },
  refuses(
    {
      id: 'PLDM-BASE-030',
      clause: 'DSP0240 §9, SetTID',
      level: 'conditional',
      condition: 'when it supports SetTID',
      title: 'It refuses TID 0',
      why: '0 means that no TID is assigned',
      failure: 'SetTID with 0 is accepted, or answered with another error',
      mend: 'accept 1 to 0xfe only, and answer ERROR_INVALID_DATA to the others',
    },
    { command: SetTID, body: [0x00], codes: [COMPLETION.ERROR_INVALID_DATA] },
  ),
  refuses(
    {
      id: 'PLDM-BASE-031',
      clause: 'DSP0240 §9, SetTID',
      level: 'conditional',
      condition: 'when it supports SetTID',
      title: 'It refuses the reserved TID',
      why: '0xff belongs to no terminus',
      failure: 'SetTID with 0xff is accepted, or answered with another error',
      mend: 'accept 1 to 0xfe only, and answer ERROR_INVALID_DATA to the others',
    },
    { command: SetTID, body: [0xff], codes: [COMPLETION.ERROR_INVALID_DATA] },
  ),
  {
    id: 'PLDM-BASE-032',
    clause: 'DSP0240 §9, SetTID',
    level: 'conditional',
    condition: 'when it supports SetTID, and has a TID which can be put back',
    title: 'It takes the TID that it is given, and says so',
    why: 'the discovery agent tells termini apart by it',
    failure: 'SetTID is refused, or GetTID goes on with another TID',
    mend: 'take every TID from 1 to 0xfe, and use it from then on',
    mutant: () =>
      rewriteAnswer(requestOf(SetTID), (payload, request) =>
        payload[CODE_AT] === OK && request.payload[3] === OTHER_TID ? payload.with(CODE_AT, COMPLETION.ERROR) : payload,
      ),
    run: async (probe) => {
      await announces(probe, SetTID);
      const [tid = 0] = await pldmData(probe, GetTID);
      if (tid === 0 || tid === 0xff) notApplicable('the device has no TID, which could be put back');
      const other = tid === OTHER_TID ? OTHER_TID - 1 : OTHER_TID;
      probe.restore(async () => {
        await pldm(probe, SetTID, [tid]);
      });
      const { code } = await pldm(probe, SetTID, [other]);
      must(code === OK, `SetTID ${other} is answered with ${codeName(code)}`);
      const [now] = await pldmData(probe, GetTID);
      must(now === other, `TID ${other} was given, and GetTID says ${now}`);
    },
  },
  {
    id: 'PLDM-BASE-033',
    clause: 'DSP0240 §9, GetPLDMTypes',
    level: 'mandatory',
    title: 'The answer to GetPLDMTypes has eight bytes',
    why: 'requesters refuse an answer of another length',
    failure: 'bytes are missing or too many',
    mend: 'send a bit for each of 64 types',
    mutant: () => pldmSuccess(GetPLDMTypes, (payload) => Uint8Array.of(...payload, 0)),
    run: async (probe) => {
      const data = await pldmData(probe, GetPLDMTypes);
      must(data.length === 8, `the answer has ${data.length} bytes behind the completion code, not 8`);
    },
  },
  {
    id: 'PLDM-BASE-034',
    clause: 'DSP0240 §9, GetPLDMTypes',
    level: 'mandatory',
    title: 'It lists type 0',
    why: 'every terminus speaks it, and requesters ask for the versions of what is listed',
    failure: 'bit 0 of the first byte is 0',
    mend: 'set bit 0 of the first byte',
    mutant: () => pldmSuccessByte(GetPLDMTypes, 0, (byte) => byte & 0xfe),
    run: async (probe) => {
      must((await pldmTypes(probe)).includes(PLDM_TYPE.base), 'type 0 is not listed');
    },
  },
  {
    id: 'PLDM-BASE-035',
    clause: 'DSP0245 table 1',
    level: 'recommended',
    title: 'It lists no reserved types',
    why: 'what they are later is not what the device speaks now',
    failure: 'a bit is set for a type that DSP0245 reserves',
    mend: 'set the bits of the types that are spoken, and no others',
    mutant: () => pldmSuccessByte(GetPLDMTypes, 6, (byte) => byte | 0x04),
    run: async (probe) => {
      const reserved = (await pldmTypes(probe)).filter((type) => type > PLDM_TYPE.fileTransfer && type < PLDM_TYPE.oem);
      must(reserved.length === 0, `reserved types are listed: ${reserved.join(', ')}`);
    },
  },
  {
    id: 'PLDM-BASE-036',
    clause: 'DSP0240 §9, GetPLDMVersion',
    level: 'mandatory',
    title: 'Every type which it lists has versions',
    why: 'requesters choose by the version what they may send',
    failure: 'GetPLDMVersion refuses a type that GetPLDMTypes lists, or answers with no version',
    mend: 'answer GetPLDMVersion for every listed type',
    mutant: () => pldmSuccessByte(GetPLDMTypes, 0, (byte) => byte | 0x02),
    run: async (probe) => {
      for (const type of (await pldmTypes(probe)).filter((one) => one <= PLDM_TYPE.fileTransfer)) {
        const { code, data } = await pldm(probe, GetPLDMVersion, versionRequest(type));
        const isRefused = code === VERSION_CODES.INVALID_PLDM_TYPE_IN_REQUEST_DATA;
        must(!isRefused, `type ${type} is listed, and its versions are refused with ${codeName(code)}`);
        must(code !== OK || data.length >= VERSIONS_AT + 4 + CRC_BYTES, `type ${type} has no version`);
      }
    },
  },
  {
    id: 'PLDM-BASE-037',
    clause: 'DSP0240 §9, GetPLDMVersion',
    level: 'mandatory',
    title: 'The versions end in their CRC-32',
    why: 'requesters drop what is damaged',
    failure: 'the last four bytes are not the CRC-32 of the versions before them',
    mend: 'CRC-32 of all versions, polynomial 0xedb88320, little-endian, once, behind the last',
    mutant: () => pldmSuccessByte(GetPLDMVersion, -1, (byte) => byte ^ 0x01),
    run: async (probe) => {
      const data = await pldmData(probe, GetPLDMVersion, versionRequest(PLDM_TYPE.base));
      if (!isWhole(data)) inconclusive('the versions come in parts');
      const end = data.length - CRC_BYTES;
      const crc = crc32(data, VERSIONS_AT, end);
      must(u32At(data, end) === crc, `the checksum is ${hex32(u32At(data, end))}, and should be ${hex32(crc)}`);
    },
  },
  {
    id: 'PLDM-BASE-038',
    clause: 'DSP0240 §9, GetPLDMVersion',
    level: 'mandatory',
    title: 'Versions are four bytes each',
    why: 'requesters cannot tell where a version ends otherwise',
    failure: 'the length of the versions is not a multiple of 4',
    mend: 'send alpha, update, minor and major of every version, and the checksum behind them',
    mutant: () =>
      pldmSuccess(GetPLDMVersion, (payload) =>
        Uint8Array.of(...payload.subarray(0, -CRC_BYTES), 0, ...payload.subarray(-CRC_BYTES)),
      ),
    run: async (probe) => {
      const data = await pldmData(probe, GetPLDMVersion, versionRequest(PLDM_TYPE.base));
      const length = data.length - VERSIONS_AT;
      must(length % 4 === 0, `versions and checksum have ${length} bytes`);
    },
  },
  {
    id: 'PLDM-BASE-039',
    clause: 'DSP0240 §9, GetPLDMVersion',
    level: 'mandatory',
    title: 'A list of versions in one part is marked as such',
    why: 'a requester asks for a next part which is not there',
    failure: 'transferFlag is none of Start, Middle, End, StartAndEnd, or a last part has a handle for a next one',
    mend: 'transferFlag 5 with handle 0 when everything is in one part',
    mutant: () => pldmSuccessByte(GetPLDMVersion, 0, () => 0x01),
    run: async (probe) => {
      const data = await pldmData(probe, GetPLDMVersion, versionRequest(PLDM_TYPE.base));
      const flag = data[4]!;
      must([1, 5].includes(flag), `transferFlag of the first part is ${flag}`);
      must(flag !== 5 || u32At(data, 0) === 0, `the only part has a handle for a next one: ${hex32(u32At(data, 0))}`);
      must(flag !== 1 || u32At(data, 0) !== 0, 'the first of several parts has no handle for the next one');
    },
  },
  {
    id: 'PLDM-BASE-040',
    clause: 'DSP0240 §9, GetPLDMVersion',
    level: 'mandatory',
    title: 'Versions are numbers in the form of the standard',
    why: 'a version that is not a number compares with nothing',
    failure: 'major, minor or update are neither two BCD digits nor one behind 0xf',
    mend: 'write 0xf1 for 1; the update byte may be 0xff, the alpha byte is 0 or a letter',
    mutant: () =>
      pldmSuccess(GetPLDMVersion, (payload) =>
        // Of the last version, and its checksum: versions are asked for by the first.
        withVersionByte(payload, 0x1b),
      ),
    run: async (probe) => {
      for (const type of await pldmTypes(probe)) {
        const data = await versionData(probe, type);
        for (let at = VERSIONS_AT; at + 4 + CRC_BYTES <= data.length; at += 4) {
          const fault = bcdFault(data.subarray(at, at + 4));
          must(fault === undefined, `type ${type}: ${fault}`);
        }
      }
    },
  },
  refuses(
    {
      id: 'PLDM-BASE-041',
      clause: 'DSP0240 §9, GetPLDMVersion',
      title: 'It refuses the versions of a type which it does not speak',
      why: 'a requester takes a type with versions for one that is spoken',
      failure: 'GetPLDMVersion for a reserved type is not answered with 0x83',
      mend: 'answer INVALID_PLDM_TYPE_IN_REQUEST_DATA for types that are not listed',
    },
    {
      command: GetPLDMVersion,
      body: versionRequest(UNKNOWN_TYPE),
      codes: [VERSION_CODES.INVALID_PLDM_TYPE_IN_REQUEST_DATA],
    },
  ),
  refuses(
    {
      id: 'PLDM-BASE-042',
      clause: 'DSP0240 §9, GetPLDMVersion',
      title: 'It refuses a transfer operation which is none',
      why: 'only first part and next part mean something',
      failure: 'a transferOperationFlag of 7 is taken for another one',
      mend: 'answer INVALID_TRANSFER_OPERATION_FLAG, or ERROR_INVALID_DATA',
    },
    {
      command: GetPLDMVersion,
      body: [...le32(0), 0x07, PLDM_TYPE.base],
      codes: [VERSION_CODES.INVALID_TRANSFER_OPERATION_FLAG, COMPLETION.ERROR_INVALID_DATA],
    },
  ),
  refuses(
    {
      id: 'PLDM-BASE-043',
      clause: 'DSP0240 §9, GetPLDMVersion',
      title: 'It refuses a handle which it did not give',
      why: 'a part of something else is worse than an error',
      failure: 'a next part is given for a handle that was not given',
      mend: 'answer INVALID_DATA_TRANSFER_HANDLE, or INVALID_TRANSFER_OPERATION_FLAG when there is one part only',
    },
    {
      command: GetPLDMVersion,
      body: [...le32(0xdeadbeef), 0x00, PLDM_TYPE.base],
      codes: [VERSION_CODES.INVALID_DATA_TRANSFER_HANDLE, VERSION_CODES.INVALID_TRANSFER_OPERATION_FLAG],
    },
  ),
];

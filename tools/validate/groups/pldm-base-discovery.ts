/** Checks of the commands of type 0: TID, types, versions, commands, transfer parameters (DSP0240 §9). */

import { rewriteAnswer } from '../../../hw-fixtures/index.js';
import {
  GetPLDMCommands,
  GetPLDMTypes,
  GetPLDMVersion,
  GetTID,
  NegotiateTransferParameters,
  SelectPLDMVersion,
  SetTID,
  TYPE_AND_VERSION_CODES,
  VERSION_CODES,
} from '../../../pldm/base/base-commands.js';
import { crc32 } from '../../../pldm/base/crc.js';
import { COMPLETION } from '../../../pldm/base/pldm-completion-codes.js';
import { PLDM_TYPE } from '../../../pldm/base/pldm-types.js';
import type { BenchDevice, CheckDeclaration } from '../declaration.js';
import { inconclusive, must, notApplicable } from '../finding.js';
import { codeName } from './control-steps.js';
import {
  announces,
  bitsOf,
  CODE_AT,
  DATA_AT,
  isUnsupported,
  le16,
  le32,
  OK,
  pldm,
  pldmCommands,
  pldmData,
  pldmMandatory,
  pldmSuccess,
  pldmSuccessByte,
  pldmTypes,
  refuses,
  requestOf,
  u16At,
  u32At,
  versionData,
  versionRequest,
} from './pldm-steps.js';
import { bcdFault } from './pldm-versions.js';

/** A device which moves data in parts. */
const MULTIPART: BenchDevice = { toml: 'files = true' };
const UNKNOWN_TYPE = 0x2f;
const UNKNOWN_VERSION = [0x00, 0xf9, 0xf9, 0x99];
const OTHER_TID = 0x6b;
const VERSIONS_AT = 5;
const CRC_BYTES = 4;
/** Commands which change nothing when their body is empty: it is refused, or they only read. */
const HARMLESS: Readonly<Record<number, readonly number[]>> = {
  [PLDM_TYPE.base]: [0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09],
  [PLDM_TYPE.platform]: [0x03, 0x05, 0x0c, 0x11, 0x12, 0x15, 0x21, 0x32, 0x3a, 0x50, 0x51, 0x52, 0x53],
  [PLDM_TYPE.bios]: [0x01, 0x08, 0x09, 0x0c],
  [PLDM_TYPE.fru]: [0x01, 0x02, 0x04],
  [PLDM_TYPE.firmwareUpdate]: [0x01, 0x02, 0x03, 0x1b],
  [PLDM_TYPE.fileTransfer]: [0x01, 0x02, 0x03, 0x10, 0x11],
};

const answersWell = (id: string, command: typeof GetTID | typeof GetPLDMTypes, body: readonly number[] = []) =>
  ({
    id,
    clause: `DSP0240 §9, ${command.name}`,
    level: 'mandatory',
    title: `It answers ${command.name} with success`,
    why: 'every terminus has the command, and discovery begins with it',
    failure: 'a mandatory command is not answered, or refused',
    mend: 'support the command',
    mutant: () => pldmSuccess(command, (payload) => Uint8Array.of(...payload.subarray(0, CODE_AT), COMPLETION.ERROR)),
    run: async (probe) => {
      const { code } = await pldmMandatory(probe, command, body);
      must(code === OK, `${command.name} is answered with completion code ${codeName(code)}`);
    },
  }) satisfies CheckDeclaration;

export const PLDM_DISCOVERY_CHECKS: readonly CheckDeclaration[] = [
  answersWell('PLDM-BASE-025', GetTID),
  answersWell('PLDM-BASE-026', GetPLDMTypes),
  answersWell('PLDM-BASE-027', GetPLDMVersion as never, versionRequest(PLDM_TYPE.base)),
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
    why: 'a version that is no number compares with nothing',
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
      failure: 'a next part is given for a handle that nobody has',
      mend: 'answer INVALID_DATA_TRANSFER_HANDLE, or INVALID_TRANSFER_OPERATION_FLAG when there is one part only',
    },
    {
      command: GetPLDMVersion,
      body: [...le32(0xdeadbeef), 0x00, PLDM_TYPE.base],
      codes: [VERSION_CODES.INVALID_DATA_TRANSFER_HANDLE, VERSION_CODES.INVALID_TRANSFER_OPERATION_FLAG],
    },
  ),
  {
    id: 'PLDM-BASE-044',
    clause: 'DSP0240 §9, GetPLDMCommands',
    level: 'mandatory',
    title: 'The answer to GetPLDMCommands has 32 bytes',
    why: 'requesters refuse an answer of another length',
    failure: 'bytes are missing or too many',
    mend: 'send a bit for each of 256 commands',
    mutant: () => pldmSuccess(GetPLDMCommands, (payload) => payload.slice(0, -1)),
    run: async (probe) => {
      const version = (await versionData(probe, PLDM_TYPE.base)).subarray(VERSIONS_AT, VERSIONS_AT + 4);
      const data = await pldmData(probe, GetPLDMCommands, [PLDM_TYPE.base, ...version]);
      must(data.length === 32, `the answer has ${data.length} bytes behind the completion code, not 32`);
    },
  },
  {
    id: 'PLDM-BASE-045',
    clause: 'DSP0240 §9, GetPLDMCommands',
    level: 'mandatory',
    title: 'It lists the mandatory commands of type 0',
    why: 'requesters do not ask what is not listed',
    failure: 'the bit of GetTID, GetPLDMVersion, GetPLDMTypes or GetPLDMCommands is 0',
    mend: 'set the bits of all commands that are answered',
    mutant: () =>
      pldmSuccess(GetPLDMCommands, (payload, request) =>
        request[3] === PLDM_TYPE.base ? payload.with(DATA_AT, payload[DATA_AT]! & ~(1 << GetTID.code)) : payload,
      ),
    run: async (probe) => {
      const commands = await pldmCommands(probe, PLDM_TYPE.base);
      for (const { code, name } of [GetTID, GetPLDMVersion, GetPLDMTypes, GetPLDMCommands]) {
        must(commands.includes(code), `${name} is not listed`);
      }
    },
  },
  {
    id: 'PLDM-BASE-046',
    clause: 'DSP0240 §9, GetPLDMCommands',
    level: 'mandatory',
    title: 'The commands which it lists are there',
    why: 'a requester relies on what is listed',
    failure: 'a command is listed, and answered with ERROR_UNSUPPORTED_PLDM_CMD',
    mend: 'set the bits of commands that are answered, and no others',
    mutant: () =>
      pldmSuccess(GetPLDMCommands, (payload, request) =>
        request[3] === PLDM_TYPE.base ? payload.with(DATA_AT + 1, payload[DATA_AT + 1]! | 0x01) : payload,
      ),
    run: async (probe) => {
      for (const type of await pldmTypes(probe)) {
        const commands = await pldmCommands(probe, type);
        for (const code of commands.filter((one) => HARMLESS[type]?.includes(one))) {
          const answer = await pldmMandatory(probe, { pldmType: type, code });
          must(!isUnsupported(answer.code), `command ${codeName(code)} of type ${type} is listed, and not there`);
        }
      }
    },
  },
  {
    id: 'PLDM-BASE-047',
    clause: 'DSP0240 §9, GetPLDMCommands',
    level: 'mandatory',
    title: 'The commands which are there are listed',
    why: 'requesters do not ask what is not listed',
    failure: 'a command is answered, and is not listed',
    mend: 'set the bits of all commands that are answered',
    mutant: () =>
      pldmSuccess(GetPLDMCommands, (payload, request) =>
        request[3] === PLDM_TYPE.base
          ? payload.with(DATA_AT, payload[DATA_AT]! & ~(1 << SelectPLDMVersion.code))
          : payload,
      ),
    run: async (probe) => {
      for (const type of await pldmTypes(probe)) {
        const commands = await pldmCommands(probe, type);
        const mandatory = type === PLDM_TYPE.base ? [0x02, 0x03, 0x04, 0x05] : [];
        const unlisted = (HARMLESS[type] ?? []).filter((one) => !commands.includes(one) && !mandatory.includes(one));
        for (const code of unlisted) {
          const answer = await pldm(probe, { pldmType: type, code });
          must(isUnsupported(answer.code), `command ${codeName(code)} of type ${type} is there, and not listed`);
        }
      }
    },
  },
  refuses(
    {
      id: 'PLDM-BASE-048',
      clause: 'DSP0240 §9, GetPLDMCommands',
      title: 'It refuses the commands of a type which it does not speak',
      why: 'a requester would take the answer for that of another type',
      failure: 'GetPLDMCommands for a reserved type is not answered with 0x83',
      mend: 'answer INVALID_PLDM_TYPE_IN_REQUEST_DATA for types that are not listed',
    },
    {
      command: GetPLDMCommands,
      body: [UNKNOWN_TYPE, 0x00, 0xf0, 0xf0, 0xf1],
      codes: [TYPE_AND_VERSION_CODES.INVALID_PLDM_TYPE_IN_REQUEST_DATA],
    },
  ),
  refuses(
    {
      id: 'PLDM-BASE-049',
      clause: 'DSP0240 §9, GetPLDMCommands',
      title: 'It refuses the commands of a version which it does not have',
      why: 'which commands a version has that is not there cannot be said',
      failure: 'GetPLDMCommands for version 99.9 is not answered with 0x84',
      mend: 'answer INVALID_PLDM_VERSION_IN_REQUEST_DATA for versions that GetPLDMVersion does not name',
    },
    {
      command: GetPLDMCommands,
      body: [PLDM_TYPE.base, ...UNKNOWN_VERSION],
      codes: [TYPE_AND_VERSION_CODES.INVALID_PLDM_VERSION_IN_REQUEST_DATA],
    },
  ),
  refuses(
    {
      id: 'PLDM-BASE-050',
      clause: 'DSP0240 §9, SelectPLDMVersion',
      level: 'conditional',
      condition: 'when it supports SelectPLDMVersion',
      title: 'It refuses to select a version which it does not have',
      why: 'a requester would speak a version from then on that the device does not understand',
      failure: 'SelectPLDMVersion of version 99.9 is not answered with 0x84',
      mend: 'answer INVALID_PLDM_VERSION_IN_REQUEST_DATA for versions that GetPLDMVersion does not name',
    },
    {
      command: SelectPLDMVersion,
      body: [PLDM_TYPE.platform, ...UNKNOWN_VERSION],
      codes: [
        TYPE_AND_VERSION_CODES.INVALID_PLDM_VERSION_IN_REQUEST_DATA,
        TYPE_AND_VERSION_CODES.INVALID_PLDM_TYPE_IN_REQUEST_DATA,
      ],
    },
  ),
  refuses(
    {
      id: 'PLDM-BASE-051',
      clause: 'DSP0240 §9, SelectPLDMVersion',
      level: 'conditional',
      condition: 'when it supports SelectPLDMVersion',
      title: 'It refuses to select a version of type 0',
      why: 'the version of the base commands is not chosen',
      failure: 'SelectPLDMVersion for type 0 is not answered with 0x83',
      mend: 'answer INVALID_PLDM_TYPE_IN_REQUEST_DATA for type 0',
    },
    {
      command: SelectPLDMVersion,
      body: [PLDM_TYPE.base, 0x00, 0xf0, 0xf1, 0xf1],
      codes: [TYPE_AND_VERSION_CODES.INVALID_PLDM_TYPE_IN_REQUEST_DATA],
    },
  ),
  {
    id: 'PLDM-BASE-052',
    clause: 'DSP0240 §9, NegotiateTransferParameters',
    level: 'conditional',
    condition: 'when it supports NegotiateTransferParameters',
    title: 'Its part size is at least 256 bytes',
    why: 'both sides use the smaller size, and fewer than 256 bytes are not allowed',
    failure: 'responderPartSize is below 256',
    mend: 'take parts of 256 bytes or more',
    bench: MULTIPART,
    mutant: () => pldmSuccess(NegotiateTransferParameters, (payload) => payload.with(DATA_AT, 64).with(DATA_AT + 1, 0)),
    run: async (probe) => {
      const size = u16At(await negotiated(probe), 0);
      must(size >= 256, `responderPartSize is ${size}`);
    },
  },
  {
    id: 'PLDM-BASE-053',
    clause: 'DSP0240 §9, NegotiateTransferParameters',
    level: 'conditional',
    condition: 'when it supports NegotiateTransferParameters',
    title: 'The types which it moves in parts are types which it speaks',
    why: 'a requester would ask for parts of a type that is not there',
    failure: 'responderProtocolSupport has a type that GetPLDMTypes does not list',
    mend: 'set the bits of types that are spoken and use multipart',
    bench: MULTIPART,
    mutant: () => pldmSuccessByte(NegotiateTransferParameters, 2, (byte) => byte | 0x40),
    run: async (probe) => {
      const types = await pldmTypes(probe);
      const strangers = bitsOf((await negotiated(probe)).subarray(2)).filter((type) => !types.includes(type));
      must(strangers.length === 0, `type ${strangers.join(', ')} moves in parts, and is not spoken`);
    },
  },
  {
    id: 'PLDM-BASE-054',
    clause: 'DSP0240 §9, NegotiateTransferParameters',
    level: 'conditional',
    condition: 'when it supports NegotiateTransferParameters',
    title: 'The answer to NegotiateTransferParameters has ten bytes',
    why: 'requesters refuse an answer of another length',
    failure: 'bytes are missing or too many',
    mend: 'send the part size, and a bit for each of 64 types',
    bench: MULTIPART,
    mutant: () => pldmSuccess(NegotiateTransferParameters, (payload) => Uint8Array.of(...payload, 0)),
    run: async (probe) => {
      const data = await negotiated(probe);
      must(data.length === 10, `the answer has ${data.length} bytes behind the completion code, not 10`);
    },
  },
  refuses(
    {
      id: 'PLDM-BASE-055',
      clause: 'DSP0240 §9, NegotiateTransferParameters',
      level: 'conditional',
      condition: 'when it supports NegotiateTransferParameters',
      title: 'It refuses a part size below 256',
      why: 'fewer than 256 bytes are not allowed',
      failure: 'a requesterPartSize of 128 is accepted, or answered with another error',
      mend: 'answer ERROR_INVALID_DATA to part sizes below 256',
      bench: MULTIPART,
    },
    {
      command: NegotiateTransferParameters,
      body: [...le16(128), 0xff, 0, 0, 0, 0, 0, 0, 0],
      codes: [COMPLETION.ERROR_INVALID_DATA],
    },
  ),
];

function negotiated(probe: Parameters<CheckDeclaration['run']>[0]): Promise<Uint8Array> {
  return pldmData(probe, NegotiateTransferParameters, [...le16(1024), 0xff, 0, 0, 0, 0, 0, 0, 0]);
}

function isWhole(data: Uint8Array): boolean {
  return data[4] === 5 && data.length >= VERSIONS_AT + CRC_BYTES && (data.length - VERSIONS_AT) % 4 === 0;
}

/** The minor byte of the last version is another one; the checksum fits. */
function withVersionByte(payload: Uint8Array, minor: number): Uint8Array {
  const end = payload.length - CRC_BYTES;
  payload[end - 2] = minor;
  payload.set(le32(crc32(payload, DATA_AT + VERSIONS_AT, end)), end);
  return payload;
}

function hex32(value: number): string {
  return `0x${value.toString(16).padStart(8, '0')}`;
}

/** Checks of the lists of commands, of selecting versions and of transfer parameters (DSP0240 §9). */

import {
  GetPLDMCommands,
  GetPLDMTypes,
  GetPLDMVersion,
  GetTID,
  NegotiateTransferParameters,
  SelectPLDMVersion,
  TYPE_AND_VERSION_CODES,
} from '../../../pldm/base/base-commands.js';
import { COMPLETION } from '../../../pldm/base/pldm-completion-codes.js';
import { PLDM_TYPE } from '../../../pldm/base/pldm-types.js';
import type { CheckDeclaration } from '../declaration.js';
import { must } from '../finding.js';
import { codeName } from './control-steps.js';
import { HARMLESS, MULTIPART, negotiated, UNKNOWN_TYPE, UNKNOWN_VERSION, VERSIONS_AT } from './pldm-discovery-steps.js';
import {
  bitsOf,
  DATA_AT,
  isUnsupported,
  le16,
  pldm,
  pldmCommands,
  pldmData,
  pldmMandatory,
  pldmSuccess,
  pldmSuccessByte,
  pldmTypes,
  refuses,
  u16At,
  versionData,
} from './pldm-steps.js';

export const PLDM_LIST_CHECKS: readonly CheckDeclaration[] = [
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

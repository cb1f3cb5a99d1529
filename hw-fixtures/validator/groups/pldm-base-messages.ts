/** Checks of what PLDM requests lead to: drops, errors, lengths, times (DSP0240 §7). */

import { GetPLDMCommands, GetPLDMTypes, GetTID } from '../../../pldm/base/base-commands.js';
import { COMPLETION } from '../../../pldm/base/pldm-completion-codes.js';
import { PLDM_TYPE } from '../../../pldm/base/pldm-types.js';
import { MESSAGE_TYPE } from '../../../stack/ids.js';
import { pldmRequest, rewriteAnswer, rewriteRequest } from '../../bench/device/rewrites.js';
import type { CheckDeclaration } from '../declaration.js';
import { must } from '../finding.js';
import { codeName } from './control-steps.js';
import {
  mustBeIgnored,
  ONCE_INSTANCE,
  PT1_MS,
  takes,
  UNKNOWN_COMMAND,
  UNKNOWN_TYPE,
  WAY_MS,
} from './pldm-message-steps.js';
import { CODE_AT, isUnsupported, pldm, pldmData, pldmMandatory, pldmTypes, requestOf, tryPldm } from './pldm-steps.js';
import { direct } from './transport-steps.js';

export const PLDM_MESSAGE_CHECKS: readonly CheckDeclaration[] = [
  {
    id: 'PLDM-BASE-009',
    clause: 'DSP0240 §7.1',
    level: 'mandatory',
    title: 'It drops messages of another header version',
    why: 'what a later header means is not known',
    failure: 'a request with header version 1 is answered',
    mend: 'compare bits 7:6 of the second PLDM byte with 00b, and drop the message otherwise',
    mutant: () =>
      takes(
        (payload) => payload[1]! >> 6 !== 0,
        (payload) => payload.with(1, payload[1]! & 0x3f),
      ),
    run: (probe) => mustBeIgnored(probe, { headerVersion: 1 }, 'a request with header version 1 is answered'),
  },
  {
    id: 'PLDM-BASE-010',
    clause: 'DSP0240 §7.1',
    level: 'mandatory',
    title: 'It does not answer datagrams',
    why: 'the sender of a datagram does not wait, and its tag is free again',
    failure: 'a message with Rq = 1 and D = 1 is answered',
    mend: 'carry out a datagram and send nothing, not even an error',
    mutant: () =>
      takes(
        (payload) => payload[0]! >> 6 === 3,
        (payload) => payload.with(0, payload[0]! & 0xbf),
      ),
    run: (probe) => mustBeIgnored(probe, { flags: 0xc0 }, 'a datagram is answered'),
  },
  {
    id: 'PLDM-BASE-011',
    clause: 'DSP0240 §7.1',
    level: 'mandatory',
    title: 'It does not answer answers',
    why: 'two termini which answer to answers never stop',
    failure: 'a message with Rq = 0 is answered',
    mend: 'drop messages with Rq = 0 which belong to nothing that was asked',
    mutant: () =>
      takes(
        (payload) => payload[0]! >> 6 === 0,
        (payload) => payload.with(0, payload[0]! | 0x80),
      ),
    run: (probe) => mustBeIgnored(probe, { flags: 0x00 }, 'a message with Rq = 0 is answered'),
  },
  {
    id: 'PLDM-BASE-012',
    clause: 'DSP0240 §7.1',
    level: 'mandatory',
    title: 'It drops messages of the reserved kind',
    why: 'Rq = 0 with D = 1 is neither a request nor an answer',
    failure: 'a message with Rq = 0 and D = 1 is answered',
    mend: 'drop messages with Rq = 0 and D = 1',
    mutant: () =>
      takes(
        (payload) => payload[0]! >> 6 === 1,
        (payload) => payload.with(0, (payload[0]! & 0x3f) | 0x80),
      ),
    run: (probe) => mustBeIgnored(probe, { flags: 0x40 }, 'a message with Rq = 0 and D = 1 is answered'),
  },
  {
    id: 'PLDM-BASE-013',
    clause: 'DSP0240 table 5',
    level: 'mandatory',
    title: 'It answers commands which it does not know with ERROR_UNSUPPORTED_PLDM_CMD',
    why: 'a requester which gets no answer waits and asks again, for seconds',
    failure: 'an unknown command is not answered, or with another completion code',
    mend: 'answer every well-formed request; 0x05 where the command is not there',
    mutant: () => rewriteAnswer(requestOf(UNKNOWN_COMMAND), (payload) => payload.with(CODE_AT, COMPLETION.ERROR)),
    run: async (probe) => {
      const { code } = await pldmMandatory(probe, UNKNOWN_COMMAND);
      must(
        code === COMPLETION.ERROR_UNSUPPORTED_PLDM_CMD,
        `command ${codeName(UNKNOWN_COMMAND.code)} of type 0 is answered with ${codeName(code)}, not with 0x05`,
      );
    },
  },
  {
    id: 'PLDM-BASE-014',
    clause: 'DSP0240 table 5',
    level: 'mandatory',
    title: 'It answers commands of types which it does not speak with ERROR_INVALID_PLDM_TYPE',
    why: 'a requester tells by it that the whole type is not there',
    failure: 'a request of an unknown type is not answered, or with another completion code',
    mend: 'answer 0x20 to every request of a type that GetPLDMTypes does not list',
    mutant: () =>
      rewriteAnswer(pldmRequest(UNKNOWN_TYPE.pldmType), (payload) =>
        payload.with(CODE_AT, COMPLETION.ERROR_UNSUPPORTED_PLDM_CMD),
      ),
    run: async (probe) => {
      const { code } = await pldmMandatory(probe, UNKNOWN_TYPE);
      const isRight = code === COMPLETION.ERROR_INVALID_PLDM_TYPE;
      must(isRight, `a command of type ${UNKNOWN_TYPE.pldmType} is answered with ${codeName(code)}, not with 0x20`);
    },
  },
  {
    id: 'PLDM-BASE-015',
    clause: 'DSP0240 §7.1',
    level: 'recommended',
    title: 'An error ends after the completion code',
    why: 'what comes behind it means nothing',
    failure: 'an answer with an error carries data',
    mend: 'send header and completion code alone when the code is not 0',
    mutant: () => rewriteAnswer(requestOf(UNKNOWN_COMMAND), (payload) => Uint8Array.of(...payload, 0)),
    run: async (probe) => {
      const { code, data } = await pldm(probe, UNKNOWN_COMMAND);
      must(code === 0 || data.length === 0, `${data.length} bytes come behind completion code ${codeName(code)}`);
    },
  },
  {
    id: 'PLDM-BASE-016',
    clause: 'DSP0240 table 5',
    level: 'mandatory',
    title: 'It answers a request that is too long with ERROR_INVALID_LENGTH',
    why: 'a requester of another version must be told that it was not understood',
    failure: 'bytes too many are ignored, or lead to another answer',
    mend: 'compare the length of the request with that of the command, and answer 0x03 when they differ',
    mutant: () => rewriteRequest(requestOf(GetTID), (payload) => payload.slice(0, 3)),
    run: async (probe) => {
      const { code } = await pldmMandatory(probe, GetTID, [0, 0]);
      const isRight = code === COMPLETION.ERROR_INVALID_LENGTH;
      must(isRight, `GetTID with two bytes too many is answered with ${codeName(code)}, not with 0x03`);
    },
  },
  {
    id: 'PLDM-BASE-017',
    clause: 'DSP0240 table 5',
    level: 'mandatory',
    title: 'It answers a request that is too short with ERROR_INVALID_LENGTH',
    why: 'what is missing must not be made up',
    failure: 'a field that was not sent is taken for something',
    mend: 'compare the length of the request with that of the command, and answer 0x03 when they differ',
    mutant: () =>
      rewriteRequest(requestOf(GetPLDMCommands), (payload) =>
        payload.length === 4 ? Uint8Array.of(...payload, 0, 0, 0, 0) : payload,
      ),
    run: async (probe) => {
      const { code } = await pldmMandatory(probe, GetPLDMCommands, [0]);
      const isRight = code === COMPLETION.ERROR_INVALID_LENGTH;
      must(isRight, `GetPLDMCommands without a version is answered with ${codeName(code)}, not with 0x03`);
    },
  },
  {
    id: 'PLDM-BASE-018',
    clause: 'DSP0240 table 6',
    level: 'mandatory',
    title: 'It answers within PT1, 100 ms',
    why: 'requesters ask again after a time that is made of PT1, and give a device up',
    failure: 'the answer takes longer than the standard allows',
    mend: 'answer at once, and with ERROR_NOT_READY where the work takes longer',
    mutant: () => ({
      name: 'answers GetTID late',
      answer: (answer, { type, payload }) =>
        type === MESSAGE_TYPE.pldm && payload[2] === GetTID.code && payload[1] === 0
          ? { ...answer, delayMs: PT1_MS + WAY_MS + 50 }
          : answer,
    }),
    run: async (probe) => {
      for (const command of [GetTID, GetPLDMTypes]) {
        const { ms } = await pldm(probe, command, [], { timeoutMs: 2000, retries: 0 });
        must(ms <= PT1_MS + WAY_MS, `${command.name} is answered after ${ms.toFixed(1)} ms`);
      }
    },
  },
  {
    id: 'PLDM-BASE-019',
    clause: 'DSP0240 §7, instance IDs',
    level: 'mandatory',
    title: 'A repeated request is answered again, and in the same way',
    why: 'the first answer may have been lost',
    failure: 'a request that is sent again with the same instance ID is not answered, or differently',
    mend: 'carry an idempotent command out again, or keep the last answer of a requester for PT3',
    mutant: () => {
      let before = -1;
      return rewriteRequest(requestOf(GetPLDMTypes), (payload) => {
        const isRetry = payload[0] === before;
        before = payload[0]!;
        return isRetry ? undefined : payload;
      });
    },
    run: async (probe) => {
      const instance = probe.facts.nextInstance();
      const first = await pldm(probe, GetPLDMTypes, [], { instance });
      const again = await tryPldm(probe, GetPLDMTypes, [], { instance, retries: 0 });
      if (again === undefined) await pldm(probe, GetTID);
      must(again !== undefined, 'a repeated request is not answered');
      must(String(again.payload) === String(first.payload), 'a repeated request is answered differently');
    },
  },
  {
    id: 'PLDM-BASE-020',
    clause: 'DSP0240 §7, instance IDs',
    level: 'mandatory',
    title: 'It takes all 32 instance IDs, one after the other',
    why: 'requesters go round through all of them',
    failure: 'requests with some instance IDs are not answered',
    mend: 'take bits 4:0 of the first PLDM byte for the instance ID, and answer each',
    mutant: () =>
      takes(
        (payload) => (payload[0]! & 0x1f) === 0x13,
        (payload) => payload.with(0, 0),
      ),
    run: async (probe) => {
      await pldm(probe, GetTID);
      for (let instance = 0; instance < 32; instance++) {
        const answer = await tryPldm(probe, GetTID, [], { instance });
        if (answer === undefined) await pldm(probe, GetPLDMTypes);
        must(answer !== undefined, `instance ID ${instance} is not answered`);
      }
    },
  },
  {
    id: 'PLDM-BASE-021',
    clause: 'DSP0240 §7',
    level: 'mandatory',
    title: 'It answers a request once',
    why: 'a second answer meets the next request on the same tag',
    failure: 'one request is answered twice',
    mend: 'never send an answer again of its own accord: only requests are repeated',
    mutant: () => ({
      name: 'answers an unknown command twice',
      answer: (answer, { type, payload }) =>
        type === MESSAGE_TYPE.pldm && payload[2] === UNKNOWN_COMMAND.code && payload[0] === (0x80 | ONCE_INSTANCE)
          ? { ...answer, copies: 2 }
          : answer,
    }),
    run: async (probe) => {
      direct(probe);
      await pldm(probe, GetTID);
      const payload = Uint8Array.of(MESSAGE_TYPE.pldm, 0x80 | ONCE_INSTANCE, PLDM_TYPE.base, UNKNOWN_COMMAND.code);
      const tag = probe.packets.nextTag();
      const isAnswer = (packet: { readonly to: boolean; readonly payload: Uint8Array }): boolean =>
        !packet.to && packet.payload[1] === ONCE_INSTANCE && packet.payload[3] === UNKNOWN_COMMAND.code;
      const received = await probe.packets.exchange([probe.packets.build({ payload, tag })], { until: () => false });
      const count = received.filter(isAnswer).length;
      must(count <= 1, `one request is answered ${count} times`);
    },
  },
  {
    id: 'PLDM-BASE-022',
    clause: 'DSP0240 table 5',
    level: 'mandatory',
    title: 'The types which it does not list are answered with ERROR_INVALID_PLDM_TYPE',
    why: 'a requester asks what is listed, and must be able to rely on the rest',
    failure: 'a type that GetPLDMTypes does not list has commands',
    mend: 'list every type that is spoken, or answer 0x20 to its commands',
    mutant: () =>
      rewriteAnswer(pldmRequest(PLDM_TYPE.rde), (payload) =>
        payload[CODE_AT] === COMPLETION.ERROR_INVALID_PLDM_TYPE
          ? payload.with(CODE_AT, COMPLETION.ERROR_UNSUPPORTED_PLDM_CMD)
          : payload,
      ),
    run: async (probe) => {
      const types = await pldmTypes(probe);
      for (let pldmType = 1; pldmType <= PLDM_TYPE.fileTransfer; pldmType++) {
        if (types.includes(pldmType)) continue;
        // No version has a command 0xff.
        const { code } = await pldmMandatory(probe, { pldmType, code: 0xff });
        const isRight = code === COMPLETION.ERROR_INVALID_PLDM_TYPE;
        must(isRight, `type ${pldmType} is not listed, and answers with ${codeName(code)}, not with 0x20`);
      }
    },
  },
  {
    id: 'PLDM-BASE-023',
    clause: 'DSP0240 table 5',
    level: 'mandatory',
    title: 'The types which it lists know their commands from others',
    why: 'a requester finds out by 0x05 which optional commands are there',
    failure: 'an unknown command of a listed type is not answered with ERROR_UNSUPPORTED_PLDM_CMD',
    mend: 'answer 0x05 to unknown commands of every type that GetPLDMTypes lists',
    mutant: () =>
      rewriteAnswer(pldmRequest(PLDM_TYPE.platform, 0xff), (payload) =>
        isUnsupported(payload[CODE_AT]) ? payload.with(CODE_AT, COMPLETION.ERROR) : payload,
      ),
    run: async (probe) => {
      const types = await pldmTypes(probe);
      for (const pldmType of types.filter((type) => type >= PLDM_TYPE.platform && type <= PLDM_TYPE.fileTransfer)) {
        const { code } = await pldmMandatory(probe, { pldmType, code: 0xff });
        const isRight = isUnsupported(code);
        must(isRight, `command 0xff of type ${pldmType} is answered with ${codeName(code)}, not with 0x05`);
      }
    },
  },
  {
    id: 'PLDM-BASE-024',
    clause: 'DSP0240 §9, GetTID',
    level: 'mandatory',
    title: 'The answer to GetTID has one byte',
    why: 'requesters refuse an answer of another length',
    failure: 'the TID is missing, or bytes follow it',
    mend: 'send completion code and TID, five bytes with the header',
    mutant: () =>
      rewriteAnswer(requestOf(GetTID), (payload) => (payload.length === 5 ? Uint8Array.of(...payload, 0) : payload)),
    run: async (probe) => {
      const data = await pldmData(probe, GetTID);
      must(data.length === 1, `the answer has ${data.length} bytes behind the completion code, not 1`);
    },
  },
];

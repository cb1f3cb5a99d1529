/** Checks of control messages in general: header, instance ID, lengths, times (DSP0236 §8.17, §11). */

import { GetEndpointID, GetMCTPVersionSupport, GetMessageTypeSupport } from '../../../stack/control/index.js';
import { MESSAGE_TYPE } from '../../../stack/ids.js';
import { lateReply } from '../../bench/device/behaviours.js';
import { controlRequest, rewriteAnswer, rewriteRequest } from '../../bench/device/rewrites.js';
import type { CheckDeclaration } from '../declaration.js';
import { must } from '../finding.js';
import { codeName, INVALID_LENGTH, mandatory, UNSUPPORTED } from './control-steps.js';
import { changesIn, dropsIn } from './transport-mutants.js';
import { answersTo, direct, mustBeDropped, OTHER_EID, smallAnswer, smallRequest } from './transport-steps.js';

/** Commands that no version of the standard has. */
const UNKNOWN_COMMANDS = [0x00, 0x30, 0x7f];
/** The source of the request whose answers are counted: nothing else comes to it. */
const ONCE_EID = OTHER_EID + 5;
const MT1_MS = 100;
/** The way of a request and its answer, which MT1 does not count. */
const WAY_MS = 100;

const isControl = (packet: Uint8Array): boolean => packet[4] === MESSAGE_TYPE.control;

/** Control requests with another bit in their first byte are taken for requests. */
const forgets = (clear: number, set: number) =>
  changesIn(({ bytes, som }) => {
    if (som && isControl(bytes) && (bytes[5]! & clear) === clear) bytes[5] = (bytes[5]! & ~clear) | set;
    return [bytes];
  });

export const MESSAGE_CHECKS: readonly CheckDeclaration[] = [
  {
    id: 'MCTP-CTRL-001',
    clause: 'DSP0236 §11.1',
    level: 'mandatory',
    title: 'An answer has the Rq bit cleared',
    why: 'a requester drops what is not an answer',
    failure: 'the answer looks like a request',
    mend: 'clear bit 7 of the first byte behind the message type in answers',
    mutant: () => rewriteAnswer(controlRequest(), (payload) => payload.with(0, payload[0]! | 0x80)),
    run: async (probe) => {
      const { flags } = await probe.control(GetEndpointID.code);
      must((flags & 0x80) === 0, 'the answer has Rq = 1');
    },
  },
  {
    id: 'MCTP-CTRL-002',
    clause: 'DSP0236 §11.1',
    level: 'mandatory',
    title: 'An answer has the D bit cleared',
    why: 'D marks datagrams, which are not answers',
    failure: 'the answer says that it is a datagram',
    mend: 'clear bit 6 of the first byte behind the message type in answers',
    mutant: () => rewriteAnswer(controlRequest(), (payload) => payload.with(0, payload[0]! | 0x40)),
    run: async (probe) => {
      const { flags } = await probe.control(GetEndpointID.code);
      must((flags & 0x40) === 0, 'the answer has D = 1');
    },
  },
  {
    id: 'MCTP-CTRL-003',
    clause: 'DSP0236 §11.1',
    level: 'mandatory',
    title: 'An answer has the reserved bit of its header as 0',
    why: 'a later version of the standard gives it a meaning',
    failure: 'bit 5 of the instance byte is set: it is not part of the instance ID, which has five bits',
    mend: 'mask the instance ID with 0x1f',
    mutant: () => rewriteAnswer(controlRequest(), (payload) => payload.with(0, payload[0]! | 0x20)),
    run: async (probe) => {
      const { flags } = await probe.control(GetEndpointID.code);
      must((flags & 0x20) === 0, 'the reserved bit is set in the answer');
    },
  },
  {
    id: 'MCTP-CTRL-004',
    clause: 'DSP0236 §11.1',
    level: 'mandatory',
    title: 'An answer repeats the instance ID, whichever of the 32 it is',
    why: 'it is how a requester tells the answer to a retry from that to another request',
    failure: 'an answer has another instance ID than its request',
    mend: 'copy the five bits of the instance ID into the answer',
    mutant: () => rewriteAnswer(controlRequest(), (payload) => payload.with(0, payload[0]! & 0xef)),
    run: async (probe) => {
      for (let instance = 0; instance < 32; instance++) {
        const answer = await probe.control(GetEndpointID.code, [], { instance });
        must(answer.instance === instance, `instance ID ${instance} is answered with ${answer.instance}`);
      }
    },
  },
  {
    id: 'MCTP-CTRL-005',
    clause: 'DSP0236 §11.1',
    level: 'mandatory',
    title: 'An answer repeats the command',
    why: 'requesters compare it',
    failure: 'an answer has another command code than its request',
    mend: 'copy the command code into the answer',
    mutant: () => rewriteAnswer(controlRequest(), (payload) => payload.with(1, payload[1]! ^ 0x40)),
    run: async (probe) => {
      for (const command of [GetEndpointID.code, GetMessageTypeSupport.code]) {
        const answer = await probe.control(command);
        must(answer.command === command, `command ${codeName(command)} is answered as ${codeName(answer.command)}`);
      }
    },
  },
  {
    id: 'MCTP-CTRL-006',
    clause: 'DSP0236 §11.1',
    level: 'mandatory',
    title: 'An answer has the IC bit as 0',
    why: 'control messages never have an integrity check',
    failure: 'the answer announces an integrity check which control messages do not have',
    mend: 'send 0x00 as the message type byte of control messages',
    mutant: () => {
      const inner = dropsIn(() => false);
      return {
        ...inner,
        packetOut: (packet) => (packet.length > 4 && isControl(packet) ? packet.with(4, 0x80) : true),
      };
    },
    run: async (probe) => {
      const { integrityCheck } = await probe.control(GetEndpointID.code);
      must(!integrityCheck, 'the answer has IC = 1');
    },
  },
  {
    id: 'MCTP-CTRL-007',
    clause: 'DSP0236 §11.1',
    level: 'mandatory',
    title: 'It discards control messages with IC = 1',
    why: 'a control message has no integrity check: one that says so is not one',
    failure: 'a request with IC = 1 is answered',
    mend: 'compare the whole message type byte with 0x00',
    mutant: () =>
      changesIn(({ bytes, som }) => [som && bytes[4] === 0x80 ? bytes.with(4, MESSAGE_TYPE.control) : bytes]),
    run: async (probe) => {
      direct(probe);
      await mustBeDropped(probe, [smallRequest(probe).with(4, 0x80)], 'a control request with IC = 1 is answered');
    },
  },
  {
    id: 'MCTP-CTRL-008',
    clause: 'DSP0236 §11.1',
    level: 'mandatory',
    title: 'It does not answer datagrams',
    why: 'the sender of a datagram does not wait, and its tag is free again',
    failure: 'a control message with D = 1 is answered',
    mend: 'carry out a request with D = 1 and send nothing',
    mutant: () => forgets(0x40, 0),
    run: async (probe) => {
      direct(probe);
      const datagram = smallRequest(probe);
      datagram[5]! |= 0x40;
      await mustBeDropped(probe, [datagram], 'a datagram is answered');
    },
  },
  {
    id: 'MCTP-CTRL-009',
    clause: 'DSP0236 §11.1',
    level: 'mandatory',
    title: 'It does not answer answers',
    why: 'two devices which answer to answers never stop',
    failure: 'a control message with Rq = 0 is answered',
    mend: 'discard control messages with Rq = 0 which belong to nothing that was asked',
    mutant: () =>
      changesIn(({ bytes, som }) => {
        if (som && isControl(bytes) && (bytes[5]! & 0xc0) === 0) bytes[5]! |= 0x80;
        return [bytes];
      }),
    run: async (probe) => {
      direct(probe);
      const response = smallRequest(probe);
      response[5]! &= 0x7f;
      await mustBeDropped(probe, [response], 'a control message with Rq = 0 is answered');
    },
  },
  {
    id: 'MCTP-CTRL-010',
    clause: 'DSP0236 §11.1',
    level: 'mandatory',
    title: 'It discards messages that are too short for a command',
    why: 'there is no command to answer',
    failure: 'a control message without a command code is answered',
    mend: 'discard control messages of less than three bytes, the message type included',
    mutant: () => changesIn(({ bytes, som }) => [som && bytes.length === 6 ? Uint8Array.of(...bytes, 0x02) : bytes]),
    run: async (probe) => {
      direct(probe);
      await mustBeDropped(probe, [smallRequest(probe).slice(0, 6)], 'a control message of two bytes is answered');
    },
  },
  {
    id: 'MCTP-CTRL-011',
    clause: 'DSP0236 §12.2',
    level: 'mandatory',
    title: 'It answers commands that it does not know with ERROR_UNSUPPORTED_CMD',
    why: 'a requester which gets no answer waits and asks again, for seconds',
    failure: 'an unknown command is not answered, or with another completion code',
    mend: 'answer every well-formed request; 0x05 where the command is not there',
    mutant: () => rewriteAnswer(controlRequest(0x30), (payload) => payload.with(2, 0x01)),
    run: async (probe) => {
      for (const command of UNKNOWN_COMMANDS) {
        const { code } = await mandatory(probe, command);
        must(code === UNSUPPORTED, `command ${codeName(command)} is answered with ${codeName(code)}, not with 0x05`);
      }
    },
  },
  {
    id: 'MCTP-CTRL-012',
    clause: 'DSP0236 §12.2',
    level: 'mandatory',
    title: 'It answers a request that is too long with ERROR_INVALID_LENGTH',
    why: 'a requester of another version must be told that it was not understood',
    failure: 'bytes too many are ignored, or lead to another answer',
    mend: 'compare the length of the request with that of the command, and answer 0x03 when they differ',
    mutant: () =>
      rewriteRequest(controlRequest(GetEndpointID.code), (payload) =>
        payload.length === 4 ? payload.slice(0, 2) : payload,
      ),
    run: async (probe) => {
      for (const command of [GetEndpointID.code, GetMessageTypeSupport.code]) {
        const { code } = await mandatory(probe, command, [0x00, 0x00]);
        const isRight = code === INVALID_LENGTH;
        must(
          isRight,
          `command ${codeName(command)} with two bytes too many is answered with ${codeName(code)}, not 0x03`,
        );
      }
    },
  },
  {
    id: 'MCTP-CTRL-013',
    clause: 'DSP0236 §12.2',
    level: 'mandatory',
    title: 'It answers a request that is too short with ERROR_INVALID_LENGTH',
    why: 'what is missing must not be made up',
    failure: 'a field that was not sent is taken for something',
    mend: 'compare the length of the request with that of the command, and answer 0x03 when they differ',
    mutant: () =>
      rewriteRequest(controlRequest(GetMCTPVersionSupport.code), (payload) =>
        payload.length === 2 ? Uint8Array.of(...payload, 0x00) : payload,
      ),
    run: async (probe) => {
      const { code } = await mandatory(probe, GetMCTPVersionSupport.code);
      must(code === INVALID_LENGTH, `a request without its only field is answered with ${codeName(code)}, not 0x03`);
    },
  },
  {
    id: 'MCTP-CTRL-014',
    clause: 'DSP0236 §12.2',
    level: 'recommended',
    title: 'An error ends after the completion code',
    why: 'what comes behind it means nothing',
    failure: 'an answer with an error carries data',
    mend: 'send four bytes when the completion code is not 0: type, header, completion code',
    mutant: () =>
      rewriteAnswer(controlRequest(), (payload) =>
        payload[2] === UNSUPPORTED ? Uint8Array.of(...payload, 0) : payload,
      ),
    run: async (probe) => {
      const { code, data } = await probe.control(UNKNOWN_COMMANDS[1]!);
      must(code === 0 || data.length === 0, `${data.length} bytes come behind completion code ${codeName(code)}`);
    },
  },
  {
    id: 'MCTP-CTRL-015',
    clause: 'DSP0236 §8.17',
    level: 'mandatory',
    title: 'It answers a request once',
    why: 'a second answer meets the next request on the same tag',
    failure: 'one request is answered twice',
    mend: 'never send an answer again of its own accord: only requests are repeated',
    mutant: () => ({
      name: 'answers twice',
      answer: (answer, { source }) => (source === ONCE_EID ? { ...answer, copies: 2 } : answer),
    }),
    run: async (probe) => {
      direct(probe);
      await smallAnswer(probe, { dest: 0 });
      await probe.packets.listen(MT1_MS);
      const count = await answersTo(probe, [smallRequest(probe, { src: ONCE_EID })], 2);
      if (count === 0) await smallAnswer(probe);
      must(count <= 1, `one request is answered ${count} times`);
    },
  },
  {
    id: 'MCTP-CTRL-016',
    clause: 'DSP0237 table 9',
    level: 'mandatory',
    title: `It answers within ${MT1_MS + WAY_MS} ms: MT1, and ${WAY_MS} ms for the way of both`,
    why: 'requesters ask again after a time that is made of MT1, and give a device up',
    failure: `the answer comes more than ${MT1_MS + WAY_MS} ms after the request: MT1, and ${WAY_MS} ms for the way of both`,
    mend: 'handle control messages before other work',
    mutant: () => lateReply(MT1_MS + WAY_MS + 50),
    run: async (probe) => {
      for (const command of [GetEndpointID.code, GetMessageTypeSupport.code]) {
        const { ms } = await probe.control(command, [], { timeoutMs: 2000, retries: 0 });
        must(ms <= MT1_MS + WAY_MS, `command ${codeName(command)} is answered after ${ms.toFixed(1)} ms`);
      }
    },
  },
  {
    id: 'MCTP-CTRL-017',
    clause: 'DSP0236 §8.17',
    level: 'mandatory',
    title: 'A repeated request is answered again, and in the same way',
    why: 'the first answer may have been lost',
    failure: 'a request that is sent again with the same instance ID is not answered, or differently',
    mend: 'carry an idempotent command out again, or keep the last answer of a requester for six seconds',
    mutant: () => {
      let before = -1;
      return rewriteRequest(controlRequest(GetMessageTypeSupport.code), (payload) => {
        const isRetry = payload[0] === before;
        before = payload[0]!;
        return isRetry ? undefined : payload;
      });
    },
    run: async (probe) => {
      const instance = probe.facts.nextInstance();
      const first = await probe.control(GetMessageTypeSupport.code, [], { instance });
      const again = await probe.tryControl(GetMessageTypeSupport.code, [], { instance, retries: 0 });
      if (again === undefined) await probe.control(GetMessageTypeSupport.code);
      must(again !== undefined, 'a repeated request is not answered');
      must(String(again.payload) === String(first.payload), 'a repeated request is answered differently');
    },
  },
];

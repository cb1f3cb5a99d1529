/** Checks of NVMe-MI messages in general: header, integrity check, what is refused and how. */

import { MESSAGE_TYPE } from '../../../stack/ids.js';
import { MI_STATUS } from '../../../stack/nvme-mi/mi-status.js';
import { rewriteAnswer, rewritePacketOut } from '../../bench/device/rewrites.js';
import type { CheckDeclaration } from '../declaration.js';
import { must } from '../finding.js';
import {
  isAnswered,
  MI,
  miAnswers,
  miAsk,
  micOf,
  miRequest,
  miRequests,
  miStatus,
  miSuccess,
  statusName,
  withMic,
} from './nvme-steps.js';

const UNKNOWN_OPCODE = 0x7f;
const INTERNAL_ERROR = 0x02;
const HEADER = 'NVMe-MI message header';
const FIRST_BYTE = 0x08;

export const NVME_MESSAGE_CHECKS: readonly CheckDeclaration[] = [
  {
    id: 'NVME-MI-001',
    clause: 'NVMe-MI Read NVMe-MI Data Structure',
    level: 'mandatory',
    title: 'It answers Read NVMe-MI Data Structure with success',
    why: 'every requester begins with the NVM subsystem information',
    failure: 'the command is refused, or answered with an error',
    mend: 'support the command with data structure type 0',
    mutant: () =>
      miAnswers(MI.read, (payload, request) =>
        request[10] === 0 && payload[3] === MI_STATUS.success ? payload.with(3, INTERNAL_ERROR) : payload,
      ),
    run: async (probe) => {
      const { status } = await miAsk(probe, miRequest(MI.read));
      must(status === MI_STATUS.success, `the NVM subsystem information is answered with status ${statusName(status)}`);
    },
  },
  {
    id: 'NVME-MI-002',
    clause: HEADER,
    level: 'mandatory',
    title: 'Its messages have IC = 1',
    why: 'every NVMe-MI message ends with an integrity check, and requesters drop those which say that they do not',
    failure: 'the answer has IC = 0',
    mend: 'send 0x84 as the message type byte',
    mutant: () =>
      rewritePacketOut((packet) => (packet[4] === 0x84 && (packet[3]! & 0x80) !== 0 ? packet.with(4, 0x04) : packet)),
    run: async (probe) => {
      const { integrityCheck } = await miAsk(probe, miRequest(MI.read));
      must(integrityCheck, 'the answer has IC = 0');
    },
  },
  {
    id: 'NVME-MI-003',
    clause: 'NVMe-MI message integrity check',
    level: 'mandatory',
    title: 'The integrity check of its answers is right',
    why: 'requesters drop a message whose integrity check is wrong',
    failure: 'the CRC-32C at the end does not fit the message',
    mend: 'compute it from the message type byte on, 0x84 included, and send it with the low byte first',
    mutant: () =>
      rewriteAnswer({ type: MESSAGE_TYPE.nvmeMi }, (payload) =>
        payload.with(payload.length - 1, payload.at(-1)! ^ 0x01),
      ),
    run: async (probe) => {
      const { payload } = await miAsk(probe, miRequest(MI.read));
      must(String(payload.slice(-4)) === String(micOf(payload)), 'the integrity check of the answer is wrong');
    },
  },
  {
    id: 'NVME-MI-004',
    clause: 'NVMe-MI message integrity check',
    level: 'mandatory',
    title: 'It drops a message with a wrong integrity check',
    why: 'a command which was damaged on its way must not be carried out',
    failure: 'a request with a wrong CRC-32C is answered',
    mend: 'compare the integrity check before anything else of the message is looked at',
    mutant: () =>
      miRequests((payload) => (payload[3] === MI.read && payload.length === 19 ? withMic(payload) : payload)),
    run: async (probe) => {
      const request = miRequest(MI.read);
      request[request.length - 1]! ^= 0x10;
      must(!(await isAnswered(probe, request)), 'a request with a wrong integrity check is answered');
    },
  },
  {
    id: 'NVME-MI-005',
    clause: HEADER,
    level: 'mandatory',
    title: 'It drops a message with IC = 0',
    why: 'a message without an integrity check may have been damaged',
    failure: 'a request with IC = 0 is answered',
    mend: 'compare the whole message type byte with 0x84',
    mutant: () => ({
      name: 'takes IC = 0',
      request: (message) => (message.type === MESSAGE_TYPE.nvmeMi ? { ...message, integrityCheck: true } : true),
    }),
    run: async (probe) => {
      const answered = await isAnswered(probe, miRequest(MI.read), { integrityCheck: false });
      must(!answered, 'a request with IC = 0 is answered');
    },
  },
  {
    id: 'NVME-MI-006',
    clause: HEADER,
    level: 'mandatory',
    title: 'Its answers have ROR = 1',
    why: 'ROR tells an answer from a request',
    failure: 'the answer looks like a request',
    mend: 'set bit 7 of byte 1 in answers',
    mutant: () => miAnswers(undefined, (payload) => payload.with(0, payload[0]! & 0x7f)),
    run: async (probe) => {
      const { payload } = await miAsk(probe, miRequest(MI.read));
      must((payload[0]! & 0x80) !== 0, 'the answer has ROR = 0');
    },
  },
  {
    id: 'NVME-MI-007',
    clause: HEADER,
    level: 'mandatory',
    title: 'Its answers repeat the message type and the command slot',
    why: 'there is no instance ID: these and the tag tell which request is answered',
    failure: 'NMIMT or CSI of the answer differ from those of the request',
    mend: 'copy bits 6:3 and 0 of byte 1 into the answer',
    mutant: () => miAnswers(undefined, (payload) => payload.with(0, payload[0]! ^ 0x01)),
    run: async (probe) => {
      const { payload } = await miAsk(probe, miRequest(MI.read));
      const isSame = (payload[0]! & 0x79) === FIRST_BYTE;
      must(isSame, `byte 1 of the answer is ${statusName(payload[0])}, not 0x88`);
    },
  },
  {
    id: 'NVME-MI-008',
    clause: HEADER,
    level: 'mandatory',
    title: 'It sends the reserved bits of the header as 0',
    why: 'a later version gives them a meaning',
    failure: 'bits are set that mean nothing',
    mend: 'clear bits 2:1 of byte 1, bits 7:2 of byte 2, and byte 3',
    mutant: () => miAnswers(undefined, (payload) => payload.with(2, 0x01)),
    run: async (probe) => {
      const { payload } = await miAsk(probe, miRequest(MI.read));
      const isClear = (payload[0]! & 0x06) === 0 && (payload[1]! & 0xfc) === 0 && payload[2] === 0;
      must(isClear, `reserved bits are set: ${[...payload.subarray(0, 3)].map(statusName).join(' ')}`);
    },
  },
  {
    id: 'NVME-MI-009',
    clause: 'NVMe-MI response status',
    level: 'mandatory',
    title: 'It answers an opcode that it does not have with status 0x03',
    why: 'a requester which gets no answer waits, and tries again',
    failure: 'an unknown opcode is answered with another status',
    mend: 'answer Invalid Command Opcode',
    mutant: () => miStatus(UNKNOWN_OPCODE, MI_STATUS.invalidOpcode, INTERNAL_ERROR),
    run: async (probe) => {
      const { status } = await miAsk(probe, miRequest(UNKNOWN_OPCODE));
      must(status === MI_STATUS.invalidOpcode, `opcode 0x7f is answered with status ${statusName(status)}, not 0x03`);
    },
  },
  {
    id: 'NVME-MI-010',
    clause: 'NVMe-MI response status',
    level: 'mandatory',
    title: 'An error has twelve bytes',
    why: 'requesters refuse an error of another length',
    failure: 'bytes follow the status and its three bytes, or they are missing',
    mend: 'send header, status, three bytes, and the integrity check',
    mutant: () =>
      miAnswers(UNKNOWN_OPCODE, (payload) =>
        Uint8Array.of(...payload.subarray(0, 7), 0, 0, 0, 0, ...payload.slice(-4)),
      ),
    run: async (probe) => {
      const { payload, status } = await miAsk(probe, miRequest(UNKNOWN_OPCODE));
      const length = payload.length + 1;
      must(status === MI_STATUS.success || length === 12, `an error has ${length} bytes, not 12`);
    },
  },
  {
    id: 'NVME-MI-011',
    clause: HEADER,
    level: 'mandatory',
    title: 'It does not answer answers',
    why: 'two devices which answer to answers never stop',
    failure: 'a message with ROR = 1 is answered',
    mend: 'drop messages with ROR = 1 which belong to nothing that was asked',
    mutant: () =>
      miRequests((payload) => ((payload[0]! & 0x80) !== 0 ? withMic(payload.with(0, payload[0]! & 0x7f)) : payload)),
    run: async (probe) => {
      const request = withMic(miRequest(MI.read).with(0, 0x88));
      must(!(await isAnswered(probe, request)), 'a message with ROR = 1 is answered');
    },
  },
  {
    id: 'NVME-MI-012',
    clause: 'NVMe-MI response status',
    level: 'mandatory',
    title: 'It answers a request that is too short with status 0x05',
    why: 'what is missing must not be made up',
    failure: 'a command without its second doubleword is carried out, or answered with another status',
    mend: 'answer Invalid Command Size',
    mutant: () => miStatus(MI.read, MI_STATUS.invalidCommandSize, INTERNAL_ERROR),
    run: async (probe) => {
      const { status } = await miAsk(probe, withMic(miRequest(MI.read).slice(0, -4)));
      const isRight = status === MI_STATUS.invalidCommandSize;
      must(isRight, `a request without NMD1 is answered with status ${statusName(status)}, not 0x05`);
    },
  },
  {
    id: 'NVME-MI-013',
    clause: HEADER,
    level: 'mandatory',
    title: 'It ignores the reserved bits of the header',
    why: 'a requester of a later version may set them',
    failure: 'a request with a reserved bit set is not answered with success',
    mend: 'mask the bits that mean something',
    mutant: () =>
      miRequests((payload) => (payload[2] !== 0 ? withMic(payload.with(3, UNKNOWN_OPCODE).with(2, 0)) : payload)),
    run: async (probe) => {
      await miSuccess(probe, MI.read);
      const { status } = await miAsk(probe, withMic(miRequest(MI.read).with(2, 0x01)));
      must(status === MI_STATUS.success, `with byte 3 as 0x01 the answer has status ${statusName(status)}`);
    },
  },
];

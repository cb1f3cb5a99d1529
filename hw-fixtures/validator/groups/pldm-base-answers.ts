/** Checks of the header of PLDM answers (DSP0240 §7, DSP0241). */

import { GetTID } from '../../../pldm/base/base-commands.js';
import { PLDM_TYPE } from '../../../pldm/base/pldm-types.js';
import { MESSAGE_TYPE } from '../../../stack/ids.js';
import type { CheckDeclaration } from '../declaration.js';
import { must } from '../finding.js';
import { codeName } from './control-steps.js';
import { headerByte } from './pldm-message-steps.js';
import { pldm } from './pldm-steps.js';

export const PLDM_ANSWER_CHECKS: readonly CheckDeclaration[] = [
  {
    id: 'PLDM-BASE-001',
    clause: 'DSP0240 §7.1',
    level: 'mandatory',
    title: 'An answer has the Rq bit cleared',
    why: 'a requester drops what is not an answer',
    failure: 'the answer looks like a request',
    mend: 'clear bit 7 of the first PLDM byte in answers',
    mutant: () => headerByte(0, (byte) => byte | 0x80),
    run: async (probe) => {
      const { flags } = await pldm(probe, GetTID);
      must((flags & 0x80) === 0, 'the answer has Rq = 1');
    },
  },
  {
    id: 'PLDM-BASE-002',
    clause: 'DSP0240 §7.1',
    level: 'mandatory',
    title: 'An answer has the D bit cleared',
    why: 'D marks datagrams, and with Rq = 0 it is reserved',
    failure: 'the answer says that it is a datagram',
    mend: 'clear bit 6 of the first PLDM byte in answers',
    mutant: () => headerByte(0, (byte) => byte | 0x40),
    run: async (probe) => {
      const { flags } = await pldm(probe, GetTID);
      must((flags & 0x40) === 0, 'the answer has D = 1');
    },
  },
  {
    id: 'PLDM-BASE-003',
    clause: 'DSP0240 §7.1',
    level: 'mandatory',
    title: 'The reserved bit of the header is 0',
    why: 'a later version of the standard gives it a meaning',
    failure: 'bit 5 of the first PLDM byte is set',
    mend: 'write 0 to bit 5 of the first PLDM byte',
    mutant: () => headerByte(0, (byte) => byte | 0x20),
    run: async (probe) => {
      const { flags } = await pldm(probe, GetTID);
      must((flags & 0x20) === 0, 'the reserved bit is set');
    },
  },
  {
    id: 'PLDM-BASE-004',
    clause: 'DSP0240 §7.1',
    level: 'mandatory',
    title: 'An answer has the instance ID of its request',
    why: 'the requester finds the request by it, and drops the answer otherwise',
    failure: 'the instance ID in the answer is another one',
    mend: 'copy bits 4:0 of the first PLDM byte from the request',
    mutant: () => headerByte(0, (byte) => byte ^ 0x01),
    run: async (probe) => {
      for (const instance of [0, 7, 31]) {
        const answer = await pldm(probe, GetTID, [], { instance });
        must(answer.instance === instance, `instance ID ${instance} is answered with ${answer.instance}`);
      }
    },
  },
  {
    id: 'PLDM-BASE-005',
    clause: 'DSP0240 §7.1',
    level: 'mandatory',
    title: 'An answer has header version 0',
    why: 'a requester drops messages of header versions which it does not know',
    failure: 'bits 7:6 of the second PLDM byte are not 0',
    mend: 'write 00b to bits 7:6 of the second PLDM byte',
    mutant: () => headerByte(1, (byte) => byte | 0x40),
    run: async (probe) => {
      const { typeByte = 0 } = await pldm(probe, GetTID);
      must(typeByte >> 6 === 0, `the answer has header version ${typeByte >> 6}`);
    },
  },
  {
    id: 'PLDM-BASE-006',
    clause: 'DSP0240 §7.1',
    level: 'mandatory',
    title: 'An answer has the PLDM type of its request',
    why: 'the requester drops an answer of another type',
    failure: 'the PLDM type in the answer is another one',
    mend: 'copy bits 5:0 of the second PLDM byte from the request',
    mutant: () => headerByte(1, (byte) => byte ^ 0x02),
    run: async (probe) => {
      const { typeByte = 0 } = await pldm(probe, GetTID);
      must((typeByte & 0x3f) === PLDM_TYPE.base, `a request of type 0 is answered with type ${typeByte & 0x3f}`);
    },
  },
  {
    id: 'PLDM-BASE-007',
    clause: 'DSP0240 §7.1',
    level: 'mandatory',
    title: 'An answer has the command of its request',
    why: 'the requester drops an answer to another command',
    failure: 'the command in the answer is another one',
    mend: 'copy the third PLDM byte from the request',
    mutant: () => headerByte(2, (byte) => byte ^ 0x04),
    run: async (probe) => {
      const { command } = await pldm(probe, GetTID);
      must(command === GetTID.code, `command 0x02 is answered with command ${codeName(command)}`);
    },
  },
  {
    id: 'PLDM-BASE-008',
    clause: 'DSP0241 message body',
    level: 'mandatory',
    title: 'PLDM messages have IC = 0',
    why: 'PLDM over MCTP has no message integrity check, and a requester would look for one',
    failure: 'the message type byte of an answer is 0x81',
    mend: 'send message type byte 0x01',
    mutant: () => ({
      name: 'answers with IC',
      packetOut: (packet) =>
        (packet[3]! & 0x80) !== 0 && packet[4] === MESSAGE_TYPE.pldm ? packet.with(4, 0x81) : true,
    }),
    run: async (probe) => {
      const { integrityCheck } = await pldm(probe, GetTID);
      must(!integrityCheck, 'the answer has IC = 1');
    },
  },
];

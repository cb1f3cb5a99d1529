/** The requirements of DSP0240 and DSP0241, each with its check, or why there is none. */

import type { Requirement } from '../declaration.js';

const base = (...numbers: readonly number[]) => ({
  checks: numbers.map((number) => `PLDM-BASE-${String(number).padStart(3, '0')}`),
});

export const PLDM_BASE_REQUIREMENTS: readonly Requirement[] = [
  { clause: 'DSP0241', text: 'the message type is 0x01 with IC 0', ...base(8) },
  { clause: 'DSP0240 §7.1', text: 'answers have Rq 0, D 0, the reserved bit 0', ...base(1, 2, 3) },
  { clause: 'DSP0240 §7.1', text: 'answers copy instance ID, type and command', ...base(4, 6, 7) },
  { clause: 'DSP0240 §7.1', text: 'header version 0; messages of others are dropped', ...base(5, 9) },
  { clause: 'DSP0240 §7.1', text: 'datagrams, answers and the reserved kind get no answer', ...base(10, 11, 12) },
  {
    clause: 'DSP0240 table 5',
    text: 'unknown types and commands are refused by 0x20 and 0x05',
    ...base(13, 14, 22, 23),
  },
  { clause: 'DSP0240 table 5', text: 'wrong lengths are refused by 0x03', ...base(16, 17) },
  { clause: 'DSP0240 §7', text: 'an error carries its code alone', ...base(15) },
  { clause: 'DSP0240 §7', text: 'a request is answered once; a retry again', ...base(19, 21) },
  { clause: 'DSP0240 §7', text: 'instance IDs are 0 to 31', ...base(20) },
  {
    clause: 'DSP0240 table 6',
    text: 'PT3: an instance ID expires after 5 to 6 s',
    unchecked: 'whether a device acts once more or repeats its answer is the same for commands that only read',
  },
  { clause: 'DSP0240 table 6', text: 'PT1: an answer begins within 100 ms', ...base(18) },
  {
    clause: 'DSP0240 table 6',
    text: 'PN1, PT2: retries of a requester',
    unchecked: 'they concern requesters; a device asks only for events and firmware',
  },
  { clause: 'DSP0240 §9', text: 'GetTID; TIDs 0 and 0xff are not assigned', ...base(24, 25, 29) },
  { clause: 'DSP0240 §9', text: 'SetTID takes 1 to 0xfe', ...base(30, 31, 32) },
  { clause: 'DSP0240 §9', text: 'GetPLDMTypes', ...base(26, 33, 34, 35) },
  {
    clause: 'DSP0240 §9',
    text: 'GetPLDMVersion: form, checksum, parts, refusals',
    ...base(27, 36, 37, 38, 39, 40, 41, 42, 43),
  },
  {
    clause: 'DSP0240 §9',
    text: 'GetPLDMCommands: what is listed is there, and the other way round',
    ...base(28, 44, 45, 46, 47, 48, 49),
  },
  { clause: 'DSP0240 §9', text: 'SelectPLDMVersion refuses what it does not have', ...base(50, 51) },
  { clause: 'DSP0240 §9', text: 'NegotiateTransferParameters', ...base(52, 53, 54, 55) },
  {
    clause: 'DSP0240 §9',
    text: 'multipart commands before negotiation answer NEGOTIATION_INCOMPLETE',
    unchecked:
      'whether a requester has negotiated before cannot be seen from outside; the group file checks the transfers',
  },
  {
    clause: 'DSP0240 §9',
    text: 'GetMultipartTransferSupport',
    unchecked: 'the layout of its answer is not known for sure',
  },
];

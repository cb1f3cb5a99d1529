/** The requirements of DSP0236 clause 8, each with its check, or why there is none. */

import type { Requirement } from '../declaration.js';

const by = (...numbers: readonly number[]) => ({
  checks: numbers.map((number) => `MCTP-TRAN-${String(number).padStart(3, '0')}`),
});

export const TRANSPORT_REQUIREMENTS: readonly Requirement[] = [
  { clause: 'DSP0236 §8.1', text: 'the tag and TO of an answer are those of the request, TO cleared', ...by(6, 7, 14) },
  { clause: 'DSP0236 §8.1', text: 'SOM and EOM mark the first and the last packet', ...by(8) },
  { clause: 'DSP0236 §8.1', text: 'header version 1; reserved bits are sent as 0 and ignored', ...by(9, 10, 11, 12) },
  { clause: 'DSP0236 §8.2', text: 'null EID, broadcast EID and reserved EIDs', ...by(2, 3, 5, 15, 16, 17, 18) },
  { clause: 'DSP0236 §8.2', text: 'packets to its own EID are taken, and answered to their source', ...by(1, 4) },
  { clause: 'DSP0236 §8.3', text: 'every endpoint takes packets with 64 bytes of payload', ...by(34) },
  { clause: 'DSP0236 §8.3', text: 'all packets of a message but the last have the same size', ...by(36) },
  { clause: 'DSP0236 §8.1', text: 'SOM, EOM and tag of answers in several packets', ...by(38, 39) },
  { clause: 'DSP0236 §8.5', text: 'assemblies by source, TO and tag', ...by(28, 29, 30) },
  { clause: 'DSP0236 §8.6', text: 'packets that are dropped', ...by(12, 13, 14, 19, 20, 35) },
  {
    clause: 'DSP0236 §8.6',
    text: 'D2: packets whose frame is damaged are dropped',
    checks: ['MCTP-SMBUS-001', 'MCTP-SERIAL-001', 'MCTP-USB-001'],
  },
  { clause: 'DSP0236 §8.6', text: 'D5: a bridge drops what it has no route for', ...by(13) },
  { clause: 'DSP0236 §8.7', text: 'sequence numbers', ...by(21, 22, 23, 24, 37) },
  { clause: 'DSP0236 §8.7', text: 'a new first packet ends the message before it', ...by(26, 27) },
  { clause: 'DSP0236 §8.7', text: 'messages of unknown types are not answered; assemblies are bounded', ...by(32, 33) },
  { clause: 'DSP0236 §8.8', text: 'an assembly is given up after the time of the binding', ...by(31) },
  { clause: 'DSP0236 §8.13', text: 'a duplicate ends the message', ...by(25) },
];

/** The group `serial`: frames of the serial binding (DSP0253). */

import type { GroupDeclaration, Requirement } from '../declaration.js';
import { SERIAL_RECEIVING } from './serial-receiving.js';
import { SERIAL_RESYNCHRONISING } from './serial-resynchronising.js';
import { SERIAL_SENDING } from './serial-sending.js';

const by = (...numbers: readonly number[]) => ({
  checks: numbers.map((number) => `MCTP-SERIAL-${String(number).padStart(3, '0')}`),
});

const REQUIREMENTS: readonly Requirement[] = [
  { clause: 'DSP0253 frame format', text: 'a flag at each end of a frame', ...by(19) },
  { clause: 'DSP0253 frame format', text: 'revision 1', ...by(4, 14) },
  {
    clause: 'DSP0253 frame format',
    text: 'the byte count is that of the packet before it is escaped',
    ...by(5, 6, 15, 20),
  },
  {
    clause: 'DSP0253 frame format',
    text: 'the next frame is found after bytes which are none',
    ...by(9, 10, 11, 12),
  },
  {
    clause: 'DSP0253 escape sequences',
    text: '7e and 7d of the packet are escaped, and nothing else',
    ...by(2, 7, 16, 17),
  },
  { clause: 'DSP0253 escape sequences', text: 'the FCS is never escaped', ...by(3, 18) },
  {
    clause: 'DSP0253 frame check sequence',
    text: 'CRC-16 over revision, count and packet, high byte first; a wrong one is dropped',
    ...by(1, 13),
  },
  { clause: 'DSP0253 physical layer', text: 'all bytes pass: no software flow control', ...by(8) },
  {
    clause: 'DSP0253 physical layer',
    text: '8 data bits, no parity, one stop bit, the speed',
    unchecked: 'with another setting nothing is understood at all',
  },
  {
    clause: 'DSP0253 packets',
    text: 'every endpoint takes packets with 64 bytes of payload',
    checks: ['MCTP-TRAN-034'],
  },
  { clause: 'DSP0253 control messages', text: 'EID 0 reaches the other end', checks: ['MCTP-TRAN-002'] },
];

export const SERIAL_GROUP: GroupDeclaration = {
  name: 'serial',
  title: 'Serial: frames',
  about:
    'Rules of DSP0253 for frames on a serial line: flags, escapes, byte count, frame check sequence, and how the next frame is found. The checks send bytes of any form, so they need a serial link of our own stack. Clauses are named by what they are about.',
  bench: {
    toml: 'echo = false\npldm = { sensors = [{ id = 1, name = "Temperature", unit = "°C", value = 20 }] }',
    wire: 'serial',
  },
  checks: [...SERIAL_RECEIVING, ...SERIAL_RESYNCHRONISING, ...SERIAL_SENDING],
  requirements: REQUIREMENTS,
};

/** The group `smbus`: frames of the SMBus/I2C binding (DSP0237). */

import type { GroupDeclaration, Requirement } from '../declaration.js';
import { SMBUS_RECEIVING } from './smbus-receiving.js';
import { SMBUS_SENDING } from './smbus-sending.js';

const by = (...numbers: readonly number[]) => ({
  checks: numbers.map((number) => `MCTP-SMBUS-${String(number).padStart(3, '0')}`),
});
const NO_EDGES = 'ports report whole writes: times on the wire need a logic analyser';

const REQUIREMENTS: readonly Requirement[] = [
  {
    clause: 'DSP0237 §6',
    text: 'a PEC over all bytes, the address byte included; a wrong one is dropped',
    ...by(1, 2, 10),
  },
  { clause: 'DSP0237 §6', text: 'the command code is 0x0f', ...by(3, 11) },
  { clause: 'DSP0237 §6', text: 'the byte count is that of the bytes', ...by(4, 5, 12) },
  { clause: 'DSP0237 §6', text: 'the source address is that of the sender, with bit 0 set', ...by(6, 13, 14) },
  { clause: 'DSP0237 §6', text: 'packets below 5 bytes, cut writes, blocks up to 255 bytes', ...by(7, 8, 9) },
  { clause: 'DSP0237 §6', text: 'the version of the header', checks: ['MCTP-TRAN-012'] },
  {
    clause: 'DSP0237 §6',
    text: 'frames to another address, or from its own address, are dropped',
    unchecked: 'at another address another device may be, and an answer to its own address does not come to us',
  },
  {
    clause: 'DSP0237 §6.7',
    text: 'no discovery flag; Get Endpoint ID byte 4',
    checks: ['MCTP-CTRL-038', 'MCTP-CTRL-039', 'MCTP-CTRL-040', 'MCTP-CTRL-043'],
  },
  { clause: 'DSP0237 table 8', text: 'PN1: a write which was not acknowledged is repeated', ...by(15, 16) },
  { clause: 'DSP0237 table 8', text: 'PT1, PT2, PT3: times of bytes, stretching, a stuck bus', unchecked: NO_EDGES },
  {
    clause: 'DSP0237 table 8',
    text: 'PN2: a bridge repeats a forwarded write up to 12 times',
    unchecked: 'the writes of a bridge are on a bus which we are not on',
  },
  { clause: 'DSP0237 §6', text: 'fairness arbitration (optional)', unchecked: NO_EDGES },
  {
    clause: 'DSP0237 §6',
    text: 'addresses by ARP',
    unchecked: 'mctpkit finds devices at the addresses that a user or the bus owner names',
  },
];

export const SMBUS_GROUP: GroupDeclaration = {
  name: 'smbus',
  title: 'SMBus: frames',
  about:
    'Rules of DSP0237 for the writes in which packets are: PEC, command code, byte count, addresses, repeated writes. The checks send frames of any form, so they need an SMBus link of our own stack.',
  bench: { toml: '' },
  checks: [...SMBUS_RECEIVING, ...SMBUS_SENDING],
  requirements: REQUIREMENTS,
};

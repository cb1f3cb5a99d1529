/** The requirements of the control protocol (DSP0236 clauses 11 and 12), each with its check, or why there is none. */

import type { Requirement } from '../declaration.js';

const by = (...numbers: readonly number[]) => ({
  checks: numbers.map((number) => `MCTP-CTRL-${String(number).padStart(3, '0')}`),
});
const TAKES_AWAY = 'it would take EIDs or routes away from devices that are in use';

export const CONTROL_REQUIREMENTS: readonly Requirement[] = [
  { clause: 'DSP0236 §11.1', text: 'Rq, D and the reserved bit of answers', ...by(1, 2, 3) },
  { clause: 'DSP0236 §11.1', text: 'answers repeat instance ID and command', ...by(4, 5) },
  { clause: 'DSP0236 §11.1', text: 'IC is 0 in control messages', ...by(6, 7) },
  { clause: 'DSP0236 §11.1', text: 'datagrams, answers and fragments of messages get no answer', ...by(8, 9, 10) },
  { clause: 'DSP0236 §8.17', text: 'one answer for a request; a repeated request is answered again', ...by(15, 17) },
  { clause: 'DSP0237 table 9', text: 'MT1: an answer comes within 100 ms', ...by(16) },
  { clause: 'DSP0236 §12.2', text: 'unknown commands and wrong lengths have completion codes', ...by(11, 12, 13, 14) },
  { clause: 'DSP0236 §12.3', text: 'Set Endpoint ID: EIDs, operations, pool', ...by(29, 30, 31, 32, 36, 37, 38, 41) },
  { clause: 'DSP0236 §12.4', text: 'Get Endpoint ID', ...by(18, 21, 22, 42, 43) },
  { clause: 'DSP0236 §12.5', text: 'Get Endpoint UUID: the same each time', ...by(33) },
  {
    clause: 'DSP0236 §12.5',
    text: 'the UUID is the same after a reset',
    unchecked: 'no command of this protocol resets a device: keep a report, and compare the next run with it',
  },
  { clause: 'DSP0236 §12.6', text: 'Get MCTP Version Support', ...by(19, 23, 24, 25, 26) },
  { clause: 'DSP0236 §12.7', text: 'Get Message Type Support, against what answers', ...by(20, 27, 28, 35) },
  { clause: 'DSP0236 §12.8', text: 'Get Vendor Defined Message Support: selectors, formats', ...by(34, 44) },
  { clause: 'DSP0236 §12.9', text: 'Resolve Endpoint ID: unknown EIDs are refused', ...by(47) },
  { clause: 'DSP0236 §12.10', text: 'Allocate Endpoint IDs: information about the pool', ...by(46) },
  { clause: 'DSP0236 §12.10', text: 'Allocate Endpoint IDs: allocate, force', unchecked: TAKES_AWAY },
  { clause: 'DSP0236 §12.11', text: 'Routing Information Update', unchecked: TAKES_AWAY },
  { clause: 'DSP0236 §12.12', text: 'Get Routing Table Entries: whole entries, paging', ...by(45) },
  { clause: 'DSP0236 §12.13', text: 'Prepare for Endpoint Discovery, Endpoint Discovery', ...by(39, 40) },
  {
    clause: 'DSP0236 §12.15',
    text: 'Discovery Notify is sent when a device needs an EID',
    unchecked: 'the device sends it when it starts, or when something behind it changes: not while it is asked',
  },
];

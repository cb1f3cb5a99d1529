/** Checks of how a device finds the next frame on a serial line after bytes which are none. */

import type { Behaviour } from '../../bench/device/behaviour.js';
import type { CheckDeclaration } from '../declaration.js';
import { deafAfter } from './deaf-mutant.js';
import { goodFrame, mustSurviveFrames } from './frame-steps.js';
import { FLAG, REVISION, SERIAL, serialFrame } from './serial-frames.js';
import { smallRequest } from './transport-steps.js';

const CLAUSE = 'DSP0253 frame format';
const NOISE = Uint8Array.of(0x00, 0x55, 0xaa, 0xff, 0x01, 0x0d, 0x0a);
const OTHER_REVISION = 0x42;
/** Of a cut frame: flag, revision, count, and the first bytes of the packet. */
const CUT = 6;

/** A receiver that takes every other flag for an opening one, as Linux 6.12 does, until bytes without a flag come. */
function countsFlags(): Behaviour {
  let isOff = false;
  return {
    name: 'counts flags',
    frameIn: (piece) => {
      if (piece[0] !== FLAG) isOff = false;
      else if (piece.length === 1) isOff = !isOff;
      return isOff ? [] : [piece];
    },
  };
}

export const SERIAL_RESYNCHRONISING: readonly CheckDeclaration[] = [
  {
    id: 'MCTP-SERIAL-009',
    clause: CLAUSE,
    level: 'recommended',
    title: 'It finds the next frame after noise',
    why: 'a line which was plugged in, or a console before its program starts, sends bytes which are not frames',
    failure: 'after bytes between frames requests are not answered',
    mend: 'pass over everything up to the next flag',
    mutant: () => deafAfter((piece) => piece[0] !== FLAG),
    run: (probe) => mustSurviveFrames(SERIAL, probe, () => [NOISE], 'it does not answer any more after noise'),
  },
  {
    id: 'MCTP-SERIAL-010',
    clause: CLAUSE,
    level: 'recommended',
    title: 'It finds the next frame after a stray flag',
    why: 'a flag may be left over from a frame of which the rest was lost',
    failure: 'after a single flag requests are not answered, because closing flags are taken for opening ones',
    mend: 'take a flag which follows a flag for an opening one, too',
    mutant: countsFlags,
    run: (probe) =>
      mustSurviveFrames(SERIAL, probe, () => [Uint8Array.of(FLAG)], 'it does not answer any more after a stray flag'),
  },
  {
    id: 'MCTP-SERIAL-011',
    clause: CLAUSE,
    level: 'recommended',
    title: 'It finds the next frame after one that was cut short',
    why: 'a sender that is reset in the middle of a frame leaves half of it',
    failure: 'after the first half of a frame requests are not answered',
    mend: 'drop the frame when a flag comes before as many bytes as its count says, and take the flag for an opening one',
    mutant: () => deafAfter((piece) => piece[0] === FLAG && piece.length === CUT && piece[2] !== 0),
    run: (probe) => {
      const cut = (): Uint8Array[] => [goodFrame(SERIAL, probe).slice(0, CUT)];
      return mustSurviveFrames(SERIAL, probe, cut, 'it does not answer any more after a frame that was cut short');
    },
  },
  {
    id: 'MCTP-SERIAL-012',
    clause: CLAUSE,
    level: 'recommended',
    title: 'It finds the next frame after one of another revision',
    why: 'a peer may try another revision of the binding first',
    failure: 'after a frame of another revision requests are not answered',
    mend: 'pass over everything up to the next flag',
    mutant: () => deafAfter((piece) => piece[0] === FLAG && piece[1] === OTHER_REVISION && piece[2] !== REVISION),
    run: (probe) => {
      const other = (): Uint8Array[] => [serialFrame(smallRequest(probe), { revision: OTHER_REVISION })];
      return mustSurviveFrames(SERIAL, probe, other, 'it does not answer any more after a frame of another revision');
    },
  },
  {
    id: 'MCTP-SERIAL-020',
    clause: CLAUSE,
    level: 'mandatory',
    needs: 'reset',
    title: 'A frame with the byte count 0 does not stop it',
    why: 'a receiver which waits for its byte count to be reached after each byte writes behind its buffer: some Linux kernels do',
    failure: 'after a frame with the byte count 0 requests are not answered, or the device restarts',
    mend: 'look at the byte count before the first byte of data, and drop the frame when it is 0',
    mutant: () => deafAfter((piece) => piece[0] === FLAG && piece[1] === REVISION && piece[2] === 0),
    run: (probe) => {
      const empty = (): Uint8Array[] => [serialFrame(new Uint8Array(0))];
      return mustSurviveFrames(SERIAL, probe, empty, 'it does not answer any more after a frame with the byte count 0');
    },
  },
];

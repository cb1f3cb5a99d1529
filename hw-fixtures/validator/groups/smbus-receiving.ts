/** Checks of what a device does with SMBus frames that come (DSP0237 §6). */

import { COMMAND_MCTP } from '../../../bindings/smbus/smbus-framing.js';
import type { CheckDeclaration } from '../declaration.js';
import { deafAfter } from './deaf-mutant.js';
import { goodFrame, mustDropFrames, mustSurviveFrames } from './frame-steps.js';
import { AT, changed, countOf, isMctp, mends, pecOf, SMBUS, withByte, withPec } from './smbus-frames.js';

/** A command code which differs from that of MCTP in one bit, and which the SMBus specification gives to nobody. */
const OTHER_COMMAND = 0x8f;
/** Byte count of the smallest packet: source address, MCTP header, one byte. */
const SMALLEST_COUNT = 6;
const LARGEST_COUNT = 255;
/** Of Get Endpoint ID in a frame: source address, MCTP header, type, instance ID, command. */
const REQUEST_COUNT = 8;

const isWhole = (frame: Uint8Array): boolean => frame[AT.count] === countOf(frame);

export const SMBUS_RECEIVING: readonly CheckDeclaration[] = [
  {
    id: 'MCTP-SMBUS-001',
    clause: 'DSP0237 §6',
    level: 'mandatory',
    title: 'It drops a frame whose PEC is wrong',
    why: 'bits change on cables: a request which was not sent must not be carried out',
    failure: 'a request is answered whose PEC does not belong to its bytes',
    mend: 'compute the CRC-8 over all bytes from the address byte on, and drop the frame without an answer when it differs',
    mutant: () => mends((frame) => (isMctp(frame) && isWhole(frame) ? withPec(frame) : undefined)),
    run: (probe) => {
      const wrong = (): Uint8Array[] => {
        const good = goodFrame(SMBUS, probe);
        const right = pecOf(good);
        return [right ^ 0x01, right ^ 0x80, right ^ 0xff].map((pec) => good.with(-1, pec));
      };
      return mustDropFrames(SMBUS, probe, wrong, 'a frame with a wrong PEC is answered');
    },
  },
  {
    id: 'MCTP-SMBUS-002',
    clause: 'DSP0237 §6',
    level: 'mandatory',
    title: 'It drops a frame without a PEC',
    why: 'the PEC is mandatory for MCTP: without it the receiver cannot know whether the bytes are right',
    failure: 'a request is answered whose frame ends where the PEC should be',
    mend: 'drop writes which do not have one byte more than their byte count says',
    mutant: () =>
      mends((frame) => {
        const endsEarly = frame[AT.count] === REQUEST_COUNT && countOf(frame) === REQUEST_COUNT - 1;
        const isOther = frame.at(-1) === pecOf(frame);
        return endsEarly && !isOther ? withPec(Uint8Array.of(...frame, 0)) : undefined;
      }),
    run: (probe) => {
      const cut = (): Uint8Array[] => [goodFrame(SMBUS, probe).slice(0, -1)];
      return mustDropFrames(SMBUS, probe, cut, 'a frame without a PEC is answered');
    },
  },
  {
    id: 'MCTP-SMBUS-003',
    clause: 'DSP0237 §6',
    level: 'mandatory',
    title: 'It takes the command code of MCTP only',
    why: 'other protocols use the same address with other command codes',
    failure: `a frame with the command code 0x${OTHER_COMMAND.toString(16)} is answered as if it were one of MCTP`,
    mend: 'compare the command code with 0x0f before anything else',
    mutant: () =>
      mends((frame) => (frame[AT.command] === OTHER_COMMAND ? withByte(frame, AT.command, COMMAND_MCTP) : undefined)),
    run: (probe) => {
      const other = (): Uint8Array[] => [changed(probe, (frame) => frame.with(AT.command, OTHER_COMMAND))];
      return mustDropFrames(SMBUS, probe, other, 'a frame with another command code is answered');
    },
  },
  {
    id: 'MCTP-SMBUS-004',
    clause: 'DSP0237 §6',
    level: 'mandatory',
    title: 'It drops a frame which is longer than its byte count says',
    why: 'the byte count is the only length there is: two lengths mean that one of them is wrong',
    failure: 'a request is answered though more bytes came than its byte count says',
    mend: 'compare the byte count with the number of bytes up to the stop condition',
    mutant: () =>
      mends((frame) =>
        isMctp(frame) && frame[AT.count]! < countOf(frame) ? withByte(frame, AT.count, countOf(frame)) : undefined,
      ),
    run: (probe) => {
      const longer = (): Uint8Array[] => [changed(probe, (frame) => frame.with(AT.count, countOf(frame) - 1))];
      return mustDropFrames(SMBUS, probe, longer, 'a frame is answered which is longer than its byte count says');
    },
  },
  {
    id: 'MCTP-SMBUS-005',
    clause: 'DSP0237 §6',
    level: 'mandatory',
    title: 'It drops a frame which is shorter than its byte count says',
    why: 'a write that was cut short is not what its sender meant',
    failure: 'a request is answered though fewer bytes came than its byte count says',
    mend: 'compare the byte count with the number of bytes up to the stop condition',
    mutant: () =>
      mends((frame) =>
        isMctp(frame) && frame[AT.count]! > countOf(frame) && frame.at(-1) === pecOf(frame)
          ? withByte(frame, AT.count, countOf(frame))
          : undefined,
      ),
    run: (probe) => {
      const shorter = (): Uint8Array[] =>
        [1, 8].map((more) => changed(probe, (frame) => frame.with(AT.count, countOf(frame) + more)));
      return mustDropFrames(SMBUS, probe, shorter, 'a frame is answered which is shorter than its byte count says');
    },
  },
  {
    id: 'MCTP-SMBUS-006',
    clause: 'DSP0237 §6',
    level: 'mandatory',
    title: 'It drops a frame whose source address has bit 0 clear',
    why: 'that bit tells MCTP from IPMI on the same bus',
    failure: 'a frame is answered which says that it is one of IPMI',
    mend: 'take frames whose fourth byte has bit 0 set only',
    mutant: () =>
      mends((frame) =>
        isMctp(frame) && isWhole(frame) && (frame[AT.source]! & 1) === 0
          ? withByte(frame, AT.source, frame[AT.source]! | 1)
          : undefined,
      ),
    run: (probe) => {
      const ipmi = (): Uint8Array[] => [changed(probe, (frame) => frame.with(AT.source, frame[AT.source]! & 0xfe))];
      return mustDropFrames(SMBUS, probe, ipmi, 'a frame is answered whose source address has bit 0 clear');
    },
  },
  {
    id: 'MCTP-SMBUS-007',
    clause: 'DSP0237 §6',
    level: 'mandatory',
    title: 'Frames without a whole packet do not stop it',
    why: 'anything on the bus could disable the device with a few bytes',
    failure: 'after frames which are right and hold less than an MCTP header and a byte, requests are not answered',
    mend: 'drop frames whose byte count is below 6, and do not subtract before you compare',
    mutant: () => deafAfter((frame) => isMctp(frame) && isWhole(frame) && frame[AT.count]! < SMALLEST_COUNT),
    run: (probe) => {
      const short = (): Uint8Array[] =>
        Array.from({ length: SMALLEST_COUNT }, (_, count) => {
          const frame = goodFrame(SMBUS, probe).slice(0, AT.source + count + 1);
          return withPec(frame.with(AT.count, count));
        });
      return mustSurviveFrames(SMBUS, probe, short, 'it does not answer any more after frames without a whole packet');
    },
  },
  {
    id: 'MCTP-SMBUS-008',
    clause: 'DSP0237 §6',
    level: 'mandatory',
    title: 'Writes which are cut short do not stop it',
    why: 'a controller that is reset in the middle of a write leaves half a frame',
    failure: 'after writes which end in the middle of a frame, requests are not answered',
    mend: 'begin anew with every start condition, whatever came before it',
    mutant: () => deafAfter((frame) => frame.length <= 3),
    run: (probe) => {
      const cuts = (): Uint8Array[] => [2, 3, 4, 6, 8, 10].map((end) => goodFrame(SMBUS, probe).slice(0, end));
      return mustSurviveFrames(SMBUS, probe, cuts, 'it does not answer any more after writes which are cut short');
    },
  },
  {
    id: 'MCTP-SMBUS-009',
    clause: 'DSP0237 §6',
    level: 'mandatory',
    title: 'The longest frame does not stop it, whether its PEC is right or wrong',
    why: 'the byte count of an MCTP frame may be up to 255, whatever a block of SMBus has: a buffer must not overflow',
    failure: 'after a frame with the byte count 255 requests are not answered',
    mend: 'refuse or drop what does not fit, byte by byte, and begin anew with the next start condition',
    mutant: () => deafAfter((frame) => frame[AT.count] === LARGEST_COUNT && frame.at(-1) !== pecOf(frame)),
    run: (probe) => {
      const longest = (): Uint8Array[] => {
        const frame = new Uint8Array(AT.source + LARGEST_COUNT + 1);
        frame.set(goodFrame(SMBUS, probe));
        const good = withPec(frame.with(AT.count, LARGEST_COUNT));
        return [good, good.with(-1, good.at(-1)! ^ 0xff)];
      };
      return mustSurviveFrames(SMBUS, probe, longest, 'it does not answer any more after a frame of 255 bytes');
    },
  },
];

/** Checks of the SMBus frames which a device sends (DSP0237 §6 and table 8). */

import type { BusFault } from '../../../bindings/smbus/i2c-port.js';
import { COMMAND_MCTP } from '../../../bindings/smbus/smbus-framing.js';
import { MctpError } from '../../../stack/errors.js';
import { hexNumber } from '../../../stack/util/text.js';
import type { CheckDeclaration } from '../declaration.js';
import { broken, must, notApplicable } from '../finding.js';
import type { Probe } from '../probe.js';
import { answerFrame, directOn, goodFrame } from './frame-steps.js';
import { AT, addressesOf, countOf, pecOf, SMBUS, sends, withByte } from './smbus-frames.js';

/** Fewer than PN1, which is 8: an endpoint tries that often again. */
const REFUSALS = 2;

export const SMBUS_SENDING: readonly CheckDeclaration[] = [
  {
    id: 'MCTP-SMBUS-010',
    clause: 'DSP0237 §6',
    level: 'mandatory',
    title: 'Its frames have the right PEC',
    why: 'every good receiver drops frames with another one',
    failure: 'the last byte of an answer is not the CRC-8 of all bytes before it, the address byte included',
    mend: 'compute the CRC-8 (polynomial 0x07, start value 0) from the address byte on, as it is on the wire',
    mutant: () => sends((frame) => frame.with(-1, frame.at(-1)! ^ 0x55)),
    run: async (probe) => {
      const frame = await answerFrame(SMBUS, probe);
      const right = pecOf(frame);
      must(frame.at(-1) === right, `the PEC of an answer is ${hexNumber(frame.at(-1)!)}, not ${hexNumber(right)}`);
    },
  },
  {
    id: 'MCTP-SMBUS-011',
    clause: 'DSP0237 §6',
    level: 'mandatory',
    title: 'Its frames have the command code of MCTP',
    why: 'receivers of other protocols at our address would take them otherwise',
    failure: 'the command code of an answer is not 0x0f',
    mend: 'send 0x0f behind the address byte',
    mutant: () => sends((frame) => withByte(frame, AT.command, 0x0e)),
    run: async (probe) => {
      const command = (await answerFrame(SMBUS, probe))[AT.command]!;
      must(command === COMMAND_MCTP, `the command code of an answer is ${hexNumber(command)}, not 0x0f`);
    },
  },
  {
    id: 'MCTP-SMBUS-012',
    clause: 'DSP0237 §6',
    level: 'mandatory',
    title: 'The byte count of its frames is right',
    why: 'every good receiver drops frames with another one',
    failure: 'the byte count of an answer is not the number of bytes behind it without the PEC',
    mend: 'count the source address and the packet: 1 more than the packet has bytes',
    mutant: () => sends((frame) => withByte(frame, AT.count, frame[AT.count]! + 1)),
    run: async (probe) => {
      const frame = await answerFrame(SMBUS, probe);
      const said = frame[AT.count]!;
      must(said === countOf(frame), `the byte count of an answer is ${said}, and ${countOf(frame)} bytes follow`);
    },
  },
  {
    id: 'MCTP-SMBUS-013',
    clause: 'DSP0237 §6',
    level: 'mandatory',
    title: 'Its frames name its own address as their source',
    why: 'an endpoint that the device asks answers to that address',
    failure: 'the fourth byte of an answer is not the address at which the device was asked',
    mend: 'send the own address shifted left by one, with bit 0 set, as the fourth byte',
    mutant: () => sends((frame) => withByte(frame, AT.source, frame[AT.source]! ^ 0x40)),
    run: async (probe) => {
      const source = (await answerFrame(SMBUS, probe))[AT.source]! >> 1;
      const { theirs } = addressesOf(probe);
      must(source === theirs, `an answer comes from ${hexNumber(source)}, and the device is at ${hexNumber(theirs)}`);
    },
  },
  {
    id: 'MCTP-SMBUS-014',
    clause: 'DSP0237 §6',
    level: 'mandatory',
    title: 'The source address of its frames has bit 0 set',
    why: 'that bit tells MCTP from IPMI on the same bus',
    failure: 'bit 0 of the fourth byte of an answer is clear',
    mend: 'set bit 0 of the source address byte',
    mutant: () => sends((frame) => withByte(frame, AT.source, frame[AT.source]! & 0xfe)),
    run: async (probe) => {
      const source = (await answerFrame(SMBUS, probe))[AT.source]!;
      must((source & 1) === 1, `the source address byte of an answer is ${hexNumber(source)}: bit 0 is clear`);
    },
  },
  {
    id: 'MCTP-SMBUS-015',
    clause: 'DSP0237 table 8',
    level: 'mandatory',
    title: 'It tries again when its address byte was not acknowledged',
    why: 'a requester that is writing, or busy, may not acknowledge at once: the answer is lost otherwise',
    failure: `an answer does not come after its receiver refused ${REFUSALS} times, where 8 tries more are asked for`,
    mend: 'repeat a write which was not acknowledged up to 8 times (PN1)',
    mutant: () => ({ name: 'gives up', givesUp: 'address' }),
    run: (probe) =>
      mustTryAgain(
        probe,
        { kind: 'refuseAddress', count: REFUSALS },
        'it does not repeat a write whose address was refused',
      ),
  },
  {
    id: 'MCTP-SMBUS-016',
    clause: 'DSP0237 table 8',
    level: 'mandatory',
    title: 'It tries again when a byte of its frame was not acknowledged',
    why: 'a receiver without a free buffer says so in this way: the answer is lost otherwise',
    failure: `an answer does not come after its receiver refused a byte ${REFUSALS} times, where 8 tries more are asked for`,
    mend: 'repeat a write which was not acknowledged up to 8 times (PN1)',
    mutant: () => ({ name: 'gives up', givesUp: 'data' }),
    run: (probe) =>
      mustTryAgain(
        probe,
        { kind: 'refuseByte', count: REFUSALS, byte: AT.packet },
        'it does not repeat a write of which a byte was refused',
      ),
  },
];

/** Writes to us are refused for a while, and the answer comes all the same. @throws Finding */
async function mustTryAgain(probe: Probe, fault: BusFault, why: string): Promise<void> {
  directOn(SMBUS, probe);
  // Before anything is refused: does it answer at all?
  await answerFrame(SMBUS, probe);
  const { misbehave } = probe.frames.on('smbus');
  try {
    if (misbehave === undefined) throw new MctpError('ENOTSUP', 'the link makes no faults');
    await misbehave(fault);
  } catch (error) {
    if (!MctpError.is(error, 'ENOTSUP')) throw error;
    notApplicable('the adapter of this bus does not refuse writes on purpose');
  }
  const [first] = await probe.frames.exchange('smbus', [goodFrame(SMBUS, probe)]);
  // What is left of the fault must not disturb other checks.
  if (first === undefined)
    for (let left = 1; left < fault.count; left++) await probe.frames.exchange('smbus', [goodFrame(SMBUS, probe)]);
  if (first === undefined) broken(why);
}

/** Which of our Thumb instructions an opcode is, by its upper ten bits. The others are left to the emulator. */

import * as branches from './thumb-branches.js';
import * as data from './thumb-data.js';
import * as memory from './thumb-memory.js';
import type { Instruction } from './thumb-processor.js';

/** The bits which an opcode begins with. */
const BY_START: Readonly<Record<string, Instruction>> = {
  '00000': data.lslsImmediate,
  '00001': data.lsrsImmediate,
  '00010': data.asrsImmediate,
  '0001100': data.addsRegister,
  '0001101': data.subsRegister,
  '0001110': data.addsImmediate3,
  '0001111': data.subsImmediate3,
  '00100': data.movsImmediate,
  '00101': data.cmpImmediate,
  '00110': data.addsImmediate8,
  '00111': data.subsImmediate8,
  '0100000000': data.ands,
  '0100000001': data.eors,
  '0100000010': data.lslsRegister,
  '0100000011': data.lsrsRegister,
  '0100000101': data.adcs,
  '0100000110': data.sbcs,
  '0100001000': data.tst,
  '0100001001': data.rsbs,
  '0100001010': data.cmpRegister,
  '0100001100': data.orrs,
  '0100001101': data.muls,
  '0100001110': data.bics,
  '0100001111': data.mvns,
  '01000100': data.addHigh,
  '01000110': data.movHigh,
  '010001110': branches.branchExchange,
  '01001': memory.ldrLiteral,
  '0101000': memory.strRegister,
  '0101001': memory.strhRegister,
  '0101010': memory.strbRegister,
  '0101100': memory.ldrRegister,
  '0101101': memory.ldrhRegister,
  '0101110': memory.ldrbRegister,
  '01100': memory.strImmediate,
  '01101': memory.ldrImmediate,
  '01110': memory.strbImmediate,
  '01111': memory.ldrbImmediate,
  '10000': memory.strhImmediate,
  '10001': memory.ldrhImmediate,
  '10010': memory.strSp,
  '10011': memory.ldrSp,
  '10100': data.adr,
  '10101': data.addOfSp,
  '101100000': data.addToSp,
  '101100001': data.subFromSp,
  '1011001010': data.uxth,
  '1011001011': data.uxtb,
  '1011010': memory.push,
  '1011110': memory.pop,
  '11000': memory.stmia,
  '11001': memory.ldmia,
  '11010': branches.branchIf,
  '110110': branches.branchIf,
  '1101110': branches.branchIf,
  '11100': branches.branch,
  '11110': branches.branchLink,
};

export const INSTRUCTIONS: readonly (Instruction | undefined)[] = Array.from({ length: 1 << 10 }, (_, upper) => {
  const bits = upper.toString(2).padStart(10, '0');
  const start = Object.keys(BY_START).find((each) => bits.startsWith(each));
  return start === undefined ? undefined : BY_START[start];
});

/** Thumb instructions which load and store, as the ARMv6-M manual has them: each returns its cycles. */

import type { ThumbProcessor } from './thumb-processor.js';

const PC = 15;
const LR = 14;
const SP = 13;

/** Bits 31:28 of an address: what is on the bus of the peripherals takes longer, what is the core's own does not. */
const PERIPHERALS = 4;
const OF_THE_CORE = 0xd;

export function ldrLiteral(processor: ThumbProcessor, opcode: number): number {
  const address = ((processor.registers[PC]! + 2) & ~3) + ((opcode & 0xff) << 2);
  processor.registers[(opcode >> 8) & 7] = processor.load32(address);
  return afterLoad(address);
}

export function ldrSp(processor: ThumbProcessor, opcode: number): number {
  const address = (processor.registers[SP]! + ((opcode & 0xff) << 2)) >>> 0;
  processor.registers[(opcode >> 8) & 7] = processor.load32(address);
  return afterLoad(address);
}

export function strSp(processor: ThumbProcessor, opcode: number): number {
  const address = (processor.registers[SP]! + ((opcode & 0xff) << 2)) >>> 0;
  processor.store32(address, processor.registers[(opcode >> 8) & 7]!);
  return afterStore(address);
}

export function ldrImmediate(processor: ThumbProcessor, opcode: number): number {
  const address = immediate(processor, opcode, 2);
  processor.registers[opcode & 7] = processor.load32(address);
  return afterLoad(address);
}

export function ldrhImmediate(processor: ThumbProcessor, opcode: number): number {
  const address = immediate(processor, opcode, 1);
  processor.registers[opcode & 7] = processor.load16(address);
  return afterLoad(address);
}

export function ldrbImmediate(processor: ThumbProcessor, opcode: number): number {
  const address = immediate(processor, opcode, 0);
  processor.registers[opcode & 7] = processor.load8(address);
  return afterLoad(address);
}

export function strImmediate(processor: ThumbProcessor, opcode: number): number {
  const address = immediate(processor, opcode, 2);
  processor.store32(address, processor.registers[opcode & 7]!);
  return afterStore(address);
}

export function strhImmediate(processor: ThumbProcessor, opcode: number): number {
  const address = immediate(processor, opcode, 1);
  processor.store16(address, processor.registers[opcode & 7]!);
  return afterStore(address);
}

export function strbImmediate(processor: ThumbProcessor, opcode: number): number {
  const address = immediate(processor, opcode, 0);
  processor.store8(address, processor.registers[opcode & 7]!);
  return afterStore(address);
}

export function ldrRegister(processor: ThumbProcessor, opcode: number): number {
  const address = twoRegisters(processor, opcode);
  processor.registers[opcode & 7] = processor.load32(address);
  return afterLoad(address);
}

export function ldrhRegister(processor: ThumbProcessor, opcode: number): number {
  const address = twoRegisters(processor, opcode);
  processor.registers[opcode & 7] = processor.load16(address);
  return afterLoad(address);
}

export function ldrbRegister(processor: ThumbProcessor, opcode: number): number {
  const address = twoRegisters(processor, opcode);
  processor.registers[opcode & 7] = processor.load8(address);
  return afterLoad(address);
}

export function strRegister(processor: ThumbProcessor, opcode: number): number {
  const address = twoRegisters(processor, opcode);
  processor.store32(address, processor.registers[opcode & 7]!);
  return afterStore(address);
}

export function strhRegister(processor: ThumbProcessor, opcode: number): number {
  const address = twoRegisters(processor, opcode);
  processor.store16(address, processor.registers[opcode & 7]!);
  return afterStore(address);
}

export function strbRegister(processor: ThumbProcessor, opcode: number): number {
  const address = twoRegisters(processor, opcode);
  processor.store8(address, processor.registers[opcode & 7]!);
  return afterStore(address);
}

/** The emulator counts no cycle for the link register. */
export function push(processor: ThumbProcessor, opcode: number): number {
  const { registers } = processor;
  let address = registers[SP]!;
  let cycles = 1;
  if ((opcode & 0x100) !== 0) {
    address -= 4;
    processor.store32(address, registers[LR]!);
  }
  for (let register = 7; register >= 0; register--) {
    if (((opcode >> register) & 1) === 0) continue;
    address -= 4;
    processor.store32(address, registers[register]!);
    cycles++;
  }
  registers[SP] = address;
  return cycles;
}

export function pop(processor: ThumbProcessor, opcode: number): number {
  const { registers } = processor;
  let address = registers[SP]!;
  let cycles = 1;
  for (let register = 0; register < 8; register++) {
    if (((opcode >> register) & 1) === 0) continue;
    registers[register] = processor.load32(address);
    address += 4;
    cycles++;
  }
  if ((opcode & 0x100) === 0) {
    registers[SP] = address;
    return cycles;
  }
  // An address of code, or what says that an exception ends, which looks for its frame on the stack.
  registers[SP] = address + 4;
  processor.core.BXWritePC(processor.load32(address));
  return cycles + 2;
}

export function ldmia(processor: ThumbProcessor, opcode: number): number {
  const { registers } = processor;
  const base = (opcode >> 8) & 7;
  let address = registers[base]!;
  let cycles = 1;
  for (let register = 0; register < 8; register++) {
    if (((opcode >> register) & 1) === 0) continue;
    registers[register] = processor.load32(address);
    address += 4;
    cycles++;
  }
  if (((opcode >> base) & 1) === 0) registers[base] = address;
  return cycles;
}

export function stmia(processor: ThumbProcessor, opcode: number): number {
  const { registers } = processor;
  const base = (opcode >> 8) & 7;
  if (((opcode >> base) & 1) === 1) return 0;
  let address = registers[base]!;
  let cycles = 1;
  for (let register = 0; register < 8; register++) {
    if (((opcode >> register) & 1) === 0) continue;
    processor.store32(address, registers[register]!);
    address += 4;
    cycles++;
  }
  registers[base] = address;
  return cycles;
}

function immediate({ registers }: ThumbProcessor, opcode: number, scale: number): number {
  return (registers[(opcode >> 3) & 7]! + (((opcode >> 6) & 31) << scale)) >>> 0;
}

function twoRegisters({ registers }: ThumbProcessor, opcode: number): number {
  return (registers[(opcode >> 3) & 7]! + registers[(opcode >> 6) & 7]!) >>> 0;
}

function afterLoad(address: number): number {
  const part = address >>> 28;
  return part === PERIPHERALS ? 4 : part === OF_THE_CORE ? 1 : 2;
}

function afterStore(address: number): number {
  const part = address >>> 28;
  return part === PERIPHERALS ? 5 : part === OF_THE_CORE ? 1 : 2;
}

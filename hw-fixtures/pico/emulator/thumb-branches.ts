/** Thumb instructions which branch, as the ARMv6-M manual has them: each returns its cycles. */

import type { ThumbProcessor } from './thumb-processor.js';

const PC = 15;
const LR = 14;

export function branchIf({ core, registers }: ThumbProcessor, opcode: number): number {
  if (!core.checkCondition((opcode >> 8) & 15)) return 1;
  registers[PC] = registers[PC]! + 2 + ((opcode << 24) >> 23);
  return 2;
}

export function branch({ registers }: ThumbProcessor, opcode: number): number {
  registers[PC] = registers[PC]! + 2 + ((opcode << 21) >> 20);
  return 2;
}

/** Its other half says that it is one. */
export function branchLink(processor: ThumbProcessor, opcode: number): number {
  const { registers } = processor;
  const at = registers[PC]!;
  const half = processor.codeAt(at);
  if ((half & 0xd000) !== 0xd000) return 0;
  const sign = (opcode >> 10) & 1;
  const bit23 = ((half >> 13) & 1) ^ sign ^ 1;
  const bit22 = ((half >> 11) & 1) ^ sign ^ 1;
  const distance = (-sign << 24) | (bit23 << 23) | (bit22 << 22) | ((opcode & 0x3ff) << 12) | ((half & 0x7ff) << 1);
  registers[LR] = (at + 2) | 1;
  registers[PC] = at + 2 + distance;
  return 3;
}

export function branchExchange({ core, registers }: ThumbProcessor, opcode: number): number {
  if ((opcode & 7) !== 0) return 0;
  core.BXWritePC(registers[(opcode >> 3) & 15]!);
  return 2;
}

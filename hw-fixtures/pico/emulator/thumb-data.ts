/** Thumb instructions between registers, as the ARMv6-M manual has them: each returns its cycles. */

import type { ThumbProcessor } from './thumb-processor.js';

type Core = ThumbProcessor['core'];

const PC = 15;
const SP = 13;

export function lslsImmediate({ core, registers }: ThumbProcessor, opcode: number): number {
  const value = registers[(opcode >> 3) & 7]!;
  const count = (opcode >> 6) & 31;
  if (count > 0) core.C = ((value >>> (32 - count)) & 1) === 1;
  registers[opcode & 7] = signOf(core, value << count);
  return 1;
}

export function lsrsImmediate({ core, registers }: ThumbProcessor, opcode: number): number {
  const value = registers[(opcode >> 3) & 7]!;
  const count = (opcode >> 6) & 31 || 32;
  core.C = ((value >>> (count - 1)) & 1) === 1;
  registers[opcode & 7] = signOf(core, count === 32 ? 0 : value >>> count);
  return 1;
}

export function asrsImmediate({ core, registers }: ThumbProcessor, opcode: number): number {
  const value = registers[(opcode >> 3) & 7]!;
  const count = (opcode >> 6) & 31 || 32;
  core.C = ((value >>> (count - 1)) & 1) === 1;
  registers[opcode & 7] = signOf(core, value >> Math.min(count, 31));
  return 1;
}

export function lslsRegister({ core, registers }: ThumbProcessor, opcode: number): number {
  const to = opcode & 7;
  const value = registers[to]!;
  const count = registers[(opcode >> 3) & 7]! & 0xff;
  // Nothing is left of it, or its last bit is the carry: rare.
  if (count >= 32) return 0;
  if (count > 0) core.C = ((value >>> (32 - count)) & 1) === 1;
  registers[to] = signOf(core, value << count);
  return 1;
}

export function lsrsRegister({ core, registers }: ThumbProcessor, opcode: number): number {
  const to = opcode & 7;
  const value = registers[to]!;
  const count = registers[(opcode >> 3) & 7]! & 0xff;
  if (count === 0 || count >= 32) return 0;
  core.C = ((value >>> (count - 1)) & 1) === 1;
  registers[to] = signOf(core, value >>> count);
  return 1;
}

export function addsRegister({ core, registers }: ThumbProcessor, opcode: number): number {
  registers[opcode & 7] = add(core, registers[(opcode >> 3) & 7]!, registers[(opcode >> 6) & 7]!, 0);
  return 1;
}

export function subsRegister({ core, registers }: ThumbProcessor, opcode: number): number {
  registers[opcode & 7] = subtract(core, registers[(opcode >> 3) & 7]!, registers[(opcode >> 6) & 7]!);
  return 1;
}

export function addsImmediate3({ core, registers }: ThumbProcessor, opcode: number): number {
  registers[opcode & 7] = add(core, registers[(opcode >> 3) & 7]!, (opcode >> 6) & 7, 0);
  return 1;
}

export function subsImmediate3({ core, registers }: ThumbProcessor, opcode: number): number {
  registers[opcode & 7] = subtract(core, registers[(opcode >> 3) & 7]!, (opcode >> 6) & 7);
  return 1;
}

export function movsImmediate({ core, registers }: ThumbProcessor, opcode: number): number {
  registers[(opcode >> 8) & 7] = signOf(core, opcode & 0xff);
  return 1;
}

export function cmpImmediate({ core, registers }: ThumbProcessor, opcode: number): number {
  subtract(core, registers[(opcode >> 8) & 7]!, opcode & 0xff);
  return 1;
}

export function addsImmediate8({ core, registers }: ThumbProcessor, opcode: number): number {
  const to = (opcode >> 8) & 7;
  registers[to] = add(core, registers[to]!, opcode & 0xff, 0);
  return 1;
}

export function subsImmediate8({ core, registers }: ThumbProcessor, opcode: number): number {
  const to = (opcode >> 8) & 7;
  registers[to] = subtract(core, registers[to]!, opcode & 0xff);
  return 1;
}

export function ands({ core, registers }: ThumbProcessor, opcode: number): number {
  registers[opcode & 7] = signOf(core, registers[opcode & 7]! & registers[(opcode >> 3) & 7]!);
  return 1;
}

export function eors({ core, registers }: ThumbProcessor, opcode: number): number {
  registers[opcode & 7] = signOf(core, registers[opcode & 7]! ^ registers[(opcode >> 3) & 7]!);
  return 1;
}

export function orrs({ core, registers }: ThumbProcessor, opcode: number): number {
  registers[opcode & 7] = signOf(core, registers[opcode & 7]! | registers[(opcode >> 3) & 7]!);
  return 1;
}

export function bics({ core, registers }: ThumbProcessor, opcode: number): number {
  registers[opcode & 7] = signOf(core, registers[opcode & 7]! & ~registers[(opcode >> 3) & 7]!);
  return 1;
}

export function mvns({ core, registers }: ThumbProcessor, opcode: number): number {
  registers[opcode & 7] = signOf(core, ~registers[(opcode >> 3) & 7]!);
  return 1;
}

export function muls({ core, registers }: ThumbProcessor, opcode: number): number {
  registers[opcode & 7] = signOf(core, Math.imul(registers[opcode & 7]!, registers[(opcode >> 3) & 7]!));
  return 1;
}

export function tst({ core, registers }: ThumbProcessor, opcode: number): number {
  signOf(core, registers[opcode & 7]! & registers[(opcode >> 3) & 7]!);
  return 1;
}

export function rsbs({ core, registers }: ThumbProcessor, opcode: number): number {
  registers[opcode & 7] = subtract(core, 0, registers[(opcode >> 3) & 7]!);
  return 1;
}

export function cmpRegister({ core, registers }: ThumbProcessor, opcode: number): number {
  subtract(core, registers[opcode & 7]!, registers[(opcode >> 3) & 7]!);
  return 1;
}

export function adcs({ core, registers }: ThumbProcessor, opcode: number): number {
  registers[opcode & 7] = add(core, registers[opcode & 7]!, registers[(opcode >> 3) & 7]!, core.C ? 1 : 0);
  return 1;
}

export function sbcs({ core, registers }: ThumbProcessor, opcode: number): number {
  registers[opcode & 7] = add(core, registers[opcode & 7]!, ~registers[(opcode >> 3) & 7]! >>> 0, core.C ? 1 : 0);
  return 1;
}

/** Of any two registers, but not to or from the program counter or the stack pointer. */
export function movHigh({ registers }: ThumbProcessor, opcode: number): number {
  const from = (opcode >> 3) & 15;
  const to = ((opcode >> 4) & 8) | (opcode & 7);
  if (from === PC || to === PC || to === SP) return 0;
  registers[to] = registers[from]!;
  return 1;
}

export function addHigh({ registers }: ThumbProcessor, opcode: number): number {
  const from = (opcode >> 3) & 15;
  const to = ((opcode >> 4) & 8) | (opcode & 7);
  if (from === PC || to === PC || to === SP) return 0;
  registers[to] = registers[to]! + registers[from]!;
  return 1;
}

export function uxtb({ registers }: ThumbProcessor, opcode: number): number {
  registers[opcode & 7] = registers[(opcode >> 3) & 7]! & 0xff;
  return 1;
}

export function uxth({ registers }: ThumbProcessor, opcode: number): number {
  registers[opcode & 7] = registers[(opcode >> 3) & 7]! & 0xffff;
  return 1;
}

export function adr({ registers }: ThumbProcessor, opcode: number): number {
  registers[(opcode >> 8) & 7] = ((registers[PC]! + 2) & ~3) + ((opcode & 0xff) << 2);
  return 1;
}

export function addOfSp({ registers }: ThumbProcessor, opcode: number): number {
  registers[(opcode >> 8) & 7] = registers[SP]! + ((opcode & 0xff) << 2);
  return 1;
}

export function addToSp({ registers }: ThumbProcessor, opcode: number): number {
  registers[SP] = registers[SP]! + ((opcode & 0x7f) << 2);
  return 1;
}

export function subFromSp({ registers }: ThumbProcessor, opcode: number): number {
  registers[SP] = registers[SP]! - ((opcode & 0x7f) << 2);
  return 1;
}

/** Is the result negative, is it 0? */
function signOf(core: Core, result: number): number {
  const word = result | 0;
  core.N = word < 0;
  core.Z = word === 0;
  return word;
}

function add(core: Core, one: number, other: number, carry: 0 | 1): number {
  const sum = (one + other + carry) | 0;
  core.C = one + other + carry > 0xffffffff;
  core.V = ((one ^ sum) & (other ^ sum)) < 0;
  return signOf(core, sum);
}

function subtract(core: Core, from: number, what: number): number {
  const difference = (from - what) | 0;
  core.C = from >= what;
  core.V = ((from ^ what) & (from ^ difference)) < 0;
  return signOf(core, difference);
}

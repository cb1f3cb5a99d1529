/** What the Thumb instructions need of a processor. */

import type { RP2040 } from 'rp2040js';

export interface ThumbProcessor {
  /** Its flags, and what is rare. */
  readonly core: RP2040['core'];
  /** The program counter, which is the last, has passed the opcode. */
  readonly registers: Uint32Array;
  /** Half a word of code. */
  codeAt(address: number): number;
  load32(address: number): number;
  load16(address: number): number;
  load8(address: number): number;
  store32(address: number, value: number): void;
  store16(address: number, value: number): void;
  store8(address: number, value: number): void;
}

/** Runs the instruction; its cycles, or 0 when it is none of ours after all. */
export type Instruction = (processor: ThumbProcessor, opcode: number) => number;

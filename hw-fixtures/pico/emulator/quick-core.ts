/**
 * The emulator's processor, which goes the short way where firmware spends its time: frequent instructions, on flash and
 * RAM. The emulator tries an opcode against its eighty instructions, and an address against its memories, one by one. What
 * is rare it does itself; both see the same registers, flags and memory.
 */

import type { RP2040 } from 'rp2040js';
import { INSTRUCTIONS } from './thumb-instructions.js';
import type { ThumbProcessor } from './thumb-processor.js';

const PC = 15;
const FLASH_START = 0x10000000;
const FLASH_BYTES = 0x1000000;
const RAM_START = 0x20000000;
/** By a name of this module: vitest looks each imported name up anew, for every instruction. */
const TABLE = INSTRUCTIONS;

export class QuickCore implements ThumbProcessor {
  readonly core: RP2040['core'];
  readonly registers: Uint32Array;
  /** Run so far. */
  instructions = 0;
  readonly #mcu: RP2040;
  readonly #ram: Uint8Array;
  readonly #ram16: Uint16Array;
  readonly #ram32: Uint32Array;
  readonly #flash: Uint8Array;
  readonly #flash16: Uint16Array;
  readonly #flash32: Uint32Array;
  /** Cycles of this run which `pass` does not know yet. */
  #ran = 0;
  #reachedOut = false;

  /** `pass`: cycles have passed, before something is done which may look at the time. */
  constructor(
    mcu: RP2040,
    private readonly pass: (cycles: number) => void,
  ) {
    this.#mcu = mcu;
    this.core = mcu.core;
    this.registers = mcu.core.registers;
    this.#ram = mcu.sram;
    this.#ram16 = new Uint16Array(mcu.sram.buffer);
    this.#ram32 = new Uint32Array(mcu.sram.buffer);
    this.#flash = mcu.flash;
    this.#flash16 = mcu.flash16;
    this.#flash32 = new Uint32Array(mcu.flash.buffer);
  }

  /**
   * An instruction at least, and more until so many cycles are over, or one has reached out of flash and RAM: that may
   * have set an alarm, made an interrupt wait, or put the processor to sleep. Returns the cycles which `pass` does not know.
   */
  run(cycles: number): number {
    this.#ran = 0;
    this.#reachedOut = false;
    do {
      const taken = this.#step();
      // What was run before may have been told in this step.
      this.#ran += taken;
      this.instructions++;
    } while (this.#ran < cycles && !this.#reachedOut);
    return this.#ran;
  }

  /** An instruction, or the entry to an interrupt and its first one; the cycles. */
  #step(): number {
    const { core, registers } = this;
    const at = registers[PC]!;
    const opcode = this.codeAt(at);
    const instruction = TABLE[opcode >>> 6];
    if (instruction !== undefined && !core.interruptsUpdated) {
      registers[PC] = at + 2;
      const cycles = instruction(this, opcode);
      if (cycles > 0) return cycles;
      registers[PC] = at;
    }
    this.#reachOut();
    return core.executeInstruction();
  }

  #reachOut(): void {
    this.#reachedOut = true;
    if (this.#ran === 0) return;
    this.pass(this.#ran);
    this.#ran = 0;
  }

  /** Half a word of code; 0xffff, which the firmware does not use as an instruction, where there is neither flash nor RAM. */
  codeAt(address: number): number {
    const inFlash = address - FLASH_START;
    if (inFlash >= 0 && inFlash < FLASH_BYTES) return this.#flash16[inFlash >>> 1]!;
    const inRam = address - RAM_START;
    return inRam >= 0 && inRam < this.#ram.length ? this.#ram16[inRam >>> 1]! : 0xffff;
  }

  load32(address: number): number {
    if ((address & 3) === 0) {
      const inRam = address - RAM_START;
      if (inRam >= 0 && inRam < this.#ram.length) return this.#ram32[inRam >>> 2]!;
      const inFlash = address - FLASH_START;
      if (inFlash >= 0 && inFlash < FLASH_BYTES) return this.#flash32[inFlash >>> 2]!;
    }
    this.#reachOut();
    return this.#mcu.readUint32(address);
  }

  load16(address: number): number {
    const inRam = address - RAM_START;
    if ((address & 1) === 0 && inRam >= 0 && inRam < this.#ram.length) return this.#ram16[inRam >>> 1]!;
    this.#reachOut();
    return this.#mcu.readUint16(address);
  }

  load8(address: number): number {
    const inRam = address - RAM_START;
    if (inRam >= 0 && inRam < this.#ram.length) return this.#ram[inRam]!;
    const inFlash = address - FLASH_START;
    if (inFlash >= 0 && inFlash < FLASH_BYTES) return this.#flash[inFlash]!;
    this.#reachOut();
    return this.#mcu.readUint8(address);
  }

  store32(address: number, value: number): void {
    const inRam = address - RAM_START;
    if ((address & 3) === 0 && inRam >= 0 && inRam < this.#ram.length) {
      this.#ram32[inRam >>> 2] = value;
      return;
    }
    this.#reachOut();
    this.#mcu.writeUint32(address, value);
  }

  store16(address: number, value: number): void {
    const inRam = address - RAM_START;
    if ((address & 1) === 0 && inRam >= 0 && inRam < this.#ram.length) {
      this.#ram16[inRam >>> 1] = value;
      return;
    }
    this.#reachOut();
    this.#mcu.writeUint16(address, value);
  }

  store8(address: number, value: number): void {
    const inRam = address - RAM_START;
    if (inRam >= 0 && inRam < this.#ram.length) {
      this.#ram[inRam] = value;
      return;
    }
    this.#reachOut();
    this.#mcu.writeUint8(address, value);
  }
}

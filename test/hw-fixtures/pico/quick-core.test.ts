/** The short way of the emulated processor does what the emulator does: every opcode, on states made by chance. */

import { RP2040 } from 'rp2040js';
import { describe, expect, it } from 'vitest';
import { QuickCore } from '../../../hw-fixtures/pico/emulator/quick-core.js';

const CODE = 0x10000400;
const RAM = 0x20000000;
const RAM_BYTES = 0x400;
/** States on which each of the 1024 beginnings of an opcode is tried. */
const STATES = 5;
/** The timer's microseconds. */
const TIMER = 0x40054028;
const SP = 13;
const PC = 15;

/** A processor before an instruction which lies at `CODE`: registers point to RAM, or are numbers on all edges. */
class Machine {
  readonly mcu = new RP2040();
  readonly quick: QuickCore;
  readonly passed: number[] = [];

  constructor() {
    this.quick = new QuickCore(this.mcu, (cycles) => {
      this.passed.push(cycles);
    });
  }

  prepare(seed: number, opcode: number): void {
    const { mcu } = this;
    const { core } = mcu;
    const next = random(seed);
    const edges = [0, 1, 31, 32, 0x7fffffff, 0x80000000, 0xffffffff, CODE, TIMER];
    // The emulator does not wrap the sum of two registers where it is the address of a byte.
    const most = opcode >> 12 === 5 ? 0x7fffffff : 0xffffffff;
    for (let register = 0; register < 15; register++) {
      const kind = next() % 3;
      const value =
        kind === 0 ? RAM + 0x100 + (next() % 0x40) * 4 : kind === 1 ? edges[next() % edges.length]! : next();
      core.registers[register] = (value & most) >>> 0;
    }
    core.registers[SP] = RAM + 0x200 + (next() % 0x40) * 4;
    core.registers[PC] = CODE + (next() % 2);
    const flags = next();
    Object.assign(core, {
      N: (flags & 1) !== 0,
      Z: (flags & 2) !== 0,
      C: (flags & 4) !== 0,
      V: (flags & 8) !== 0,
      waiting: false,
      PM: false,
      interruptsUpdated: false,
      pendingSVCall: false,
    });
    const words = new Uint32Array(mcu.sram.buffer, 0, RAM_BYTES / 4);
    for (let word = 0; word < words.length; word++) words[word] = next();
    mcu.flash16[(CODE & 0xffffff) >> 1] = opcode;
    mcu.flash16[((CODE & 0xffffff) >> 1) + 1] = 0xf800 | (next() & 0x2fff);
  }

  /** `carried`: of an addition with carry, whose overflow the emulator gets wrong beside the largest number. */
  state(carried: boolean): unknown {
    const { core, sram } = this.mcu;
    const { N, Z, C, V, waiting, PM } = core;
    return {
      registers: [...core.registers],
      flags: { N, Z, C, V: carried || V, waiting, PM },
      ram: digest(sram.subarray(0, RAM_BYTES)),
    };
  }
}

/** xorshift: the same every time. */
function random(seed: number): () => number {
  let state = (seed * 2654435761 + 1) >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state;
  };
}

function digest(bytes: Uint8Array): number {
  let sum = 0;
  for (const byte of bytes) sum = (Math.imul(sum, 31) + byte) | 0;
  return sum;
}

describe('a quick core', () => {
  const [quick, plain] = [new Machine(), new Machine()];
  for (const { mcu } of [quick, plain]) {
    mcu.logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
  }

  it('does what the emulator does', () => {
    let seed = 0;
    for (let upper = 0; upper < 1 << 10; upper++) {
      for (let again = 0; again < STATES; again++) {
        seed++;
        const opcode = (upper << 6) | (random(seed ^ 0x5a5a)() & 63);
        quick.prepare(seed, opcode);
        plain.prepare(seed, opcode);
        const cycles = quick.quick.run(1);
        const wanted = plain.mcu.core.executeInstruction();
        const carried = opcode >> 6 === 0b0100000101 || opcode >> 6 === 0b0100000110;
        const what = `opcode ${opcode.toString(16)}, seed ${seed}`;
        expect({ what, cycles, state: quick.state(carried) }).toEqual({
          what,
          cycles: wanted,
          state: plain.state(carried),
        });
      }
    }
    expect(quick.passed).toEqual([]);
  });

  it('tells the time before something looks at it, and goes no further behind it', () => {
    quick.prepare(1, 0);
    quick.mcu.core.registers[1] = TIMER;
    // Three times movs r0, #0; ldr r0, [r1]; movs r0, #0
    quick.mcu.flash16.set([0x2000, 0x2000, 0x2000, 0x6808, 0x2000], (CODE & 0xffffff) >> 1);
    const before = quick.quick.instructions;
    expect(quick.quick.run(2)).toBe(2);
    expect(quick.passed).toEqual([]);
    expect(quick.quick.run(100)).toBe(4);
    expect(quick.passed).toEqual([1]);
    expect(quick.quick.instructions - before).toBe(4);
  });
});

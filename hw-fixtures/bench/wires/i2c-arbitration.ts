/** Which of several controllers that began together has the bus (UM10204 §3.1.8): one that sends a one and sees a zero stops. */

import { bitTime, type I2cTiming } from './i2c-timing.js';

export interface Contender {
  /** 7-bit. */
  readonly address: number;
  readonly buffer: Uint8Array;
  readonly start: number;
  readonly end: number;
}

export interface Arbitration<C extends Contender> {
  /** One; or several that send the very same bits, and never notice. */
  readonly winners: C[];
  /** With the time from START at which each notices; ms. */
  readonly losers: { readonly contender: C; readonly afterMs: number }[];
}

/** STOP leaves the line high: to others it looks like more than any byte. */
const BEHIND_THE_END = 0x100;

export function arbitrate<C extends Contender>(contenders: readonly C[], timing: I2cTiming): Arbitration<C> {
  let winners = [...contenders];
  const losers: { contender: C; afterMs: number }[] = [];
  for (let index = 0; winners.length > 1; index++) {
    const wire = Math.min(...winners.map((contender) => byteOnWire(contender, index)));
    const left: C[] = [];
    for (const contender of winners) {
      const byte = byteOnWire(contender, index);
      if (byte === wire) left.push(contender);
      else losers.push({ contender, afterMs: bitTime(timing, index, firstDifference(byte, wire)) });
    }
    winners = left;
    if (wire === BEHIND_THE_END) break;
  }
  return { winners, losers };
}

function byteOnWire({ address, buffer, start, end }: Contender, index: number): number {
  if (index === 0) return address << 1;
  const at = start + index - 1;
  return at < end ? buffer[at]! : BEHIND_THE_END;
}

/** The first bit, 0 being sent first, in which two bytes differ. */
function firstDifference(a: number, b: number): number {
  return Math.max(0, Math.clz32(a ^ b) - 24);
}

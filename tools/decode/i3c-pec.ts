/**
 * Packets of MCTP over I3C (DSP0233) as drivers log them: without the address, and with the PEC that covers it. Which
 * address makes a PEC right is found by running the PEC backwards; packets of one device agree on it. Pure.
 */

import { pec } from '../../bindings/smbus/pec.js';
import { HEADER_SIZE } from '../../stack/packet.js';
import { hexByte } from '../format/hex.js';
import { toHex } from './named-fields.js';
import type { Unit } from './unit.js';

/** The register before a byte, by the register behind it. */
const back = new Uint8Array(256);
for (let register = 0; register < 256; register++) back[pec(Uint8Array.of(register), 0, 1)] = register;

/** The address byte, direction in its lowest bit, that makes the last byte right. */
function addressByteOf(frame: Uint8Array): number {
  let register = frame.at(-1)!;
  for (let at = frame.length - 2; at >= 0; at--) register = back[register]! ^ frame[at]!;
  return back[register]!;
}

/** Agreement of fewer different packets may be chance. */
const LEAST_PROOF = 3;

/** Packets without their PECs, when they have any. `told`: the log speaks of I3C. */
export function withoutPec(
  units: readonly Unit[],
  told: boolean,
): { readonly units: readonly Unit[]; readonly remark?: string } {
  const frames = units.filter(isFrame);
  const different = new Map(frames.map(({ bytes }) => [toHex(bytes), bytes]));
  const counts = new Tally();
  for (const bytes of different.values()) counts.add('', addressByteOf(bytes) >> 1);
  const most = counts.best('')?.count ?? 0;
  const proven = different.size >= LEAST_PROOF && counts.different('') * 2 <= different.size;
  const likely = told && (different.size < LEAST_PROOF || most > 1);
  if (frames.length === 0 || !(proven || likely)) return { units };
  const perPair = new Tally();
  for (const bytes of different.values()) perPair.add(wayOf(bytes), addressByteOf(bytes));
  const addresses = new Set<number>();
  const stripped = units.map((unit) => {
    if (!isFrame(unit)) return unit;
    const { bytes } = unit;
    const address = addressByteOf(bytes);
    const usual = perPair.best(wayOf(bytes));
    if (usual !== undefined && usual.count > 1 && usual.value !== address) {
      const right = pec(bytes, 0, bytes.length - 1, pec(Uint8Array.of(usual.value), 0, 1));
      return { ...unit, fault: `bad PEC: ${hexByte(bytes.at(-1)!)}, not ${hexByte(right)}` };
    }
    addresses.add(address >> 1);
    return { ...unit, bytes: bytes.subarray(0, -1) };
  });
  const shown = [...addresses].sort((a, b) => a - b).map(hexByte);
  const right = shown.length > 4 ? '' : `, right for address ${shown.join(', ')}`;
  return { units: stripped, remark: `each packet ends in the PEC of MCTP over I3C${right}: it is left out` };
}

function isFrame({ layer, bytes, fault }: Unit): boolean {
  return layer === 'mctp' && fault === undefined && bytes.length > HEADER_SIZE + 1;
}

/** Packets from one EID to another go to one address. */
function wayOf(packet: Uint8Array): string {
  return `${packet[2]}>${packet[1]}`;
}

/** How often each value was seen under a key. */
class Tally {
  readonly #counts = new Map<string, Map<number, number>>();

  add(key: string, value: number): void {
    const counts = this.#counts.get(key) ?? new Map<number, number>();
    counts.set(value, (counts.get(value) ?? 0) + 1);
    this.#counts.set(key, counts);
  }

  different(key: string): number {
    return this.#counts.get(key)?.size ?? 0;
  }

  best(key: string): { readonly value: number; readonly count: number } | undefined {
    let best: { value: number; count: number } | undefined;
    for (const [value, count] of this.#counts.get(key) ?? []) if (count > (best?.count ?? 0)) best = { value, count };
    return best;
  }
}

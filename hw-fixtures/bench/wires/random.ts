/** Random numbers that are the same on every run: faults on the bench can be replayed from their seed. */

export interface Random {
  /** 0 <= value < 1 */
  next(): number;
  /** 0 <= value < below, whole. */
  integer(below: number): number;
}

/** Mulberry32: 32 bits of state, good enough to scatter faults. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
  return { next, integer: (below) => Math.floor(next() * below) };
}

/** A seed of its own for each part of the bench, so that adding one part leaves the others' faults as they were. */
export function seedFor(seed: number, name: string): number {
  let hash = (seed ^ 0x811c9dc5) >>> 0;
  for (let at = 0; at < name.length; at++) hash = Math.imul(hash ^ name.charCodeAt(at), 0x01000193) >>> 0;
  return hash;
}

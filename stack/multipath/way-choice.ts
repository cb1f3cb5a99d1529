/** Which of its ways the next message to a device takes. No time and no wire: how the ways do is all it knows. */

import type { Way } from './way.js';

/**
 * `fixed`: the first that is up, in their order. `fastest`: the least round trip. `most-reliable`: the least loss. Ways which
 * are backups are used only while none of the others is up.
 */
export const WAY_POLICIES = ['fixed', 'fastest', 'most-reliable'] as const;
export type WayPolicy = (typeof WAY_POLICIES)[number];

/** Another way has to be so much better before it is taken instead of the present one: no moving to and fro. */
const FASTER = 0.8;
const LESS_LOSS = 0.1;

export class WayChoice {
  #present: Way | undefined;

  constructor(readonly policy: WayPolicy) {}

  /** The way that was chosen last. */
  get present(): Way | undefined {
    return this.#present;
  }

  /**
   * The way to take; not one of `tried`. `first`: the one that was asked for, before others under `fixed`. Where none is up,
   * the one that has lost least is tried all the same. Undefined: all have been tried.
   */
  choose(ways: readonly Way[], tried: ReadonlySet<Way> = NONE, first?: Way): Way | undefined {
    const left = ways.filter((way) => !tried.has(way));
    const usable = left.filter((way) => way.usable);
    const primary = usable.filter((way) => !way.backup);
    const among = primary.length > 0 ? primary : usable;
    const chosen = among.length > 0 ? this.#best(among, first) : leastLoss(left);
    if (chosen !== undefined && tried.size === 0) this.#present = chosen;
    return chosen;
  }

  #best(among: readonly Way[], first: Way | undefined): Way {
    if (this.policy === 'fixed') return among.find((way) => way === first) ?? among[0]!;
    const present = among.find((way) => way === this.#present);
    const best = this.policy === 'fastest' ? fastest(among) : leastLoss(among)!;
    if (present === undefined || present === best) return best;
    return this.#isWorthIt(best, present) ? best : present;
  }

  #isWorthIt(best: Way, present: Way): boolean {
    if (this.policy === 'most-reliable') return best.loss + LESS_LOSS < present.loss;
    if (best.rttMs === undefined || present.rttMs === undefined) return false;
    return best.rttMs < FASTER * present.rttMs;
  }
}

const NONE: ReadonlySet<Way> = new Set();

/** Those of which nothing is known come last. */
function fastest(ways: readonly Way[]): Way {
  return ways.reduce((best, way) => ((way.rttMs ?? Infinity) < (best.rttMs ?? Infinity) ? way : best));
}

function leastLoss(ways: readonly Way[]): Way | undefined {
  let best: Way | undefined;
  for (const way of ways) if (best === undefined || way.loss < best.loss) best = way;
  return best;
}

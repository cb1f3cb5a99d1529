/** States of one part of a composite sensor or effecter, by number and name. */

import type { StatePart } from './pdr-view.js';
import { stateName, stateNumber } from './state-sets.js';

/** The name of a state of a part, which may be one its PDR does not list. */
export function stateText(part: StatePart | undefined, state: number): string {
  const possible = part?.possibleStates.find((one) => one.state === state);
  return possible?.name ?? stateName(part?.stateSetId ?? 0, state);
}

/** The inverse, in any case; undefined when the part's set has no such state. */
export function stateByName(part: StatePart, name: string): number | undefined {
  const wanted = name.toLowerCase();
  const possible = part.possibleStates.find((state) => state.name.toLowerCase() === wanted);
  return possible?.state ?? stateNumber(part.stateSetId, name);
}

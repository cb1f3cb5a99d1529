/** By which sub-path the next packet leaves. */

import type { SubPath } from './sub-path.js';

/** A packet on a path which has nothing under way still costs something. */
const BASE_BYTES = 16 * 1024;
/** So many leave by one path before another is looked at: in one write, and in order. */
const RUN_BYTES = 64 * 1024;
const LEAST_ROUND_TRIP_MS = 0.05;
/** Before it is measured. */
const ASSUMED_ROUND_TRIP_MS = 50;

/** Is the path one of those which carry packets now? A backup is, when no other path is up. */
export function carries(path: SubPath, all: readonly SubPath[]): boolean {
  return path.state === 'up' && (!path.backup || !all.some((other) => other.state === 'up' && !other.backup));
}

/** The one with room by which a packet arrives soonest; undefined: none has room. */
export function choosePath(paths: readonly SubPath[]): SubPath | undefined {
  if (paths.length === 1) return paths[0]!.hasRoom ? paths[0] : undefined;
  let best: SubPath | undefined;
  let bestScore = Number.POSITIVE_INFINITY;
  const backups = !paths.some((path) => path.state === 'up' && !path.backup);
  const slowToo = !paths.some((path) => path.state === 'up' && path.backup === backups && !path.slow);
  for (const path of paths) {
    if (path.backup !== backups || (path.slow && !slowToo) || !path.hasRoom) continue;
    const roundTrip = Math.max(LEAST_ROUND_TRIP_MS, path.roundTripMs ?? ASSUMED_ROUND_TRIP_MS);
    const score = roundTrip * (BASE_BYTES + path.inFlight - (path.inFlight % RUN_BYTES));
    if (score >= bestScore) continue;
    best = path;
    bestScore = score;
  }
  return best;
}

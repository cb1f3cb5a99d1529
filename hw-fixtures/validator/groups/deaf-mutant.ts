/** A device that hears nothing for a while after a frame it does not like: it lives again before the run gives it up. */

import type { Behaviour } from '../../bench/device/behaviour.js';

/** Longer than the tries of a check, shorter than those and the question of the run whether the device is there. */
const DEAF_MS = 1300;

export function deafAfter(dislikes: (frame: Uint8Array) => boolean): Behaviour {
  let until = Number.NEGATIVE_INFINITY;
  let isHit = false;
  return {
    name: 'deaf after a frame',
    frameIn: (frame) => {
      isHit ||= dislikes(frame);
      return [frame];
    },
    packetIn: (_packet, { clock }) => {
      if (isHit) until = clock.now() + DEAF_MS;
      isHit = false;
      return clock.now() >= until;
    },
  };
}

/** A server with a watch in this process, on the virtual clock. */

import type { VirtualClock } from '../../../stack/clock.js';
import type { Config } from '../../../tools/config/config-model.js';
import { Serving } from '../../../tools/serve/serving.js';

/** `problems`: what it said was wrong. */
export async function startServing(clock: VirtualClock, config: Config) {
  const problems: string[] = [];
  const serving = await Serving.start({
    config,
    links: [],
    world: {
      clock,
      time: () => clock.now(),
      env: {},
      machine: { node: '', platform: '', arch: '', command: [], memory: () => 0, saveMemory: async () => {} },
    },
    hear: (event) => void (event.kind === 'problem' && problems.push(event.what)),
    tell: () => {},
  });
  return { serving, problems };
}

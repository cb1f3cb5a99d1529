/** A null-modem cable in memory between two verbs in this process, on the test's own clock. */

import { registerLinkKind } from '../../bindings/link-registry.js';
import { SerialLink } from '../../bindings/serial/serial-link.js';
import { type MemoryPort, memoryPortPair } from '../../hw-fixtures/testing/memory-port.js';
import type { Clock, Timer } from '../../stack/clock.js';
import { RunningVerb } from './in-process.js';

const ports = new Map<string, MemoryPort>();
let cables = 0;

export class Cable {
  /** The link URLs of its ends. */
  readonly near: string;
  readonly far: string;
  readonly #clock: Clock;
  readonly #port: MemoryPort;
  readonly #unregister: () => void;
  readonly #killed: { readonly verb: RunningVerb; readonly clock: MortalClock }[] = [];

  constructor(clock: Clock) {
    const number = ++cables;
    const scheme = `memory-${number}`;
    this.#unregister = registerLinkKind(scheme, {
      example: `${scheme}:near`,
      create: async ({ place, text }, { clock: own }) =>
        new SerialLink({ clock: own, name: text, port: ports.get(place)! }),
    });
    const [near, far] = memoryPortPair({ clock });
    ports.set(`${number}near`, near).set(`${number}far`, far);
    this.near = `${scheme}:${number}near`;
    this.far = `${scheme}:${number}far`;
    this.#clock = clock;
    this.#port = near;
  }

  /** A link on the far end, for a device that the test makes itself. */
  farLink(): SerialLink {
    return new SerialLink({ clock: this.#clock, name: 'far', port: ports.get(this.far.split(':')[1]!)! });
  }

  /** A verb on the near end. `kill` is what SIGKILL is to a process: it does nothing more, and nobody is told. */
  mortal(args: readonly string[]): { readonly verb: RunningVerb; kill(): Promise<void> } {
    const clock = new MortalClock(this.#clock);
    const verb = new RunningVerb(args, { clock });
    return {
      verb,
      kill: () => {
        clock.stopped = true;
        this.#killed.push({ verb, clock });
        return this.#port.close();
      },
    };
  }

  /** When nothing is looked at any more: what was killed closes its files, which the end of a process would have done. */
  async end(): Promise<void> {
    this.#unregister();
    for (const { verb, clock } of this.#killed) {
      clock.stopped = false;
      await verb.stop();
    }
  }
}

class MortalClock implements Clock {
  readonly #clock: Clock;
  stopped = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  now(): number {
    return this.#clock.now();
  }

  schedule(delayMs: number, callback: () => void): Timer {
    return this.#clock.schedule(delayMs, () => {
      if (!this.stopped) callback();
    });
  }
}

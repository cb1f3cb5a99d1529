/** Frames as a check makes them, right or wrong, and the frames which the device sends back. */

import type { Timer } from '../../stack/clock.js';
import { MctpError } from '../../stack/errors.js';
import type { FrameKind } from '../bench/device/behaviour.js';
import { notApplicable } from './finding.js';
import { ANSWER_MS } from './packet-access.js';
import type { PacketLog } from './packet-log.js';
import { pauseOr } from './pause.js';
import type { Target, TargetFrames } from './target.js';

/** A serial line that says nothing for so long has said what it had to say; latency timers of adapters are at 16 ms. */
const SILENCE_MS = 30;
/** Of one exchange: what a flood has beyond says nothing more. */
const MOST_FRAMES = 256;
const MOST_BYTES = 16_384;

export class FrameAccess {
  constructor(
    private readonly target: Target,
    private readonly log: PacketLog,
    private readonly signal: () => AbortSignal,
  ) {}

  /** @throws Finding not applicable, where the link is another one, or sends whole packets only */
  on(kind: FrameKind): TargetFrames {
    const { frames } = this.target;
    if (frames?.kind === kind) return frames;
    const why =
      frames === undefined ? 'the stack of this link sends no frames of any form' : `the link is ${frames.kind}`;
    return notApplicable(`${why}: this check is about ${kind}`);
  }

  /**
   * Send frames in this order, and give those that come until there are `most` (default 1), or `ms` have passed since the
   * last was sent. On a serial line: what comes up to a silence, as one frame.
   * @throws Finding not applicable
   */
  async exchange(
    kind: FrameKind,
    frames: readonly Uint8Array[],
    options: { readonly ms?: number; readonly most?: number } = {},
  ): Promise<Uint8Array[]> {
    const door = this.on(kind);
    const { ms = ANSWER_MS, most = 1 } = options;
    const received = new Received(this.target, most, kind);
    const stop = door.hear((frame) => received.take(frame));
    this.log.framesOnly = true;
    try {
      for (const frame of frames) await this.#send(door, frame);
      if (!received.isComplete) {
        await pauseOr(this.target.clock, ms, this.signal(), (resolve) => received.onComplete(resolve));
      }
      return received.frames();
    } finally {
      stop();
      for (const frame of received.frames()) this.#keep(kind, 'received', frame, received.at);
      this.log.framesOnly = false;
    }
  }

  async #send(door: TargetFrames, frame: Uint8Array): Promise<void> {
    this.#keep(door.kind, 'sent', frame, this.target.clock.now());
    // A device that does not acknowledge what is wrong refuses it in the way of its bus.
    await door.send(frame).catch((error: unknown) => {
      if (!MctpError.is(error, 'ENACK')) throw error;
    });
  }

  #keep(frame: FrameKind, direction: 'sent' | 'received', bytes: Uint8Array, at: number): void {
    this.log.addFrame({ direction, at, bytes, frame, fault: undefined });
  }
}

/** What comes in one exchange. */
class Received {
  /** Of the last that came; ms. */
  at = 0;
  readonly #chunks: Uint8Array[] = [];
  #bytes = 0;
  #silence: Timer | undefined;
  #isSilent = false;
  #complete: (() => void) | undefined;

  constructor(
    private readonly target: Target,
    private readonly most: number,
    private readonly kind: FrameKind,
  ) {}

  get isComplete(): boolean {
    return this.kind === 'serial' ? this.#isSilent : this.#chunks.length >= this.most;
  }

  take(chunk: Uint8Array): void {
    if (this.#chunks.length >= MOST_FRAMES || this.#bytes + chunk.length > MOST_BYTES) return;
    this.at = this.target.clock.now();
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    if (this.kind !== 'serial') {
      if (this.isComplete) this.#complete?.();
      return;
    }
    this.#silence?.cancel();
    this.#silence = this.target.clock.schedule(SILENCE_MS, () => {
      this.#isSilent = true;
      this.#complete?.();
    });
  }

  onComplete(resolve: () => void): void {
    this.#complete = resolve;
  }

  frames(): Uint8Array[] {
    this.#silence?.cancel();
    if (this.kind !== 'serial' || this.#chunks.length === 0) return [...this.#chunks];
    return [Uint8Array.from(this.#chunks.flatMap((chunk) => [...chunk]))];
  }
}

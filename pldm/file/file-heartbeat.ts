/** Keeping a descriptor open: DfHeartbeat at a third of the interval that the host grants (DSP0242 §9.3). */

import type { Timer } from '../../stack/clock.js';
import type { Terminus } from '../terminus/terminus.js';
import { DfHeartbeat } from './file-commands.js';

/** However short the interval that a host grants. */
const LEAST_WAIT = 100;
/** A timer cannot take more. */
const MOST_WAIT = 0x7fff_ffff;

export class Heartbeat {
  /** Times that the host did not take one. */
  missed = 0;
  /** ms; 0: the host wants none, or has no DfHeartbeat. */
  interval = 0;
  readonly #stop = new AbortController();
  #timer: Timer | undefined;

  constructor(
    private readonly terminus: Terminus,
    private readonly fileDescriptor: number,
    private readonly wanted: number,
  ) {}

  /** Ask for an interval and keep to what is granted. A host that refuses is left alone. */
  async start(signal?: AbortSignal): Promise<void> {
    const granted = await this.#beat(signal);
    if (granted === undefined || granted === 0 || this.#stop.signal.aborted) return;
    this.interval = Math.min(granted, this.wanted);
    this.#wait();
  }

  stop(): void {
    this.#timer?.cancel();
    this.#stop.abort();
  }

  #wait(): void {
    const wait = Math.min(MOST_WAIT, Math.max(LEAST_WAIT, this.interval / 3));
    this.#timer = this.terminus.client.clock.schedule(wait, () => void this.#again());
  }

  async #again(): Promise<void> {
    // Failing, it is tried again: the transfer itself finds out what is wrong.
    const granted = await this.#beat(this.#stop.signal).catch(() => undefined);
    if (this.#stop.signal.aborted) return;
    if (granted === undefined) this.missed++;
    else if (granted === 0) return;
    else this.interval = Math.min(granted, this.wanted);
    this.#wait();
  }

  async #beat(signal: AbortSignal | undefined): Promise<number | undefined> {
    const { fileDescriptor, wanted: requesterMaxInterval } = this;
    const answer = await this.terminus.exchange(
      DfHeartbeat,
      { fileDescriptor, requesterMaxInterval },
      { signal, notReadyRetries: 0 },
    );
    return DfHeartbeat.succeeded(answer) ? answer.responderMaxInterval : undefined;
  }
}

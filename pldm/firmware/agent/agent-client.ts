/** Requests of the update agent to one device: a bus that stumbles once does not end an update. */

import type { Clock } from '../../../stack/clock.js';
import type { RequestInput } from '../../../stack/codec/index.js';
import { CompletionCodeError, MctpError, type MctpErrorCode } from '../../../stack/errors.js';
import type { CallOptions, ResponseOf } from '../../../stack/protocol/index.js';
import { bounded, TIMED_OUT, wait } from '../../../stack/util/async.js';
import type { AnyPldmCommand } from '../../base/pldm-command.js';
import { completionCodeName } from '../../base/pldm-protocol.js';
import type { Terminus } from '../../terminus/terminus.js';
import { readStatus } from './read-inventory.js';

/** What may be over in a moment: the request did not arrive. Silence is retried by the PLDM client itself. */
const PASSING: readonly MctpErrorCode[] = ['ENACK', 'EARBITRATION', 'EBUSSTUCK', 'EAGAIN', 'EBUSY', 'ENOBUFS', 'EIO'];
const TRIES = 4;
const PAUSE_MS = 500;
/** Between two looks whether a device can be reached again. */
const LOOK_MS = 1000;

export interface AgentClientOptions {
  readonly terminus: Terminus;
  readonly signal: AbortSignal | undefined;
  /** A device which cannot be reached may be so again: an adapter was pulled out, a line is moved; ms. */
  readonly patienceMs: number;
  /** It is being waited for, and why. */
  waits(why: string): void;
}

export class AgentClient {
  readonly terminus: Terminus;
  readonly signal: AbortSignal | undefined;
  readonly #options: AgentClientOptions;

  constructor(options: AgentClientOptions) {
    this.terminus = options.terminus;
    this.signal = options.signal;
    this.#options = options;
  }

  get clock(): Clock {
    return this.terminus.client.clock;
  }

  /** @throws MctpError, among them ECANCELED; EWAYLOST: the device, which was out of reach, may have done what it was asked */
  async ask<C extends AnyPldmCommand>(
    command: C,
    fields: RequestInput<C>,
    options: CallOptions = {},
  ): Promise<ResponseOf<C>> {
    for (let attempt = 1; ; attempt++) {
      try {
        const { signal } = this;
        return await this.terminus.exchange(command, fields, signal === undefined ? options : { ...options, signal });
      } catch (error) {
        if (isOutOfReach(error)) {
          await this.#untilReached(error);
          if (command.idempotent) continue;
          throw new MctpError('EWAYLOST', `${error.message}: the device may have done what it was asked`, {
            cause: error,
          });
        }
        if (!MctpError.is(error) || !PASSING.includes(error.code) || attempt >= TRIES) throw error;
      }
      await this.pause(PAUSE_MS);
    }
  }

  /** @throws MctpError the error, when it stays so; ECANCELED */
  async #untilReached(error: MctpError): Promise<void> {
    const { patienceMs, waits } = this.#options;
    const end = this.clock.now() + patienceMs;
    waits(error.message);
    for (let now: unknown = error; isOutOfReach(now); ) {
      if (this.clock.now() >= end) throw error;
      await this.pause(LOOK_MS);
      now = await readStatus(this.terminus, { retries: 0 }).catch((cause: unknown) => cause);
    }
  }

  pause(ms: number): Promise<void> {
    return wait(this.clock, ms, this.signal);
  }

  /** Did it happen in time? @throws MctpError ECANCELED */
  async within(promise: Promise<void>, ms: number): Promise<boolean> {
    return (await bounded(this.clock, promise, ms, this.signal)) !== TIMED_OUT;
  }
}

/** Its link is down, or nobody knows a way to it at this moment: that is not silence of the device. */
export function isOutOfReach(error: unknown): error is MctpError {
  return MctpError.is(error, 'ENETDOWN') || MctpError.is(error, 'EHOSTUNREACH') || MctpError.is(error, 'ENODEV');
}

/** Nobody knows whether the device has had the request. */
export function isUnanswered(error: unknown): error is MctpError {
  return MctpError.is(error, 'ETIMEDOUT') || MctpError.is(error, 'EWAYLOST');
}

/** A completion code that ends an update. */
export function refused(command: AnyPldmCommand, code: number): CompletionCodeError {
  return new CompletionCodeError(command.name, code, completionCodeName(command, code));
}

/** What ends an update by our own decision, and whether there is anything to cancel. */
export class UpdateAborted extends Error {
  constructor(
    message: string,
    readonly inUpdateMode = true,
  ) {
    super(message);
  }
}

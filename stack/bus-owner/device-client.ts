/** Asking devices, each as its policy wants it: patience, retries, gaps, and a second knock where one was not heard. */

import type { Clock } from '../clock.js';
import type { AnyCommand, RequestInput, ResponseFields } from '../codec/index.js';
import type { ControlClient, ControlRequestOptions } from '../control/index.js';
import { MctpError } from '../errors.js';
import type { MctpAddress } from '../transport.js';
import type { Lifetime } from './lifetime.js';
import type { DevicePolicy } from './owner-options.js';

/** A device that is asleep may not acknowledge until it has woken up (DSP0237 §6.17, NVMe-MI). */
const KNOCKS = 3;
const KNOCK_PAUSE_MS = 20;

export interface AskOptions extends ControlRequestOptions {
  /** The first knock must be heard: an address nobody may be at. */
  readonly once?: boolean;
}

export class DeviceClient {
  constructor(
    readonly client: ControlClient,
    private readonly lifetime: Lifetime,
    private readonly policyOf: (to: MctpAddress) => DevicePolicy,
  ) {}

  /** @throws what `ControlClient.request` throws; ENACK only after several knocks */
  async ask<C extends AnyCommand>(
    command: C,
    to: MctpAddress,
    fields: RequestInput<C>,
    options: AskOptions = {},
  ): Promise<ResponseFields<C>> {
    const { timeoutMs, retries, minGapMs } = this.policyOf(to);
    const { once = false, ...rest } = options;
    const whole: ControlRequestOptions = {
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
      ...(retries === undefined ? {} : { retries }),
      ...(minGapMs === undefined ? {} : { minGapMs }),
      ...rest,
    };
    for (let knocks = 1; ; knocks++) {
      try {
        return await this.client.request(command, to, fields, whole);
      } catch (error) {
        if (once || knocks >= KNOCKS || !MctpError.is(error, 'ENACK')) throw error;
        await this.lifetime.wait(KNOCK_PAUSE_MS);
      }
    }
  }

  get clock(): Clock {
    return this.lifetime.clock;
  }

  policy(to: MctpAddress): DevicePolicy {
    return this.policyOf(to);
  }
}

/** Undefined when the endpoint says no, or answers nonsense; silence is still an error. */
export async function unlessRefused<T>(ask: () => Promise<T>, refused?: (error: MctpError) => void) {
  try {
    return await ask();
  } catch (error) {
    if (!MctpError.is(error, 'ECOMPLETION') && !MctpError.is(error, 'EBADMSG')) throw error;
    refused?.(error);
    return undefined;
  }
}

/** Nobody there, or nobody who answers. */
export function isSilence(error: unknown): boolean {
  return MctpError.is(error, 'ETIMEDOUT') || MctpError.is(error, 'ENACK');
}

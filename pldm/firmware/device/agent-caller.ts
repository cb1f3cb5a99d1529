/** Requests of a firmware device to its update agent: asked until they are answered, or until it does not matter. */

import { CodecError, type RequestInput } from '../../../stack/codec/index.js';
import { MctpError } from '../../../stack/errors.js';
import type { ResponseOf } from '../../../stack/protocol/index.js';
import type { MctpAddress, MctpMessage } from '../../../stack/transport.js';
import { throwIfAborted } from '../../../stack/util/abort.js';
import { wait } from '../../../stack/util/async.js';
import type { PldmClient } from '../../base/pldm-client.js';
import type { AnyPldmCommand } from '../../base/pldm-command.js';
import { COMPLETION } from '../../base/pldm-completion-codes.js';
import type { DeviceTiming } from '../firmware-timing.js';

/** FD_T2 max; ms. */
const MAX_RETRY_MS = 5000;

export class AgentCaller {
  #agent: MctpAddress;

  constructor(
    readonly client: PldmClient,
    agent: MctpAddress,
    /** Where its requests come from: a device on several links may know another route to it, or none. */
    way: Pick<MctpMessage, 'link' | 'physicalAddress'>,
    readonly timing: DeviceTiming,
    /** The agent is there: it answered. */
    private readonly heard: () => void,
  ) {
    this.#agent = byWay(agent, way);
  }

  /** The agent speaks by another link: from now on it is asked by that one. */
  follow(agent: MctpAddress, way: MctpMessage): void {
    if (way.link !== this.#agent.link) this.#agent = byWay(agent, way);
  }

  /**
   * Ask until an answer comes. Silence and failures of the transport only end with the signal: whoever waits for how long
   * is the business of the idle timer. @throws MctpError ECANCELED
   */
  async ask<C extends AnyPldmCommand>(
    command: C,
    fields: RequestInput<C>,
    signal: AbortSignal,
  ): Promise<ResponseOf<C>> {
    // FD_T2 may be 1 to 5 s: an agent that has been silent for some tries is asked less often.
    for (let retryMs = this.timing.retryMs; ; retryMs = Math.min(2 * retryMs, Math.max(retryMs, MAX_RETRY_MS))) {
      throwIfAborted(signal);
      try {
        const answer = await this.client.exchange(this.#agent, command, fields, {
          timeoutMs: retryMs,
          retries: 2,
          notReadyRetries: 0,
          signal,
        });
        throwIfAborted(signal);
        this.heard();
        if (answer.completionCode !== COMPLETION.ERROR_NOT_READY) return answer;
      } catch (error) {
        throwIfAborted(signal);
        if (MctpError.is(error, 'ETIMEDOUT')) continue;
        // What does not decode was an answer, of a kind; it does not keep update mode alive.
        if (!(error instanceof CodecError) && !MctpError.is(error)) throw error;
      }
      await wait(this.client.clock, retryMs, signal);
    }
  }
}

function byWay(
  { eid, network }: MctpAddress,
  { link, physicalAddress }: Pick<MctpMessage, 'link' | 'physicalAddress'>,
) {
  return { eid, link, physicalAddress, ...(network !== undefined && { network }) };
}

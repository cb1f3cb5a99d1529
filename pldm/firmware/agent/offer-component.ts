/** UpdateComponent: the device says whether it takes a component, even when its answer gets lost (DSP0267 §12.5). */

import { MctpError } from '../../../stack/errors.js';
import { FD_STATE, FWUP_CODES } from '../firmware-enums.js';
import type { AgentTiming } from '../firmware-timing.js';
import { TOLERANT } from '../tolerant.js';
import { UpdateComponent } from '../update-commands.js';
import { type AgentClient, isUnanswered, refused } from './agent-client.js';
import type { ComponentTransfer } from './component-transfer.js';
import { identityOf } from './enter-update-mode.js';
import type { PlannedComponent } from './update-plan.js';

export interface ComponentOffer {
  /** 0: the device takes it. */
  readonly componentCompatibilityResponse: number;
  readonly componentCompatibilityResponseCode: number;
  /** Seconds. */
  readonly estimatedTimeBeforeSendingRequestFirmwareData: number;
}

/** What a lost answer must have said. */
const ACCEPTED: ComponentOffer = {
  componentCompatibilityResponse: 0,
  componentCompatibilityResponseCode: 0,
  estimatedTimeBeforeSendingRequestFirmwareData: 0,
};

/**
 * Undefined: the device fetches what an UpdateComponent said that was late on its way, perhaps another component. It must not
 * go on with that.
 * @throws CompletionCodeError for a refusal by completion code; MctpError as AgentClient
 */
export async function offerComponent(
  agent: AgentClient,
  timing: AgentTiming,
  planned: PlannedComponent,
  transfer: ComponentTransfer,
): Promise<ComponentOffer | undefined> {
  const componentImageSize = planned.component.componentSize;
  const fields = { ...identityOf(planned), componentImageSize, updateOptionFlags: planned.force ? 1 : 0 };
  /** The device may have had it before it was sent once more. */
  let repeated = false;
  const onRetry = (): void => {
    repeated = true;
  };
  for (let attempt = 0; ; attempt++) {
    transfer.expected = true;
    const answer = await agent.ask(UpdateComponent, fields, { onRetry }).catch((error: unknown) => {
      if (isUnanswered(error) && (transfer.served > 0 || MctpError.is(error, 'EWAYLOST'))) return undefined;
      throw error;
    });
    if (answer === undefined) {
      repeated = true;
      // With its way went its answer; by another one it says what it does.
      if (await isDownloading(agent, transfer)) return ACCEPTED;
      if (attempt >= timing.cancelTries) throw new MctpError('EWAYLOST', 'the way is lost again and again');
      continue;
    }
    if (UpdateComponent.succeeded(answer)) return transfer.over && (await isInDownload(agent)) ? undefined : answer;
    const { completionCode: code } = answer;
    if (code === FWUP_CODES.INVALID_STATE_FOR_COMMAND && (await isDownloading(agent, transfer))) {
      // A device that does not keep its answers refuses our repeated request when the answer to the first was lost.
      return repeated ? ACCEPTED : undefined;
    }
    // It is busy, or has not got our answer to its last report yet.
    const again = code === FWUP_CODES.BUSY_IN_BACKGROUND || code === FWUP_CODES.INVALID_STATE_FOR_COMMAND;
    if (!again || attempt >= timing.cancelTries) throw refused(UpdateComponent, code);
    transfer.expected = false;
    await agent.pause(timing.cancelRetryMs);
  }
}

/** A request for data proves that the device has accepted the component; so does its state. */
async function isDownloading(agent: AgentClient, { served }: ComponentTransfer): Promise<boolean> {
  return served > 0 || (await isInDownload(agent));
}

async function isInDownload(agent: AgentClient): Promise<boolean> {
  const status = await agent.ask(TOLERANT.GetStatus, {});
  return TOLERANT.GetStatus.succeeded(status) && status.currentState === FD_STATE.download;
}

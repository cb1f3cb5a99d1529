/** Getting a device out of update mode, whatever state it is in (DSP0267 §12.13, §12.14). Never throws. */

import { wait } from '../../../stack/util/async.js';
import { COMPLETION } from '../../base/pldm-completion-codes.js';
import type { Terminus } from '../../terminus/terminus.js';
import { FD_STATE, FWUP_CODES } from '../firmware-enums.js';
import type { AgentTiming } from '../firmware-timing.js';
import { CancelUpdate, CancelUpdateComponent } from '../update-commands.js';
import { readStatus } from './read-inventory.js';

export interface CancelReport {
  /** The device is in IDLE, it says. */
  readonly idle: boolean;
  /** Bit n: component n of the table does not work any more. */
  readonly nonFunctioning: bigint;
  /** Why it is not idle, as far as is known. */
  readonly reason: string;
}

const ONE_TRY = { retries: 0, notReadyRetries: 0 } as const;

/**
 * End the component under way and stay in update mode. False: the device is not there, or does not want to.
 * Devices which gave up the component by themselves answer with one code or another, and their state tells.
 */
export async function cancelComponent(terminus: Terminus, timing: AgentTiming): Promise<boolean> {
  const isOver = (state: number): boolean => !COMPONENT_STATES.includes(state);
  const code = await persist(terminus, timing, CancelUpdateComponent, isOver);
  if (code === COMPLETION.SUCCESS || code === FWUP_CODES.NOT_IN_UPDATE_MODE) return true;
  return code !== undefined && (await isIn(terminus, isOver));
}

const COMPONENT_STATES: readonly number[] = [FD_STATE.download, FD_STATE.verify, FD_STATE.apply];

/** CancelUpdateComponent where a component may be under way, then CancelUpdate, each until it is answered. */
export async function cancelUpdate(terminus: Terminus, timing: AgentTiming, component: boolean): Promise<CancelReport> {
  if (component) await cancelComponent(terminus, timing);
  let nonFunctioning = 0n;
  const isOver = (state: number): boolean => state === FD_STATE.idle;
  const code = await persist(terminus, timing, CancelUpdate, isOver, (bitmap) => {
    nonFunctioning = bitmap;
  });
  if (code === COMPLETION.SUCCESS || code === FWUP_CODES.NOT_IN_UPDATE_MODE) {
    return { idle: true, nonFunctioning, reason: '' };
  }
  if (await isIn(terminus, isOver)) return { idle: true, nonFunctioning, reason: '' };
  const reason = code === undefined ? 'it does not answer' : `CancelUpdate was answered with 0x${code.toString(16)}`;
  return { idle: false, nonFunctioning, reason };
}

/** Is the device, as it says, in such a state? */
async function isIn(terminus: Terminus, wanted: (state: number) => boolean): Promise<boolean> {
  const status = await readStatus(terminus, ONE_TRY).catch(() => undefined);
  return status !== undefined && wanted(status.currentState);
}

/** The last completion code; undefined when there was no answer at all. One that is busy, and in a state that is `over`, is done. */
async function persist(
  terminus: Terminus,
  timing: AgentTiming,
  command: typeof CancelUpdate | typeof CancelUpdateComponent,
  over: (state: number) => boolean,
  bitmap?: (bitmap: bigint) => void,
): Promise<number | undefined> {
  let code: number | undefined;
  for (let attempt = 1; attempt <= timing.cancelTries; attempt++) {
    try {
      const answer = await terminus.exchange(command as typeof CancelUpdate, {}, ONE_TRY);
      code = answer.completionCode;
      if (code !== FWUP_CODES.BUSY_IN_BACKGROUND && code !== COMPLETION.ERROR_NOT_READY) {
        if (command === CancelUpdate && CancelUpdate.succeeded(answer)) bitmap?.(answer.nonFunctioningComponentBitmap);
        return code;
      }
      if (await isIn(terminus, over)) return COMPLETION.SUCCESS;
    } catch {
      // Silence, or something that is not an answer: again.
    }
    if (attempt < timing.cancelTries) await wait(terminus.client.clock, timing.cancelRetryMs);
  }
  return code;
}

/** The state of a firmware device as GetStatus shows it, and which changes of it there are (DSP0267 §9). */

import { AUX_STATE, FD_STATE, PROGRESS_NOT_SUPPORTED, REASON_CODE } from '../firmware-enums.js';

export type FdState = (typeof FD_STATE)[keyof typeof FD_STATE];

export interface StateChange {
  readonly from: FdState;
  readonly to: FdState;
  /** With `to` IDLE. */
  readonly reason: number;
}

const { idle, learnComponents, readyXfer, download, verify, apply, activate } = FD_STATE;

/** Where each state may lead. Every one but ACTIVATE leads back to IDLE by a cancel or a timeout. */
export const LEGAL_CHANGES: Readonly<Record<FdState, readonly FdState[]>> = {
  [idle]: [learnComponents, activate],
  [learnComponents]: [readyXfer, idle],
  [readyXfer]: [download, activate, idle],
  [download]: [verify, readyXfer, idle],
  [verify]: [apply, readyXfer, idle],
  [apply]: [readyXfer, idle],
  [activate]: [idle],
};

/** auxStateStatus for a result that is not a success: vendor codes as they are, timeouts, else a generic error. */
function auxStatusOf(result: number): number {
  if (result >= 0x70 && result <= 0xef) return result;
  return result === 0x09 ? 0x09 : 0x0a;
}

export class DeviceStatus {
  #state: FdState = idle;
  #previous: FdState = idle;
  #aux: number = AUX_STATE.idleLearnOrReady;
  #auxStatus = 0;
  #progress: number = PROGRESS_NOT_SUPPORTED;
  #reason: number = REASON_CODE.initialization;
  /** updateOptionFlags of the component under way. */
  optionFlags = 0;

  constructor(private readonly changed: (change: StateChange) => void) {}

  get state(): FdState {
    return this.#state;
  }

  get failed(): boolean {
    return this.#aux === AUX_STATE.operationFailed;
  }

  /** Fields of GetStatus. */
  get fields() {
    return {
      currentState: this.#state,
      previousState: this.#previous,
      auxState: this.#aux,
      auxStateStatus: this.#auxStatus,
      progressPercent: this.#progress,
      reasonCode: this.#reason,
      updateOptionFlagsEnabled: this.optionFlags,
    };
  }

  /** @throws Error for a change that the standard does not know: a mistake of ours */
  enter(to: FdState, reason: number = this.#reason): void {
    const from = this.#state;
    if (!LEGAL_CHANGES[from].includes(to)) throw new Error(`firmware device: no way from state ${from} to ${to}`);
    this.#previous = from;
    this.#state = to;
    this.#reason = reason;
    const resting = to <= readyXfer;
    this.#aux = resting ? AUX_STATE.idleLearnOrReady : AUX_STATE.operationInProgress;
    this.#auxStatus = 0;
    this.#progress = PROGRESS_NOT_SUPPORTED;
    if (resting) this.optionFlags = 0;
    this.changed({ from, to, reason });
  }

  /** The work of this state is done, and its report not answered yet. */
  succeed(): void {
    this.#aux = AUX_STATE.operationSuccessful;
  }

  fail(result: number): void {
    this.#aux = AUX_STATE.operationFailed;
    this.#auxStatus = auxStatusOf(result);
  }

  /** Back in IDLE after an activation that did not work. */
  activationFailed(): void {
    this.#aux = AUX_STATE.selfContainedActivationFailed;
    this.#auxStatus = 0x0b;
  }

  progress(percent: number): void {
    if (this.#state > readyXfer) this.#progress = Math.max(0, Math.min(100, Math.floor(percent)));
  }
}

/** reasonCode of an idle timeout in a state. */
export function timeoutReason(state: FdState): number {
  return REASON_CODE.timeoutLearnComponents + (state - learnComponents);
}

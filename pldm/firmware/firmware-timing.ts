/** Times of both sides of a firmware update (DSP0267 §8), in ms. Where a range is allowed, the choice is ours. */

export interface DeviceTiming {
  /** FD_T1, 60 to 120 s: nothing from the update agent for this long ends update mode. */
  readonly idleMs: number;
  /** FD_T2, 1 to 5 s: wait before a request for data is repeated. */
  readonly retryMs: number;
  /** Longest that verifying, applying or activating may take; then it has failed. */
  readonly workMs: number;
}

export const DEVICE_TIMING: DeviceTiming = { idleMs: 120_000, retryMs: 2000, workMs: 600_000 };

export interface AgentTiming {
  /** UA_T1, 500 ms to 5 s: between tries to cancel. */
  readonly cancelRetryMs: number;
  /** Tries to cancel before the device is left to its own idle timer. */
  readonly cancelTries: number;
  /** UA_T2, 60 to 90 s: no request for data for this long while downloading. */
  readonly downloadIdleMs: number;
  /** While downloading: requests, but none for a part of the image that was not asked for before, for this long. */
  readonly standstillMs: number;
  /** While downloading: GetStatus unanswered so often, one after the other, means that the device is gone. */
  readonly silentLooks: number;
  /** UA_T3, at least 180 s: no progress for this long while verifying or applying. */
  readonly stateMs: number;
  /** UA_T4, 1 to 5 s: before RequestUpdate is sent again when the device asks for that. */
  readonly requestUpdateRetryMs: number;
  readonly requestUpdateRetries: number;
  /** UA_T5, 1 to 5 s: wait for GetPackageData. */
  readonly packageDataMs: number;
  /** Between looks at GetStatus while verifying, applying and activating; and after silence while downloading. */
  readonly pollMs: number;
  /** Beyond the device's own estimate, for an activation. */
  readonly activationMarginMs: number;
}

export const AGENT_TIMING: AgentTiming = {
  cancelRetryMs: 1000,
  cancelTries: 10,
  downloadIdleMs: 90_000,
  standstillMs: 300_000,
  silentLooks: 3,
  stateMs: 180_000,
  requestUpdateRetryMs: 2000,
  requestUpdateRetries: 10,
  packageDataMs: 5000,
  pollMs: 5000,
  activationMarginMs: 60_000,
};

/** The end of an update: activation, the wait for it, and what the device runs afterwards (DSP0267 §12.10). */

import { CompletionCodeError, MctpError } from '../../../stack/errors.js';
import { wait } from '../../../stack/util/async.js';
import { completionCodeName } from '../../base/pldm-protocol.js';
import type { Terminus } from '../../terminus/terminus.js';
import { AUX_STATE, FD_STATE, FWUP_CODES } from '../firmware-enums.js';
import type { AgentTiming } from '../firmware-timing.js';
import { GetFirmwareParameters } from '../inventory-commands.js';
import { sameVersion } from '../same-version.js';
import { ActivateFirmware } from '../update-commands.js';
import { fdStateName, readInventory, readStatus } from './read-inventory.js';
import type { ComponentReport } from './update-events.js';

const SELF_CONTAINED = 1 << 1;
const DOWNSTREAM = 0xffff;

export interface ActivationOptions {
  /** Where it is now: after an activation it may be elsewhere. */
  readonly terminus: () => Terminus;
  readonly timing: AgentTiming;
  readonly signal: AbortSignal | undefined;
  /** True: the device may activate by itself, as far as it can. */
  readonly selfContained: boolean;
  /** The device has taken the command: from here on nothing can be cancelled. */
  readonly accepted: () => void;
  readonly progress: (percent: number | undefined) => void;
  /** The device does not answer: it may have come back elsewhere. True: there it is. */
  readonly unreachable: () => Promise<boolean>;
  readonly note: (text: string) => void;
}

const SILENCES = 2;
/** From an EID to firmware that answers; ms. */
const FOUND_MS = 500;

/**
 * Returns whether the device has said that it activates; without that, only its versions can tell.
 * @throws CompletionCodeError when the device refuses, MctpError
 */
export async function activate(options: ActivationOptions, components: readonly ComponentReport[]): Promise<boolean> {
  const { timing, note } = options;
  const { clock } = options.terminus().client;
  const can = components.some(({ activationMethods }) => (activationMethods & SELF_CONTAINED) !== 0);
  let selfContained = options.selfContained && can;
  let silences = 0;
  for (let wrongState = 0; ; ) {
    const request = { selfContainedActivationRequest: selfContained };
    const answer = await options.terminus().exchange(ActivateFirmware, request, { retries: 0 }).catch(silence);
    if (answer === undefined) {
      if (++silences > SILENCES) throw new MctpError('ETIMEDOUT', 'the device does not answer ActivateFirmware');
      // It may have restarted before its answer was on the wire.
      if ((await settle(options, 0)) !== FD_STATE.idle) continue;
      options.accepted();
      return false;
    }
    if (ActivateFirmware.succeeded(answer)) {
      options.accepted();
      const seconds = answer.estimatedTimeForSelfContainedActivation;
      const until = clock.now() + 1000 * seconds;
      await settle(options, seconds);
      if (selfContained && seconds > 0) await untilShown(options, components, until);
      return true;
    }
    const { completionCode: code } = answer;
    if (code === FWUP_CODES.ACTIVATION_NOT_REQUIRED) {
      options.accepted();
      return true;
    }
    if (code === FWUP_CODES.SELF_CONTAINED_ACTIVATION_NOT_PERMITTED && selfContained) {
      selfContained = false;
      note('the device does not permit a self-contained activation: the new firmware stays pending');
    } else if (code === FWUP_CODES.INVALID_STATE_FOR_COMMAND && wrongState++ < timing.cancelTries) {
      // Our answer to its last report may still be on its way.
      await wait(clock, timing.cancelRetryMs);
    } else {
      throw new CompletionCodeError(ActivateFirmware.name, code, completionCodeName(ActivateFirmware, code));
    }
  }
}

/** Nothing came back: the request, or the answer to it, is lost. */
function silence(error: unknown): undefined {
  if (MctpError.is(error, 'ECANCELED') || !MctpError.is(error)) throw error;
  return undefined;
}

/** Until the device activates no more, or the time it estimated is over and a good margin too. Returns its state. */
export async function settle(options: ActivationOptions, estimatedSeconds: number): Promise<number> {
  const { terminus, timing, signal, progress, unreachable } = options;
  const { clock } = terminus().client;
  const start = clock.now();
  const end = start + 1000 * estimatedSeconds + timing.activationMarginMs;
  let state: number | undefined;
  for (let interval = Math.min(1000, timing.pollMs); ; interval = timing.pollMs) {
    const status = await readStatus(terminus(), { retries: 0, ...(signal === undefined ? {} : { signal }) }).catch(
      (error: unknown) => {
        if (MctpError.is(error, 'ECANCELED')) throw error;
        return undefined;
      },
    );
    state = status?.currentState;
    if (status !== undefined && state !== FD_STATE.activate) {
      if (status.auxState !== AUX_STATE.selfContainedActivationFailed) return status.currentState;
      throw new MctpError('EIO', 'the device says that its activation has failed: it runs what it ran before');
    }
    if (status !== undefined) progress(status.progressPercent > 100 ? undefined : status.progressPercent);
    // Found again, it is asked soon.
    const found = status === undefined && (await unreachable());
    if (clock.now() >= end) break;
    await wait(clock, Math.min(found ? FOUND_MS : interval, Math.max(1, end - clock.now())), signal);
  }
  const seconds = Math.round((end - start) / 1000);
  const what = state === undefined ? 'does not answer' : `is still in state ${fdStateName(state)}`;
  throw new MctpError('ETIMEDOUT', `the device ${what} ${seconds} s after the activation`);
}

/**
 * A device may be in IDLE at once and still be activating: it is over when all that it activates by itself is shown as
 * active, or the time that it estimated is up. A device that is silent then has the margin to come back.
 */
async function untilShown(
  options: ActivationOptions,
  components: readonly ComponentReport[],
  until: number,
): Promise<void> {
  const { terminus, timing, signal, unreachable } = options;
  const { clock } = terminus().client;
  for (;;) {
    let silent = false;
    const shown = await readResults(terminus(), components).catch((error: unknown) => {
      silent = true;
      return silence(error);
    });
    const own = shown?.filter(({ activationMethods }) => (activationMethods & SELF_CONTAINED) !== 0) ?? [];
    if (!silent && own.every(({ state }) => state === 'active')) return;
    const found = silent && (await unreachable());
    const end = silent ? until + timing.activationMarginMs : until;
    const left = end - clock.now();
    if (left <= 0) return;
    await wait(clock, Math.min(found ? FOUND_MS : Math.min(1000, timing.pollMs), left), signal);
  }
}

/** What each updated component is now, by the parameters of the device; undefined: it does not tell them. @throws MctpError */
export async function readResults(
  terminus: Terminus,
  components: readonly ComponentReport[],
): Promise<ComponentReport[] | undefined> {
  const answer = await terminus.exchange(GetFirmwareParameters, {});
  if (!GetFirmwareParameters.succeeded(answer)) return undefined;
  const below = components.some(({ classification }) => classification === DOWNSTREAM)
    ? (await readInventory(terminus)).downstream
    : [];
  return components.map((component) => {
    if (component.result !== 'updated' && component.result !== 'applied') return component;
    const { classification, identifier, classificationIndex, version } = component;
    const now =
      classification === DOWNSTREAM
        ? below.find(({ downstreamDeviceIndex }) => downstreamDeviceIndex === identifier)?.parameters
        : answer.componentParameterTable.find(
            (entry) =>
              entry.compClassification === classification &&
              entry.compIdentifier === identifier &&
              entry.compClassificationIndex === classificationIndex,
          );
    if (sameVersion(now?.activeCompVersionString, version)) return { ...component, state: 'active' as const };
    if (sameVersion(now?.pendingCompVersionString, version)) return { ...component, state: 'pending' as const };
    return component;
  });
}

/** One device from RequestUpdate to the versions it runs afterwards: the flow of the update agent (DSP0267 §10). */

import { MctpError } from '../../../stack/errors.js';
import { onAbort, throwIfAborted } from '../../../stack/util/abort.js';
import type { Terminus } from '../../terminus/terminus.js';
import { FD_STATE } from '../firmware-enums.js';
import type { AgentTiming } from '../firmware-timing.js';
import { DEVICE_OPTION } from '../package/package-records.js';
import { imageOf } from '../package/read-package.js';
import { TOLERANT } from '../tolerant.js';
import { type ActivationOptions, activate, readResults, settle } from './activation.js';
import { AgentClient, refused, UpdateAborted } from './agent-client.js';
import { AgentSession, PartSource } from './agent-session.js';
import { cancelComponent, cancelUpdate } from './cancel-update.js';
import { ComponentTransfer, FAILED, type TransferOutcome, type TransferPhase } from './component-transfer.js';
import { EnterUpdateMode, responseText } from './enter-update-mode.js';
import { ImageWindow } from './image-window.js';
import { offerComponent } from './offer-component.js';
import { type FirmwareStatus, fdStateName, readStatus } from './read-inventory.js';
import {
  appliedUnnoted,
  hasActivated,
  ResumeKeeper,
  type ResumePoint,
  sameComponent,
  wasApplied,
} from './resume-point.js';
import type { UpdateEvent, UpdateReport } from './update-events.js';
import type { PlannedComponent, UpdatePlan } from './update-plan.js';
import { UpdateProgressRecord } from './update-progress.js';

export interface UpdateOptions {
  readonly terminus: Terminus;
  readonly plan: UpdatePlan;
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: (event: UpdateEvent) => void;
  readonly timing?: Partial<AgentTiming>;
  /** Bytes the device may ask for at once, at least 32; default 4096. */
  readonly maximumTransferSize?: number;
  /** Further tries of a component whose transfer failed; default 1. Not where the device cannot do that. */
  readonly componentRetries?: number;
  /** `auto`: by the device itself where it can. `deferred`: the new firmware waits for a reset. Default auto. */
  readonly activation?: 'auto' | 'deferred';
  /** The device is in update mode already: end that, and begin anew. Default false: that is an error. */
  readonly takeOver?: boolean;
  /** Go on where an earlier run was, if the device is still there; otherwise as with `takeOver`. */
  readonly resume?: ResumePoint | undefined;
  /**
   * What to give as `resume` after a restart. Called before what it tells of reaches the device: what is to outlive this
   * process has to be stored when it returns.
   */
  readonly onResumePoint?: (point: ResumePoint) => void;
  /**
   * The device does not answer after its activation: it may have lost its EID. Returns where it is now; undefined: it was
   * not found.
   */
  readonly onUnreachable?: () => Promise<Terminus | undefined>;
}

/** What GetStatus led to: components to send, an activation that an earlier run asked for, or nothing at all. */
type Entry = 'components' | 'activated' | 'nothing';

const NO_RETRY_WITHOUT_LEAVING = 1 << 1;
const SILENT_CANCELS = 2;
const PHASE_OF: Readonly<Record<number, TransferPhase>> = {
  [FD_STATE.download]: 'downloading',
  [FD_STATE.verify]: 'verifying',
  [FD_STATE.apply]: 'applying',
};

export class DeviceUpdate {
  readonly session: AgentSession;
  readonly #options: UpdateOptions;
  #timing: AgentTiming;
  readonly #agent: AgentClient;
  readonly #keeper: ResumeKeeper;
  readonly #progress: UpdateProgressRecord;
  #terminus: Terminus;
  #inUpdateMode = false;
  /** UpdateComponent may have reached the device, and its component has not ended. */
  #componentOpen = false;

  constructor(options: UpdateOptions, timing: AgentTiming) {
    this.#options = options;
    this.#timing = { ...timing, ...options.timing };
    this.session = new AgentSession(options.maximumTransferSize ?? 4096);
    this.#keeper = new ResumeKeeper(options.plan, this.session.maximumTransferSize, options.onResumePoint);
    this.#progress = new UpdateProgressRecord(
      options.terminus.client.clock,
      this.session,
      options.plan.components.filter(({ update }) => update),
      options.onEvent,
    );
    const { terminus, signal } = options;
    const patienceMs = this.#timing.downloadIdleMs;
    this.#terminus = terminus;
    this.#agent = new AgentClient({ terminus, signal, patienceMs, waits: (why) => this.#progress.waits(why) });
    // It may be in the middle of a download: it is answered as soon as we know where.
    if (options.resume !== undefined) this.session.hold();
  }

  /** Never rejects for what the device or the wire does: the report says it. */
  async run(): Promise<UpdateReport> {
    const { signal } = this.#options;
    try {
      const entry = await this.#enter();
      if (entry === 'nothing')
        return this.#progress.done('nothing-to-do', 'no component of the device needs an update');
      const failed = entry === 'components' ? await this.#components() : '';
      let told = true;
      if (entry === 'components') {
        throwIfAborted(signal);
        told = await this.#activate();
      }
      this.#progress.activated();
      const results = await readResults(this.#terminus, this.#progress.all).catch(() => undefined);
      if (results !== undefined) this.#progress.replace(results);
      const reason = failed || this.#progress.shortfall(told, results !== undefined);
      return this.#progress.done(reason === '' ? 'updated' : 'failed', reason);
    } catch (error) {
      return this.#ended(error);
    } finally {
      this.session.release();
    }
  }

  /** Into update mode, or back into what an earlier run began. */
  async #enter(): Promise<Entry> {
    const { plan, takeOver = false, resume } = this.#options;
    const point = resume?.package === plan.pkg.packageHeaderChecksum ? resume : undefined;
    if (this.#progress.planned.length === 0 && point === undefined) {
      this.#skip();
      return 'nothing';
    }
    const status = await this.#agent.ask(TOLERANT.GetStatus, {});
    if (!TOLERANT.GetStatus.succeeded(status)) throw refused(TOLERANT.GetStatus, status.completionCode);
    const entry = point === undefined ? undefined : await this.#resume(status, point);
    this.session.release();
    if (entry !== undefined) return entry;
    this.#skip();
    const { currentState } = status;
    if (currentState === FD_STATE.activate)
      throw new UpdateAborted('the device is activating other firmware: try again later', false);
    if (currentState !== FD_STATE.idle) {
      if (!takeOver && resume === undefined) {
        const state = fdStateName(currentState);
        throw new UpdateAborted(`the device is in update mode already (${state}): cancel that, or take over`, false);
      }
      this.#progress.note(`the device was in state ${fdStateName(currentState)}: that update is cancelled`);
      const { idle, reason } = await cancelUpdate(this.#terminus, this.#timing, currentState >= FD_STATE.download);
      if (!idle) throw new UpdateAborted(`the device stays in an earlier update: ${reason}`, false);
    }
    if (this.#progress.planned.length === 0) return 'nothing';
    await this.#enterUpdateMode();
    return 'components';
  }

  #skip(): void {
    for (const planned of this.#options.plan.components) {
      if (!planned.update) this.#progress.report(planned, 'skipped', planned.reason);
    }
  }

  async #enterUpdateMode(): Promise<void> {
    const updateMode = new EnterUpdateMode({
      agent: this.#agent,
      timing: this.#timing,
      session: this.session,
      plan: this.#options.plan,
      planned: this.#progress.planned,
    });
    this.#keeper.note();
    this.#progress.enter('learning');
    this.#inUpdateMode = true;
    await updateMode.requestUpdate();
    this.#progress.enter('offering');
    this.#keeper.note({ metaData: this.session.metaData?.data ?? new Uint8Array() });
    for (const [planned, code] of await updateMode.offer()) {
      if (!planned.force) this.#progress.report(planned, 'refused', responseText(code));
    }
    if (this.#progress.planned.every((planned) => this.#progress.settled(planned))) {
      throw new UpdateAborted(
        `the device refuses ${this.#progress.planned.length === 1 ? 'the component' : 'all components'}`,
      );
    }
  }

  /** Go on where the device is. Undefined: that cannot be done, and nothing has changed. */
  async #resume(status: FirmwareStatus, point: ResumePoint): Promise<Entry | undefined> {
    const { components } = this.#options.plan;
    const { currentState } = status;
    const applied = components.filter((each) => wasApplied(point, each) || appliedUnnoted(point, each));
    const ours = components.filter(
      (each) => each.update || wasApplied(point, each) || sameComponent(each, point.begun),
    );
    if (hasActivated(point, status, components) || (point.activating && currentState === FD_STATE.activate)) {
      this.#progress.note(`an earlier run has activated it: ${fdStateName(currentState)}`);
      this.#goOn(ours, applied, point);
      this.#progress.phase = 'activating';
      if (currentState === FD_STATE.activate) await settle(this.#activation(), 0);
      return 'activated';
    }
    if (currentState < FD_STATE.readyXfer || currentState === FD_STATE.activate) return undefined;
    const phase = PHASE_OF[currentState];
    if (phase === undefined) {
      this.#progress.note(`going on where the device is: ${fdStateName(currentState)}`);
      this.#inUpdateMode = true;
      this.#goOn(ours, applied, point);
      return 'components';
    }
    const open = components.find((each) => sameComponent(each, point.begun));
    if (open === undefined) return undefined;
    this.#progress.note(`going on with component ${open.index} where the device is: ${fdStateName(currentState)}`);
    this.#inUpdateMode = true;
    this.#goOn(
      ours,
      applied.filter((each) => each !== open),
      point,
    );
    const outcome = await this.#rest(open, phase);
    if (outcome.good) {
      this.#keeper.applied(open);
      this.#progress.report(open, 'applied', '', outcome.activationMethods);
      return 'components';
    }
    if (outcome.gone) throw new UpdateAborted(outcome.reason, false);
    this.#spareSilent(outcome);
    if (!this.#mayRetry) throw new UpdateAborted(outcome.reason);
    this.#progress.note(`component ${open.index}: ${outcome.reason}; once more`);
    if (!(await this.#cancelComponent())) throw new UpdateAborted(outcome.reason);
    return 'components';
  }

  #goOn(ours: readonly PlannedComponent[], applied: readonly PlannedComponent[], point: ResumePoint): void {
    this.#progress.planned = ours;
    const { match, components } = this.#options.plan;
    for (const planned of components) {
      if (!ours.includes(planned)) this.#progress.report(planned, 'skipped', planned.reason);
    }
    for (const planned of applied) {
      this.#progress.report(planned, 'applied', '');
      this.#progress.saved += planned.component.componentSize;
    }
    const data = match.kind === 'device' ? match.record.firmwareDevicePackageData : match.record.packageData;
    this.session.packageData = new PartSource(data);
    this.session.metaData = new PartSource(point.metaData);
    this.session.maximumTransferSize = point.maximumTransferSize;
    this.#keeper.note({
      ...point,
      applied: applied.map(({ index, classificationIndex }) => ({ index, classificationIndex })),
    });
  }

  /** A component that an earlier run began. */
  async #rest(open: PlannedComponent, phase: TransferPhase): Promise<TransferOutcome> {
    this.#componentOpen = true;
    const transfer = this.#transferOf(open, phase, true);
    this.session.release();
    try {
      transfer.start(0);
      const outcome = await this.#wait(transfer);
      this.session.applied = outcome.good;
      if (outcome.good) this.#componentOpen = false;
      return outcome;
    } finally {
      this.#finishTransfer(transfer);
    }
  }

  /** Returns what failed, '' when nothing did. */
  async #components(): Promise<string> {
    const { match } = this.#options.plan;
    const goOn =
      match.kind === 'device' && (match.record.deviceUpdateOptionFlags & DEVICE_OPTION.continueAfterFailure) !== 0;
    let failed = '';
    for (const planned of this.#progress.planned) {
      if (this.#progress.settled(planned)) continue;
      throwIfAborted(this.#options.signal);
      this.#keeper.begun(planned);
      const outcome = await this.#tries(planned);
      if (outcome.good) {
        this.#keeper.applied(planned);
        this.#progress.report(planned, 'applied', '', outcome.activationMethods);
        continue;
      }
      this.#progress.report(planned, outcome.refused ? 'refused' : 'failed', outcome.reason);
      failed ||= `component ${planned.index}: ${outcome.reason}`;
      if (outcome.gone) throw new UpdateAborted(failed, false);
      this.#spareSilent(outcome);
      if (!outcome.refused && !(await this.#cancelComponent())) throw new UpdateAborted(failed);
      if (!goOn) throw new UpdateAborted(failed);
    }
    if (this.#progress.updated.length === 0) throw new UpdateAborted(failed);
    return failed;
  }

  async #tries(planned: PlannedComponent): Promise<TransferOutcome & { readonly refused: boolean }> {
    const { componentRetries = 1 } = this.#options;
    for (let attempt = 0; ; attempt++) {
      const outcome = await this.#one(planned);
      if (outcome.good || !outcome.worthRetry || attempt >= componentRetries || !this.#mayRetry) return outcome;
      this.#progress.note(`component ${planned.index}: ${outcome.reason}; once more`);
      if (!(await this.#cancelComponent())) return outcome;
    }
  }

  /** A device that does not answer is told to cancel, in case it hears, but is not waited for. */
  #spareSilent({ silent }: TransferOutcome): void {
    if (silent) this.#timing = { ...this.#timing, cancelTries: SILENT_CANCELS };
  }

  async #cancelComponent(): Promise<boolean> {
    const cancelledIt = await cancelComponent(this.#terminus, this.#timing);
    if (cancelledIt) this.#componentOpen = false;
    return cancelledIt;
  }

  get #mayRetry(): boolean {
    return (this.#options.plan.capabilities & NO_RETRY_WITHOUT_LEAVING) === 0;
  }

  /** UpdateComponent, and everything that the device does until ApplyComplete. */
  async #one(planned: PlannedComponent): Promise<TransferOutcome & { readonly refused: boolean }> {
    // Its first request may be here before our own answer is looked at.
    const transfer = this.#transferOf(planned, 'downloading');
    this.#componentOpen = true;
    try {
      const answer = await offerComponent(this.#agent, this.#timing, planned, transfer);
      if (answer === undefined) {
        return { ...FAILED, reason: 'the device fetches something else', worthRetry: true, refused: false };
      }
      if (answer.componentCompatibilityResponse !== 0) {
        const reason = responseText(answer.componentCompatibilityResponseCode);
        this.#componentOpen = false;
        return { ...FAILED, reason, refused: true };
      }
      transfer.start(answer.estimatedTimeBeforeSendingRequestFirmwareData);
      const outcome = await this.#wait(transfer);
      this.session.applied = outcome.good;
      if (outcome.good) this.#componentOpen = false;
      return { ...outcome, refused: false };
    } finally {
      this.#finishTransfer(transfer);
    }
  }

  #transferOf(planned: PlannedComponent, phase: TransferPhase, resumed = false): ComponentTransfer {
    const { plan } = this.#options;
    const image = new ImageWindow(imageOf(plan.pkg, planned.component));
    const transfer = new ComponentTransfer(
      {
        clock: this.#terminus.client.clock,
        timing: this.#timing,
        image,
        maximumTransferSize: this.session.maximumTransferSize,
        resumed,
        changed: () => this.#progress.enter(transfer.phase),
        waits: (why) => this.#progress.waits(why),
        status: (signal) => readStatus(this.#terminus, { signal, retries: 0, notReadyRetries: 0 }),
      },
      phase,
    );
    this.#progress.component = planned;
    this.session.opaqueData = new PartSource(planned.component.componentOpaqueData ?? new Uint8Array());
    this.session.applied = false;
    this.session.transfer = transfer;
    void image.warm().catch(() => undefined);
    this.#progress.enter(phase);
    return transfer;
  }

  #finishTransfer(transfer: ComponentTransfer): void {
    this.#progress.transferEnded(transfer);
    transfer.stop('it is over');
    this.session.transfer = undefined;
  }

  async #wait(transfer: ComponentTransfer): Promise<TransferOutcome> {
    const { signal } = this.#options;
    if (signal === undefined) return transfer.outcome;
    const stopListening = onAbort(signal, () => {
      this.session.cancelling = true;
      transfer.stop('cancelled');
    });
    const outcome = await transfer.outcome;
    stopListening?.();
    if (!outcome.good) throwIfAborted(signal);
    return outcome;
  }

  /** Did the device say that it activates? */
  async #activate(): Promise<boolean> {
    this.#progress.component = undefined;
    this.#progress.enter('activating');
    this.#keeper.note({ begun: undefined, activating: true });
    const told = await activate(this.#activation(), this.#progress.updated);
    this.#inUpdateMode = false;
    return told;
  }

  #activation(): ActivationOptions {
    const { signal, activation = 'auto', onUnreachable } = this.#options;
    return {
      terminus: () => this.#terminus,
      timing: this.#timing,
      signal,
      selfContained: activation === 'auto',
      accepted: () => {
        this.#inUpdateMode = false;
      },
      progress: (percent) => {
        this.#progress.percent = percent;
        this.#progress.enter('activating');
      },
      unreachable: async () => {
        const found = await onUnreachable?.();
        this.#terminus = found ?? this.#terminus;
        return found !== undefined;
      },
      note: (text) => this.#progress.note(text),
    };
  }

  /** The way out of anything that went wrong: the device is brought back to IDLE. */
  async #ended(error: unknown): Promise<UpdateReport> {
    const { signal } = this.#options;
    const outcome = signal?.aborted === true ? 'cancelled' : 'failed';
    const reason = signal?.aborted === true ? 'cancelled' : error instanceof Error ? error.message : String(error);
    if (!(error instanceof Error)) throw error;
    this.session.cancelling = true;
    const expected = error instanceof UpdateAborted || MctpError.is(error) || signal?.aborted === true;
    const inUpdateMode = error instanceof UpdateAborted ? error.inUpdateMode && this.#inUpdateMode : this.#inUpdateMode;
    if (!inUpdateMode) {
      if (!expected) throw error;
      const goesOn = outcome === 'cancelled' && this.#progress.phase === 'activating';
      return this.#progress.done(outcome, goesOn ? 'cancelled during the activation, which goes on' : reason);
    }
    this.#progress.enter('cancelling');
    const { idle, nonFunctioning } = await cancelUpdate(this.#terminus, this.#timing, this.#componentOpen);
    if (!expected) throw error;
    if (idle && this.#progress.updated.length > 0) {
      const results = await readResults(this.#terminus, this.#progress.all).catch(() => undefined);
      if (results !== undefined) this.#progress.replace(results);
    }
    return this.#progress.done(outcome, reason, nonFunctioning, !idle);
  }
}

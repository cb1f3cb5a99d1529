/** One device from RequestUpdate to the versions it runs afterwards: the flow of the update agent (DSP0267 §10). */

import type { RequestInput } from '../../../stack/codec/index.js';
import { CompletionCodeError, MctpError } from '../../../stack/errors.js';
import type { AnyPldmCommand, ResponseOf } from '../../command.js';
import { completionCodeName } from '../../completion-codes.js';
import { concat } from '../../concat.js';
import { transferFlag } from '../../fields.js';
import { FD_STATE, FWUP_CODES } from '../../firmware-update/enums.js';
import { GetDeviceMetaData } from '../../firmware-update/inventory.js';
import {
  PassComponentTable,
  RequestDownstreamDeviceUpdate,
  RequestUpdate,
  UpdateComponent,
} from '../../firmware-update/update.js';
import { cancelled, delay, throwIfAborted } from '../../requester/delay.js';
import { collectParts } from '../../requester/parts.js';
import type { Terminus } from '../../requester/terminus.js';
import { imageOf } from '../package/read.js';
import { DEVICE_OPTION } from '../package/records.js';
import type { AgentTiming } from '../timing.js';
import { activate, readResults } from './activation.js';
import { cancelComponent, cancelUpdate } from './cancel.js';
import {
  type ComponentReport,
  componentReport,
  type UpdateEvent,
  type UpdatePhase,
  type UpdateReport,
} from './events.js';
import { ImageWindow } from './image-window.js';
import { readStatus, stateName } from './inventory.js';
import type { PlannedComponent, UpdatePlan } from './plan.js';
import { AgentSession, GivenData } from './session.js';
import { ComponentTransfer, type TransferOutcome, type TransferPhase } from './transfer.js';

/** Where an earlier run of the agent was: what lets it go on after a restart of its own. */
export interface ResumePoint {
  /** packageHeaderChecksum of the package: another one is never mixed in. */
  readonly package: number;
  /** Index of the component in the package. */
  readonly component: number;
  readonly classificationIndex: number;
}

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
  /** Called at each component: what to give as `resume` after a restart. */
  readonly onResumePoint?: (point: ResumePoint) => void;
  /** The device does not answer after its activation: it may have come back without its EID. */
  readonly onUnreachable?: () => Promise<void>;
}

const NO_RETRY_WITHOUT_LEAVING = 1 << 1;
const MAX_META_DATA = 0xffff;
const PHASE_OF: Readonly<Record<number, TransferPhase>> = {
  [FD_STATE.download]: 'downloading',
  [FD_STATE.verify]: 'verifying',
  [FD_STATE.apply]: 'applying',
};

/** What ends an update, and whether there is anything to cancel. */
class Stop extends Error {
  constructor(
    message: string,
    readonly inUpdateMode = true,
  ) {
    super(message);
  }
}

export class DeviceUpdate {
  readonly session: AgentSession;
  readonly #options: UpdateOptions;
  readonly #timing: AgentTiming;
  readonly #planned: readonly PlannedComponent[];
  readonly #reports: ComponentReport[] = [];
  readonly #start: number;
  #served = 0;
  #phase: UpdatePhase = 'starting';
  #component: PlannedComponent | undefined;
  #inUpdateMode = false;
  /** UpdateComponent may have reached the device, and its component has not ended. */
  #componentOpen = false;
  #percent: number | undefined;

  constructor(options: UpdateOptions, timing: AgentTiming) {
    this.#options = options;
    this.#timing = { ...timing, ...options.timing };
    this.session = new AgentSession(options.maximumTransferSize ?? 4096);
    this.#planned = options.plan.components.filter(({ update }) => update);
    this.#start = options.terminus.client.clock.now();
  }

  /** Never rejects for what the device or the wire does: the report says it. */
  async run(): Promise<UpdateReport> {
    const { plan, signal } = this.#options;
    for (const planned of plan.components) {
      if (!planned.update) this.#report(componentReport(planned, 'skipped', planned.reason));
    }
    if (this.#planned.length === 0) return this.#done('nothing-to-do', 'no component of the device needs an update');
    try {
      const first = await this.#enter();
      const failed = await this.#components(first);
      throwIfAborted(signal);
      await this.#activate();
      const results = await readResults(this.#options.terminus, this.#reports).catch(() => this.#reports);
      this.#reports.splice(0, this.#reports.length, ...results);
      return failed === '' ? this.#done('updated', '') : this.#done('failed', failed);
    } catch (error) {
      return this.#ended(error);
    }
  }

  /** Into update mode, or back into what an earlier run began. Returns the position of the first component to send. */
  async #enter(): Promise<number> {
    const { terminus, plan, takeOver = false, resume } = this.#options;
    const { currentState } = await readStatus(terminus, this.#call);
    if (currentState === FD_STATE.activate)
      throw new Stop('the device is activating other firmware: try again later', false);
    if (currentState !== FD_STATE.idle) {
      if (resume !== undefined && resume.package === plan.pkg.packageHeaderChecksum) {
        const position = await this.#resume(currentState, resume);
        if (position !== undefined) return position;
      }
      if (!takeOver && resume === undefined) {
        const state = stateName(currentState);
        throw new Stop(`the device is in update mode already (${state}): cancel that, or take over`, false);
      }
      this.#note(`the device was in state ${stateName(currentState)}: that update is cancelled`);
      const { idle, reason } = await cancelUpdate(terminus, this.#timing, currentState >= FD_STATE.download);
      if (!idle) throw new Stop(`the device stays in an earlier update: ${reason}`, false);
    }
    await this.#requestUpdate();
    await this.#offer();
    return 0;
  }

  /** Serve on where the device is. Undefined: that cannot be done. */
  async #resume(state: number, { component, classificationIndex }: ResumePoint): Promise<number | undefined> {
    const position = this.#planned.findIndex(
      (each) => each.index === component && each.classificationIndex === classificationIndex,
    );
    const planned = this.#planned[position];
    if (planned === undefined || state < FD_STATE.readyXfer) return undefined;
    this.#inUpdateMode = true;
    this.#note(`going on with component ${planned.index} where the device is: ${stateName(state)}`);
    for (const before of this.#planned.slice(0, position)) this.#report(componentReport(before, 'updated', ''));
    const phase = PHASE_OF[state];
    if (phase === undefined) return position;
    this.#componentOpen = true;
    const transfer = this.#transferOf(planned, phase);
    transfer.start(0);
    const outcome = await this.#wait(transfer);
    if (!outcome.good) throw new Stop(outcome.reason, !outcome.gone);
    this.session.applied = true;
    this.#componentOpen = false;
    this.#finishTransfer(transfer);
    this.#report(componentReport(planned, 'updated', '', outcome.activationMethods));
    return position + 1;
  }

  async #requestUpdate(): Promise<void> {
    const { plan } = this.#options;
    const { match } = plan;
    const data = match.kind === 'device' ? match.record.firmwareDevicePackageData : match.record.packageData;
    this.session.packageData = new GivenData(data);
    this.#setPhase('learning');
    this.#inUpdateMode = true;
    const { wantsPackageData, metaDataLength } = await this.#request(data.length);
    if (wantsPackageData && data.length > 0) {
      const inTime = await this.#within(this.session.packageData.given, this.#timing.packageDataMs);
      if (!inTime) throw new Stop('the device wanted the package data and did not fetch it');
    }
    if (metaDataLength === 0) return;
    const metaData = await collectParts({
      what: 'device metadata',
      maxBytes: MAX_META_DATA,
      load: async (dataTransferHandle, first) => {
        const transferOperationFlag = first ? 'getFirstPart' : 'getNextPart';
        const part = await this.#ask(GetDeviceMetaData, { dataTransferHandle, transferOperationFlag });
        if (GetDeviceMetaData.succeeded(part)) {
          const { portionOfMetaData, nextDataTransferHandle: nextHandle, transferFlag: flag } = part;
          return { data: portionOfMetaData, nextHandle, last: (flag & 4) !== 0 };
        }
        if (first && part.completionCode === FWUP_CODES.NO_DEVICE_METADATA) {
          return { data: concat([]), nextHandle: 0, last: true };
        }
        throw refused(GetDeviceMetaData, part.completionCode);
      },
    });
    this.session.metaData = new GivenData(metaData);
  }

  async #request(packageDataLength: number) {
    const { match } = this.#options.plan;
    const maximumTransferSize = this.session.maximumTransferSize;
    for (let attempt = 0; ; attempt++) {
      if (match.kind === 'device') {
        const answer = await this.#ask(RequestUpdate, {
          maximumTransferSize,
          numberOfComponents: this.#planned.length,
          maximumOutstandingTransferRequests: 1,
          packageDataLength,
          componentImageSetVersionStringType: match.record.componentImageSetVersionStringType,
          componentImageSetVersionString: match.record.componentImageSetVersionString,
        });
        if (RequestUpdate.succeeded(answer)) {
          const { fdWillSendGetPackageDataCommand: wants, firmwareDeviceMetaDataLength: metaDataLength } = answer;
          return { wantsPackageData: wants !== 0, metaDataLength };
        }
        await this.#retryRequest(RequestUpdate, answer.completionCode, attempt);
      } else {
        const answer = await this.#ask(RequestDownstreamDeviceUpdate, {
          maximumDownstreamDeviceTransferSize: maximumTransferSize,
          maximumOutstandingTransferRequests: 1,
          downstreamDevicePackageDataLength: packageDataLength,
        });
        if (RequestDownstreamDeviceUpdate.succeeded(answer)) {
          const { ddWillSendGetPackageDataCommand: wants, downstreamDeviceMetaDataLength: metaDataLength } = answer;
          return { wantsPackageData: wants !== 0, metaDataLength };
        }
        await this.#retryRequest(RequestDownstreamDeviceUpdate, answer.completionCode, attempt);
      }
    }
  }

  /** The device may want to be asked again (UA_T4); any other code ends it. */
  async #retryRequest(command: AnyPldmCommand, code: number, attempt: number): Promise<void> {
    const { requestUpdateRetries, requestUpdateRetryMs } = this.#timing;
    if (code !== FWUP_CODES.RETRY_REQUEST_UPDATE || attempt >= requestUpdateRetries) {
      throw new Stop(refused(command, code).message, false);
    }
    await delay(this.#clock, requestUpdateRetryMs, this.#options.signal);
  }

  /** The component table. Components the device refuses are not sent. */
  async #offer(): Promise<void> {
    this.#setPhase('offering');
    const { start, middle, end, startAndEnd } = transferFlag.names;
    const last = this.#planned.length - 1;
    for (const [position, planned] of this.#planned.entries()) {
      const answer = await this.#ask(PassComponentTable, {
        transferFlag: last === 0 ? startAndEnd : position === 0 ? start : position === last ? end : middle,
        ...identityOf(planned),
      });
      if (!PassComponentTable.succeeded(answer)) throw refused(PassComponentTable, answer.completionCode);
      if (answer.componentResponse !== 0 && !planned.force) {
        this.#report(componentReport(planned, 'refused', responseText(answer.componentResponseCode)));
      }
    }
    if (this.#planned.every((planned) => this.#settledReport(planned) !== undefined)) {
      throw new Stop(`the device refuses ${this.#planned.length === 1 ? 'the component' : 'all components'}`);
    }
  }

  /** Returns what failed, '' when nothing did. */
  async #components(first: number): Promise<string> {
    const { plan, onResumePoint } = this.#options;
    const { match, pkg } = plan;
    const goOn =
      match.kind === 'device' && (match.record.deviceUpdateOptionFlags & DEVICE_OPTION.continueAfterFailure) !== 0;
    let failed = '';
    for (const [position, planned] of this.#planned.entries()) {
      if (position < first || this.#settledReport(planned) !== undefined) continue;
      throwIfAborted(this.#options.signal);
      onResumePoint?.({
        package: pkg.packageHeaderChecksum,
        component: planned.index,
        classificationIndex: planned.classificationIndex,
      });
      const outcome = await this.#tries(planned);
      if (outcome.good) {
        this.#report(componentReport(planned, 'updated', '', outcome.activationMethods));
        continue;
      }
      this.#report(componentReport(planned, outcome.refused ? 'refused' : 'failed', outcome.reason));
      failed ||= `component ${planned.index}: ${outcome.reason}`;
      if (outcome.gone) throw new Stop(failed, false);
      if (!outcome.refused && !(await this.#cancelComponent())) throw new Stop(failed);
      if (!goOn) throw new Stop(failed);
    }
    if (!this.#reports.some(({ result }) => result === 'updated')) throw new Stop(failed);
    return failed;
  }

  async #tries(planned: PlannedComponent): Promise<TransferOutcome & { readonly refused: boolean }> {
    const { componentRetries = 1 } = this.#options;
    for (let attempt = 0; ; attempt++) {
      const outcome = await this.#one(planned);
      if (outcome.good || !outcome.worthRetry || attempt >= componentRetries || !this.#mayRetry(planned))
        return outcome;
      this.#note(`component ${planned.index}: ${outcome.reason}; once more`);
      if (!(await this.#cancelComponent())) return outcome;
    }
  }

  async #cancelComponent(): Promise<boolean> {
    const cancelledIt = await cancelComponent(this.#options.terminus, this.#timing);
    if (cancelledIt) this.#componentOpen = false;
    return cancelledIt;
  }

  #mayRetry(planned: PlannedComponent): boolean {
    return ((planned.current?.capabilitiesDuringUpdate ?? 0) & NO_RETRY_WITHOUT_LEAVING) === 0;
  }

  /** UpdateComponent, and everything that the device does until ApplyComplete. */
  async #one(planned: PlannedComponent): Promise<TransferOutcome & { readonly refused: boolean }> {
    // Its first request may be here before our own answer is looked at.
    const transfer = this.#transferOf(planned, 'downloading');
    const image = imageOf(this.#options.plan.pkg, planned.component);
    this.#componentOpen = true;
    try {
      const answer = await this.#updateComponent(planned, image.size);
      if (answer.componentCompatibilityResponse !== 0) {
        const reason = responseText(answer.componentCompatibilityResponseCode);
        this.#componentOpen = false;
        return { good: false, reason, worthRetry: false, gone: false, activationMethods: undefined, refused: true };
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

  async #updateComponent(planned: PlannedComponent, componentImageSize: number) {
    for (let attempt = 0; ; attempt++) {
      const answer = await this.#ask(UpdateComponent, {
        ...identityOf(planned),
        componentImageSize,
        updateOptionFlags: planned.force ? 1 : 0,
      });
      if (UpdateComponent.succeeded(answer)) return answer;
      const { completionCode: code } = answer;
      // It is busy, or has not got our answer to its last report yet.
      const again = code === FWUP_CODES.BUSY_IN_BACKGROUND || code === FWUP_CODES.INVALID_STATE_FOR_COMMAND;
      if (!again || attempt >= this.#timing.cancelTries) throw refused(UpdateComponent, code);
      await delay(this.#clock, this.#timing.cancelRetryMs, this.#options.signal);
    }
  }

  #transferOf(planned: PlannedComponent, phase: TransferPhase): ComponentTransfer {
    const { plan, terminus } = this.#options;
    const image = new ImageWindow(imageOf(plan.pkg, planned.component));
    const transfer = new ComponentTransfer(
      {
        clock: this.#clock,
        timing: this.#timing,
        image,
        maximumTransferSize: this.session.maximumTransferSize,
        changed: () => this.#setPhase(transfer.phase),
        status: (signal) => readStatus(terminus, { signal, retries: 0, notReadyRetries: 0 }),
      },
      phase,
    );
    this.#component = planned;
    this.session.opaqueData = new GivenData(planned.component.componentOpaqueData ?? new Uint8Array());
    this.session.applied = false;
    this.session.transfer = transfer;
    void image.warm().catch(() => undefined);
    this.#setPhase(phase);
    return transfer;
  }

  #finishTransfer(transfer: ComponentTransfer): void {
    this.#served += transfer.served;
    transfer.stop('it is over');
    this.session.transfer = undefined;
  }

  async #wait(transfer: ComponentTransfer): Promise<TransferOutcome> {
    const { signal } = this.#options;
    if (signal === undefined) return transfer.outcome;
    const onAbort = (): void => {
      this.session.cancelling = true;
      transfer.stop('cancelled');
    };
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    const outcome = await transfer.outcome;
    signal.removeEventListener('abort', onAbort);
    if (!outcome.good) throwIfAborted(signal);
    return outcome;
  }

  async #activate(): Promise<void> {
    const { terminus, signal, activation = 'auto', onUnreachable } = this.#options;
    this.#component = undefined;
    this.#setPhase('activating');
    const updated = this.#reports.filter(({ result }) => result === 'updated');
    await activate(
      {
        terminus,
        timing: this.#timing,
        signal,
        selfContained: activation === 'auto',
        accepted: () => {
          this.#inUpdateMode = false;
        },
        progress: (percent) => {
          this.#percent = percent;
          this.#setPhase('activating');
        },
        unreachable: onUnreachable,
        note: (text) => this.#note(text),
      },
      updated,
    );
    this.#inUpdateMode = false;
  }

  /** The way out of anything that went wrong: the device is brought back to IDLE. */
  async #ended(error: unknown): Promise<UpdateReport> {
    const { terminus, signal } = this.#options;
    const outcome = signal?.aborted === true ? 'cancelled' : 'failed';
    const reason = signal?.aborted === true ? 'cancelled' : error instanceof Error ? error.message : String(error);
    if (!(error instanceof Error)) throw error;
    this.session.cancelling = true;
    const expected = error instanceof Stop || MctpError.is(error) || signal?.aborted === true;
    const inUpdateMode = error instanceof Stop ? error.inUpdateMode && this.#inUpdateMode : this.#inUpdateMode;
    if (!inUpdateMode) {
      if (!expected) throw error;
      const goesOn = outcome === 'cancelled' && this.#phase === 'activating';
      return this.#done(outcome, goesOn ? 'cancelled during the activation, which goes on' : reason);
    }
    this.#setPhase('cancelling');
    const { idle, nonFunctioning } = await cancelUpdate(terminus, this.#timing, this.#componentOpen);
    if (!expected) throw error;
    return this.#done(outcome, reason, nonFunctioning, !idle);
  }

  #done(outcome: UpdateReport['outcome'], reason: string, nonFunctioning = 0n, leftInUpdateMode = false): UpdateReport {
    for (const planned of this.#planned) {
      if (this.#settledReport(planned) === undefined) this.#report(componentReport(planned, 'untouched', reason));
    }
    this.#component = undefined;
    this.#setPhase('done');
    const elapsedMs = this.#clock.now() - this.#start;
    const components = [...this.#reports].sort((a, b) => a.index - b.index);
    return { outcome, reason, components, nonFunctioning, leftInUpdateMode, served: this.#served, elapsedMs };
  }

  get #clock() {
    return this.#options.terminus.client.clock;
  }

  get #call() {
    const { signal } = this.#options;
    return signal === undefined ? {} : { signal };
  }

  #ask<C extends AnyPldmCommand>(command: C, fields: RequestInput<C>): Promise<ResponseOf<C>> {
    return this.#options.terminus.exchange(command, fields, this.#call);
  }

  /** Did it happen in time? */
  async #within(promise: Promise<void>, ms: number): Promise<boolean> {
    const { signal } = this.#options;
    const stop = new AbortController();
    const late = delay(this.#clock, ms, stop.signal).then(
      () => false,
      () => false,
    );
    const aborted = new Promise<never>((_resolve, reject) => {
      signal?.addEventListener('abort', () => reject(cancelled(signal)), { once: true, signal: stop.signal });
    });
    try {
      return await Promise.race([promise.then(() => true), late, aborted]);
    } finally {
      stop.abort();
    }
  }

  #report(report: ComponentReport): void {
    this.#reports.push(report);
    this.#options.onEvent?.({ type: 'component', report });
  }

  #settledReport({ index, classificationIndex }: PlannedComponent): ComponentReport | undefined {
    return this.#reports.find((report) => report.index === index && report.classificationIndex === classificationIndex);
  }

  #note(text: string): void {
    this.#options.onEvent?.({ type: 'note', text });
  }

  #setPhase(phase: UpdatePhase): void {
    this.#phase = phase;
    const { onEvent } = this.#options;
    if (onEvent === undefined) return;
    const { transfer } = this.session;
    const total = this.#planned.reduce((sum, { component }) => sum + component.componentSize, 0);
    onEvent({
      type: 'progress',
      phase,
      component: this.#component?.index,
      done: transfer?.done ?? 0,
      size: this.#component?.component.componentSize ?? 0,
      percent: transfer?.percent ?? (phase === 'activating' ? this.#percent : undefined),
      served: this.#served + (transfer?.served ?? 0),
      total,
      at: this.#clock.now(),
    });
  }
}

function identityOf({ component, classification, identifier, classificationIndex }: PlannedComponent) {
  return {
    componentClassification: classification,
    componentIdentifier: identifier,
    componentClassificationIndex: classificationIndex,
    componentComparisonStamp: component.componentComparisonStamp,
    componentVersionStringType: component.componentVersionStringType,
    componentVersionString: component.componentVersionString,
  };
}

function refused(command: AnyPldmCommand, code: number): CompletionCodeError {
  return new CompletionCodeError(command.name, code, completionCodeName(code, command));
}

const RESPONSES = [
  'it gives no reason',
  'its comparison stamp is identical',
  'its comparison stamp is lower',
  'its comparison stamp or version is invalid',
  'it conflicts with another component',
  'something else must be updated first',
  'the device does not support it',
  'security restrictions',
  'the image set is incomplete',
  'it cannot be updated now, or does not match the table',
  'its version is identical',
  'its version is lower',
] as const;

/** Why a device does not want a component. */
export function responseText(code: number): string {
  return RESPONSES[code] ?? `code 0x${code.toString(16).padStart(2, '0')}`;
}

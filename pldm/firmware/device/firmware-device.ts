/**
 * The firmware device: the state machine of DSP0267 §9 on the answering side, which asks its update agent back for data.
 * Whatever the agent does or stops doing, it is back in IDLE within its idle timer.
 */

import type { Clock, Timer } from '../../../stack/clock.js';
import type { Failure } from '../../../stack/codec/index.js';
import { fail } from '../../../stack/protocol/index.js';
import { bounded } from '../../../stack/util/async.js';
import type { PldmClient } from '../../base/pldm-client.js';
import { COMPLETION } from '../../base/pldm-completion-codes.js';
import type { PldmContext, PldmHandlers } from '../../base/pldm-handlers.js';
import { PLDM_TYPE } from '../../base/pldm-types.js';
import { partOf } from '../../base/serve-parts.js';
import { transferFlag } from '../../base/shared-fields.js';
import { FD_STATE, FWUP_CODES, REASON_CODE } from '../firmware-enums.js';
import { DEVICE_TIMING, type DeviceTiming } from '../firmware-timing.js';
import { BASELINE_TRANSFER_SIZE, GetDeviceMetaData } from '../inventory-commands.js';
import {
  ActivateFirmware,
  ActivatePendingComponentImage,
  ActivatePendingComponentImageSet,
  CancelUpdate,
  CancelUpdateComponent,
  GetStatus,
  PassComponentTable,
  RequestDownstreamDeviceUpdate,
  RequestUpdate,
  UpdateComponent,
  UpdateSecurityRevision,
} from '../update-commands.js';
import { ComponentJob } from './component-job.js';
import { DeviceStatus, type StateChange, timeoutReason } from './device-status.js';
import type {
  Activation,
  ComponentToUpdate,
  FirmwareHardware,
  OfferedComponent,
  SinkOffer,
} from './firmware-hardware.js';
import { serveInventory } from './serve-inventory.js';
import { UpdateSession } from './update-session.js';

export interface FirmwareDeviceOptions {
  /** Of the responder that is bound to PLDM. */
  readonly handlers: PldmHandlers;
  /** For requests to the update agent. */
  readonly client: PldmClient;
  readonly hardware: FirmwareHardware;
  readonly timing?: Partial<DeviceTiming>;
  /** Most bytes asked for at once, at least 32; default 4096. */
  readonly chunk?: number;
  readonly onState?: (change: StateChange) => void;
}

const { NOT_IN_UPDATE_MODE, ALREADY_IN_UPDATE_MODE, INVALID_STATE_FOR_COMMAND, BUSY_IN_BACKGROUND } = FWUP_CODES;
const { idle, learnComponents, readyXfer, download, verify, apply, activate } = FD_STATE;
const DEFAULT_CHUNK = 4096;
const MAX_TABLE = 4096;
/** DSP0267 1.3.0, 1.2.0, 1.1.0, 1.0.0. */
const VERSIONS = ['00f0f0f1', '00f0f1f1', '00f0f2f1', '00f0f3f1'];

/**
 *     const responder = new PldmResponder({ transport, clock });
 *     new FirmwareDevice({ handlers: responder.handlers, client: new PldmClient({ transport, clock }), hardware });
 *     responder.start();
 */
export class FirmwareDevice {
  readonly status: DeviceStatus;
  readonly counters = { updates: 0, applied: 0, cancelled: 0, idleTimeouts: 0, strangers: 0 };
  readonly #hardware: FirmwareHardware;
  readonly #client: PldmClient;
  readonly #clock: Clock;
  readonly #timing: DeviceTiming;
  readonly #chunk: number;
  #session: UpdateSession | undefined;
  #idleTimer: Timer | undefined;
  #working = 0;
  #closed = new AbortController();

  constructor(options: FirmwareDeviceOptions) {
    const { handlers, client, hardware, onState } = options;
    this.#hardware = hardware;
    this.#client = client;
    this.#clock = client.clock;
    this.#timing = { ...DEVICE_TIMING, ...options.timing };
    this.#chunk = Math.max(BASELINE_TRANSFER_SIZE, options.chunk ?? DEFAULT_CHUNK);
    this.status = new DeviceStatus((change) => {
      this.#restartIdle();
      onState?.(change);
    });
    handlers.setVersions(PLDM_TYPE.firmwareUpdate, VERSIONS);
    serveInventory(handlers, hardware);
    handlers.on(GetStatus, (_request, context) => {
      if (context.peerKey === this.#session?.options.agentKey) this.#heard(this.#session, context);
      return this.status.fields;
    });
    this.#serveStart(handlers);
    this.#serveComponents(handlers);
    this.#serveEnd(handlers);
  }

  /** Stop at once, as a reset would: no timer is left, nothing is asked. */
  close(): void {
    this.#closed.abort();
    this.#session?.close();
    this.#session = undefined;
    this.#idleTimer?.cancel();
    this.#idleTimer = undefined;
  }

  #serveStart(handlers: PldmHandlers): void {
    const start = (
      context: PldmContext,
      maximumTransferSize: number,
      packageDataLength: number,
    ): { metaDataLength: number; wantsPackageData: boolean } | Failure => {
      if (this.status.state !== idle) return fail(ALREADY_IN_UPDATE_MODE);
      const refused = this.#hardware.readiness?.() ?? 0;
      if (refused !== 0) return fail(refused);
      const session = new UpdateSession({
        client: this.#client,
        timing: this.#timing,
        agent: context.peer,
        way: context.message,
        agentKey: context.peerKey,
        maximumTransferSize,
        packageDataLength,
        heard: () => {
          if (this.#session === session) this.#restartIdle();
        },
      });
      this.#session = session;
      this.counters.updates++;
      this.status.enter(learnComponents);
      const take = this.#hardware.packageData?.bind(this.#hardware);
      const wantsPackageData = take !== undefined && packageDataLength > 0;
      if (wantsPackageData) this.#soon(session, () => void session.fetchPackageData(take));
      return { metaDataLength: this.#hardware.metaData?.().length ?? 0, wantsPackageData };
    };
    handlers.on(RequestUpdate, ({ maximumTransferSize, packageDataLength, ...set }, context) => {
      const started = start(context, maximumTransferSize, packageDataLength);
      if ('completionCode' in started) return started;
      const { componentImageSetVersionStringType: type, componentImageSetVersionString: text } = set;
      this.#hardware.started?.({ type, text });
      return {
        firmwareDeviceMetaDataLength: started.metaDataLength,
        fdWillSendGetPackageDataCommand: started.wantsPackageData ? 1 : 0,
      };
    });
    if (this.#hardware.downstream !== undefined) {
      handlers.on(RequestDownstreamDeviceUpdate, (request, context) => {
        const { maximumDownstreamDeviceTransferSize: size, downstreamDevicePackageDataLength: length } = request;
        const started = start(context, size, length);
        if ('completionCode' in started) return started;
        return {
          downstreamDeviceMetaDataLength: started.metaDataLength,
          ddWillSendGetPackageDataCommand: started.wantsPackageData ? 1 : 0,
          getPackageDataMaximumTransferSize: 0,
        };
      });
    }
    handlers.on(GetDeviceMetaData, (request, context) => {
      const session = this.#inState(context, learnComponents);
      if (typeof session === 'number') return fail(session);
      if (session.packageDataFault) return fail(FWUP_CODES.PACKAGE_DATA_ERROR);
      const data = this.#hardware.metaData?.() ?? new Uint8Array();
      if (data.length === 0) return fail(FWUP_CODES.NO_DEVICE_METADATA);
      const part = partOf(data, request, Math.min(this.#chunk, session.options.maximumTransferSize));
      if (part === 'handle') return fail(FWUP_CODES.INVALID_TRANSFER_HANDLE);
      if (part === 'operation') return fail(FWUP_CODES.INVALID_TRANSFER_OPERATION_FLAG);
      return {
        nextDataTransferHandle: part.nextHandle,
        transferFlag: (part.first ? 1 : 0) + (part.last ? 4 : 0) || 2,
        portionOfMetaData: part.data,
      };
    });
  }

  #serveComponents(handlers: PldmHandlers): void {
    handlers.on(PassComponentTable, ({ transferFlag: flag, ...component }, context) => {
      const session = this.#inState(context, learnComponents);
      if (typeof session === 'number') return fail(session);
      const { start, startAndEnd, end } = transferFlag.names;
      if (flag === start || flag === startAndEnd) session.table.length = 0;
      if (session.table.length >= MAX_TABLE) return fail(COMPLETION.ERROR_INVALID_DATA);
      const responseCode = this.#consider(component);
      session.table.push({ component, responseCode, applied: false });
      if (flag === end || flag === startAndEnd) this.status.enter(readyXfer);
      return { componentResponse: responseCode === 0 ? 0 : 1, componentResponseCode: responseCode };
    });
    handlers.on(UpdateComponent, (component, context) => {
      const session = this.#inState(context, readyXfer);
      if (typeof session === 'number') return fail(session);
      const { sink, responseCode, estimatedSeconds = 0, ready } = this.#begin(session, component);
      if (sink === undefined) {
        return {
          componentCompatibilityResponse: 1,
          componentCompatibilityResponseCode: responseCode === 0 ? 6 : responseCode,
          updateOptionFlagsEnabled: component.updateOptionFlags & 1,
          estimatedTimeBeforeSendingRequestFirmwareData: 0,
        };
      }
      this.status.enter(download);
      this.status.optionFlags = component.updateOptionFlags & 1;
      const job = new ComponentJob({
        status: this.status,
        caller: session.caller,
        sink,
        ready,
        size: component.componentImageSize,
        chunk: Math.min(this.#chunk, session.options.maximumTransferSize),
        working: (yes) => this.#setWorking(yes),
        applied: () => {
          this.counters.applied++;
          const entry = session.entryOf(component);
          if (entry !== undefined) entry.applied = true;
          session.job = undefined;
        },
      });
      session.job = job;
      this.#soon(session, () => void job.run());
      return {
        componentCompatibilityResponse: 0,
        componentCompatibilityResponseCode: 0,
        updateOptionFlagsEnabled: this.status.optionFlags,
        estimatedTimeBeforeSendingRequestFirmwareData: Math.ceil(estimatedSeconds),
      };
    });
    handlers.on(CancelUpdateComponent, (_request, context) => {
      const session = this.#inState(context, download, verify, apply);
      // DSP0267 has no "wrong state" for it.
      if (typeof session === 'number') return fail(NOT_IN_UPDATE_MODE);
      if (session.job?.busy === true) return fail(BUSY_IN_BACKGROUND);
      session.job?.stop();
      session.job = undefined;
      this.counters.cancelled++;
      this.status.enter(readyXfer);
      return {};
    });
  }

  #serveEnd(handlers: PldmHandlers): void {
    const hardware = this.#hardware;
    handlers.on(ActivateFirmware, ({ selfContainedActivationRequest: selfContained }, context) => {
      const session = this.#inState(context, readyXfer);
      if (typeof session === 'number') return fail(session);
      const activation = hardware.activate(selfContained);
      const { completionCode } = activation;
      if (completionCode !== 0 && completionCode !== FWUP_CODES.ACTIVATION_NOT_REQUIRED) return fail(completionCode);
      this.#activate(activation);
      if (completionCode !== 0) return fail(completionCode);
      return { estimatedTimeForSelfContainedActivation: Math.ceil(activation.estimatedSeconds ?? 0) };
    });
    handlers.on(CancelUpdate, (_request, context) => {
      if (this.status.state === idle) return fail(NOT_IN_UPDATE_MODE);
      const session = this.#ours(context);
      if (session === undefined) return fail(INVALID_STATE_FOR_COMMAND);
      // What is being activated cannot be taken back.
      if (this.status.state === activate || session.job?.busy === true) return fail(BUSY_IN_BACKGROUND);
      this.counters.cancelled++;
      this.#leave(REASON_CODE.cancelUpdate);
      const nonFunctioningComponentBitmap = hardware.nonFunctioning?.() ?? 0n;
      return {
        nonFunctioningComponentIndication: nonFunctioningComponentBitmap === 0n ? 0 : 1,
        nonFunctioningComponentBitmap,
      };
    });
    const pending = (component?: { readonly identifier: number; readonly classification: number }) => {
      if (this.status.state !== idle) return fail(INVALID_STATE_FOR_COMMAND);
      const activation = hardware.activatePending?.(component) ?? {
        completionCode: FWUP_CODES.ACTIVATE_PENDING_IMAGE_NOT_PERMITTED,
      };
      if (activation.completionCode !== 0) return fail(activation.completionCode);
      this.#activate(activation);
      return { estimatedTimeForActivation: Math.ceil(activation.estimatedSeconds ?? 0) };
    };
    handlers.on(ActivatePendingComponentImageSet, () => pending());
    handlers.on(ActivatePendingComponentImage, ({ componentClassification, componentIdentifier }) =>
      pending({ classification: componentClassification, identifier: componentIdentifier }),
    );
    handlers.on(
      UpdateSecurityRevision,
      ({ componentClassification: classification, componentIdentifier: identifier }) => {
        if (this.status.state !== idle) return fail(INVALID_STATE_FOR_COMMAND);
        const permitted = hardware.updateSecurityRevision?.({ classification, identifier }) ?? false;
        return permitted ? {} : fail(FWUP_CODES.UPDATE_SECURITY_REVISION_NOT_PERMITTED);
      },
    );
  }

  /** The session, when this is its agent and the state is one of these; otherwise the code that says why not. */
  #inState(context: PldmContext, ...states: readonly number[]): UpdateSession | number {
    if (this.status.state === idle) return NOT_IN_UPDATE_MODE;
    const session = this.#ours(context);
    return session !== undefined && states.includes(this.status.state) ? session : INVALID_STATE_FOR_COMMAND;
  }

  /** The session, when it is its own agent that speaks. */
  #ours(context: PldmContext): UpdateSession | undefined {
    const session = this.#session;
    if (session?.options.agentKey !== context.peerKey) {
      this.counters.strangers++;
      return undefined;
    }
    this.#heard(session, context);
    return session;
  }

  /** Its agent is there, perhaps by another way than before. */
  #heard(session: UpdateSession, { peer, message }: PldmContext): void {
    session.caller.follow(peer, message);
    this.#restartIdle();
  }

  #consider(component: OfferedComponent): number {
    if (this.#hardware.consider !== undefined) return this.#hardware.consider(component);
    const { componentClassification, componentIdentifier, componentClassificationIndex } = component;
    const known = this.#hardware
      .parameters()
      .componentParameterTable.some(
        (own) =>
          own.compClassification === componentClassification &&
          own.compIdentifier === componentIdentifier &&
          own.compClassificationIndex === componentClassificationIndex,
      );
    return known ? 0 : 6;
  }

  #begin(session: UpdateSession, component: ComponentToUpdate): SinkOffer {
    const entry = session.entryOf(component);
    // "Information does not match the table"
    if (entry === undefined) return { sink: undefined, responseCode: 9 };
    const forced = (component.updateOptionFlags & 1) !== 0;
    if (entry.responseCode !== 0 && !forced) return { sink: undefined, responseCode: entry.responseCode };
    return this.#hardware.begin(component);
  }

  #activate({ done }: Activation): void {
    this.#session?.close();
    this.#session = undefined;
    this.status.enter(activate);
    if (done === undefined) {
      this.status.enter(idle, REASON_CODE.activateFirmware);
      return;
    }
    const { signal } = this.#closed;
    Promise.resolve(bounded(this.#clock, done, this.#timing.workMs, signal)).then(
      (good) => this.#activated(good === true),
      () => this.#activated(false),
    );
  }

  #activated(good: boolean): void {
    if (this.#closed.signal.aborted) return;
    this.status.enter(idle, REASON_CODE.activateFirmware);
    if (!good) this.status.activationFailed();
  }

  #leave(reason: number): void {
    this.#session?.close();
    this.#session = undefined;
    this.status.enter(idle, reason);
  }

  /** After the answer to the present request. */
  #soon(session: UpdateSession, run: () => void): void {
    this.#clock.schedule(0, () => {
      if (this.#session === session) run();
    });
  }

  #setWorking(yes: boolean): void {
    this.#working += yes ? 1 : -1;
    this.#restartIdle();
  }

  /** FD_T1: runs in update mode, whenever it is the agent's turn. */
  #restartIdle(): void {
    this.#idleTimer?.cancel();
    this.#idleTimer = undefined;
    const { state } = this.status;
    if (state === idle || state === activate || this.#working > 0 || this.#closed.signal.aborted) return;
    this.#idleTimer = this.#clock.schedule(this.#timing.idleMs, () => {
      this.counters.idleTimeouts++;
      this.#leave(timeoutReason(this.status.state));
    });
  }
}

/** Into update mode: RequestUpdate, package data, metadata, the component table (DSP0267 §12.1 to §12.4). */

import type { RequestInput } from '../../../stack/codec/index.js';
import { MctpError } from '../../../stack/errors.js';
import type { ResponseOf } from '../../../stack/protocol/index.js';
import { hexNumber } from '../../../stack/util/text.js';
import { collectParts, isLastPart } from '../../base/collect-parts.js';
import { concat } from '../../base/concat.js';
import type { AnyPldmCommand } from '../../base/pldm-command.js';
import { transferFlag } from '../../base/shared-fields.js';
import { FD_STATE, FWUP_CODES } from '../firmware-enums.js';
import type { AgentTiming } from '../firmware-timing.js';
import { GetDeviceMetaData } from '../inventory-commands.js';
import { TOLERANT } from '../tolerant.js';
import { PassComponentTable, RequestDownstreamDeviceUpdate, RequestUpdate } from '../update-commands.js';
import { type AgentClient, isUnanswered, refused, UpdateAborted } from './agent-client.js';
import { type AgentSession, PartSource } from './agent-session.js';
import { cancelUpdate } from './cancel-update.js';
import type { PlannedComponent, UpdatePlan } from './update-plan.js';

const MAX_META_DATA = 0xffff;
/** Of RequestUpdate, when no answer comes. */
const TRIES = 3;

export interface EnterUpdateModeOptions {
  readonly agent: AgentClient;
  readonly timing: AgentTiming;
  readonly session: AgentSession;
  readonly plan: UpdatePlan;
  /** Of the plan, those to be sent. */
  readonly planned: readonly PlannedComponent[];
}

export class EnterUpdateMode {
  constructor(private readonly options: EnterUpdateModeOptions) {}

  /** RequestUpdate, and what the device wants to know and to keep before the table. */
  async requestUpdate(): Promise<void> {
    const { plan, session, timing, agent } = this.options;
    const { match } = plan;
    const data = match.kind === 'device' ? match.record.firmwareDevicePackageData : match.record.packageData;
    session.packageData = new PartSource(data);
    const { wantsPackageData, metaDataLength } = await this.#request(data.length);
    if (wantsPackageData) {
      // For each of its requests: all of the data may take much longer on a slow wire.
      while (!session.packageData.isGiven) {
        const inTime = await agent.within(session.packageData.more(), timing.packageDataMs);
        if (!inTime) throw new UpdateAborted('the device wanted the package data and did not fetch it');
      }
    }
    if (metaDataLength === 0) return;
    const metaData = await collectParts({
      what: 'device metadata',
      maxBytes: MAX_META_DATA,
      load: async (request, first) => {
        const part = await agent.ask(GetDeviceMetaData, request);
        if (GetDeviceMetaData.succeeded(part)) {
          const { portionOfMetaData, nextDataTransferHandle: nextHandle, transferFlag: flag } = part;
          return { data: portionOfMetaData, nextHandle, last: isLastPart(flag) };
        }
        if (first && part.completionCode === FWUP_CODES.NO_DEVICE_METADATA) {
          return { data: concat([]), nextHandle: 0, last: true };
        }
        throw refused(GetDeviceMetaData, part.completionCode);
      },
    });
    session.metaData = new PartSource(metaData);
  }

  async #request(packageDataLength: number) {
    const { planned } = this.options;
    const { match } = this.options.plan;
    const { maximumTransferSize } = this.options.session;
    for (let attempt = 0; ; attempt++) {
      if (match.kind === 'device') {
        const answer = await this.#askOnce(RequestUpdate, {
          maximumTransferSize,
          numberOfComponents: planned.length,
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
        const answer = await this.#askOnce(RequestDownstreamDeviceUpdate, {
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

  /**
   * Ask without repeating: a device that does not keep its answers would say to a repeated request that it is in update
   * mode already, as if that were another agent's update. After silence, its state tells whether it has had the request;
   * then the update is cancelled, since what the answer said is lost, and begun anew.
   */
  async #askOnce<C extends AnyPldmCommand>(command: C, fields: RequestInput<C>): Promise<ResponseOf<C>> {
    const { agent, timing } = this.options;
    for (let attempt = 1; ; attempt++) {
      try {
        return await agent.ask(command, fields, { retries: 0 });
      } catch (error) {
        if (!isUnanswered(error) || attempt >= TRIES) throw error;
      }
      const status = await agent.ask(TOLERANT.GetStatus, {});
      if (!TOLERANT.GetStatus.succeeded(status)) throw refused(TOLERANT.GetStatus, status.completionCode);
      if (status.currentState === FD_STATE.idle) continue;
      const { idle, reason } = await cancelUpdate(agent.terminus, timing, false);
      if (!idle) throw new UpdateAborted(`the answer to ${command.name} was lost, and then: ${reason}`);
    }
  }

  /** The device may want to be asked again (UA_T4); any other code ends it. */
  async #retryRequest(command: AnyPldmCommand, code: number, attempt: number): Promise<void> {
    const { requestUpdateRetries, requestUpdateRetryMs } = this.options.timing;
    if (code !== FWUP_CODES.RETRY_REQUEST_UPDATE || attempt >= requestUpdateRetries) {
      throw new UpdateAborted(refused(command, code).message, false);
    }
    await this.options.agent.pause(requestUpdateRetryMs);
  }

  /** The component table. Returns the code of each component that the device would rather not have. */
  async offer(): Promise<ReadonlyMap<PlannedComponent, number>> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#table();
      } catch (error) {
        if (!MctpError.is(error, 'EWAYLOST') || attempt >= TRIES) throw error;
        // What its answers said is lost with their way; a table begins anew with its first entry, until it has all of them.
        if (await this.#isReady()) return new Map();
      }
    }
  }

  async #table(): Promise<ReadonlyMap<PlannedComponent, number>> {
    const { agent, planned } = this.options;
    const refusals = new Map<PlannedComponent, number>();
    const { start, middle, end, startAndEnd } = transferFlag.names;
    const last = planned.length - 1;
    for (const [position, component] of planned.entries()) {
      const answer = await agent.ask(PassComponentTable, {
        transferFlag: last === 0 ? startAndEnd : position === 0 ? start : position === last ? end : middle,
        ...identityOf(component),
      });
      if (!PassComponentTable.succeeded(answer)) {
        const { completionCode: code } = answer;
        // The answer to the last entry was lost, and the repeated request comes too late: the device has gone on.
        const repeated = position === last && code === FWUP_CODES.INVALID_STATE_FOR_COMMAND;
        if (repeated && (await this.#isReady())) continue;
        throw refused(PassComponentTable, code);
      }
      if (answer.componentResponse !== 0) refusals.set(component, answer.componentResponseCode);
    }
    return refusals;
  }

  /** Has the device taken the whole table? */
  async #isReady(): Promise<boolean> {
    const status = await this.options.agent.ask(TOLERANT.GetStatus, {});
    return TOLERANT.GetStatus.succeeded(status) && status.currentState === FD_STATE.readyXfer;
  }
}

/** How a component is named in the table and in UpdateComponent. */
export function identityOf({ component, classification, identifier, classificationIndex }: PlannedComponent) {
  return {
    componentClassification: classification,
    componentIdentifier: identifier,
    componentClassificationIndex: classificationIndex,
    componentComparisonStamp: component.componentComparisonStamp,
    componentVersionStringType: component.componentVersionStringType,
    componentVersionString: component.componentVersionString,
  };
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
  return RESPONSES[code] ?? `code ${hexNumber(code)}`;
}

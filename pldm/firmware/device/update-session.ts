/** From RequestUpdate to IDLE: who updates us, how, and what has been agreed so far. */

import type { MctpAddress, MctpMessage } from '../../../stack/transport.js';
import { collectParts, isLastPart } from '../../base/collect-parts.js';
import type { PldmClient } from '../../base/pldm-client.js';
import type { DeviceTiming } from '../firmware-timing.js';
import { GetPackageData } from '../inventory-commands.js';
import { AgentCaller } from './agent-caller.js';
import type { ComponentJob } from './component-job.js';
import type { OfferedComponent } from './firmware-hardware.js';

export interface SessionOptions {
  readonly client: PldmClient;
  readonly timing: DeviceTiming;
  readonly agent: MctpAddress;
  readonly way: Pick<MctpMessage, 'link' | 'physicalAddress'>;
  readonly agentKey: string;
  /** Bytes; what the agent can give at once. */
  readonly maximumTransferSize: number;
  readonly packageDataLength: number;
  readonly heard: () => void;
}

export interface TableEntry {
  readonly component: OfferedComponent;
  /** 0: can be updated. */
  readonly responseCode: number;
  applied: boolean;
}

export class UpdateSession {
  readonly caller: AgentCaller;
  readonly table: TableEntry[] = [];
  job: ComponentJob | undefined;
  /** The package data did not come, or was not understood. */
  packageDataFault = false;
  readonly #abort = new AbortController();

  constructor(readonly options: SessionOptions) {
    const { client, agent, way, timing, heard } = options;
    this.caller = new AgentCaller(client, agent, way, timing, heard);
  }

  entryOf(
    component: Pick<
      OfferedComponent,
      'componentClassification' | 'componentIdentifier' | 'componentClassificationIndex'
    >,
  ) {
    return this.table.find(
      ({ component: entry }) =>
        entry.componentClassification === component.componentClassification &&
        entry.componentIdentifier === component.componentIdentifier &&
        entry.componentClassificationIndex === component.componentClassificationIndex,
    );
  }

  /** Ask for the package data; a failure is remembered for GetDeviceMetaData. */
  async fetchPackageData(take: (data: Uint8Array) => boolean): Promise<void> {
    const { signal } = this.#abort;
    try {
      const data = await collectParts({
        what: 'package data',
        maxBytes: this.options.packageDataLength,
        load: async (request) => {
          const part = await this.caller.ask(GetPackageData, request, signal);
          if (!GetPackageData.succeeded(part)) throw new Error('the update agent gives no package data');
          const { portionOfPackageData: portion, nextDataTransferHandle: nextHandle, transferFlag } = part;
          return { data: portion, nextHandle, last: isLastPart(transferFlag) };
        },
      });
      if (data.length !== this.options.packageDataLength || !take(data)) this.packageDataFault = true;
    } catch {
      this.packageDataFault = true;
    }
  }

  /** Nothing is asked any more. */
  close(): void {
    this.#abort.abort();
    this.job?.stop();
    this.job = undefined;
  }
}

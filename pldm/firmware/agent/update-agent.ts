/** The update agent: any number of devices at once, each answered as fast as it asks. */

import { MctpError } from '../../../stack/errors.js';
import { fail } from '../../../stack/protocol/index.js';
import type { MctpAddress } from '../../../stack/transport.js';
import type { PldmContext, PldmHandlers } from '../../base/pldm-handlers.js';
import type { Terminus } from '../../terminus/terminus.js';
import { FWUP_CODES } from '../firmware-enums.js';
import { AGENT_TIMING, type AgentTiming } from '../firmware-timing.js';
import { GetComponentOpaqueData, GetMetaData, GetPackageData } from '../inventory-commands.js';
import { TOLERANT } from '../tolerant.js';
import { RequestFirmwareData, TransferComplete, VerifyComplete } from '../update-commands.js';
import type { AgentSession } from './agent-session.js';
import { DeviceUpdate, type UpdateOptions } from './device-update.js';
import type { UpdateReport } from './update-events.js';

export interface UpdateAgentOptions {
  /** Of the responder that is bound to PLDM on the transport of the termini: devices ask us back. */
  readonly handlers: PldmHandlers;
  readonly timing?: Partial<AgentTiming>;
  /** Updates at once; default 64. */
  readonly maxUpdates?: number;
}

interface Entry {
  readonly terminus: Terminus;
  readonly session: AgentSession;
}

/**
 *     const agent = new UpdateAgent({ handlers: responder.handlers });
 *     const { plans } = planUpdates(await readPackage(source), await readInventory(terminus));
 *     const report = await agent.update({ terminus, plan: plans[0]!, onEvent: console.log });
 */
export class UpdateAgent {
  readonly counters = { requests: 0, strangers: 0 };
  readonly #timing: AgentTiming;
  readonly #sessions: Entry[] = [];
  readonly #max: number;

  constructor({ handlers, timing, maxUpdates = 64 }: UpdateAgentOptions) {
    this.#timing = { ...AGENT_TIMING, ...timing };
    this.#max = maxUpdates;
    const notExpected = () => fail(FWUP_CODES.COMMAND_NOT_EXPECTED);
    /** By the session of the device that asks; later while it is not known yet where the device is. */
    const by = <T>(context: PldmContext, answer: (session: AgentSession) => T | Promise<T>) => {
      const session = this.#of(context);
      if (session === undefined) return notExpected();
      return session.held === undefined ? answer(session) : session.held.then(() => answer(session));
    };
    handlers.on(RequestFirmwareData, ({ offset, length }, context) => {
      this.counters.requests++;
      return by(context, (session) => session.requestData(offset, length));
    });
    handlers.on(TransferComplete, ({ transferResult }, context) =>
      by(context, (session) => asEmpty(session.transferComplete(transferResult))),
    );
    handlers.on(VerifyComplete, ({ verifyResult }, context) =>
      by(context, (session) => asEmpty(session.verifyComplete(verifyResult))),
    );
    handlers.on(TOLERANT.ApplyComplete, (request, context) => {
      const { applyResult, componentActivationMethodsModification: methods } = request;
      return by(context, (session) => asEmpty(session.applyComplete(applyResult, methods)));
    });
    handlers.on(GetPackageData, (request, context) =>
      by(context, ({ packageData, maximumTransferSize }) => {
        if (packageData === undefined) return notExpected();
        if (packageData.data.length === 0) return fail(FWUP_CODES.NO_PACKAGE_DATA);
        const part = packageData.part(request, maximumTransferSize);
        return 'completionCode' in part ? part : { ...part, portionOfPackageData: part.portion };
      }),
    );
    handlers.on(GetMetaData, (request, context) =>
      by(context, ({ metaData, maximumTransferSize }) => {
        if (metaData === undefined) return notExpected();
        const part = metaData.part(request, maximumTransferSize);
        return 'completionCode' in part ? part : { ...part, portionOfMetaData: part.portion };
      }),
    );
    handlers.on(GetComponentOpaqueData, (request, context) =>
      by(context, ({ opaqueData, transfer, maximumTransferSize }) => {
        if (opaqueData === undefined || transfer === undefined) return notExpected();
        if (opaqueData.data.length === 0) return fail(FWUP_CODES.NO_OPAQUE_DATA);
        const part = opaqueData.part(request, maximumTransferSize);
        return 'completionCode' in part ? part : { ...part, portionOfOpaqueData: part.portion };
      }),
    );
  }

  /**
   * Update one device by a plan; several may run at once, one per device. What goes wrong is in the report.
   * @throws MctpError EBUSY for a device which is being updated already, ENOBUFS over `maxUpdates`; nothing was asked
   */
  async update(options: UpdateOptions): Promise<UpdateReport> {
    const { terminus } = options;
    const { address, name } = terminus;
    const key = terminus.client.peerKey(address);
    if (this.#sessions.some((entry) => isDevice(entry.terminus, address, key))) {
      throw new MctpError('EBUSY', `${name} is being updated already: wait for that update to end, or cancel it`);
    }
    if (this.#sessions.length >= this.#max) {
      throw new MctpError('ENOBUFS', `${this.#max} updates are under way already: wait for one of them to end`);
    }
    const update = new DeviceUpdate(options, this.#timing);
    const entry: Entry = { terminus, session: update.session };
    this.#sessions.push(entry);
    try {
      return await update.run();
    } finally {
      this.#sessions.splice(this.#sessions.indexOf(entry), 1);
    }
  }

  #of({ peer, peerKey }: PldmContext): AgentSession | undefined {
    const session = this.#sessions.find(({ terminus }) => isDevice(terminus, peer, peerKey))?.session;
    if (session === undefined) this.counters.strangers++;
    return session;
  }
}

/** Is it this device that speaks? One with several ways may ask by another than it is asked by. */
function isDevice({ address, client }: Terminus, peer: MctpAddress, peerKey: string): boolean {
  if (client.peerKey(address) === peerKey) return true;
  if (address.physicalAddress !== undefined && peer.physicalAddress !== undefined) {
    return address.physicalAddress === peer.physicalAddress && address.link === peer.link;
  }
  return address.eid === peer.eid && (address.network ?? peer.network) === (peer.network ?? address.network);
}

function asEmpty(answer: { readonly completionCode?: number }): { completionCode: number } {
  return { completionCode: answer.completionCode ?? 0 };
}

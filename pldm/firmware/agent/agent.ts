/** The update agent: any number of devices at once, each answered as fast as it asks. */

import type { MctpAddress } from '../../../stack/transport.js';
import { FWUP_CODES } from '../../firmware-update/enums.js';
import { GetComponentOpaqueData, GetMetaData, GetPackageData } from '../../firmware-update/inventory.js';
import { TOLERANT } from '../../firmware-update/tolerant.js';
import { RequestFirmwareData, TransferComplete, VerifyComplete } from '../../firmware-update/update.js';
import { fail, type HandlerRegistry, type RequestContext } from '../../responder/handlers.js';
import { AGENT_TIMING, type AgentTiming } from '../timing.js';
import type { UpdateReport } from './events.js';
import type { AgentSession } from './session.js';
import { DeviceUpdate, type UpdateOptions } from './update.js';

export interface UpdateAgentOptions {
  /** Of the responder that is bound to PLDM on the transport of the termini: devices ask us back. */
  readonly handlers: HandlerRegistry;
  readonly timing?: Partial<AgentTiming>;
  /** Updates at once; default 64. */
  readonly maxUpdates?: number;
}

interface Entry {
  readonly address: MctpAddress;
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
    handlers.on(RequestFirmwareData, ({ offset, length }, context) => {
      this.counters.requests++;
      return this.#of(context)?.requestData(offset, length) ?? notExpected();
    });
    handlers.on(TransferComplete, ({ transferResult }, context) =>
      asEmpty(this.#of(context)?.transferComplete(transferResult) ?? notExpected()),
    );
    handlers.on(VerifyComplete, ({ verifyResult }, context) =>
      asEmpty(this.#of(context)?.verifyComplete(verifyResult) ?? notExpected()),
    );
    handlers.on(TOLERANT.ApplyComplete, (request, context) => {
      const { applyResult, componentActivationMethodsModification: methods } = request;
      return asEmpty(this.#of(context)?.applyComplete(applyResult, methods) ?? notExpected());
    });
    handlers.on(GetPackageData, (request, context) => {
      const session = this.#of(context);
      if (session?.packageData === undefined) return notExpected();
      if (session.packageData.data.length === 0) return fail(FWUP_CODES.NO_PACKAGE_DATA);
      const part = session.packageData.part(request, session.maximumTransferSize);
      return 'completionCode' in part ? part : { ...part, portionOfPackageData: part.portion };
    });
    handlers.on(GetMetaData, (request, context) => {
      const session = this.#of(context);
      if (session?.metaData === undefined) return notExpected();
      const part = session.metaData.part(request, session.maximumTransferSize);
      return 'completionCode' in part ? part : { ...part, portionOfMetaData: part.portion };
    });
    handlers.on(GetComponentOpaqueData, (request, context) => {
      const session = this.#of(context);
      if (session?.opaqueData === undefined || session.transfer === undefined) return notExpected();
      if (session.opaqueData.data.length === 0) return fail(FWUP_CODES.NO_OPAQUE_DATA);
      const part = session.opaqueData.part(request, session.maximumTransferSize);
      return 'completionCode' in part ? part : { ...part, portionOfOpaqueData: part.portion };
    });
  }

  /** Update one device by a plan; several may run at once, one per device. What goes wrong is in the report. */
  async update(options: UpdateOptions): Promise<UpdateReport> {
    const { address, name } = options.terminus;
    if (this.#sessions.some((entry) => samePeer(entry.address, address))) {
      throw new RangeError(`${name} is being updated already`);
    }
    if (this.#sessions.length >= this.#max) throw new RangeError(`${this.#max} updates are under way already`);
    const update = new DeviceUpdate(options, this.#timing);
    const entry: Entry = { address, session: update.session };
    this.#sessions.push(entry);
    try {
      return await update.run();
    } finally {
      this.#sessions.splice(this.#sessions.indexOf(entry), 1);
    }
  }

  #of({ peer }: RequestContext): AgentSession | undefined {
    const session = this.#sessions.find(({ address }) => samePeer(address, peer))?.session;
    if (session === undefined) this.counters.strangers++;
    return session;
  }
}

/** Is it the device at this address that speaks? */
function samePeer(address: MctpAddress, peer: MctpAddress): boolean {
  if (address.physicalAddress !== undefined && peer.physicalAddress !== undefined) {
    return address.physicalAddress === peer.physicalAddress && address.link === peer.link;
  }
  return address.eid === peer.eid && (address.network ?? peer.network) === (peer.network ?? address.network);
}

function asEmpty(answer: { readonly completionCode?: number }): { completionCode: number } {
  return { completionCode: answer.completionCode ?? 0 };
}

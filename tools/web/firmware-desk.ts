/** Firmware updates which a page asks for: a package is looked at, then given to the devices which somebody chose. */

import type { IncomingMessage } from 'node:http';
import type { PldmClient } from '../../pldm/base/pldm-client.js';
import { PldmResponder } from '../../pldm/base/pldm-responder.js';
import { readInventory } from '../../pldm/firmware/agent/read-inventory.js';
import { UpdateAgent } from '../../pldm/firmware/agent/update-agent.js';
import { type PlannedComponent, planUpdates, type UpdatePlan } from '../../pldm/firmware/agent/update-plan.js';
import { Terminus } from '../../pldm/terminus/terminus.js';
import type { EndpointInfo } from '../../stack/bus-owner/index.js';
import type { Clock } from '../../stack/clock.js';
import { CompletionCodeError, MctpError } from '../../stack/errors.js';
import { MESSAGE_TYPE } from '../../stack/ids.js';
import type { Resolver } from '../../stack/names/index.js';
import type { Transport } from '../../stack/transport.js';
import { endpointName } from '../address.js';
import { printable } from '../command-error.js';
import { sizeText } from '../file/progress.js';
import { classificationName } from '../fw/fw-words.js';
import { takePackage, type UploadedPackage } from './package-upload.js';
import { UpdateRow } from './update-row.js';
import type { WebPlan } from './web-documents.js';
import type { WebModel } from './web-model.js';

export interface FirmwareDeskOptions {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly client: PldmClient;
  readonly model: WebModel;
  readonly names: Resolver;
  endpoints(): readonly EndpointInfo[];
  /** Find it again: it may have lost its EID with its activation. */
  find(endpoint: EndpointInfo): Promise<EndpointInfo | undefined>;
  /** Of a server which watches termini; undefined: updates have one of their own while they run. */
  readonly responder: PldmResponder | undefined;
  /** ms since 1970 */
  readonly time: () => number;
  /** Where temporary files are. */
  readonly folder: string;
}

interface Offer {
  readonly uploaded: UploadedPackage;
  readonly jobs: ReadonlyMap<string, Job>;
  running: number;
}

interface Job {
  readonly endpoint: EndpointInfo;
  readonly name: string;
  readonly plans: readonly UpdatePlan[];
}

/** Answers devices which ask for their image. */
interface Counter {
  readonly agent: UpdateAgent;
  readonly responder: PldmResponder;
  running: number;
}

/** Packages which are kept; of more the oldest one that is not in use goes. */
const MOST_PACKAGES = 4;
const CALL = { timeoutMs: 1000, retries: 1 } as const;
/** Bytes of a device's request. */
const TRANSFER_SIZE = 4096;

export class FirmwareDesk {
  readonly #offers = new Map<number, Offer>();
  readonly #running = new Map<string, { readonly stop: AbortController; readonly device: string }>();
  readonly #life = new AbortController();
  readonly #work = new Set<Promise<void>>();
  #counter: Counter | undefined;
  #numbers = 0;
  #isUploading = false;

  constructor(private readonly options: FirmwareDeskOptions) {}

  /** Take a package, and tell what it would do. @throws CommandError, MctpError EBUSY */
  async package(query: URLSearchParams, request: IncomingMessage): Promise<WebPlan> {
    if (this.#isUploading) throw new MctpError('EBUSY', 'another package is being looked at');
    this.#isUploading = true;
    try {
      await this.#makeRoom();
      const uploaded = await takePackage(request, query.get('name') ?? 'package', this.options.folder);
      const notes: string[] = [];
      const jobs = await this.#plan(uploaded, query.get('force') === '1', notes);
      const number = ++this.#numbers;
      this.#offers.set(number, { uploaded, jobs, running: 0 });
      const devices = [...jobs].map(([key, { name, plans }]) => {
        const components = plans
          .flatMap((plan) => plan.components)
          .map((one) => ({ text: planText(one), update: one.update }));
        return { key, name, components };
      });
      return { number, name: uploaded.name, size: uploaded.pkg.size, devices, notes: notes.slice(0, 32) };
    } finally {
      this.#isUploading = false;
    }
  }

  /** Begin. @throws MctpError ENOENT, EBUSY; EADDRINUSE: a node of the network answers PLDM requests */
  async update(query: URLSearchParams): Promise<void> {
    const offer = this.#offers.get(Number(query.get('package')));
    const keys = [...new Set((query.get('devices') ?? '').split(','))];
    if (offer === undefined) throw new MctpError('ENOENT', 'the package is not kept any more: choose it again');
    const jobs = keys.map((key) => {
      const job = offer.jobs.get(key);
      if (job === undefined) throw new MctpError('ENOENT', 'the package is not for such a device');
      if ([...this.#running.values()].some(({ device }) => device === key)) {
        throw new MctpError('EBUSY', `${job.name} is being updated already`);
      }
      return { key, job };
    });
    const counter = this.#serve();
    for (const { key, job } of jobs) {
      const work = this.#run(key, job, offer, counter).finally(() => this.#work.delete(work));
      this.#work.add(work);
    }
    try {
      counter.responder.start();
    } catch (error) {
      // Nobody would answer what the devices ask for.
      for (const { stop, device } of this.#running.values()) if (keys.includes(device)) stop.abort();
      throw error;
    }
  }

  /** @throws MctpError ENOENT */
  async cancel(query: URLSearchParams): Promise<void> {
    const running = this.#running.get(query.get('update') ?? '');
    if (running === undefined) throw new MctpError('ENOENT', 'that update does not run any more');
    running.stop.abort();
  }

  /** Updates are cancelled, and devices are told. */
  async close(): Promise<void> {
    this.#life.abort();
    for (const { stop } of this.#running.values()) stop.abort();
    await Promise.allSettled(this.#work);
    for (const { uploaded } of this.#offers.values()) await uploaded.close();
  }

  async #makeRoom(): Promise<void> {
    for (const [number, { uploaded, running }] of this.#offers) {
      if (this.#offers.size < MOST_PACKAGES) return;
      if (running > 0) continue;
      this.#offers.delete(number);
      await uploaded.close();
    }
    if (this.#offers.size >= MOST_PACKAGES)
      throw new MctpError('EBUSY', `${MOST_PACKAGES} packages are in use already`);
  }

  /** What is to be done with each device which has firmware; all are asked at once, each at its own pace. */
  async #plan({ pkg }: UploadedPackage, force: boolean, notes: string[]): Promise<Map<string, Job>> {
    const { client, endpoints, names } = this.options;
    const jobs = new Map<string, Job>();
    const termini = endpoints().filter(({ messageTypes }) => messageTypes.includes(MESSAGE_TYPE.pldm));
    await Promise.all(
      termini.map(async (endpoint) => {
        const name = endpointName(names, endpoint);
        const { eid, network } = endpoint;
        try {
          const inventory = await readInventory(new Terminus(client, { eid, network }, CALL));
          const { plans, reasons } = planUpdates(pkg, inventory, { force });
          if (plans.length > 0) jobs.set(`${network}:${eid}`, { endpoint, name, plans });
          else notes.push(...reasons.map((reason) => printable(`${name}: ${reason}`)));
        } catch (error) {
          if (!MctpError.is(error) && !(error instanceof CompletionCodeError)) throw error;
          // Most devices have no firmware update, and say so.
          if (!(error instanceof CompletionCodeError)) notes.push(printable(`${name}: ${error.message}`));
        }
      }),
    );
    return new Map(
      [...jobs].sort(([, a], [, b]) => a.endpoint.network - b.endpoint.network || a.endpoint.eid - b.endpoint.eid),
    );
  }

  #serve(): Counter {
    const { transport, clock } = this.options;
    if (this.#counter === undefined) {
      const responder = this.options.responder ?? new PldmResponder({ transport, clock });
      this.#counter = { responder, agent: new UpdateAgent({ handlers: responder.handlers }), running: 0 };
    }
    return this.#counter;
  }

  async #run(key: string, { endpoint, name, plans }: Job, offer: Offer, counter: Counter): Promise<void> {
    const { client, model, time, find } = this.options;
    const stop = new AbortController();
    const row = new UpdateRow(model, this.#numbers++, { endpoint, name, package: offer.uploaded.name }, time);
    this.#running.set(row.key, { stop, device: key });
    offer.running++;
    counter.running++;
    try {
      for (const plan of plans) {
        if (!plan.components.some((component) => component.update)) continue;
        const report = await counter.agent.update({
          terminus: new Terminus(client, { eid: endpoint.eid, network: endpoint.network }),
          ...{ plan, signal: stop.signal, maximumTransferSize: TRANSFER_SIZE },
          onEvent: (event) => row.event(event),
          onUnreachable: async () => {
            const found = this.#life.signal.aborted ? undefined : await find(endpoint);
            return found && new Terminus(client, { eid: found.eid, network: found.network });
          },
        });
        row.report(report);
        if (report.outcome === 'failed' || report.outcome === 'cancelled') return;
      }
      row.end();
    } catch (error) {
      row.fail(error instanceof Error ? error.message : String(error));
    } finally {
      this.#running.delete(row.key);
      offer.running--;
      // One which is not ours stays, with what we answer on it.
      if (--counter.running === 0 && this.options.responder === undefined) {
        counter.responder.close();
        this.#counter = undefined;
      }
    }
  }
}

/** "firmware 1: 1.4.2 to 2.0, 64 kB" */
function planText({ component, current, classification, update, reason }: PlannedComponent): string {
  const from = current === undefined ? '' : `${current.activeCompVersionString} to `;
  const what = `${classificationName(classification)} ${component.componentIdentifier}`;
  const text = `${what}: ${from}${component.componentVersionString}, ${sizeText(component.componentSize)}`;
  return printable(update && reason === '' ? text : `${text} (${update ? reason : `skipped: ${reason}`})`);
}
